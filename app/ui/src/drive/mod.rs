//! Performs what core decides: opens and closes streams, feeds their events to the reducer, and draws frames.

mod discover;
mod frames;
pub mod here;

use std::{cell::RefCell, rc::Rc};

use codecraft_core::{
    brief::{Brief, MAX_MODELS},
    run::{Effect, Event, Run},
};
use leptos::prelude::*;

pub use discover::discover;

use crate::{
    browser::{clock, dom},
    state::{App, Mode},
    transport::{self, Stream},
    words,
};

/// How often deadlines are checked and figures renewed, in milliseconds.
const TICK_MS: i32 = 200;

/// The driver: one for the app, made at the root.
#[derive(Clone)]
pub struct Driver {
    inner: Rc<Inner>,
}

struct Inner {
    app: App,
    /// The root's owner: what belongs to a run must not die with the page that started it.
    owner: Owner,
    /// Open streams with their candidate and attempt, a few at most. Removing one closes it.
    streams: RefCell<Vec<(usize, usize, Stream)>>,
    frames: frames::Frames,
}

impl Driver {
    /// Makes the driver and starts its clock. Call once, below the root owner.
    pub fn start(app: App) -> StoredValue<Self, LocalStorage> {
        let inner = Rc::new_cyclic(|weak: &std::rc::Weak<Inner>| {
            let drawn = weak.clone();
            Inner {
                app,
                owner: Owner::current().expect("components run below an owner"),
                streams: RefCell::default(),
                frames: frames::Frames::new(move || drawn.upgrade().is_some_and(|inner| inner.draw())),
            }
        });
        let driver = Self { inner };
        let ticking = driver.clone();
        clock::every(TICK_MS, move || {
            if ticking.inner.app.board.is_active() {
                ticking.dispatch(Event::Tick);
                ticking.inner.app.board.publish_all(clock::now());
            }
        });
        let shown = driver.clone();
        dom::on_visibility(move || {
            if !dom::is_hidden() {
                shown.inner.app.board.peek(retitle);
                shown.inner.frames.wake();
            }
        });
        StoredValue::new_local(driver)
    }

    /// Starts a run of `brief`. A run that still works is cancelled first.
    pub fn run(&self, brief: Brief) {
        let app = self.inner.app;
        if app.board.is_active() {
            self.dispatch(Event::CancelAll);
        }
        self.inner.streams.borrow_mut().clear();
        let targets: Vec<_> = brief.models().iter().filter_map(|model| app.models.targets(model)).collect();
        let count = targets.len();
        let run = Run::plan(clock::uuid(), brief, targets, clock::now());
        app.board.begin(run, &self.inner.owner);
        app.announce(words::started(count));
        self.dispatch(Event::Tick);
    }

    /// Feeds an event to the reducer and performs the effects.
    pub fn dispatch(&self, event: Event) {
        let now = clock::now();
        let app = self.inner.app;
        let reduced = app.board.update_run(|run| {
            // An array, because this happens for every piece of every stream.
            let states = |run: &Run| {
                let mut states = [None; MAX_MODELS];
                for (state, candidate) in states.iter_mut().zip(&run.candidates) {
                    *state = Some(candidate.state);
                }
                states
            };
            let before = states(run);
            let effects = run.reduce(now, event);
            (before != states(run), effects)
        });
        let Some((turned, effects)) = reduced else { return };
        // Text alone is the frame loop's business; views hear of it a few times a second.
        let turned = turned || !effects.is_empty();
        for effect in effects {
            self.perform(effect);
        }
        if turned {
            app.board.publish_all(now);
            app.board.touch();
            app.board.peek(retitle);
        }
        self.inner.frames.wake();
    }

    fn perform(&self, effect: Effect) {
        let app = self.inner.app;
        match effect {
            Effect::Open { candidate, attempt, target } => {
                let sink = {
                    let driver = self.clone();
                    move |event| driver.dispatch(Event::Stream { candidate, attempt, event })
                };
                let stream = app.board.peek(|run| {
                    run.map(|run| transport::open(&run.id, &target, &run.brief, &run.prompt, sink))
                });
                if let Some(stream) = stream {
                    self.inner.streams.borrow_mut().push((candidate, attempt, stream));
                }
            }
            Effect::Abort { candidate, attempt } => {
                self.inner.streams.borrow_mut().retain(|open| (open.0, open.1) != (candidate, attempt));
            }
            Effect::Ended { candidate } => {
                self.inner.streams.borrow_mut().retain(|open| open.0 != candidate);
                let sentence = app.board.peek(|run| run.map(|run| words::milestone(run, candidate)));
                if let Some(sentence) = sentence {
                    app.announce(sentence);
                }
            }
            Effect::Finished => self.finished(),
        }
    }

    /// The run is over: the best answer is shown, unless there is none or somebody already looks at one.
    fn finished(&self) {
        let app = self.inner.app;
        let (best, sentence) = app
            .board
            .peek(|run| {
                let run = run?;
                let ranking = run.ranking.as_ref()?;
                Some((
                    ranking.any_usable.then(|| ranking.order.first().copied()).flatten(),
                    words::finished(run),
                ))
            })
            .unwrap_or_default();
        app.announce(sentence);
        if let (Some(best), Mode::Watch) = (best, app.board.mode.get_untracked()) {
            app.board.selected.set(best);
            app.board.beside.set(None);
            app.board.mode.set(Mode::Answer);
        }
    }
}

impl Inner {
    /// Draws a frame; true while there is more to come.
    fn draw(&self) -> bool {
        self.app.board.draw_all();
        self.app.board.is_active()
    }
}

/// Sets the window's title after the run, which is all that somebody in another tab sees.
fn retitle(run: Option<&Run>) {
    dom::set_title(&words::title(run));
}

/// The driver, from any component.
pub fn driver() -> Driver {
    expect_context::<StoredValue<Driver, LocalStorage>>().get_value()
}

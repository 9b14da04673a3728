//! Performs what core decides: opens and closes streams, feeds their events to the reducer, and draws frames.

mod discover;
mod frames;
pub mod here;
pub mod limits;
pub mod session;

use std::{cell::RefCell, rc::Rc};

use codecraft_core::{
    brief::{Brief, MAX_MODELS},
    price::Day,
    provider::{Call, ErrorClass, ModelRef, Swaps},
    run::{Candidate, Effect, Entry, Event, Memory, Plan, Remembered, Run, State, Target},
};
use leptos::prelude::*;

pub use discover::{again, details, discover, figures};

use crate::{
    browser::{self, clock, dom},
    components::effect,
    state::{self, App, Mode, models::Readiness},
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
    /// Wordings that servers refused in earlier runs.
    learned: RefCell<Vec<(ModelRef, Swaps)>>,
    /// The run whose best answer was brought to the front.
    shown: RefCell<String>,
    /// Answers of earlier runs, for those who allow it.
    memory: RefCell<Memory>,
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
                learned: RefCell::default(),
                shown: RefCell::default(),
                memory: RefCell::default(),
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
        // What is not allowed any more is forgotten, wherever it was switched off.
        let forgetting = StoredValue::new_local(driver.clone());
        effect(move || {
            if !app.settings.with(|settings| settings.repeats) {
                forgetting.with_value(Self::forget);
            }
        });
        StoredValue::new_local(driver)
    }

    /// Starts a run of `brief`. A run that still works is cancelled first.
    pub fn run(&self, brief: Brief) {
        let app = self.inner.app;
        let settings = app.settings.get_untracked();
        let entries = brief.models().iter().filter_map(|model| app.models.entry(model, &settings)).collect();
        self.begin(brief, entries);
    }

    /// Starts the run on screen anew: its cards as they are, with their models and parameters.
    pub fn again(&self) {
        let app = self.inner.app;
        let settings = app.settings.get_untracked();
        let Some((brief, cards)) = app.board.peek(|run| {
            let run = run?;
            let card = |card: &Candidate| (card.chosen.model.clone(), card.params.clone());
            Some((run.brief.clone(), run.candidates.iter().map(card).collect::<Vec<_>>()))
        }) else {
            return;
        };
        let entry = |(model, params)| Some(Entry { params, ..app.models.entry(&model, &settings)? });
        self.begin(brief, cards.into_iter().filter_map(entry).collect());
    }

    fn begin(&self, brief: Brief, entries: Vec<Entry>) {
        let app = self.inner.app;
        if entries.is_empty() {
            return app.complain("None of the chosen models can be asked any more. Choose others.");
        }
        if app.board.is_active() {
            self.dispatch(Event::CancelAll);
        }
        self.inner.streams.borrow_mut().clear();
        let settings = app.settings.get_untracked();
        let count = entries.len();
        let plan = Plan {
            policy: settings.policy,
            lanes: settings.lanes.clone(),
            tariff: settings.tariff(today()),
            learned: self.inner.learned.borrow().clone(),
        };
        let run = Run::plan(clock::uuid(), brief, entries, plan, clock::now());
        app.board.begin(run, &self.inner.owner);
        app.announce(words::started(count));
        self.dispatch(Event::Tick);
    }

    /// Before somebody's wish is worked out: what was decided since the run began holds, and what the cap forbids is said.
    fn prepare(&self, event: &Event) {
        let app = self.inner.app;
        let asks = match event {
            Event::Retry { candidate } | Event::Tune { candidate, .. } | Event::Continue { candidate } => {
                Some(*candidate)
            }
            Event::Replace { .. } | Event::Add { .. } | Event::RetryFailed | Event::Rewrite { .. } => None,
            _ => return,
        };
        let settings = app.settings.get_untracked();
        let refused = app.board.update_run(|run| {
            let entry = |model: &ModelRef| app.models.entry(model, &settings);
            run.refresh(settings.lanes.clone(), settings.tariff(today()), entry);
            let target = match (event, asks) {
                (Event::Replace { entry, .. } | Event::Add { entry }, _) => Some(&entry.target),
                (_, Some(candidate)) => run.candidates.get(candidate).map(|card| &card.chosen),
                _ => None,
            };
            target.is_some_and(|target| !run.affords(target))
        });
        if refused == Some(true) {
            app.complain("The cap for this run is spent. Raise it under Prices and caps, then ask again.");
        }
    }

    /// Number of answers that identical requests could be given.
    pub fn remembered(&self) -> usize {
        self.inner.memory.borrow().len()
    }

    /// Forgets them.
    pub fn forget(&self) {
        self.inner.memory.borrow_mut().clear();
    }

    /// Feeds an event to the reducer and performs the effects.
    pub fn dispatch(&self, event: Event) {
        self.prepare(&event);
        let now = clock::now();
        let app = self.inner.app;
        // What somebody wants may change what cards say without changing where they stand.
        let wanted = !matches!(event, Event::Stream { .. } | Event::Tick);
        let reduced = app.board.update_run(|run| {
            // An array, because this happens for every piece of every stream.
            let states = |run: &Run| {
                let mut states = [None; MAX_MODELS];
                for (state, candidate) in states.iter_mut().zip(&run.candidates) {
                    *state = Some(candidate.state);
                }
                states
            };
            let (before, free) = (states(run), run.limit.is_none());
            let effects = run.reduce(now, event);
            (before != states(run), effects, free && run.limit.is_some())
        });
        let Some((turned, effects, limited)) = reduced else { return };
        app.board.grow(&self.inner.owner);
        // Text alone is the frame loop's business; views hear of it a few times a second.
        let turned = turned || wanted || !effects.is_empty();
        for effect in effects {
            self.perform(effect);
        }
        if limited {
            // Once; the countdown is for the eye.
            limits::stir(app);
            let limit = app.board.peek(|run| run?.limit);
            let said = limit.map(|limit| words::limit_begun(limit, now, app.generations.get_value()));
            app.announce(said.unwrap_or_default());
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
            Effect::Open { candidate, attempt, target } => self.open(candidate, attempt, &target),
            Effect::Abort { candidate, attempt } => {
                self.inner.streams.borrow_mut().retain(|open| (open.0, open.1) != (candidate, attempt));
            }
            Effect::Ended { candidate } => {
                self.inner.streams.borrow_mut().retain(|open| open.0 != candidate);
                self.remember(candidate);
                self.mind_failure(candidate);
                let sentence = app.board.peek(|run| run.map(|run| words::milestone(run, candidate)));
                if let Some(sentence) = sentence {
                    app.announce(sentence);
                }
            }
            Effect::Finished => self.finished(),
        }
    }

    /// Opens the stream of an attempt, unless memory holds the answer and may give it.
    fn open(&self, candidate: usize, attempt: usize, target: &Target) {
        let app = self.inner.app;
        let call = app.board.peek(|run| run?.call(candidate, attempt));
        if let Some(answer) = self.recalled(candidate, target, call.as_ref()) {
            // After this turn of the state, which is not worked out yet.
            let driver = self.clone();
            return browser::spawn(
                async move { driver.dispatch(Event::Recall { candidate, attempt, answer }) },
            );
        }
        let sink = {
            let driver = self.clone();
            move |event| driver.dispatch(Event::Stream { candidate, attempt, event })
        };
        if call.is_some() {
            limits::stir(app);
        }
        let stream = app.board.peek(|run| run.map(|run| transport::open(run, candidate, target, call, sink)));
        if let Some(stream) = stream {
            self.inner.streams.borrow_mut().push((candidate, attempt, stream));
        }
    }

    /// The whole answer to an identical request, if it may be given in place of a call.
    fn recalled(&self, candidate: usize, target: &Target, call: Option<&Call>) -> Option<Remembered> {
        let app = self.inner.app;
        let allowed = app.settings.with_untracked(|settings| settings.repeats)
            && app.board.peek(|run| run.is_some_and(|run| !run.candidates[candidate].insisted));
        let memory = self.inner.memory.borrow();
        memory.recall(&target.model, call.filter(|_| allowed)?).cloned()
    }

    /// A key that was refused is the provider's story as well, whose page shows what to do; a session that is over is everybody's.
    fn mind_failure(&self, candidate: usize) {
        let app = self.inner.app;
        let failure = app.board.peek(|run| {
            let attempt = run?.candidates.get(candidate)?.last_attempt()?;
            Some((attempt.target.model.provider.clone(), attempt.error()?.clone()))
        });
        let Some((provider, error)) = failure else { return };
        if error.class == ErrorClass::NotSignedIn {
            state::session::lose();
        }
        // A key that may not use this one model is good for others.
        if error.class == ErrorClass::BadKey && error.http != Some(403) {
            app.models.groups.update(|groups| {
                if let Some(group) = groups.iter_mut().find(|group| group.id == provider) {
                    group.state = Readiness::Failed(error);
                }
            });
        }
    }

    /// Keeps a whole answer for identical requests, where that is allowed, and what servers taught.
    fn remember(&self, candidate: usize) {
        self.inner.app.board.peek(|run| {
            let Some(run) = run else { return };
            self.inner.learned.borrow_mut().clone_from(&run.learned);
            let card = &run.candidates[candidate];
            let Some(attempt) = card.last_attempt() else { return };
            let whole = self.inner.app.settings.with_untracked(|settings| settings.repeats)
                && card.state == State::Completed
                && !card.text.is_empty()
                && card.cut_prompt.is_none()
                && !attempt.resumes
                && attempt.recalled_ms.is_none();
            let call = run.call(candidate, card.attempts.len() - 1);
            if let (true, Some(call)) = (whole, call) {
                let answer = Remembered {
                    text: card.text.clone(),
                    reasoning: card.reasoning.clone(),
                    usage: card.usage,
                    answered_as: attempt.answered_as.clone(),
                    made_ms: clock::now(),
                };
                self.inner.memory.borrow_mut().keep(&attempt.target.model, &call, answer);
            }
        });
    }

    /// The run is over: the best answer is shown, unless there is none, somebody already looks at one, or works at a card.
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
        // Once for a run: who then asks for single cards stays with them.
        let first =
            app.board.peek(|run| run.is_some_and(|run| self.inner.shown.replace(run.id.clone()) != run.id));
        if let (true, Some(best), Mode::Watch, None) =
            (first, best, app.board.mode.get_untracked(), app.board.panel.get_untracked())
        {
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

/// The day for which prices hold.
fn today() -> Day {
    Day::of_unix_ms(clock::unix_ms())
}

/// Sets the window's title after the run, which is all that somebody in another tab sees.
fn retitle(run: Option<&Run>) {
    dom::set_title(&words::title(run));
}

/// The driver, from any component.
pub fn driver() -> Driver {
    expect_context::<StoredValue<Driver, LocalStorage>>().get_value()
}

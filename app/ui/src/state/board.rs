//! The run on screen: the reducer's state, and the signals that views read.
//!
//! The reducer sees every piece of every stream; signals see frames. Views never hold a copy of an answer's text.

use std::{cell::RefCell, rc::Rc};

use codecraft_core::{
    brief::Language,
    extract::{LiveExtract, LiveOp},
    run::{Candidate, Card, Millis, Run},
};
use leptos::prelude::*;
use web_sys::HtmlElement;

use crate::browser::live_code::LiveCode;

/// What the Generate page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The form.
    Write,
    /// The cards.
    Watch,
    /// One answer, and why it stands where it stands.
    Answer,
}

/// Something open on the board that somebody works in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Panel {
    /// Another model for this card.
    Swap(usize),
    /// Parameters for this card.
    Tune(usize),
    /// Another card.
    Add,
}

/// The live view of one card and how far it has been fed.
struct Feed {
    extract: LiveExtract,
    /// The revision of the candidate's text that is drawn.
    revision: u32,
    /// Bytes of the answer that went through `extract`.
    fed: usize,
    code: LiveCode,
}

/// The run and its signals.
#[derive(Clone, Copy)]
pub struct Board {
    pub mode: RwSignal<Mode>,
    /// Counts the runs: a new one has new cards.
    pub runs: RwSignal<u64>,
    /// What is open, at most one. While something is, the view stays.
    pub panel: RwSignal<Option<Panel>>,
    /// One per candidate, by its index.
    pub cards: RwSignal<Vec<RwSignal<Card>>>,
    /// Counts up whenever a candidate changes its state.
    pub changed: RwSignal<u64>,
    /// The clock of the board, a few times a second while a run is active.
    pub now: RwSignal<Millis>,
    /// The candidate in the answer view.
    pub selected: RwSignal<usize>,
    /// The one beside it in the comparison.
    pub beside: RwSignal<Option<usize>>,
    run: StoredValue<Option<Run>, LocalStorage>,
    feeds: StoredValue<Rc<RefCell<Vec<Option<Feed>>>>, LocalStorage>,
}

impl Board {
    pub fn new() -> Self {
        Self {
            mode: RwSignal::new(Mode::Write),
            runs: RwSignal::new(0),
            panel: RwSignal::new(None),
            cards: RwSignal::new(Vec::new()),
            changed: RwSignal::new(0),
            now: RwSignal::new(0),
            selected: RwSignal::new(0),
            beside: RwSignal::new(None),
            run: StoredValue::new_local(None),
            feeds: StoredValue::new_local(Rc::default()),
        }
    }

    /// Puts a new run on the board. The signals of its cards are made here, below the root owner of the caller.
    pub fn begin(&self, run: Run, owner: &Owner) {
        let cards = owner.with(|| {
            (0..run.candidates.len())
                .map(|index| RwSignal::new(Card::of(&run, index, 0, run.started_ms)))
                .collect::<Vec<_>>()
        });
        self.feeds.with_value(|feeds| {
            let mut feeds = feeds.borrow_mut();
            feeds.clear();
            feeds.resize_with(cards.len(), || None);
        });
        self.now.set(run.started_ms);
        self.run.set_value(Some(run));
        self.selected.set(0);
        self.beside.set(None);
        self.panel.set(None);
        self.cards.set(cards);
        self.runs.update(|n| *n += 1);
        self.mode.set(Mode::Watch);
        self.touch();
    }

    /// Makes places for cards that were added to the run.
    pub fn grow(&self, owner: &Owner) {
        let (have, want) =
            (self.cards.with_untracked(Vec::len), self.peek(|run| run.map_or(0, |run| run.candidates.len())));
        if want <= have {
            return;
        }
        let more = self.peek(|run| {
            let run = run?;
            let card = |index| RwSignal::new(Card::of(run, index, 0, run.started_ms));
            Some(owner.with(|| (have..want).map(card).collect::<Vec<_>>()))
        });
        self.feeds.with_value(|feeds| feeds.borrow_mut().resize_with(want, || None));
        self.cards.update(|cards| cards.extend(more.unwrap_or_default()));
    }

    /// Reads the run, tracking its changes of state (not its text).
    pub fn with_run<T>(&self, read: impl FnOnce(Option<&Run>) -> T) -> T {
        self.changed.track();
        self.run.with_value(|run| read(run.as_ref()))
    }

    /// The same without tracking.
    pub fn peek<T>(&self, read: impl FnOnce(Option<&Run>) -> T) -> T {
        self.run.with_value(|run| read(run.as_ref()))
    }

    /// Changes the run. Callers publish afterwards.
    pub fn update_run<T>(&self, change: impl FnOnce(&mut Run) -> T) -> Option<T> {
        self.run.try_update_value(|run| run.as_mut().map(change)).flatten()
    }

    pub fn is_active(&self) -> bool {
        self.peek(|run| run.is_some_and(Run::is_active))
    }

    /// Tells views that some candidate changed its state.
    pub fn touch(&self) {
        self.changed.update(|n| *n += 1);
    }

    /// Brings the figures of a card up to date.
    pub fn publish(&self, index: usize, now: Millis) {
        let Some(signal) = self.cards.with_untracked(|cards| cards.get(index).copied()) else { return };
        let lines = self.feeds.with_value(|feeds| {
            feeds.borrow().get(index).and_then(Option::as_ref).map(|feed| feed.code.lines())
        });
        let next = self.peek(|run| {
            let run = run?;
            let candidate = run.candidates.get(index)?;
            let lines = lines.unwrap_or_else(|| candidate.text.lines().count());
            Some(Card::of(run, index, lines, now))
        });
        if let Some(next) = next {
            signal.set(next);
        }
    }

    pub fn publish_all(&self, now: Millis) {
        for index in 0..self.cards.with_untracked(Vec::len) {
            self.publish(index, now);
        }
        self.now.set(now);
    }

    /// Connects a card's live view; what has arrived is drawn at once.
    pub fn attach(&self, index: usize, host: HtmlElement) {
        let Some(language) = self.peek(|run| run.map(|run| language(run, index))) else { return };
        let feed = Feed::new(host, language);
        self.feeds.with_value(|feeds| {
            if let Some(slot) = feeds.borrow_mut().get_mut(index) {
                *slot = Some(feed);
            }
        });
        self.draw(index);
    }

    pub fn detach(&self, index: usize) {
        self.feeds.with_value(|feeds| {
            if let Some(slot) = feeds.borrow_mut().get_mut(index) {
                *slot = None;
            }
        });
    }

    /// Draws what arrived since the last frame, for every connected card; then lets all of them follow their ends.
    ///
    /// In this order, because to scroll is to ask for the layout: scrolling card by card would make it anew for each.
    pub fn draw_all(&self) {
        for index in 0..self.cards.with_untracked(Vec::len) {
            self.draw(index);
        }
        self.feeds.with_value(|feeds| {
            for feed in feeds.borrow_mut().iter_mut().flatten() {
                feed.code.follow();
            }
        });
    }

    fn draw(&self, index: usize) {
        let feeds = self.feeds.with_value(Rc::clone);
        let mut feeds = feeds.borrow_mut();
        let Some(Some(feed)) = feeds.get_mut(index) else { return };
        self.peek(|run| {
            let Some((run, candidate)) = run.and_then(|run| Some((run, run.candidates.get(index)?))) else {
                return;
            };
            feed.advance(candidate, language(run, index));
        });
    }
}

/// The language that a card was asked for: what it kept stays in that one when the brief turns to another.
fn language(run: &Run, index: usize) -> Language {
    run.edition(index).brief.language()
}

impl Feed {
    fn new(host: HtmlElement, language: Language) -> Self {
        Self { extract: LiveExtract::new(language), revision: 0, fed: 0, code: LiveCode::new(host, language) }
    }

    /// Draws what is new in the candidate's answer.
    fn advance(&mut self, candidate: &Candidate, language: Language) {
        if candidate.revision != self.revision {
            // The text is another one, or its end was replaced.
            self.revision = candidate.revision;
            self.fed = 0;
            self.extract = LiveExtract::new(language);
            self.code.clear();
        }
        let mut batch = String::new();
        let code = &mut self.code;
        let mut apply = |op: LiveOp<'_>| match op {
            LiveOp::Append(piece) => batch.push_str(piece),
            LiveOp::Clear => {
                batch.clear();
                code.clear();
            }
        };
        let fresh = &candidate.text[self.fed..];
        if !fresh.is_empty() {
            self.extract.push(fresh, &mut apply);
            self.fed = candidate.text.len();
        }
        if candidate.state.is_over() {
            self.extract.finish(&mut apply);
        }
        if !batch.is_empty() {
            code.append(&batch);
        }
    }
}

//! The run: one brief sent to several models, as a state machine.
//!
//! [`Run::reduce`] takes an [`Event`] and the time, changes the run, and returns [`Effect`]s: what somebody with a network
//! must do next. Nothing here opens a connection or looks at a clock. Events of an attempt that the run no longer
//! expects are ignored, so a driver may be late without doing harm.
//!
//! What a stream says is in `reduce`, what somebody at the cards wants in `steer`, who starts when in `start` and `policy`,
//! what follows a failure in `retry`, what our own server's limits hold back in `limit`, what is sent in `ask`, what it costs
//! in `cost`.

mod ask;
mod attempt;
mod candidate;
mod card;
mod cost;
mod limit;
pub mod memory;
pub mod picture;
mod policy;
mod reduce;
mod retry;
mod start;
mod steer;
mod target;
#[cfg(test)]
mod tests;
pub mod timeline;

pub use attempt::{Attempt, AttemptEnd};
pub use candidate::{Candidate, Phase, State};
pub use card::Card;
pub use cost::{Tariff, estimate};
pub use limit::{Limit, LimitKind};
pub use memory::{Memory, Remembered};
pub use policy::Policy;
pub use retry::{Next, next};
pub use start::Lane;
pub use target::{RETRIES, Rules, Target};

use crate::{
    brief::{Brief, Params},
    prompt::{self, Prompt},
    provider::{ModelRef, StreamEvent, Swaps},
    rank::{self, Ending, Facts, Ranking},
    words,
};

/// A point in time or a span, in milliseconds. The origin is the driver's choice, the same for a whole run.
pub type Millis = u64;

/// A card to be: whom to ask, whom when that fails, and parameters of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub target: Target,
    /// Whom to ask when it fails, in order.
    pub fallbacks: Vec<Target>,
    pub params: Params,
}

/// How a run goes about its cards.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    pub policy: Policy,
    /// How many calls to a provider may run at once, by provider id, where that is not its usual number.
    pub lanes: Vec<(String, usize)>,
    pub tariff: Tariff,
    /// Wordings that servers were known to refuse.
    pub learned: Vec<(ModelRef, Swaps)>,
}

/// A brief as it was sent at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Edition {
    pub brief: Brief,
    /// What is sent to every model.
    pub prompt: Prompt,
}

/// One brief with its candidates.
#[derive(Debug, Clone)]
pub struct Run {
    /// Ties the calls of the run together (`x-codecraft-run`).
    pub id: String,
    /// The brief in its last form.
    pub brief: Brief,
    /// Every form of the brief, oldest first: a card that was not asked again answers an earlier one.
    pub editions: Vec<Edition>,
    pub candidates: Vec<Candidate>,
    pub policy: Policy,
    /// Cards of this stage and earlier ones may start.
    pub stage: usize,
    pub lanes: Vec<(String, usize)>,
    pub tariff: Tariff,
    pub learned: Vec<(ModelRef, Swaps)>,
    /// A limit of our own server that it waits for.
    pub limit: Option<Limit>,
    /// When it began; while a limit keeps all of it from being sent, that is now.
    pub started_ms: Millis,
    /// When the last candidate ended; `None` while one still works.
    pub ended_ms: Option<Millis>,
    /// The order of the answers, once all have ended.
    pub ranking: Option<Ranking>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The stream of an attempt said something.
    Stream {
        candidate: usize,
        attempt: usize,
        event: StreamEvent,
    },
    /// An attempt is answered from memory.
    Recall {
        candidate: usize,
        attempt: usize,
        answer: Remembered,
    },
    /// Time passed. Expected a few times a second; deadlines and waits are checked here.
    Tick,
    Cancel {
        candidate: usize,
    },
    CancelAll,
    /// Somebody asked for this card again, or for one that was spared.
    Retry {
        candidate: usize,
    },
    /// Somebody asked for every card again that brought no complete answer.
    RetryFailed,
    /// Somebody asked for the rest of an answer that was cut off.
    Continue {
        candidate: usize,
    },
    /// Somebody gave this card parameters of its own and asks for it again.
    Tune {
        candidate: usize,
        params: Params,
    },
    /// Somebody put another model in this card's place.
    Replace {
        candidate: usize,
        entry: Entry,
    },
    /// Somebody added a card.
    Add {
        entry: Entry,
    },
    /// Somebody changed the brief and asks those again that brought no complete answer.
    Rewrite {
        brief: Brief,
    },
    /// Somebody wants this card to be next in its lane.
    Hurry {
        candidate: usize,
    },
    /// Somebody changed how many of the models are asked.
    Follow {
        policy: Policy,
    },
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Open the stream of this attempt and feed its events back. [`Run::call`] is what to send.
    Open { candidate: usize, attempt: usize, target: Target },
    /// Close the stream of this attempt; nothing more is expected from it.
    Abort { candidate: usize, attempt: usize },
    /// This candidate has come to its end, good or bad.
    Ended { candidate: usize },
    /// All have ended, and the ranking is there.
    Finished,
}

impl Run {
    /// Plans a run: one candidate per entry, none started.
    ///
    /// Start it with a first [`Event::Tick`].
    pub fn plan(id: impl Into<String>, brief: Brief, entries: Vec<Entry>, plan: Plan, now: Millis) -> Self {
        let candidates = entries.into_iter().map(|entry| Candidate::new(entry, 0, now)).collect();
        let mut run = Self {
            id: id.into(),
            editions: vec![Edition { prompt: prompt::compose(&brief), brief: brief.clone() }],
            brief,
            candidates,
            policy: plan.policy,
            stage: 0,
            lanes: plan.lanes,
            tariff: plan.tariff,
            learned: plan.learned,
            limit: None,
            started_ms: now,
            ended_ms: None,
            ranking: None,
        };
        run.assign_stages();
        run
    }

    /// True while a candidate waits or works.
    pub fn is_active(&self) -> bool {
        self.candidates.iter().any(|candidate| !candidate.state.is_over())
    }

    /// The brief and prompt that a card answers.
    pub fn edition(&self, candidate: usize) -> &Edition {
        let edition = self.candidates.get(candidate).map_or(0, |candidate| candidate.edition);
        self.editions.get(edition).unwrap_or(&self.editions[0])
    }

    /// True if the brief was changed since this card was asked.
    pub fn is_outdated(&self, candidate: usize) -> bool {
        self.candidates.get(candidate).is_some_and(|candidate| candidate.edition + 1 < self.editions.len())
    }

    /// Counts the candidates by where they stand, for headlines.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for candidate in &self.candidates {
            match candidate.state {
                State::Pending | State::Waiting { .. } => tally.waiting += 1,
                State::Generating => tally.working += 1,
                State::Completed => tally.finished += 1,
                State::Truncated | State::Interrupted => tally.partial += 1,
                State::Failed => tally.failed += 1,
                State::Cancelled => tally.cancelled += 1,
                State::Spared => tally.spared += 1,
            }
        }
        tally
    }

    /// Name for people of whoever writes a candidate: the model's id, with its provider where two would read the same.
    ///
    /// Cards of one and the same model are told apart by their own parameters, or else by their place among them: "m",
    /// "m (temperature 0.2)", "m 3".
    pub fn name(&self, candidate: usize) -> String {
        let Some(card) = self.candidates.get(candidate) else { return String::new() };
        let model = &card.answered_by().model;
        let same = |other: &Candidate| {
            let other = &other.answered_by().model;
            other.model == model.model && other.provider != model.provider
        };
        let name = if self.candidates.iter().any(same) { model.to_string() } else { model.name() };
        let is_twin = |other: &Candidate| other.answered_by().model == *model;
        let own = |other: &Candidate| other.params == card.params;
        let twins = self.candidates.iter().filter(|other| is_twin(other));
        if twins.clone().count() == 1 {
            return name;
        }
        if card.params != Params::default() && twins.filter(|twin| own(twin)).count() == 1 {
            return format!("{name} ({})", words::params(&card.params));
        }
        match self.candidates.iter().take(candidate).filter(|other| is_twin(other)).count() {
            0 => name,
            before => format!("{name} {}", before + 1),
        }
    }

    /// What the ladder may look at.
    fn facts<'a>(&'a self, index: usize, name: &'a str) -> Facts<'a> {
        let candidate = &self.candidates[index];
        let wanted = self.edition(index).brief.language();
        let extraction = candidate.extraction.as_ref();
        Facts {
            name,
            ending: match candidate.state {
                State::Completed => Ending::Complete,
                State::Truncated => Ending::Length,
                State::Interrupted | State::Cancelled | State::Spared => Ending::Interrupted,
                State::Pending | State::Waiting { .. } | State::Generating | State::Failed => Ending::Failed,
            },
            code: extraction.map(|extraction| extraction.code.as_str()),
            cut_in_code: extraction.is_some_and(|extraction| extraction.truncated),
            language: extraction.and_then(|extraction| extraction.language).unwrap_or(wanted),
            wanted,
        }
    }

    fn rank(&self) -> Ranking {
        let names: Vec<String> = (0..self.candidates.len()).map(|index| self.name(index)).collect();
        let facts: Vec<Facts<'_>> =
            names.iter().enumerate().map(|(index, name)| self.facts(index, name)).collect();
        rank::rank(&facts)
    }
}

/// How many candidates are where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub finished: usize,
    /// Cut off or interrupted: there is something, but not all.
    pub partial: usize,
    pub failed: usize,
    pub cancelled: usize,
    /// Not needed, because another card's answer was enough.
    pub spared: usize,
    pub working: usize,
    pub waiting: usize,
}

impl Tally {
    /// Candidates that have come to their end.
    pub fn over(&self) -> usize {
        self.finished + self.partial + self.failed + self.cancelled + self.spared
    }
}

//! The run: one brief sent to several models, as a state machine.
//!
//! [`Run::reduce`] takes an [`Event`] and the time, changes the run, and returns [`Effect`]s: what somebody with a network
//! must do next. Nothing here opens a connection or looks at a clock. Events of an attempt that the run no longer
//! expects are ignored, so a driver may be late without doing harm.

mod candidate;
mod reduce;
mod retry;
#[cfg(test)]
mod tests;
pub mod timeline;

pub use candidate::{Attempt, AttemptEnd, Candidate, Phase, State, Target};
pub use retry::{Next, next};

use crate::{
    brief::Brief,
    prompt::{self, Prompt},
    provider::StreamEvent,
    rank::{self, Ending, Facts, Ranking},
};

/// A point in time or a span, in milliseconds. The origin is the driver's choice, the same for a whole run.
pub type Millis = u64;

/// One brief with its candidates.
#[derive(Debug, Clone)]
pub struct Run {
    /// Ties the calls of the run together (`x-codecraft-run`).
    pub id: String,
    pub brief: Brief,
    /// What is sent to every model.
    pub prompt: Prompt,
    pub candidates: Vec<Candidate>,
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
    /// Time passed. Expected a few times a second; deadlines and waits are checked here.
    Tick,
    Cancel {
        candidate: usize,
    },
    CancelAll,
    /// Somebody asked for this card again.
    Retry {
        candidate: usize,
    },
    /// Somebody asked for every card again that brought no complete answer.
    RetryFailed,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Open the stream of this attempt and feed its events back.
    Open { candidate: usize, attempt: usize, target: Target },
    /// Close the stream of this attempt; nothing more is expected from it.
    Abort { candidate: usize, attempt: usize },
    /// This candidate has come to its end, good or bad.
    Ended { candidate: usize },
    /// All have ended, and the ranking is there.
    Finished,
}

impl Run {
    /// Plans a run: one candidate per target, none started. `fallbacks` names, for each target, whom to ask when it fails.
    ///
    /// Start it with a first [`Event::Tick`].
    pub fn plan(
        id: impl Into<String>,
        brief: Brief,
        targets: Vec<(Target, Vec<Target>)>,
        now: Millis,
    ) -> Self {
        let prompt = prompt::compose(&brief);
        let candidates =
            targets.into_iter().map(|(target, fallbacks)| Candidate::new(target, fallbacks, now)).collect();
        Self { id: id.into(), brief, prompt, candidates, started_ms: now, ended_ms: None, ranking: None }
    }

    /// True while a candidate waits or works.
    pub fn is_active(&self) -> bool {
        self.candidates.iter().any(|candidate| !candidate.state.is_over())
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
            }
        }
        tally
    }

    /// Name for people of whoever writes a candidate: the model's id, with its provider where two would read the same.
    pub fn name(&self, candidate: usize) -> String {
        let Some(model) = self.candidates.get(candidate).map(|candidate| &candidate.answered_by().model)
        else {
            return String::new();
        };
        let same = |other: &Candidate| {
            let other = &other.answered_by().model;
            other.model == model.model && other.provider != model.provider
        };
        if self.candidates.iter().any(same) { model.to_string() } else { model.name() }
    }

    fn rank(&self) -> Ranking {
        let names: Vec<String> = (0..self.candidates.len()).map(|index| self.name(index)).collect();
        let facts: Vec<Facts<'_>> = self
            .candidates
            .iter()
            .zip(&names)
            .map(|(candidate, name)| Facts {
                name,
                ending: match candidate.state {
                    State::Completed => Ending::Complete,
                    State::Truncated => Ending::Length,
                    State::Interrupted | State::Cancelled => Ending::Interrupted,
                    State::Pending | State::Waiting { .. } | State::Generating | State::Failed => {
                        Ending::Failed
                    }
                },
                code: candidate.extraction.as_ref().map(|extraction| extraction.code.as_str()),
                cut_in_code: candidate.extraction.as_ref().is_some_and(|extraction| extraction.truncated),
                language: candidate
                    .extraction
                    .as_ref()
                    .and_then(|extraction| extraction.language)
                    .unwrap_or(self.brief.language()),
                wanted: self.brief.language(),
            })
            .collect();
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
    pub working: usize,
    pub waiting: usize,
}

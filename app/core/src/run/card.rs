//! What a card shows besides code, as of one moment.

use super::{Candidate, Millis, Phase, Run};
use crate::{price::Money, provider::Swap};

/// A card as of one moment.
#[derive(Debug, Clone)]
pub struct Card {
    /// A copy without the texts.
    pub candidate: Candidate,
    /// Lines in the live view.
    pub lines: usize,
    /// Lines of the extracted code, once the candidate is over and if there is any.
    pub code_lines: Option<usize>,
    /// Count, and whether it is an estimate.
    pub tokens: (u64, bool),
    /// Tokens per second.
    pub speed: Option<f64>,
    /// All its calls together; `None` where a price is unknown.
    pub cost: Option<Money>,
    /// Temperature or top-p were set and left out, because the model refuses them.
    pub unsampled: bool,
    pub phase: Phase,
    pub reasoning_chars: usize,
    pub has_text: bool,
    /// Cards that go before this one in its lane, while it waits there.
    pub ahead: Option<usize>,
    /// It waits for the cards of an earlier stage.
    pub held: bool,
    /// It waits for a limit of our own server.
    pub limited: bool,
    /// The brief was changed since it was asked.
    pub outdated: bool,
    pub now: Millis,
}

impl Card {
    /// The card of a candidate of `run` that has this many lines in its live view.
    ///
    /// # Panics
    /// When there is no such candidate.
    pub fn of(run: &Run, index: usize, lines: usize, now: Millis) -> Self {
        let candidate = &run.candidates[index];
        Self {
            lines,
            tokens: candidate.tokens(),
            speed: candidate.tokens_per_second(now),
            cost: run.cost(index),
            unsampled: unsampled(run, index),
            phase: candidate.phase(),
            reasoning_chars: candidate.reasoning.len(),
            has_text: !candidate.text.is_empty(),
            code_lines: candidate.extraction.as_ref().map(|extraction| extraction.code.lines().count()),
            ahead: run.ahead(index, now),
            held: run.is_held(index),
            limited: run.waits_for_limit(index),
            outdated: run.is_outdated(index),
            now,
            candidate: candidate.without_texts(),
        }
    }
}

fn unsampled(run: &Run, index: usize) -> bool {
    let attempt = run.candidates[index].last_attempt();
    attempt.is_some_and(|attempt| attempt.swaps.has(Swap::NoSampling)) && {
        let params = run.params(index);
        params.temperature.is_some() || params.top_p.is_some()
    }
}

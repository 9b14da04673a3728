//! One card of a run: a model, its attempts, and what they brought.

use super::Millis;
use crate::{
    extract::Extraction,
    provider::{ModelRef, ProviderError, ProviderKind, Usage},
};

/// Whom an attempt asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub model: ModelRef,
    pub kind: ProviderKind,
}

/// Where a candidate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its lane is full; it has not started.
    Pending,
    /// Between two attempts: the next one starts at `until_ms`.
    Waiting {
        until_ms: Millis,
    },
    Generating,
    /// The model ended by itself.
    Completed,
    /// The model reached its token limit.
    Truncated,
    /// The stream broke after text had arrived.
    Interrupted,
    /// No answer; the last attempt says why.
    Failed,
    /// Somebody stopped it. What had arrived is kept.
    Cancelled,
}

impl State {
    pub fn is_over(self) -> bool {
        match self {
            Self::Pending | Self::Waiting { .. } | Self::Generating => false,
            Self::Completed | Self::Truncated | Self::Interrupted | Self::Failed | Self::Cancelled => true,
        }
    }
}

/// What a generating candidate is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing came yet.
    Silent,
    /// The model reasons; no answer yet.
    Reasoning,
    Writing,
}

/// One upstream call.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    pub target: Target,
    pub started_ms: Millis,
    /// First text or reasoning.
    pub first_ms: Option<Millis>,
    /// Last sign of life.
    pub last_ms: Millis,
    pub ended_ms: Option<Millis>,
    pub end: Option<AttemptEnd>,
    /// The model that the provider says it used, where it says so.
    pub answered_as: Option<String>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub enum AttemptEnd {
    Complete,
    /// The token limit was reached.
    Length,
    Failed(ProviderError),
    /// A filter of the provider withheld the answer.
    Blocked {
        reason: String,
    },
    Cancelled,
}

/// One card.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The model that was chosen.
    pub chosen: Target,
    /// Whom to ask when it fails, in order.
    pub fallbacks: Vec<Target>,
    /// Every call, oldest first; never shortened.
    pub attempts: Vec<Attempt>,
    /// Index of the first attempt of the current round; a retry by hand begins a new round.
    pub round: usize,
    /// When the current round could have started.
    pub queued_ms: Millis,
    pub state: State,
    /// The answer so far, as it came.
    pub text: String,
    /// The model's reasoning so far.
    pub reasoning: String,
    pub usage: Usage,
    /// The code, once the candidate is over and if there is any.
    pub extraction: Option<Extraction>,
}

impl Candidate {
    pub(super) fn new(chosen: Target, fallbacks: Vec<Target>, now: Millis) -> Self {
        Self {
            chosen,
            fallbacks,
            attempts: Vec::new(),
            round: 0,
            queued_ms: now,
            state: State::Pending,
            text: String::new(),
            reasoning: String::new(),
            usage: Usage::default(),
            extraction: None,
        }
    }

    /// A copy that leaves out answer, reasoning and code, for views that show the rest.
    pub fn without_texts(&self) -> Self {
        Self {
            chosen: self.chosen.clone(),
            fallbacks: self.fallbacks.clone(),
            attempts: self.attempts.clone(),
            round: self.round,
            queued_ms: self.queued_ms,
            state: self.state,
            text: String::new(),
            reasoning: String::new(),
            usage: self.usage,
            extraction: None,
        }
    }

    /// Attempts of the current round.
    pub fn current_attempts(&self) -> &[Attempt] {
        &self.attempts[self.round.min(self.attempts.len())..]
    }

    /// Who writes or wrote this card's answer: the chosen model or a fallback.
    pub fn answered_by(&self) -> &Target {
        self.current_attempts().last().map_or(&self.chosen, |attempt| &attempt.target)
    }

    /// The last attempt of the current round.
    pub fn last_attempt(&self) -> Option<&Attempt> {
        self.current_attempts().last()
    }

    pub fn phase(&self) -> Phase {
        match (self.text.is_empty(), self.reasoning.is_empty()) {
            (false, _) => Phase::Writing,
            (true, false) => Phase::Reasoning,
            (true, true) => Phase::Silent,
        }
    }

    /// From the start of the answering attempt to its first text or reasoning.
    pub fn first_token_ms(&self) -> Option<Millis> {
        let attempt = self.last_attempt()?;
        Some(attempt.first_ms?.saturating_sub(attempt.started_ms))
    }

    /// From the start of the round's first attempt to the end, or to `now`. `None` before the start.
    pub fn elapsed_ms(&self, now: Millis) -> Option<Millis> {
        let first = self.current_attempts().first()?;
        let end = if self.state.is_over() { self.last_attempt()?.ended_ms.unwrap_or(now) } else { now };
        Some(end.saturating_sub(first.started_ms))
    }

    /// Tokens written: as the provider counted them, else estimated at four characters each. The flag says "estimated".
    pub fn tokens(&self) -> (u64, bool) {
        match self.usage.completion_tokens {
            Some(tokens) => (tokens + self.usage.reasoning_tokens.unwrap_or(0), false),
            None => (((self.text.len() + self.reasoning.len()) as u64).div_ceil(4), true),
        }
    }

    /// Tokens per second: by the provider's own clock if it told one, else from first token to the end or `now`.
    pub fn tokens_per_second(&self, now: Millis) -> Option<f64> {
        let (tokens, _) = self.tokens();
        if let (Some(eval_ms), Some(done)) = (self.usage.eval_ms, self.usage.completion_tokens)
            && eval_ms > 0.0
        {
            return Some(done as f64 * 1000.0 / eval_ms);
        }
        let attempt = self.last_attempt()?;
        let span = attempt.ended_ms.unwrap_or(now).saturating_sub(attempt.first_ms?);
        (span >= 200 && tokens > 0).then(|| tokens as f64 * 1000.0 / span as f64)
    }

    pub(super) fn lane_width(&self) -> usize {
        self.next_target().kind.facts().lane
    }

    /// The target that the next attempt will ask.
    pub(super) fn next_target(&self) -> &Target {
        self.pending_fallback().unwrap_or_else(|| self.answered_by())
    }

    /// After a failure that moves on, the fallback that is next: the one after those already tried in this round.
    fn pending_fallback(&self) -> Option<&Target> {
        match super::next(self.current_attempts(), !self.text.is_empty(), &self.fallbacks) {
            super::Next::Fallback(target) => self.fallbacks.iter().find(|fallback| **fallback == target),
            super::Next::Retry { .. } | super::Next::GiveUp => None,
        }
    }
}

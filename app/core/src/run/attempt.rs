//! One upstream call of a card.

use super::{Millis, Target};
use crate::{
    price::Guess,
    provider::{ProviderError, Swaps, Usage},
};

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
    /// It goes on where an earlier attempt was cut off.
    pub resumes: bool,
    /// How it is worded differently, after refusals.
    pub swaps: Swaps,
    /// What the provider counted.
    pub usage: Usage,
    /// Somebody asked for it, be it by starting the run; others follow from a failure.
    pub asked: bool,
    /// When it could have started: at somebody's wish, or when the one before it ended.
    pub queued_ms: Millis,
    /// Text came, and is part of the answer.
    pub wrote: bool,
    /// Bytes of text and reasoning that came.
    pub received: u64,
    /// Tokens sent and come back, estimated from the texts.
    pub guess: Guess,
    /// It was answered from memory, by an answer of this age.
    pub recalled_ms: Option<Millis>,
}

impl Attempt {
    pub(super) fn new(target: Target, now: Millis) -> Self {
        Self {
            target,
            started_ms: now,
            first_ms: None,
            last_ms: now,
            ended_ms: None,
            end: None,
            answered_as: None,
            resumes: false,
            swaps: Swaps::default(),
            usage: Usage::default(),
            asked: false,
            queued_ms: now,
            wrote: false,
            received: 0,
            guess: Guess::default(),
            recalled_ms: None,
        }
    }

    /// From its start to its end, or to `now`.
    pub fn took_ms(&self, now: Millis) -> Millis {
        self.ended_ms.unwrap_or(now).saturating_sub(self.started_ms)
    }

    /// Tokens that came: as the provider counted them, else estimated. The flag says "estimated".
    pub fn tokens(&self) -> (u64, bool) {
        match self.usage.completion_tokens {
            Some(tokens) => (tokens.saturating_add(self.usage.reasoning_tokens.unwrap_or(0)), false),
            None => (self.guess.written, true),
        }
    }

    /// The failure it ended in, if it did.
    pub fn error(&self) -> Option<&ProviderError> {
        match &self.end {
            Some(AttemptEnd::Failed(error)) => Some(error),
            _ => None,
        }
    }
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
    /// Somebody stopped it.
    Cancelled,
    /// Another card's answer was enough.
    Spared,
    /// The run reached its cap.
    OverCap,
}

//! What one event of a stream says, once its provider's module has read it: the step between wire and
//! [`StreamEvent`](super::super::StreamEvent).

use crate::provider::{BlockStage, FinishReason, Usage};

/// One decoded event. Strings borrow from its JSON.
#[derive(Debug, Default, PartialEq)]
pub struct Chunk<'a> {
    /// The model that answers, where the event names it.
    pub model: Option<&'a str>,
    /// In the order of the answer.
    pub pieces: Vec<Piece<'a>>,
    /// Counters up to now; empty if the event has none.
    pub usage: Usage,
    /// Why the answer ends, where the event says so. Text may still follow.
    pub end: Option<End<'a>>,
    /// Nothing follows, whatever the sender still writes.
    pub last: bool,
}

/// A piece of output. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    Reasoning(&'a str),
    /// The model's words on why it does not answer.
    Refusal(&'a str),
}

/// An end mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End<'a> {
    Finish { reason: FinishReason, raw: &'a str },
    Blocked { stage: BlockStage, reason: &'a str },
}

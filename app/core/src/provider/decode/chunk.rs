//! What one event of a stream says, once its provider's module has read it: the step between wire and
//! [`StreamEvent`](super::super::StreamEvent).

use serde_json::Value;

use super::calls::CallPiece;
use crate::provider::{BlockStage, ErrorClass, FinishReason, Usage};

/// One event of a stream: a JSON object.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    pub json: &'a Value,
    /// The text it was read from, for what has to stay verbatim (see [`raw`](super::raw)).
    pub text: &'a str,
}

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

/// A piece of output. Texts are never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    Reasoning(&'a str),
    /// The model's words on why it does not answer.
    Refusal(&'a str),
    /// A piece of a call of a tool.
    Call(CallPiece<'a>),
    /// The JSON text of a part, for replay.
    Part {
        text: &'a str,
        /// It must come back verbatim, and all others with it.
        keep: bool,
    },
}

/// An end mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End<'a> {
    Finish {
        reason: FinishReason,
        raw: &'a str,
    },
    Blocked {
        stage: BlockStage,
        reason: &'a str,
    },
    /// The provider gave up.
    Failed {
        class: ErrorClass,
        reason: &'a str,
    },
}

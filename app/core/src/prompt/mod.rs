//! The words that go to a model: a brief in, a system and a user message out.

mod guidance;

use crate::brief::Brief;

/// What is sent, the same for every model of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// How to answer.
    pub system: String,
    /// What to write.
    pub user: String,
}

/// Composes the messages of `brief`.
pub fn compose(brief: &Brief) -> Prompt {
    guidance::compose(brief)
}

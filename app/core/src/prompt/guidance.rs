//! Guidance per language and per complexity.
use super::Prompt;
use crate::brief::Brief;
pub fn compose(brief: &Brief) -> Prompt { Prompt { system: String::new(), user: brief.prompt().into() } }

//! The sample models: answers written for CodeCraft, played as streams. No AI, and labelled so wherever they appear.

use super::{ListedModel, StreamEvent};
use crate::brief::Language;

/// Provider id of the samples.
pub const PROVIDER: &str = "sample";

/// One step of a played stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Pause before it, in milliseconds.
    pub after_ms: u32,
    pub event: StreamEvent,
}

/// The sample models, as a provider would list them.
pub fn models() -> Vec<ListedModel> {
    Vec::new()
}

/// The stream of one call. Always ends with a `Finish` or an `Error`, or breaks off, as the model's part demands.
pub fn play(model: &str, request: &str, language: Language) -> Vec<Step> {
    let _ = (model, request, language);
    Vec::new()
}

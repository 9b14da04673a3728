//! What is known about models before they are asked: strengths, defaults, fallbacks and retired names, by family.
//!
//! The lists themselves come from the providers at run time; this only adds words and defaults to them.

use super::{ListedModel, ModelRef, ProviderKind};

/// A model as the picker shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    pub id: ModelRef,
    pub kind: ProviderKind,
    /// What it is good for, in a few words; may be empty.
    pub strengths: String,
    /// Context in tokens.
    pub context: Option<u64>,
    /// Size on disk in bytes.
    pub size_bytes: Option<u64>,
    /// Typical duration of an answer in seconds, where known.
    pub typical_seconds: Option<u32>,
}

/// A named set of models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    pub name: &'static str,
    pub models: Vec<ModelRef>,
}

/// How long to wait, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    pub first_token_ms: u64,
    pub idle_ms: u64,
}

/// Adds what is known of its family to a listed model.
pub fn describe(provider: &str, kind: ProviderKind, listed: &ListedModel) -> Model {
    Model {
        id: ModelRef::new(provider, &listed.id),
        kind,
        strengths: String::new(),
        context: listed.context,
        size_bytes: listed.size_bytes,
        typical_seconds: None,
    }
}

/// Models to show for a provider that has not been asked, or cannot be.
pub fn shipped(kind: ProviderKind) -> Vec<ListedModel> {
    let _ = kind;
    Vec::new()
}

/// True for a listed model that can write code (no embedding, speech or image models).
pub fn writes_code(kind: ProviderKind, listed: &ListedModel) -> bool {
    let _ = (kind, listed);
    true
}

/// A retired id's successor and the notice to show.
pub fn successor(id: &str) -> Option<(&'static str, &'static str)> {
    let _ = id;
    None
}

/// Whom to ask when `model` fails, in order, out of those that are there.
pub fn fallbacks(model: &ModelRef, available: &[Model]) -> Vec<ModelRef> {
    let _ = (model, available);
    Vec::new()
}

/// Sets to choose from, out of the models that are there.
pub fn presets(available: &[Model]) -> Vec<Preset> {
    let _ = available;
    Vec::new()
}

pub fn timeouts(kind: ProviderKind) -> Timeouts {
    match kind {
        ProviderKind::Ollama | ProviderKind::Local => Timeouts { first_token_ms: 180_000, idle_ms: 60_000 },
        ProviderKind::Gemini | ProviderKind::Openai | ProviderKind::Sample => {
            Timeouts { first_token_ms: 30_000, idle_ms: 60_000 }
        }
    }
}

/// How many calls to one provider may run at once.
pub fn lane_width(kind: ProviderKind) -> usize {
    match kind {
        ProviderKind::Ollama => 1,
        ProviderKind::Gemini | ProviderKind::Openai | ProviderKind::Local | ProviderKind::Sample => 8,
    }
}

/// A provider's name for people.
pub fn provider_name(id: &str, kind: ProviderKind) -> String {
    match kind {
        ProviderKind::Gemini => "Gemini".into(),
        ProviderKind::Ollama => "Ollama".into(),
        ProviderKind::Openai => "OpenAI".into(),
        ProviderKind::Sample => "Sample".into(),
        ProviderKind::Local => id.into(),
    }
}

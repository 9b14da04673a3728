//! Models, as they are named and as their providers list them.

use serde::{Deserialize, Serialize};

use super::{Abilities, sample};

/// One model: provider id and the provider's own model id. Written `provider/model`, as in `ollama/qwen2.5-coder:14b`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ModelRef {
    pub provider: String,
    pub model: String,
}

impl ModelRef {
    pub fn new(provider: impl Into<String>, model: impl Into<String>) -> Self {
        Self { provider: provider.into(), model: model.into() }
    }

    /// Name for people: the model's own id; a sample says that it is one.
    pub fn name(&self) -> String {
        if self.provider == sample::PROVIDER { self.to_string() } else { self.model.clone() }
    }
}

impl std::fmt::Display for ModelRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

impl From<ModelRef> for String {
    fn from(model: ModelRef) -> Self {
        model.to_string()
    }
}

impl std::str::FromStr for ModelRef {
    type Err = &'static str;

    /// Splits at the first slash: model ids may hold more of them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((provider, model)) if !provider.is_empty() && !model.is_empty() => {
                Ok(Self::new(provider, model))
            }
            _ => Err("a model is written provider/model"),
        }
    }
}

impl TryFrom<String> for ModelRef {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// One model as its provider lists it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListedModel {
    /// The provider's own id, as calls want it.
    pub id: String,
    /// Tokens that prompt and answer may have together, where the list says so.
    pub context: Option<u64>,
    /// Tokens that one answer may have, where the list says so.
    pub output: Option<u64>,
    /// Size on disk in bytes, for a server of one's own.
    pub size_bytes: Option<u64>,
    pub abilities: Abilities,
    /// Lies in its server's memory, where the list says so: it answers without being loaded first.
    pub loaded: Option<bool>,
    /// Runs elsewhere although its server is one's own: prompts leave the machine.
    pub remote: bool,
}

/// What a provider tells about one model when asked for it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ModelDetails {
    /// Tokens that the model was made for.
    pub context: Option<u64>,
    /// Tokens that its server gives it, where that is less.
    pub served_context: Option<u64>,
    pub abilities: Abilities,
}

/// A page of a provider's models.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelPage {
    pub models: Vec<ListedModel>,
    /// Token of the next page, for [`Protocol::list`](super::Protocol::list).
    pub next: Option<String>,
}

//! Providers: requests out, bytes in, one [`StreamEvent`] vocabulary.
//!
//! Provider JSON is known only in the file of its provider. Everybody else sees [`Call`], [`Decoder`], [`StreamEvent`]
//! and [`ProviderError`]. A new provider is one new file, one [`ProviderKind`], and its lines in this module's matches.

pub mod catalog;
mod decode;
mod error;
mod event;
mod gemini;
mod lines;
mod ndjson;
mod ollama;
mod openai;
pub mod sample;
mod sampling;
mod sse;

use serde::{Deserialize, Serialize};

pub(crate) use decode::json;
pub use decode::{Decoder, Head};
pub use error::{ErrorClass, ProviderError};
pub use event::{BlockStage, FinishReason, StreamEvent, Usage};

use crate::{brief::Params, prompt::Prompt};

/// Which protocol a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// Google's `generateContent`.
    Gemini,
    /// Ollama's native `/api/chat`.
    Ollama,
    /// `OpenAI` itself: `/v1/chat/completions` with `max_completion_tokens`.
    Openai,
    /// An OpenAI-compatible server of the operator (llama.cpp, LM Studio, vLLM): the same path with `max_tokens`.
    Local,
    /// The sample models, played in the browser.
    Sample,
}

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

/// One native HTTP call below a provider's base address. The proxy adds address and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub method: Method,
    /// Native path with query, without leading slash.
    pub path: String,
    /// JSON; empty for [`Method::Get`].
    pub body: String,
}

impl Call {
    fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), body: String::new() }
    }

    fn post(path: impl Into<String>, body: &impl Serialize) -> Self {
        let body =
            serde_json::to_string(body).expect("request bodies have string keys and no fallible parts");
        Self { method: Method::Post, path: path.into(), body }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// The streaming generation call for `model`. Parameters that are unset do not appear in the body.
///
/// Returns `None` for [`ProviderKind::Sample`], which makes no calls.
pub fn generate_call(kind: ProviderKind, model: &str, prompt: &Prompt, params: &Params) -> Option<Call> {
    match kind {
        ProviderKind::Gemini => Some(gemini::generate_call(model, prompt, params)),
        ProviderKind::Ollama => Some(ollama::generate_call(model, prompt, params)),
        ProviderKind::Openai => {
            Some(openai::generate_call(model, prompt, params, openai::Limit::MaxCompletionTokens))
        }
        ProviderKind::Local => Some(openai::generate_call(model, prompt, params, openai::Limit::MaxTokens)),
        ProviderKind::Sample => None,
    }
}

/// The call that lists a provider's models. `page` is the token that [`ModelPage::next`] gave, if any.
pub fn models_call(kind: ProviderKind, page: Option<&str>) -> Option<Call> {
    match kind {
        ProviderKind::Gemini => Some(gemini::models_call(page)),
        ProviderKind::Ollama => Some(ollama::models_call()),
        ProviderKind::Openai | ProviderKind::Local => Some(openai::models_call()),
        ProviderKind::Sample => None,
    }
}

/// One model as its provider lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedModel {
    /// The provider's own id, as calls want it.
    pub id: String,
    /// Tokens that prompt and answer may have together, where the list says so.
    pub context: Option<u64>,
    /// Size on disk in bytes (Ollama).
    pub size_bytes: Option<u64>,
}

/// A page of a provider's models.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelPage {
    pub models: Vec<ListedModel>,
    /// Token of the next page, for [`models_call`].
    pub next: Option<String>,
}

/// Reads the answer to [`models_call`]: status and body.
///
/// # Errors
/// The classified failure, when the status is not 2xx or the body is not a model list.
pub fn read_models(kind: ProviderKind, status: u16, body: &[u8]) -> Result<ModelPage, ProviderError> {
    if !(200..300).contains(&status) {
        return Err(decode::classify_body(kind, status, None, body));
    }
    let page = match kind {
        ProviderKind::Gemini => gemini::read_models(body),
        ProviderKind::Ollama => ollama::read_models(body),
        ProviderKind::Openai | ProviderKind::Local => openai::read_models(body),
        ProviderKind::Sample => None,
    };
    page.ok_or_else(|| ProviderError::new(ErrorClass::Malformed, "the answer is not a list of models"))
}

//! What a model's stream says, whatever the wire: the one vocabulary behind all providers.

use super::error::ProviderError;

/// One thing that happened in a stream. How each wire maps to it stands in that provider's module.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamEvent {
    /// The answer begins. At most one per stream, before any text; `model` is the one that really answers, if named.
    Start { model: Option<String> },
    /// A piece of the answer. Never empty.
    Text(String),
    /// A piece of the model's reasoning, kept apart from the answer. Never empty.
    Reasoning(String),
    /// A piece of a call of a tool: [`ToolCalls`](super::ToolCalls) puts the pieces together.
    ToolCall {
        /// Which call of this answer, from 0 in the order of their beginnings.
        index: usize,
        /// The provider's id, in the first piece that has one; else empty.
        id: String,
        /// Like `id`.
        name: String,
        /// Text to append to the arguments' JSON.
        arguments: String,
    },
    /// A part of the answer as its provider wrote it, to be given back verbatim ([`Said::parts`](super::Said::parts)).
    Part(String),
    /// Counters; later ones replace earlier ones field by field.
    Usage(Usage),
    /// The model stopped by itself. At most one per stream, after all text.
    Finish { reason: FinishReason, raw: String },
    /// The provider withheld the answer.
    Blocked { stage: BlockStage, reason: String },
    /// The call failed; nothing follows.
    Error(ProviderError),
}

/// Token counts and timings. A missing field was not reported.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Usage {
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answer, without reasoning where the provider tells them apart.
    pub completion_tokens: Option<u64>,
    pub reasoning_tokens: Option<u64>,
    /// Time the provider spent writing, in milliseconds (Ollama, llama.cpp).
    pub eval_ms: Option<f64>,
    /// Time the provider spent loading the model, in milliseconds (Ollama).
    pub load_ms: Option<f64>,
}

impl Usage {
    /// Takes over every field that `newer` reports.
    pub fn merge(&mut self, newer: Self) {
        self.prompt_tokens = newer.prompt_tokens.or(self.prompt_tokens);
        self.completion_tokens = newer.completion_tokens.or(self.completion_tokens);
        self.reasoning_tokens = newer.reasoning_tokens.or(self.reasoning_tokens);
        self.eval_ms = newer.eval_ms.or(self.eval_ms);
        self.load_ms = newer.load_ms.or(self.load_ms);
    }
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
    /// It was done.
    Stop,
    /// It reached its token limit: the answer is truncated.
    Length,
    /// It called tools and waits for what they come to.
    ToolCalls,
    /// It tried to call a tool and did not manage: the call is broken, unexpected, or one too many.
    ToolError,
    /// A reason without a meaning for us; see `raw`.
    Other,
}

/// Where a filter struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockStage {
    Prompt,
    Output,
}

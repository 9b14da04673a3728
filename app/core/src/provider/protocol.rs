//! What a provider is: one implementation of [`Protocol`] per wire, in that provider's own file, and a line in the
//! [table](super::table).
//!
//! Everything that differs between providers is either a method here or a [`Facts`] member. Whoever else asks "which
//! provider is this?" wants a fact that is missing from this file.

use serde_json::Value;

use super::{
    Ask, Call, ErrorClass, ModelDetails, ModelPage, ProviderError, Swap,
    decode::{
        chunk::{Chunk, Event},
        fault::Fault,
    },
};
use crate::brief::Decimal;

/// A provider's wire: requests out, frames in.
pub trait Protocol: Sync {
    fn facts(&self) -> &'static Facts;

    /// The streaming generation call. Parameters that are unset do not appear in its body. `None` where no call is made.
    fn generate(&self, ask: &Ask<'_>) -> Option<Call>;

    /// The call that lists the models. `page` is the token that [`ModelPage::next`] gave, if any.
    fn list(&self, page: Option<&str>) -> Option<Call>;

    /// Reads the body of a successful answer to [`list`](Self::list); `None` if it is no model list.
    fn read_list(&self, body: &[u8]) -> Option<ModelPage>;

    /// The call that tells more about one model than the list does, where there is one.
    fn details(&self, _model: &str) -> Option<Call> {
        None
    }

    /// Reads the body of a successful answer to [`details`](Self::details).
    fn read_details(&self, _body: &[u8]) -> Option<ModelDetails> {
        None
    }

    /// What one frame of the stream says.
    fn read_chunk<'a>(&self, event: Event<'a>) -> Chunk<'a>;

    /// What an error means.
    fn classify(&self, fault: &Fault<'_>) -> ErrorClass;

    /// The pause that an error object asks for, in milliseconds.
    fn retry_after_ms(&self, _error: &Value) -> Option<u64> {
        None
    }

    /// What an answer says about its error beside the error itself, in a few words: where to sign in, say.
    fn advice(&self, _root: &Value) -> Option<String> {
        None
    }

    /// What to word differently so that a refused request may pass, where the refusal tells.
    fn swap(&self, _error: &ProviderError) -> Option<Swap> {
        None
    }
}

/// What is so for every call to a provider of one kind.
#[derive(Debug)]
pub struct Facts {
    /// Name of the kind in `/api/config`, and id of the provider where there is only one.
    pub kind: &'static str,
    /// Name for people; `None` where the operator names each server.
    pub name: Option<&'static str>,
    /// Plays answers that were written for CodeCraft instead of making calls.
    pub is_sample: bool,
    /// A server of one's own: it needs no key, costs nothing, and loads a model before its first word.
    pub at_home: bool,
    /// Shortens what does not fit into the context and says nothing; see [`cut_prompt`](super::cut_prompt).
    pub cuts_silently: bool,
    pub framing: Framing,
    /// Calls that run at once unless somebody says otherwise.
    pub lane: usize,
    pub timeouts: Timeouts,
    pub bounds: Bounds,
    /// Ids to show before the provider was asked, or when it cannot be.
    pub shipped: &'static [&'static str],
    /// Beginnings of words in the ids of models that write, but not through the call that we make.
    pub other_calls: &'static [&'static str],
    /// What to do when it is not ready: a sentence, and a line to type.
    pub remedy: Option<(&'static str, &'static str)>,
    /// What the proxy has to know; `None` for a provider that it never calls.
    pub relay: Option<Relay>,
}

/// How a stream is cut into frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events.
    Events {
        /// `[DONE]` ends the stream; elsewhere it means nothing.
        done_mark: bool,
    },
    /// Newline-delimited JSON.
    Lines,
}

/// How long to wait, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// From the request to the first word.
    pub first_token_ms: u64,
    /// Between two words.
    pub idle_ms: u64,
}

/// What a provider accepts. A parameter outside is refused at its field, before any call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub temperature: Range,
    pub top_p: Range,
    /// Longest answer in tokens that may be asked for.
    pub max_tokens: u32,
    /// Context in tokens that may be asked for; `None` where the provider takes no such parameter.
    pub context: Option<(u32, u32)>,
    /// Takes a wish on how much to think.
    pub thinking: bool,
}

/// From `low` (itself only if `inclusive`) up to `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub low: Decimal,
    pub inclusive: bool,
    pub high: Decimal,
}

impl Range {
    pub fn holds(&self, number: Decimal) -> bool {
        (self.low < number || (self.inclusive && self.low == number)) && number <= self.high
    }
}

/// What the proxy has to know to call a provider.
#[derive(Debug)]
pub struct Relay {
    pub key: Key,
    /// Every native call that may be made; what is not here does not exist.
    pub routes: &'static [Route],
    /// The provider's place in the configuration; `None` where the operator names each server.
    pub home: Option<Home>,
    /// The media types that a generation is answered with.
    pub accept: &'static str,
    pub errors: ErrorForm,
}

/// How the clients of a provider's protocol read an error, so that they show one of the proxy as they show the provider's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorForm {
    /// `{"error": {"message": "…", "code": "…"}}`.
    Object,
    /// The same with the HTTP status as `code`, without which a stream's client sees no error, and the name in `status`.
    Numbered,
    /// `{"error": "…", "code": "…"}`.
    Sentence,
}

/// How a call carries the operator's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// There is none.
    None,
    /// In this header, as it is.
    Header(&'static str),
    /// In `authorization`, behind `Bearer`.
    Bearer,
}

/// One allowed call. `{id}` in the pattern stands for a model id; `query` lists the parameters that may be given.
#[derive(Debug)]
pub struct Route {
    pub post: bool,
    /// Makes a model work, and so counts towards the limit of generations.
    pub generates: bool,
    pub pattern: &'static str,
    pub query: &'static [Parameter],
}

/// An allowed query parameter and the shape of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// One of these words.
    Word(&'static str, &'static [&'static str]),
    /// Up to four digits.
    Number(&'static str),
    /// An opaque token.
    Token(&'static str),
}

/// Where the configuration finds a provider.
#[derive(Debug)]
pub struct Home {
    /// Variables that hold the key, first wins.
    pub key_vars: &'static [&'static str],
    /// Variables that hold the address, first wins.
    pub url_vars: &'static [&'static str],
    pub url: &'static str,
    /// Ends of an address that name the version and are cut off, since native paths begin with it.
    pub versions: &'static [&'static str],
    /// The address may leave out its scheme and port.
    pub loose: bool,
    /// Said when the key is missing.
    pub missing: &'static str,
}

impl Route {
    pub const fn get(pattern: &'static str) -> Self {
        Self { post: false, generates: false, pattern, query: &[] }
    }

    pub const fn post(pattern: &'static str) -> Self {
        Self { post: true, generates: true, pattern, query: &[] }
    }

    /// A question that has a body but makes no model work.
    #[must_use]
    pub const fn asks(self) -> Self {
        Self { generates: false, ..self }
    }

    #[must_use]
    pub const fn with(self, query: &'static [Parameter]) -> Self {
        Self { query, ..self }
    }
}

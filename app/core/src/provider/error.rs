//! Why a call failed: the wire's own words kept verbatim, and one class to decide by.

use crate::api;

/// Most characters (Unicode scalar values) of a provider's message that are kept.
const MAX_MESSAGE: usize = 500;

/// A failed call.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderError {
    pub class: ErrorClass,
    /// Status of the HTTP answer, or the code inside a mid-stream error.
    pub http: Option<u16>,
    /// The provider's own code (`RESOURCE_EXHAUSTED`, `model_not_found`, …).
    pub code: Option<String>,
    /// What is known, at most 500 characters; may be empty.
    pub message: String,
    /// The message is in the provider's own words; else it is ours.
    pub verbatim: bool,
    /// How long the provider asked us to wait, in milliseconds. For a used-up quota: when it is refilled.
    pub retry_after_ms: Option<u64>,
    /// Whether to try again, where the provider said so itself.
    pub should_retry: Option<bool>,
}

impl ProviderError {
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self {
            class,
            http: None,
            code: None,
            message: message.into(),
            verbatim: false,
            retry_after_ms: None,
            should_retry: None,
        }
    }
}

/// An error of our own proxy, as it comes outside a body ([`api::StreamFrame::Error`]).
impl From<api::ProxyError> for ProviderError {
    fn from(error: api::ProxyError) -> Self {
        let code =
            serde_json::to_value(error.code).ok().and_then(|code| code.as_str().map(ToOwned::to_owned));
        Self {
            class: ErrorClass::of_proxy(error.code),
            http: None,
            code,
            message: excerpt(&error.message),
            verbatim: false,
            retry_after_ms: error.retry_after_ms,
            should_retry: None,
        }
    }
}

/// The first characters of `text`, without white space around them.
pub fn excerpt(text: &str) -> String {
    text.trim().chars().take(MAX_MESSAGE).collect()
}

/// What a failure means. Everything that decides (retry, fallback, sentence) matches on these alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The key was refused. A new key is the cure, not another model.
    BadKey,
    /// The provider does not have this model.
    ModelMissing,
    /// Too many requests right now.
    RateLimited,
    /// The quota or credit is used up; waiting a moment does not help.
    QuotaGone,
    /// The provider is up, but cannot take more work now.
    Overloaded,
    /// The provider failed inside; the same request may pass the next time.
    ServerFault,
    /// The model does not fit into the memory of its server.
    OutOfMemory,
    /// Nothing came in time.
    Timeout,
    /// Prompt and answer do not fit into the model's context.
    ContextTooLong,
    /// The request itself was refused (a parameter, a region, a shape).
    BadRequest,
    /// The model cannot call tools, or its server does not let it.
    NoTools,
    /// Earlier turns carry signatures or reasoning that the provider does not take, or lack some: mend them, once.
    StaleHistory,
    /// A filter withheld the answer. Streams say so with [`StreamEvent::Blocked`](super::StreamEvent::Blocked).
    Withheld,
    /// The stream ended without its end mark.
    Disconnected,
    /// A stream began and ended without a word; some servers meet a prompt that is too long so.
    Empty,
    /// The stream could not be understood.
    Malformed,
    /// No connection.
    Unreachable,
    /// The provider is not set up at the proxy (no key, no address).
    NotConfigured,
    /// Somebody has to sign in at our own server first, or again.
    NotSignedIn,
    /// The generations that our own server lets somebody begin in a minute are used up.
    OverLimit,
    /// As many calls are open as our own server lets somebody have.
    TooManyStreams,
    /// Our own server cannot check sessions and limits, so it lets nothing begin.
    StoreUnavailable,
    /// Our own server ended the call, because it ran as long as one may.
    StreamTooLong,
    /// Our own server answers, but the browser could not open a socket to it.
    NoSocket,
    /// Our own server refused the call, or failed itself; `message` is its sentence.
    Refused,
    /// Anything else; `message` says what is known.
    Other,
}

impl ErrorClass {
    /// True for what our own server refused or failed at: no provider has anything to do with it.
    pub fn is_ours(self) -> bool {
        matches!(
            self,
            Self::NotSignedIn
                | Self::OverLimit
                | Self::TooManyStreams
                | Self::StoreUnavailable
                | Self::StreamTooLong
                | Self::NoSocket
                | Self::Refused
        )
    }

    /// What a refusal or failure of our own proxy means for a call.
    pub fn of_proxy(code: api::Code) -> Self {
        use api::Code;
        match code {
            Code::UpstreamUnreachable => Self::Unreachable,
            Code::UpstreamTimeout => Self::Timeout,
            // A proxy that goes down is back in a moment.
            Code::UpstreamBroke | Code::ShuttingDown => Self::Disconnected,
            Code::ProviderNotReady => Self::NotConfigured,
            Code::NotSignedIn => Self::NotSignedIn,
            Code::RateLimited => Self::OverLimit,
            Code::TooManyStreams => Self::TooManyStreams,
            Code::StoreUnavailable => Self::StoreUnavailable,
            Code::StreamTooLong => Self::StreamTooLong,
            // Refusals that a correct app does not meet, the proxy's own faults, and codes of a newer one.
            _ => Self::Refused,
        }
    }
}

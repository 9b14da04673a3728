//! Errors in any shape a server, or something between it and us, may write them: object, one-element array, string, plain
//! text or HTML, as a whole body or in the middle of a stream.
//!
//! This module finds the parts; what they mean is each provider's own `classify`, with [`by_status`] as the common ground.

use serde_json::Value;

use super::json;
use crate::{
    api,
    provider::{ErrorClass, ProviderError, ProviderKind, error::excerpt, lines::BYTE_ORDER_MARK},
};

/// The parts of an error, as a provider's `classify` sees them.
#[derive(Debug)]
pub struct Fault<'a> {
    /// Status of the answer, or the one the error names itself.
    pub http: Option<u16>,
    /// The symbolic code; empty if there is none.
    pub code: &'a str,
    /// Code, type and message in lower case, to look for tell-tale words.
    pub words: &'a str,
    /// The whole error object, or `Null`.
    pub error: &'a Value,
}

impl Fault<'_> {
    /// True if any of `needles` (in lower case) occurs.
    pub fn mentions(&self, needles: &[&str]) -> bool {
        needles.iter().any(|needle| self.words.contains(needle))
    }

    /// True if prompt and answer were too long for the model, in any of the common wordings.
    pub fn too_long(&self) -> bool {
        matches!(self.http, None | Some(400 | 413 | 422 | 500))
            && self.mentions(&[
                "context_length_exceeded",
                "context length",
                "context_size",
                "context size",
                "context window",
                "maximum context",
                "input token count",
                "input_tokens",
                "input tokens",
                "prompt is too long",
            ])
    }

    /// True if the server could not hold the model, in the wordings of those that run models themselves.
    pub fn out_of_memory(&self) -> bool {
        matches!(self.http, None | Some(400 | 500 | 503 | 507))
            && self.mentions(&[
                "out of memory",
                "out-of-memory",
                "outofmemory",
                "more system memory",
                "insufficient memory",
                "not enough memory",
                "insufficient system resources",
                "resource limitations",
                "cudamalloc failed",
                "failed to allocate",
                "unable to allocate",
            ])
    }

    /// True if tools were refused: by the model, or by a server that was started without them.
    pub fn no_tools(&self) -> bool {
        matches!(self.http, None | Some(400 | 404 | 422 | 500 | 501))
            && self.mentions(&[
                "does not support tools",
                "does not support function calling",
                "tool use is not supported",
                "support tool use",
                "function calling is not enabled",
                "--enable-auto-tool-choice",
                "tools param requires",
            ])
    }
}

/// What a status means by itself.
pub fn by_status(http: Option<u16>) -> ErrorClass {
    match http {
        Some(401 | 403) => ErrorClass::BadKey,
        Some(402) => ErrorClass::QuotaGone,
        Some(408 | 504 | 524) => ErrorClass::Timeout,
        Some(429) => ErrorClass::RateLimited,
        // The client, as the upstream saw it, went away.
        Some(499) => ErrorClass::Disconnected,
        Some(500) => ErrorClass::ServerFault,
        Some(502) => ErrorClass::Unreachable,
        Some(503 | 529) => ErrorClass::Overloaded,
        Some(400 | 405 | 406 | 409 | 411 | 413..=415 | 422 | 451) => ErrorClass::BadRequest,
        _ => ErrorClass::Other,
    }
}

/// Reads the body of an answer that failed with `status`. `retry_after_ms` is what the header said.
pub fn in_body(kind: ProviderKind, status: u16, retry_after_ms: Option<u64>, body: &[u8]) -> ProviderError {
    let http = (status != 0).then_some(status);
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body).trim_ascii();
    let mut error = match json::parse(body).map(unwrapped) {
        // Some servers write the error itself as the root.
        Some(root @ Value::Object(_)) => read(kind, http, &root, present(&root).unwrap_or(&root)),
        Some(Value::String(text)) => read(kind, http, &Value::Null, &Value::String(text)),
        _ => read(kind, http, &Value::Null, &Value::String(words_of(body))),
    };
    error.retry_after_ms = error.retry_after_ms.or(retry_after_ms);
    error
}

/// The error that an event in mid-stream carries, if it is one. `marked` tells that the event was named `error`.
pub fn in_stream(kind: ProviderKind, event: &Value, marked: bool) -> Option<ProviderError> {
    let root_is_error = marked || event.get("object").and_then(Value::as_str) == Some("error");
    let error = present(event).or(root_is_error.then_some(event))?;
    let mut error = read(kind, None, event, error);
    if error.class == ErrorClass::Other {
        // Whatever it was, it ended the stream before its end mark.
        error.class = ErrorClass::Disconnected;
    }
    Some(error)
}

/// Text for people out of a body that is not JSON: the title of a page, or the text as it is.
pub fn words_of(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if text.trim_start().starts_with('<') { excerpt(title(&text)) } else { excerpt(&text) }
}

/// The only element of an array, or the value itself.
pub fn unwrapped(value: Value) -> Value {
    match value {
        Value::Array(mut list) if list.len() == 1 => list.swap_remove(0),
        value => value,
    }
}

/// The field `error`, unless it is one of the ways to say "none".
fn present(root: &Value) -> Option<&Value> {
    root.get("error").filter(|error| match error {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        _ => true,
    })
}

/// Reads `error`, which stands in `root` or is all of it.
fn read(kind: ProviderKind, http: Option<u16>, root: &Value, error: &Value) -> ProviderError {
    let message = error.as_str().or_else(|| message_of(error)).unwrap_or_default();
    if let Some(own) = api::own_error(root) {
        return of_proxy(own, message);
    }
    let number = number_of(error);
    let http = http.or(number.filter(|code| (400..600).contains(code)));
    let symbol = ["code", "status", "type"]
        .into_iter()
        .filter_map(|key| json::text(error, key))
        .find(|text| text.parse::<u64>().is_err());
    let words = [json::text(error, "type").unwrap_or_default(), symbol.unwrap_or_default(), message]
        .join("\n")
        .to_ascii_lowercase();
    let fault = Fault { http, code: symbol.unwrap_or_default(), words: &words, error };
    let protocol = kind.protocol();
    let (class, retry_after_ms) = (protocol.classify(&fault), protocol.retry_after_ms(error));
    let code = symbol.map(ToOwned::to_owned).or_else(|| number.map(|number| number.to_string()));
    let message = match protocol.advice(root) {
        Some(advice) => excerpt(&format!("{message} ({advice})")),
        None => excerpt(message),
    };
    ProviderError { http, code, verbatim: true, retry_after_ms, ..ProviderError::new(class, message) }
}

/// Our own proxy's error, which reaches us where an upstream's would. Its status is the proxy's: no provider answered with it.
fn of_proxy(error: &Value, message: &str) -> ProviderError {
    let name = api::code_name(error).unwrap_or("unknown");
    ProviderError {
        code: Some(name.into()),
        retry_after_ms: json::count(error, "retry_after_ms"),
        ..ProviderError::new(ErrorClass::of_proxy(api::Code::named(name)), excerpt(message))
    }
}

fn message_of(error: &Value) -> Option<&str> {
    ["message", "detail", "error", "msg"].into_iter().find_map(|key| json::text(error, key))
}

/// A numeric `code`; some servers write it as a string.
fn number_of(error: &Value) -> Option<u16> {
    json::count(error, "code").and_then(|code| code.try_into().ok())
}

/// What stands in the first `<title>` of a page; empty if there is none.
fn title(page: &str) -> &str {
    // ASCII lower case keeps every offset.
    let lower = page.to_ascii_lowercase();
    let Some(tag) = lower.find("<title") else { return "" };
    let Some(start) = lower[tag..].find('>').map(|offset| tag + offset + 1) else { return "" };
    let end = lower[start..].find('<').map_or(page.len(), |offset| start + offset);
    &page[start..end]
}

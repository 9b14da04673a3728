//! Gemini: `streamGenerateContent` as server-sent events.
//!
//! | event | on the wire |
//! |---|---|
//! | start | `modelVersion` |
//! | text, reasoning | `candidates[0].content.parts[].text`, with `thought: true` for reasoning |
//! | tool call | a part's `functionCall`, always whole |
//! | part | a part as it came; all of them go back if one has a `thoughtSignature` or a call |
//! | usage | `usageMetadata`, cumulative |
//! | finish | the last `finishReason` before the end of the body; there is no other end mark |
//! | blocked | `promptFeedback.blockReason`, or a `finishReason` of a filter |
//!
//! Wire facts: <https://ai.google.dev/api/generate-content>, <https://ai.google.dev/gemini-api/docs/thought-signatures> and the
//! types of `@google/genai` 3.1.0, read 2026-11.

mod error;
mod list;
mod request;
mod stream;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::{
    Ask, Call, ErrorClass, ModelPage, Protocol, ProviderError, ProviderKind, Swap,
    decode::{
        chunk::{Chunk, Event},
        fault::Fault,
    },
    protocol::{Bounds, ErrorForm, Facts, Framing, Home, Key, Parameter, Range, Relay, Route, Timeouts},
};
use crate::brief::Decimal;

/// The kind of providers that speak this.
pub const KIND: ProviderKind = ProviderKind::new(&Gemini);

/// The version that our calls name. The aliases that always mean the newest model exist on `v1beta` alone, and it knows all that
/// `v1` does. The proxy lets both pass, for other programs.
const VERSION: &str = "v1beta";

struct Gemini;

static FACTS: Facts = Facts {
    kind: "gemini",
    name: Some("Gemini"),
    is_sample: false,
    at_home: false,
    cuts_silently: false,
    framing: Framing::Events { done_mark: false },
    lane: 8,
    timeouts: Timeouts { first_token_ms: 30_000, idle_ms: 60_000 },
    bounds: Bounds {
        temperature: Range { low: Decimal::whole(0), inclusive: false, high: Decimal::whole(2) },
        top_p: Range { low: Decimal::whole(0), inclusive: false, high: Decimal::whole(1) },
        max_tokens: 65_536,
        context: None,
        thinking: true,
    },
    shipped: &["gemini-flash-latest", "gemini-pro-latest"],
    other_calls: &["live", "aqa", "research"],
    remedy: Some(("Stop the server and start it with a key:", "GEMINI_API_KEY=… make run")),
    relay: Some(Relay {
        key: Key::Header("x-goog-api-key"),
        routes: &[
            Route::get("v1/models").with(PAGE),
            Route::get("v1beta/models").with(PAGE),
            Route::get("v1/models/{id}"),
            Route::get("v1beta/models/{id}"),
            Route::post("v1/models/{id}:countTokens").with(ALT).asks(),
            Route::post("v1beta/models/{id}:countTokens").with(ALT).asks(),
            Route::post("v1/models/{id}:generateContent").with(ALT),
            Route::post("v1beta/models/{id}:generateContent").with(ALT),
            Route::post("v1/models/{id}:streamGenerateContent").with(ALT),
            Route::post("v1beta/models/{id}:streamGenerateContent").with(ALT),
        ],
        home: Some(Home {
            key_vars: &["GOOGLE_API_KEY", "GEMINI_API_KEY"],
            url_vars: &["GEMINI_BASE_URL"],
            url: "https://generativelanguage.googleapis.com",
            versions: &["/v1beta", "/v1"],
            loose: false,
            missing: "Set GOOGLE_API_KEY to use Gemini.",
        }),
        accept: "text/event-stream, application/json",
        errors: ErrorForm::Numbered,
    }),
};
const ALT: &[Parameter] = &[Parameter::Word("alt", &["sse", "json"])];
const PAGE: &[Parameter] = &[Parameter::Number("pageSize"), Parameter::Token("pageToken")];

impl Protocol for Gemini {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }
    fn generate(&self, ask: &Ask<'_>) -> Option<Call> {
        Some(request::generate(ask))
    }
    fn list(&self, page: Option<&str>) -> Option<Call> {
        Some(list::call(page))
    }
    fn read_list(&self, body: &[u8]) -> Option<ModelPage> {
        list::read(body)
    }
    fn read_chunk<'a>(&self, event: Event<'a>) -> Chunk<'a> {
        stream::read(event)
    }
    fn classify(&self, fault: &Fault<'_>) -> ErrorClass {
        error::classify(fault)
    }
    fn retry_after_ms(&self, error: &Value) -> Option<u64> {
        error::retry_after_ms(error)
    }
    fn swap(&self, error: &ProviderError) -> Option<Swap> {
        error::swap(error)
    }
}

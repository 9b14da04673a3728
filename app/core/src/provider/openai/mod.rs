//! `/v1/chat/completions`, as `OpenAI` defined it and llama.cpp, LM Studio, vLLM and others speak it.
//!
//! | event | on the wire |
//! |---|---|
//! | start | `model` |
//! | text, reasoning | `choices[0].delta.content`; `.reasoning_content` or `.reasoning` |
//! | tool call | `delta.tool_calls[]` in pieces, by `index`, by `id`, or whole; `delta.function_call` of old servers |
//! | usage | `usage`, in a chunk with empty `choices` or any other; `timings` of llama.cpp |
//! | finish | `finish_reason`; then `[DONE]`, which may be missing |
//! | blocked | `finish_reason: content_filter`, or text in `delta.refusal` |
//! | error | `{"error": {…}}` as an event, or an event named `error` |
//!
//! Wire facts: the types of the npm package `openai` 7.55.0 and `tools/server/README.md` of ggml-org/llama.cpp at 00dc805,
//! read 2026-11.

mod error;
mod list;
mod request;
mod stream;
#[cfg(test)]
mod tests;

use super::{
    Ask, Call, ErrorClass, ModelPage, Protocol, ProviderError, ProviderKind, Swap,
    decode::{
        chunk::{Chunk, Event},
        fault::Fault,
    },
    protocol::{Bounds, ErrorForm, Facts, Framing, Home, Key, Range, Relay, Route, Timeouts},
};
use crate::brief::Decimal;

pub(super) use request::tools;

/// `OpenAI` itself.
pub const KIND: ProviderKind = ProviderKind::new(&OPENAI);
/// An OpenAI-compatible server of the operator (llama.cpp, LM Studio, vLLM).
pub const LOCAL: ProviderKind = ProviderKind::new(&COMPATIBLE);

/// The wire, which is the same for both.
struct Wire {
    facts: &'static Facts,
    /// The token limit's name, and its other name.
    limits: [&'static str; 2],
}

/// It wants the newer name of the token limit, and its reasoning models insist on it.
static OPENAI: Wire = Wire { facts: &FACTS, limits: ["max_completion_tokens", "max_tokens"] };
/// Most of these know only the older name.
static COMPATIBLE: Wire = Wire { facts: &LOCAL_FACTS, limits: ["max_tokens", "max_completion_tokens"] };

const BOUNDS: Bounds = Bounds {
    temperature: Range { low: Decimal::whole(0), inclusive: true, high: Decimal::whole(2) },
    top_p: Range { low: Decimal::whole(0), inclusive: false, high: Decimal::whole(1) },
    max_tokens: 128_000,
    context: None,
    thinking: true,
};
const ROUTES: &[Route] = &[Route::get("v1/models"), Route::post("v1/chat/completions")];
const ACCEPT: &str = "text/event-stream, application/json";

static FACTS: Facts = Facts {
    kind: "openai",
    name: Some("OpenAI"),
    is_sample: false,
    at_home: false,
    cuts_silently: false,
    framing: Framing::Events { done_mark: true },
    lane: 8,
    timeouts: Timeouts { first_token_ms: 30_000, idle_ms: 60_000 },
    bounds: BOUNDS,
    shipped: &["gpt-5", "gpt-5-mini", "gpt-4.1-mini"],
    // Completions and responses, where we call chat completions.
    other_calls: &["davinci", "babbage", "instruct", "codex", "pro", "research"],
    remedy: Some(("Stop the server and start it with a key:", "OPENAI_API_KEY=… make run")),
    relay: Some(Relay {
        key: Key::Bearer,
        routes: ROUTES,
        home: Some(Home {
            key_vars: &["OPENAI_API_KEY"],
            url_vars: &["OPENAI_BASE_URL"],
            url: "https://api.openai.com",
            versions: &["/v1"],
            loose: false,
            missing: "Set OPENAI_API_KEY to use OpenAI.",
        }),
        accept: ACCEPT,
        errors: ErrorForm::Object,
    }),
};

static LOCAL_FACTS: Facts = Facts {
    kind: "local",
    name: None,
    is_sample: false,
    at_home: true,
    cuts_silently: false,
    framing: Framing::Events { done_mark: true },
    lane: 8,
    timeouts: Timeouts { first_token_ms: 180_000, idle_ms: 60_000 },
    bounds: Bounds { max_tokens: 1_000_000, ..BOUNDS },
    // Only its operator knows what such a server holds.
    shipped: &[],
    other_calls: &[],
    remedy: Some((
        "Start it, or tell the server where it is:",
        "CODECRAFT_LOCAL=name=http://127.0.0.1:8080 make run",
    )),
    relay: Some(Relay {
        key: Key::None,
        routes: ROUTES,
        home: None,
        accept: ACCEPT,
        errors: ErrorForm::Object,
    }),
};

impl Protocol for Wire {
    fn facts(&self) -> &'static Facts {
        self.facts
    }
    fn generate(&self, ask: &Ask<'_>) -> Option<Call> {
        Some(request::generate(ask, self.limits))
    }
    fn list(&self, _page: Option<&str>) -> Option<Call> {
        Some(Call::get("v1/models"))
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
    fn swap(&self, error: &ProviderError) -> Option<Swap> {
        error::swap(error)
    }
}

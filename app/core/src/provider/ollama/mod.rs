//! Ollama's native `/api/chat`: newline-delimited JSON.
//!
//! | event | on the wire |
//! |---|---|
//! | start | `model` |
//! | text, reasoning | `message.content`, `message.thinking` |
//! | tool call | `message.tool_calls[]`, always whole, arguments as an object |
//! | usage | the metrics of the last line, durations in nanoseconds |
//! | finish | `done: true` with `done_reason` |
//! | error | a line `{"error": "text"}`, under any status |
//!
//! `keep_alive` is never sent: how long a model stays in memory is for whoever runs the server to say.
//!
//! Wire facts: `api/types.go`, `server/routes.go` and `server/prompt.go` of ollama/ollama at fb30760, read 2026-11.

pub mod doctor;
mod error;
mod list;
mod request;
mod stream;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::{
    Ask, Call, ErrorClass, ModelDetails, ModelPage, Protocol, ProviderError, ProviderKind, Swap,
    decode::{
        chunk::{Chunk, Event},
        fault::Fault,
    },
    protocol::{Bounds, ErrorForm, Facts, Framing, Home, Key, Range, Relay, Route, Timeouts},
    write::Object,
};
use crate::brief::Decimal;

/// The kind of providers that speak this.
pub const KIND: ProviderKind = ProviderKind::new(&Ollama);

struct Ollama;

static FACTS: Facts = Facts {
    kind: "ollama",
    name: Some("Ollama"),
    is_sample: false,
    at_home: true,
    cuts_silently: true,
    framing: Framing::Lines,
    // Models would push each other out of memory.
    lane: 1,
    timeouts: Timeouts { first_token_ms: 180_000, idle_ms: 60_000 },
    bounds: Bounds {
        temperature: Range { low: Decimal::whole(0), inclusive: true, high: Decimal::whole(2) },
        top_p: Range { low: Decimal::whole(0), inclusive: false, high: Decimal::whole(1) },
        max_tokens: 1_000_000,
        context: Some((512, 1_048_576)),
        thinking: true,
    },
    shipped: &["codellama", "llama3.3", "granite-code", "deepseek-coder"],
    other_calls: &[],
    remedy: Some(("Start Ollama on the server's machine and fetch a model:", "ollama pull qwen2.5-coder")),
    relay: Some(Relay {
        key: Key::None,
        routes: &[
            Route::post("api/chat"),
            Route::post("api/generate"),
            Route::post("api/show").asks(),
            Route::get("api/tags"),
            Route::get("api/ps"),
            Route::get("api/version"),
        ],
        home: Some(Home {
            key_vars: &[],
            url_vars: &["OLLAMA_API_URL", "OLLAMA_HOST"],
            url: "http://localhost:11434",
            versions: &[],
            loose: true,
            missing: "",
        }),
        accept: "application/x-ndjson, application/json",
        errors: ErrorForm::Sentence,
    }),
};

impl Protocol for Ollama {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }
    fn generate(&self, ask: &Ask<'_>) -> Option<Call> {
        Some(request::generate(ask))
    }
    fn list(&self, _page: Option<&str>) -> Option<Call> {
        Some(Call::get("api/tags"))
    }
    fn read_list(&self, body: &[u8]) -> Option<ModelPage> {
        list::read(body)
    }
    fn details(&self, model: &str) -> Option<Call> {
        Some(Object::default().text("model", model).post("api/show"))
    }
    fn read_details(&self, body: &[u8]) -> Option<ModelDetails> {
        list::read_details(body)
    }
    fn read_chunk<'a>(&self, event: Event<'a>) -> Chunk<'a> {
        stream::read(event)
    }
    fn classify(&self, fault: &Fault<'_>) -> ErrorClass {
        error::classify(fault)
    }
    fn advice(&self, root: &Value) -> Option<String> {
        error::advice(root)
    }
    fn swap(&self, error: &ProviderError) -> Option<Swap> {
        error::swap(error)
    }
}

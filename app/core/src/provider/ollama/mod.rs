//! Ollama's native `/api/chat`: newline-delimited JSON.
//!
//! | event | on the wire |
//! |---|---|
//! | start | `model` |
//! | text, reasoning | `message.content`, `message.thinking` |
//! | usage | the metrics of the last line, durations in nanoseconds |
//! | finish | `done: true` with `done_reason` |
//! | error | a line `{"error": "text"}`, under any status |
//!
//! Wire facts: `api/types.go` and `server/routes.go` of ollama/ollama at fb30760, read 2026-11.

pub mod doctor;

use serde::Serialize;
use serde_json::Value;

use super::{
    Ask, Call, ErrorClass, FinishReason, ListedModel, ModelPage, Protocol, ProviderKind, Usage,
    decode::{
        chunk::{Chunk, End, Piece},
        fault::{Fault, by_status},
        json,
    },
    openai::{Message, messages},
    protocol::{Bounds, Facts, Framing, Home, Key, Range, Relay, Route, Timeouts},
    sampling,
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
            Route::post("api/show"),
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
    }),
};

impl Protocol for Ollama {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }
    fn generate(&self, ask: &Ask<'_>) -> Option<Call> {
        Some(generate_call(ask))
    }
    fn list(&self, _page: Option<&str>) -> Option<Call> {
        Some(Call::get("api/tags"))
    }
    fn read_list(&self, body: &[u8]) -> Option<ModelPage> {
        read_models(body)
    }
    fn read_chunk<'a>(&self, event: &'a Value) -> Chunk<'a> {
        read_chunk(event)
    }
    fn classify(&self, fault: &Fault<'_>) -> ErrorClass {
        classify(fault)
    }
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    stream: bool,
}

fn generate_call(ask: &Ask<'_>) -> Call {
    let request = Request { model: ask.model, messages: messages(ask.chat), stream: true };
    // Sampling parameters count only in `options`; at the top level they would be ignored.
    let options = sampling::members(ask.params, ["temperature", "top_p", "num_predict"]);
    Call::post("api/chat", &request).with_object("options", &options)
}

fn read_models(body: &[u8]) -> Option<ModelPage> {
    let root = json::parse(body)?;
    // `null` is how an empty list may be written.
    root.get("models").filter(|models| models.is_array() || models.is_null())?;
    let models = json::list(&root, "models").iter().filter_map(|model| {
        let details = model.get("details").unwrap_or(&Value::Null);
        Some(ListedModel {
            id: json::text(model, "model").or_else(|| json::text(model, "name"))?.into(),
            context: json::count(details, "context_length"),
            size_bytes: json::count(model, "size"),
            ..ListedModel::default()
        })
    });
    Some(ModelPage { models: models.collect(), next: None })
}

fn read_chunk(event: &Value) -> Chunk<'_> {
    let message = event.get("message").unwrap_or(&Value::Null);
    let thinking = json::text(message, "thinking").map(Piece::Reasoning);
    let content = json::text(message, "content").map(Piece::Text);
    let done = event.get("done").and_then(Value::as_bool) == Some(true);
    Chunk {
        model: json::text(event, "model"),
        pieces: thinking.into_iter().chain(content).collect(),
        usage: Usage {
            prompt_tokens: json::count(event, "prompt_eval_count"),
            completion_tokens: json::count(event, "eval_count"),
            reasoning_tokens: None,
            eval_ms: json::number(event, "eval_duration").map(nanos_to_millis),
            load_ms: json::number(event, "load_duration").map(nanos_to_millis),
        },
        end: done.then(|| end(json::text(event, "done_reason").unwrap_or_default())),
        last: done,
    }
}

fn nanos_to_millis(nanos: f64) -> f64 {
    nanos / 1e6
}

fn end(reason: &str) -> End<'_> {
    let meaning = match reason {
        // Old versions only say `done`.
        "stop" | "" => FinishReason::Stop,
        "length" => FinishReason::Length,
        _ => FinishReason::Other,
    };
    End::Finish { reason: meaning, raw: reason }
}

fn classify(fault: &Fault<'_>) -> ErrorClass {
    if fault.too_long() || fault.mentions(&["the prompt is longer than the context"]) {
        return ErrorClass::ContextTooLong;
    }
    match fault.http {
        None | Some(404) if fault.mentions(&["model"]) && fault.mentions(&["not found"]) => {
            ErrorClass::ModelMissing
        }
        None if fault.mentions(&["server busy"]) => ErrorClass::Overloaded,
        None if fault.mentions(&["unauthorized"]) => ErrorClass::BadKey,
        // There are no keys here: a plan of the cloud models, or a host or origin that is not allowed.
        Some(403) if fault.mentions(&["plan", "subscription", "upgrade", "usage limit"]) => {
            ErrorClass::QuotaGone
        }
        Some(403) => ErrorClass::BadRequest,
        http => by_status(http),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        brief::Params,
        prompt::Prompt,
        provider::{Abilities, Method},
    };

    #[track_caller]
    fn check(system: &str, params: Params, expect: &str) {
        let prompt = Prompt { system: system.into(), user: "hi".into() };
        let (chat, params) = (&(&prompt).into(), &params);
        let ask =
            Ask { model: "qwen3:8b", chat, params, tools: &[], abilities: Abilities::default(), swap: None };
        assert_eq!(
            generate_call(&ask),
            Call { method: Method::Post, path: "api/chat".into(), body: expect.into() }
        );
    }

    #[test]
    fn what_is_unset_is_not_sent() {
        check(
            "",
            Params::default(),
            r#"{"model":"qwen3:8b","messages":[{"role":"user","content":"hi"}],"stream":true}"#,
        );
    }

    #[test]
    fn what_is_set_is_sent_as_an_option() {
        check(
            "Be terse.",
            Params {
                temperature: "0.7".parse().ok(),
                top_p: "1.0".parse().ok(),
                max_tokens: Some(512),
                ..Params::default()
            },
            concat!(
                r#"{"model":"qwen3:8b","messages":[{"role":"system","content":"Be terse."},"#,
                r#"{"role":"user","content":"hi"}],"stream":true,"#,
                r#""options":{"temperature":0.7,"top_p":1,"num_predict":512}}"#,
            ),
        );
    }

    #[test]
    fn installed_models_are_listed_with_size_and_context() {
        let body = br#"{"models":[
            {"name":"m:latest","model":"m:latest","size":4700000000,"details":{"context_length":32768}},
            {"name":"old","size":null,"details":null}, {"model":""}]}"#;
        let models = vec![
            ListedModel {
                id: "m:latest".into(),
                context: Some(32_768),
                size_bytes: Some(4_700_000_000),
                ..ListedModel::default()
            },
            ListedModel { id: "old".into(), ..ListedModel::default() },
        ];
        assert_eq!(read_models(body), Some(ModelPage { models, next: None }));
    }

    #[test]
    fn an_empty_list_is_told_from_no_list() {
        assert_eq!(read_models(br#"{"models":null}"#), Some(ModelPage::default()));
        assert_eq!(read_models(br#"{"models":[]}"#), Some(ModelPage::default()));
        assert_eq!(read_models(b"{}"), None);
        assert_eq!(read_models(b"Ollama is running"), None);
    }
}

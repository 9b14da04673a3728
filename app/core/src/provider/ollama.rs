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

use serde::Serialize;
use serde_json::Value;

use super::{
    Call, ErrorClass, FinishReason, ListedModel, ModelPage, Usage,
    decode::{
        chunk::{Chunk, End, Piece},
        fault::{Fault, by_status},
        json,
    },
    openai::{Message, messages},
    sampling,
};
use crate::{brief::Params, prompt::Prompt};

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    stream: bool,
}

pub fn generate_call(model: &str, prompt: &Prompt, params: &Params) -> Call {
    let request = Request { model, messages: messages(prompt), stream: true };
    // Sampling parameters count only in `options`; at the top level they would be ignored.
    let options = sampling::members(params, ["temperature", "top_p", "num_predict"]);
    Call::post("api/chat", &request).with_object("options", &options)
}

pub fn models_call() -> Call {
    Call::get("api/tags")
}

pub fn read_models(body: &[u8]) -> Option<ModelPage> {
    let root = json::parse(body)?;
    // `null` is how an empty list may be written.
    root.get("models").filter(|models| models.is_array() || models.is_null())?;
    let models = json::list(&root, "models").iter().filter_map(|model| {
        let details = model.get("details").unwrap_or(&Value::Null);
        Some(ListedModel {
            id: json::text(model, "model").or_else(|| json::text(model, "name"))?.into(),
            context: json::count(details, "context_length"),
            size_bytes: json::count(model, "size"),
        })
    });
    Some(ModelPage { models: models.collect(), next: None })
}

pub fn read_chunk(event: &Value) -> Chunk<'_> {
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

pub fn classify(fault: &Fault<'_>) -> ErrorClass {
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
    use crate::provider::Method;

    #[track_caller]
    fn check(system: &str, params: Params, expect: &str) {
        let prompt = Prompt { system: system.into(), user: "hi".into() };
        assert_eq!(
            generate_call("qwen3:8b", &prompt, &params),
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
            Params { temperature: "0.7".parse().ok(), top_p: "1.0".parse().ok(), max_tokens: Some(512) },
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
            ListedModel { id: "m:latest".into(), context: Some(32_768), size_bytes: Some(4_700_000_000) },
            ListedModel { id: "old".into(), context: None, size_bytes: None },
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

//! `/v1/chat/completions`, as `OpenAI` defined it and llama.cpp, LM Studio, vLLM and others speak it.
//!
//! | event | on the wire |
//! |---|---|
//! | start | `model` |
//! | text, reasoning | `choices[0].delta.content`; `.reasoning_content` or `.reasoning` |
//! | usage | `usage`, in a chunk with empty `choices` or any other; `timings` of llama.cpp |
//! | finish | `finish_reason`; then `[DONE]`, which may be missing |
//! | blocked | `finish_reason: content_filter`, or text in `delta.refusal` |
//! | error | `{"error": {…}}` as an event, or an event named `error` |
//!
//! Wire facts: the types of the npm package `openai` 7.55.0 and `tools/server/README.md` of ggml-org/llama.cpp at 00dc805,
//! read 2026-11.

use serde::Serialize;
use serde_json::Value;

use super::{
    BlockStage, Call, ErrorClass, FinishReason, ListedModel, ModelPage, Usage,
    decode::{
        chunk::{Chunk, End, Piece},
        fault::{Fault, by_status},
        json,
    },
    sampling,
};
use crate::{brief::Params, prompt::Prompt};

/// Which key carries the token limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// What local servers know.
    MaxTokens,
    /// What `OpenAI` wants; its reasoning models refuse the other one.
    MaxCompletionTokens,
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    stream: bool,
    stream_options: StreamOptions,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// One message of a chat.
#[derive(Serialize)]
pub struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

/// The prompt as messages; an empty system text makes none.
pub fn messages(prompt: &Prompt) -> Vec<Message<'_>> {
    let system = Message { role: "system", content: &prompt.system };
    let user = Message { role: "user", content: &prompt.user };
    if prompt.system.is_empty() { vec![user] } else { vec![system, user] }
}

pub fn generate_call(model: &str, prompt: &Prompt, params: &Params, limit: Limit) -> Call {
    let request = Request {
        model,
        messages: messages(prompt),
        stream: true,
        stream_options: StreamOptions { include_usage: true },
    };
    let longest = match limit {
        Limit::MaxTokens => "max_tokens",
        Limit::MaxCompletionTokens => "max_completion_tokens",
    };
    let sampling = sampling::members(params, ["temperature", "top_p", longest]);
    Call::post("v1/chat/completions", &request).with(&sampling)
}

pub fn models_call() -> Call {
    Call::get("v1/models")
}

pub fn read_models(body: &[u8]) -> Option<ModelPage> {
    let root = json::parse(body)?;
    // `null` is how Ollama writes an empty list here.
    root.get("data").filter(|data| data.is_array() || data.is_null())?;
    let models = json::list(&root, "data").iter().filter_map(|model| {
        let meta = model.get("meta").unwrap_or(&Value::Null);
        Some(ListedModel {
            id: json::text(model, "id")?.into(),
            context: json::count(model, "max_model_len").or_else(|| json::count(meta, "n_ctx_train")),
            size_bytes: None,
        })
    });
    Some(ModelPage { models: models.collect(), next: None })
}

pub fn read_chunk(event: &Value) -> Chunk<'_> {
    let mut chunk = Chunk { model: json::text(event, "model"), usage: usage(event), ..Chunk::default() };
    let first = |choice: &&Value| json::count(choice, "index").unwrap_or(0) == 0;
    for choice in json::list(event, "choices").iter().filter(first) {
        let delta = choice.get("delta").unwrap_or(&Value::Null);
        // Two names for the same text: never both.
        let reasoning = json::text(delta, "reasoning_content").or_else(|| json::text(delta, "reasoning"));
        chunk.pieces.extend(reasoning.map(Piece::Reasoning));
        chunk.pieces.extend(json::text(delta, "content").map(Piece::Text));
        chunk.pieces.extend(json::text(delta, "refusal").map(Piece::Refusal));
        if let Some(reason) = json::text(choice, "finish_reason") {
            chunk.end = Some(end(reason));
        }
    }
    chunk
}

fn usage(event: &Value) -> Usage {
    let usage = event.get("usage").unwrap_or(&Value::Null);
    let timings = event.get("timings").unwrap_or(&Value::Null);
    let details = usage.get("completion_tokens_details").unwrap_or(&Value::Null);
    let reasoning = json::count(details, "reasoning_tokens");
    // Here the answer's count holds the reasoning; ours does not.
    let completion = json::count(usage, "completion_tokens")
        .map(|tokens| tokens.saturating_sub(reasoning.unwrap_or_default()))
        .or_else(|| json::count(timings, "predicted_n"));
    Usage {
        prompt_tokens: json::count(usage, "prompt_tokens"),
        completion_tokens: completion,
        reasoning_tokens: reasoning,
        eval_ms: json::number(timings, "predicted_ms"),
        load_ms: None,
    }
}

fn end(reason: &str) -> End<'_> {
    let finish = |meaning| End::Finish { reason: meaning, raw: reason };
    match reason {
        "stop" => finish(FinishReason::Stop),
        "length" => finish(FinishReason::Length),
        "content_filter" => End::Blocked { stage: BlockStage::Output, reason },
        _ => finish(FinishReason::Other),
    }
}

pub fn classify(fault: &Fault<'_>) -> ErrorClass {
    if fault.mentions(&["insufficient_quota", "credit_balance", "billing_hard_limit"]) {
        return ErrorClass::QuotaGone;
    }
    if fault.mentions(&["server_is_overloaded", "slow_down", "service_unavailable_error", "overloaded_error"])
    {
        return ErrorClass::Overloaded;
    }
    // LiteLLM answers a bad key with 400: as `auth_error`, or because it has no database to look it up in.
    let key_words = ["invalid_api_key", "authentication_error", "auth_error", "no_db_connection"];
    if fault.http == Some(401) || fault.mentions(&key_words) {
        return ErrorClass::BadKey;
    }
    if fault.mentions(&["rate_limit_exceeded", "rate_limit_error"]) {
        return ErrorClass::RateLimited;
    }
    if fault.too_long() {
        return ErrorClass::ContextTooLong;
    }
    if is_model_missing(fault) {
        return ErrorClass::ModelMissing;
    }
    match fault.http {
        // A country or a project without access; the key itself was accepted.
        Some(403) => ErrorClass::BadRequest,
        http => by_status(http),
    }
}

fn is_model_missing(fault: &Fault<'_>) -> bool {
    matches!(fault.http, None | Some(400 | 404))
        && (fault.mentions(&["model_not_found", "no models loaded", "invalid model name"])
            || (fault.mentions(&["model"]) && fault.mentions(&["does not exist", "not found"])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Method;

    #[track_caller]
    fn check(system: &str, params: Params, limit: Limit, expect: &str) {
        let prompt = Prompt { system: system.into(), user: "hi".into() };
        assert_eq!(
            generate_call("m-1", &prompt, &params, limit),
            Call { method: Method::Post, path: "v1/chat/completions".into(), body: expect.into() }
        );
    }

    #[test]
    fn what_is_unset_is_not_sent() {
        let expect = concat!(
            r#"{"model":"m-1","messages":[{"role":"user","content":"hi"}],"#,
            r#""stream":true,"stream_options":{"include_usage":true}}"#,
        );
        check("", Params::default(), Limit::MaxTokens, expect);
        check("", Params::default(), Limit::MaxCompletionTokens, expect);
    }

    #[test]
    fn the_token_limit_has_the_name_that_the_server_knows() {
        for (limit, name) in
            [(Limit::MaxTokens, "max_tokens"), (Limit::MaxCompletionTokens, "max_completion_tokens")]
        {
            let expect = [
                r#"{"model":"m-1","messages":[{"role":"system","content":"Be terse."},"#,
                r#"{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true},"#,
                r#""temperature":0,"top_p":0.95,""#,
                name,
                r#"":256}"#,
            ];
            let params =
                Params { temperature: "0.0".parse().ok(), top_p: "0.95".parse().ok(), max_tokens: Some(256) };
            check("Be terse.", params, limit, &expect.concat());
        }
    }

    #[test]
    fn models_are_listed_with_the_context_that_local_servers_tell() {
        let body = br#"{"object":"list","data":[
            {"id":"gpt-5","object":"model"}, {"id":"llama","meta":{"n_ctx_train":131072}},
            {"id":"vllm","max_model_len":"8192","meta":null}, {"id":null}, null]}"#;
        let listed = |id: &str, context| ListedModel { id: id.into(), context, size_bytes: None };
        let models = vec![listed("gpt-5", None), listed("llama", Some(131_072)), listed("vllm", Some(8192))];
        assert_eq!(read_models(body), Some(ModelPage { models, next: None }));
    }

    #[test]
    fn an_empty_list_is_told_from_no_list() {
        assert_eq!(read_models(br#"{"object":"list","data":null}"#), Some(ModelPage::default()));
        assert_eq!(read_models(br#"{"data":{}}"#), None);
        assert_eq!(read_models(b"{}"), None);
    }
}

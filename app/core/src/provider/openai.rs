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
    Ask, BlockStage, Call, Chat, ErrorClass, FinishReason, ListedModel, ModelPage, Protocol, ProviderKind,
    Turn, Usage,
    decode::{
        chunk::{Chunk, End, Piece},
        fault::{Fault, by_status},
        json,
    },
    protocol::{Bounds, Facts, Framing, Home, Key, Range, Relay, Route, Timeouts},
    sampling,
};
use crate::brief::Decimal;

/// `OpenAI` itself.
pub const KIND: ProviderKind = ProviderKind::new(&OpenAi);
/// An OpenAI-compatible server of the operator (llama.cpp, LM Studio, vLLM).
pub const LOCAL: ProviderKind = ProviderKind::new(&Compatible);

struct OpenAi;
struct Compatible;

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
    }),
};

static LOCAL_FACTS: Facts = Facts {
    kind: "local",
    name: None,
    is_sample: false,
    at_home: true,
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
    relay: Some(Relay { key: Key::None, routes: ROUTES, home: None, accept: ACCEPT }),
};

/// Both differ in facts and in the name of one key; the wire is the same.
macro_rules! wire {
    ($protocol:ty, $facts:ident, $limit:literal) => {
        impl Protocol for $protocol {
            fn facts(&self) -> &'static Facts {
                &$facts
            }
            fn generate(&self, ask: &Ask<'_>) -> Option<Call> {
                Some(generate_call(ask, $limit))
            }
            fn list(&self, _page: Option<&str>) -> Option<Call> {
                Some(Call::get("v1/models"))
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
    };
}
// What `OpenAI` wants, and its reasoning models insist on; and what local servers know.
wire!(OpenAi, FACTS, "max_completion_tokens");
wire!(Compatible, LOCAL_FACTS, "max_tokens");

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

/// The conversation as messages; an empty system text makes none.
pub fn messages(chat: &Chat) -> Vec<Message<'_>> {
    let system = (!chat.system.is_empty()).then(|| Message { role: "system", content: &chat.system });
    let turns = chat.turns.iter().map(|turn| match turn {
        Turn::User(text) => Message { role: "user", content: text },
        Turn::Model(said) => Message { role: "assistant", content: &said.text },
        Turn::Tool { result, .. } => Message { role: "tool", content: result },
    });
    system.into_iter().chain(turns).collect()
}

fn generate_call(ask: &Ask<'_>, limit: &str) -> Call {
    let request = Request {
        model: ask.model,
        messages: messages(ask.chat),
        stream: true,
        stream_options: StreamOptions { include_usage: true },
    };
    let sampling = sampling::members(ask.params, ["temperature", "top_p", limit]);
    Call::post("v1/chat/completions", &request).with(&sampling)
}

fn read_models(body: &[u8]) -> Option<ModelPage> {
    let root = json::parse(body)?;
    // `null` is how Ollama writes an empty list here.
    root.get("data").filter(|data| data.is_array() || data.is_null())?;
    let models = json::list(&root, "data").iter().filter_map(|model| {
        let meta = model.get("meta").unwrap_or(&Value::Null);
        Some(ListedModel {
            id: json::text(model, "id")?.into(),
            context: json::count(model, "max_model_len").or_else(|| json::count(meta, "n_ctx_train")),
            ..ListedModel::default()
        })
    });
    Some(ModelPage { models: models.collect(), next: None })
}

fn read_chunk(event: &Value) -> Chunk<'_> {
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

fn classify(fault: &Fault<'_>) -> ErrorClass {
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
    use crate::{
        brief::Params,
        prompt::Prompt,
        provider::{Abilities, Method},
    };

    #[track_caller]
    fn check(system: &str, params: Params, kind: ProviderKind, expect: &str) {
        let prompt = Prompt { system: system.into(), user: "hi".into() };
        let (chat, params) = (&(&prompt).into(), &params);
        let ask = Ask { model: "m-1", chat, params, tools: &[], abilities: Abilities::default(), swap: None };
        assert_eq!(
            kind.protocol().generate(&ask).unwrap(),
            Call { method: Method::Post, path: "v1/chat/completions".into(), body: expect.into() }
        );
    }

    #[test]
    fn what_is_unset_is_not_sent() {
        let expect = concat!(
            r#"{"model":"m-1","messages":[{"role":"user","content":"hi"}],"#,
            r#""stream":true,"stream_options":{"include_usage":true}}"#,
        );
        check("", Params::default(), LOCAL, expect);
        check("", Params::default(), KIND, expect);
    }

    #[test]
    fn the_token_limit_has_the_name_that_the_server_knows() {
        for (limit, name) in [(LOCAL, "max_tokens"), (KIND, "max_completion_tokens")] {
            let expect = [
                r#"{"model":"m-1","messages":[{"role":"system","content":"Be terse."},"#,
                r#"{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true},"#,
                r#""temperature":0,"top_p":0.95,""#,
                name,
                r#"":256}"#,
            ];
            let params = Params {
                temperature: "0.0".parse().ok(),
                top_p: "0.95".parse().ok(),
                max_tokens: Some(256),
                ..Params::default()
            };
            check("Be terse.", params, limit, &expect.concat());
        }
    }

    #[test]
    fn models_are_listed_with_the_context_that_local_servers_tell() {
        let body = br#"{"object":"list","data":[
            {"id":"gpt-5","object":"model"}, {"id":"llama","meta":{"n_ctx_train":131072}},
            {"id":"vllm","max_model_len":"8192","meta":null}, {"id":null}, null]}"#;
        let listed = |id: &str, context| ListedModel { id: id.into(), context, ..ListedModel::default() };
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

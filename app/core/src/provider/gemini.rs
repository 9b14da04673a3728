//! Gemini: `v1beta`, `streamGenerateContent` as server-sent events.
//!
//! | event | on the wire |
//! |---|---|
//! | start | `modelVersion` |
//! | text, reasoning | `candidates[0].content.parts[].text`, with `thought: true` for reasoning |
//! | usage | `usageMetadata`, cumulative |
//! | finish | the last `finishReason` before the end of the body; there is no other end mark |
//! | blocked | `promptFeedback.blockReason`, or a `finishReason` of a filter |
//!
//! Wire facts: <https://ai.google.dev/api/generate-content> and the types of `@google/genai` 3.1.0, read 2026-11.

use serde::Serialize;
use serde_json::Value;

use super::{
    Abilities, Ask, BlockStage, Call, ErrorClass, FinishReason, ListedModel, ModelPage, Protocol,
    ProviderKind, Turn, Usage,
    decode::{
        chunk::{Chunk, End, Piece},
        fault::{Fault, by_status},
        json,
    },
    protocol::{Bounds, Facts, Framing, Home, Key, Parameter, Range, Relay, Route, Timeouts},
    sampling,
};
use crate::brief::Decimal;

/// The kind of providers that speak this.
pub const KIND: ProviderKind = ProviderKind::new(&Gemini);

struct Gemini;

static FACTS: Facts = Facts {
    kind: "gemini",
    name: Some("Gemini"),
    is_sample: false,
    at_home: false,
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
    }),
};
const ALT: &[Parameter] = &[Parameter::Word("alt", &["sse", "json"])];
const PAGE: &[Parameter] = &[Parameter::Number("pageSize"), Parameter::Token("pageToken")];

impl Protocol for Gemini {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }
    fn generate(&self, ask: &Ask<'_>) -> Option<Call> {
        Some(generate_call(ask))
    }
    fn list(&self, page: Option<&str>) -> Option<Call> {
        Some(models_call(page))
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
    fn retry_after_ms(&self, error: &Value) -> Option<u64> {
        retry_after_ms(error)
    }
}

/// Largest page the service gives.
const PAGE_SIZE: u32 = 1000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    system_instruction: Option<Content<'a>>,
    contents: Vec<Content<'a>>,
}

#[derive(Serialize)]
struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    parts: [Part<'a>; 1],
}

#[derive(Serialize)]
struct Part<'a> {
    text: &'a str,
}

fn generate_call(ask: &Ask<'_>) -> Call {
    let content = |role, text| Content { role, parts: [Part { text }] };
    let contents = ask.chat.turns.iter().filter_map(|turn| match turn {
        Turn::User(text) => Some(content(Some("user"), text.as_str())),
        Turn::Model(said) => Some(content(Some("model"), said.text.as_str())),
        Turn::Tool { .. } => None,
    });
    let system = ask.chat.system.as_str();
    let request = Request {
        system_instruction: (!system.is_empty()).then(|| content(None, system)),
        contents: contents.collect(),
    };
    // Without `alt=sse` the stream would be one JSON array.
    let path = format!("v1beta/models/{}:streamGenerateContent?alt=sse", escaped(ask.model));
    let config = sampling::members(ask.params, ["temperature", "topP", "maxOutputTokens"]);
    Call::post(path, &request).with_object("generationConfig", &config)
}

fn models_call(page: Option<&str>) -> Call {
    let mut path = format!("v1beta/models?pageSize={PAGE_SIZE}");
    if let Some(token) = page {
        path.push_str("&pageToken=");
        path.push_str(&escaped(token));
    }
    Call::get(path)
}

/// Models that generate content; the list also holds embedding and other kinds.
fn read_models(body: &[u8]) -> Option<ModelPage> {
    let root = json::parse(body)?;
    // An empty list is written as `{}`.
    if !root.is_object() || root.get("error").is_some() {
        return None;
    }
    let generates = |model: &&Value| {
        json::list(model, "supportedGenerationMethods").iter().any(|method| method == "generateContent")
    };
    let models = json::list(&root, "models").iter().filter(generates).filter_map(|model| {
        let name = json::text(model, "name")?;
        Some(ListedModel {
            id: name.strip_prefix("models/").unwrap_or(name).into(),
            context: json::count(model, "inputTokenLimit"),
            output: json::count(model, "outputTokenLimit"),
            abilities: Abilities {
                thinking: model.get("thinking").and_then(Value::as_bool),
                tools: Some(true),
                ..Abilities::default()
            },
            ..ListedModel::default()
        })
    });
    Some(ModelPage {
        models: models.collect(),
        next: json::text(&root, "nextPageToken").map(ToOwned::to_owned),
    })
}

fn read_chunk(event: &Value) -> Chunk<'_> {
    let mut chunk = Chunk { model: json::text(event, "modelVersion"), ..Chunk::default() };
    if let Some(usage) = event.get("usageMetadata") {
        chunk.usage = Usage {
            prompt_tokens: json::count(usage, "promptTokenCount"),
            completion_tokens: json::count(usage, "candidatesTokenCount"),
            reasoning_tokens: json::count(usage, "thoughtsTokenCount"),
            ..Usage::default()
        };
    }
    if let Some(reason) = event.get("promptFeedback").and_then(|feedback| json::text(feedback, "blockReason"))
    {
        chunk.end = Some(End::Blocked { stage: BlockStage::Prompt, reason });
    }
    let first = |candidate: &&Value| json::count(candidate, "index").unwrap_or(0) == 0;
    for candidate in json::list(event, "candidates").iter().filter(first) {
        let parts = candidate.get("content").map_or(&[][..], |content| json::list(content, "parts"));
        chunk.pieces.extend(parts.iter().filter_map(piece));
        if let Some(reason) = json::text(candidate, "finishReason") {
            chunk.end = Some(end(reason));
        }
    }
    chunk
}

fn piece(part: &Value) -> Option<Piece<'_>> {
    let text = json::text(part, "text")?;
    let thought = part.get("thought").and_then(Value::as_bool) == Some(true);
    Some(if thought { Piece::Reasoning(text) } else { Piece::Text(text) })
}

fn end(reason: &str) -> End<'_> {
    let finish = |meaning| End::Finish { reason: meaning, raw: reason };
    match reason {
        "STOP" => finish(FinishReason::Stop),
        // `CONTINUATION` ends one request's share of a longer answer.
        "MAX_TOKENS" | "CONTINUATION" => finish(FinishReason::Length),
        "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION"
        | "IMAGE_OTHER" => End::Blocked { stage: BlockStage::Output, reason },
        _ => finish(FinishReason::Other),
    }
}

fn classify(fault: &Fault<'_>) -> ErrorClass {
    let details = json::list(fault.error, "details");
    let refused_key = details
        .iter()
        .any(|detail| json::text(detail, "reason").is_some_and(|reason| reason.starts_with("API_KEY_")));
    if refused_key || fault.mentions(&["api key not valid", "api key expired"]) {
        return ErrorClass::BadKey;
    }
    if fault.too_long() {
        return ErrorClass::ContextTooLong;
    }
    match fault.code {
        "UNAUTHENTICATED" | "PERMISSION_DENIED" => ErrorClass::BadKey,
        "NOT_FOUND" => ErrorClass::ModelMissing,
        "RESOURCE_EXHAUSTED" if details.iter().any(is_daily) => ErrorClass::QuotaGone,
        "RESOURCE_EXHAUSTED" => ErrorClass::RateLimited,
        // Billing is off, or there is no free tier where the caller is.
        "FAILED_PRECONDITION" => ErrorClass::QuotaGone,
        "UNAVAILABLE" => ErrorClass::Overloaded,
        "DEADLINE_EXCEEDED" => ErrorClass::Timeout,
        "CANCELLED" => ErrorClass::Disconnected,
        "INVALID_ARGUMENT" | "OUT_OF_RANGE" | "UNIMPLEMENTED" => ErrorClass::BadRequest,
        _ => by_status(fault.http),
    }
}

/// True for a violated quota per day, which a short wait does not refill.
fn is_daily(detail: &Value) -> bool {
    let per_day =
        |violation: &Value| json::text(violation, "quotaId").is_some_and(|id| id.contains("PerDay"));
    json::list(detail, "violations").iter().any(per_day)
}

/// The `retryDelay` of an error, in milliseconds, rounded up. It is a protobuf duration: `47s`, `0.5s`.
fn retry_after_ms(error: &Value) -> Option<u64> {
    let delay = json::list(error, "details").iter().find_map(|detail| json::text(detail, "retryDelay"))?;
    delay.strip_suffix('s')?.parse().ok().map(Decimal::thousandths)
}

/// Percent-encodes all but unreserved characters (RFC 3986 §2.3), so that an id stays inside its path segment.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for half in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(half)]));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{brief::Params, prompt::Prompt};

    fn call(model: &str, prompt: &Prompt, params: &Params) -> Call {
        let chat = prompt.into();
        generate_call(&Ask {
            model,
            chat: &chat,
            params,
            tools: &[],
            abilities: Abilities::default(),
            swap: None,
        })
    }

    #[track_caller]
    fn check(system: &str, params: Params, expect: &str) {
        let prompt = Prompt { system: system.into(), user: "hi".into() };
        let call = call("gemini-flash-latest", &prompt, &params);
        assert_eq!(call.path, "v1beta/models/gemini-flash-latest:streamGenerateContent?alt=sse");
        assert_eq!(call.body, expect);
    }

    #[test]
    fn what_is_unset_is_not_sent() {
        check("", Params::default(), r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#);
        check(
            "",
            Params { max_tokens: Some(64), ..Params::default() },
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"maxOutputTokens":64}}"#,
        );
    }

    #[test]
    fn what_is_set_is_sent_under_its_wire_name() {
        check(
            "Be terse.",
            Params {
                temperature: "0.7".parse().ok(),
                top_p: "0.95".parse().ok(),
                max_tokens: Some(8192),
                ..Params::default()
            },
            concat!(
                r#"{"systemInstruction":{"parts":[{"text":"Be terse."}]},"#,
                r#""contents":[{"role":"user","parts":[{"text":"hi"}]}],"#,
                r#""generationConfig":{"temperature":0.7,"topP":0.95,"maxOutputTokens":8192}}"#,
            ),
        );
    }

    #[test]
    fn an_id_never_leaves_its_path_segment() {
        #[track_caller]
        fn check(id: &str, segment: &str) {
            let prompt = Prompt { system: String::new(), user: "hi".into() };
            let path = call(id, &prompt, &Params::default()).path;
            assert_eq!(path, format!("v1beta/models/{segment}:streamGenerateContent?alt=sse"));
        }
        check("gemma-4_x.1~", "gemma-4_x.1~");
        check("../files/a?key=b#c", "..%2Ffiles%2Fa%3Fkey%3Db%23c");
        check("a%2F:b\\ é\r\n", "a%252F%3Ab%5C%20%C3%A9%0D%0A");
    }

    #[test]
    fn pages_are_asked_for_by_token() {
        assert_eq!(models_call(None), Call::get("v1beta/models?pageSize=1000"));
        assert_eq!(models_call(Some("a&b=")), Call::get("v1beta/models?pageSize=1000&pageToken=a%26b%3D"));
    }

    #[test]
    fn only_models_that_generate_content_are_listed() {
        let body = br#"{"models":[
            {"name":"models/a","inputTokenLimit":1048576,"supportedGenerationMethods":["generateContent"]},
            {"name":"models/embed","supportedGenerationMethods":["embedContent"]},
            {"name":"tunedModels/b","inputTokenLimit":null,"supportedGenerationMethods":["x","generateContent"]},
            {"name":null,"supportedGenerationMethods":["generateContent"]},
            {"name":"models/old","supportedGenerationMethods":null}, null],
            "nextPageToken":"abc"}"#;
        let listed = |id: &str, context| ListedModel {
            id: id.into(),
            context,
            abilities: Abilities { tools: Some(true), ..Abilities::default() },
            ..ListedModel::default()
        };
        let models = vec![listed("a", Some(1_048_576)), listed("tunedModels/b", None)];
        assert_eq!(read_models(body), Some(ModelPage { models, next: Some("abc".into()) }));
    }

    #[test]
    fn the_last_page_has_no_token_and_an_empty_list_is_an_empty_object() {
        assert_eq!(read_models(b"{}"), Some(ModelPage::default()));
        assert_eq!(read_models(br#"{"models":null,"nextPageToken":""}"#), Some(ModelPage::default()));
        assert_eq!(read_models(br#"{"error":{}}"#), None);
        assert_eq!(read_models(b"[]"), None);
    }
}

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
    BlockStage, Call, ErrorClass, FinishReason, ListedModel, ModelPage, Usage,
    decode::{
        chunk::{Chunk, End, Piece},
        fault::{Fault, by_status},
        json,
    },
    sampling,
};
use crate::{
    brief::{Decimal, Params},
    prompt::Prompt,
};

/// Largest page the service gives.
const PAGE_SIZE: u32 = 1000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    system_instruction: Option<Content<'a>>,
    contents: [Content<'a>; 1],
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

pub fn generate_call(model: &str, prompt: &Prompt, params: &Params) -> Call {
    let content = |role, text| Content { role, parts: [Part { text }] };
    let request = Request {
        system_instruction: (!prompt.system.is_empty()).then(|| content(None, prompt.system.as_str())),
        contents: [content(Some("user"), &prompt.user)],
    };
    // Without `alt=sse` the stream would be one JSON array.
    let path = format!("v1beta/models/{}:streamGenerateContent?alt=sse", escaped(model));
    let config = sampling::members(params, ["temperature", "topP", "maxOutputTokens"]);
    Call::post(path, &request).with_object("generationConfig", &config)
}

pub fn models_call(page: Option<&str>) -> Call {
    let mut path = format!("v1beta/models?pageSize={PAGE_SIZE}");
    if let Some(token) = page {
        path.push_str("&pageToken=");
        path.push_str(&escaped(token));
    }
    Call::get(path)
}

/// Models that generate content; the list also holds embedding and other kinds.
pub fn read_models(body: &[u8]) -> Option<ModelPage> {
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
            size_bytes: None,
        })
    });
    Some(ModelPage {
        models: models.collect(),
        next: json::text(&root, "nextPageToken").map(ToOwned::to_owned),
    })
}

pub fn read_chunk(event: &Value) -> Chunk<'_> {
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

pub fn classify(fault: &Fault<'_>) -> ErrorClass {
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
pub fn retry_after_ms(error: &Value) -> Option<u64> {
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

    #[track_caller]
    fn check(system: &str, params: Params, expect: &str) {
        let prompt = Prompt { system: system.into(), user: "hi".into() };
        let call = generate_call("gemini-flash-latest", &prompt, &params);
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
            Params { temperature: "0.7".parse().ok(), top_p: "0.95".parse().ok(), max_tokens: Some(8192) },
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
            let path = generate_call(id, &prompt, &Params::default()).path;
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
        let listed = |id: &str, context| ListedModel { id: id.into(), context, size_bytes: None };
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

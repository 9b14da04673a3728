//! The Gemini API: `models`, `generateContent` and `streamGenerateContent`.

use serde_json::{Value, json};

use super::{Dialect, FAULT_MESSAGE, Meta, Reply, Tally, Whole, html_safe};
use crate::script::{Fault, Finish, Refusal};

/// How the chunks of a stream are put in sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events with CRLF line ends, when the client asks with `alt=sse`.
    Sse,
    /// One JSON array, delivered in pieces.
    Array,
}

/// Encodes one response.
pub struct Gemini {
    pub meta: Meta,
    /// `v1` or `v1beta`; some messages name it.
    pub version: String,
    pub framing: Framing,
    /// Whether the client asked for the text of the reasoning.
    pub include_thoughts: bool,
    /// Whether a chunk was written already.
    pub started: bool,
}

impl Gemini {
    fn frame(&mut self, chunk: &Value) -> String {
        let first = !std::mem::replace(&mut self.started, true);
        match self.framing {
            Framing::Sse => format!("data: {}\r\n\r\n", html_safe(chunk)),
            Framing::Array => format!("{}{}", if first { "[" } else { ",\r\n" }, html_safe(chunk)),
        }
    }

    fn last(&self, frame: String) -> String {
        if self.framing == Framing::Array { frame + "]" } else { frame }
    }

    fn response(&self, tally: &Tally) -> Value {
        json!({
            "usageMetadata": usage(tally),
            "modelVersion": self.meta.model,
            "responseId": format!("response-{}", self.meta.call),
        })
    }

    fn part(&mut self, part: &Value, tally: &Tally) -> String {
        let mut chunk = self.response(tally);
        chunk["candidates"] = json!([{"index": 0, "content": {"role": "model", "parts": [part]}}]);
        self.frame(&chunk)
    }

    fn blocked(&self, tally: &Tally) -> Value {
        let mut chunk = self.response(&Tally { prompt: tally.prompt, ..Tally::default() });
        chunk["promptFeedback"] = json!({
            "blockReason": "SAFETY",
            "safetyRatings": [
                {"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": true},
            ],
        });
        chunk
    }
}

impl Dialect for Gemini {
    fn refuse(&self, refusal: &Refusal) -> Reply {
        let mut reply = refuse(refusal, &self.meta.model, &self.version);
        // The streaming endpoint wraps its errors like its chunks.
        if self.framing == Framing::Array {
            reply.body = json!([reply.body]);
        }
        reply
    }

    fn content_type(&self) -> &'static str {
        match self.framing {
            Framing::Sse => "text/event-stream",
            Framing::Array => "application/json; charset=UTF-8",
        }
    }

    fn text(&mut self, text: &str, tally: &Tally) -> String {
        self.part(&json!({"text": text}), tally)
    }

    fn reasoning(&mut self, text: &str, tally: &Tally) -> String {
        if !self.include_thoughts {
            return String::new();
        }
        self.part(&json!({"text": text, "thought": true}), tally)
    }

    fn finish(&mut self, finish: Finish, tally: &Tally) -> String {
        let mut chunk = self.response(tally);
        chunk["candidates"] = json!([{"index": 0, "finishReason": finish_reason(finish)}]);
        let frame = self.frame(&chunk);
        self.last(frame)
    }

    fn block(&mut self, tally: &Tally) -> String {
        let chunk = self.blocked(tally);
        let frame = self.frame(&chunk);
        self.last(frame)
    }

    fn fail(&mut self, fault: Fault) -> String {
        let error = status(503, "UNAVAILABLE", FAULT_MESSAGE, &[]);
        if fault.is_framed() {
            let frame = self.frame(&error);
            self.last(frame)
        } else {
            format!("{error:#}\n")
        }
    }

    fn whole(&self, whole: &Whole, tally: &Tally) -> Value {
        let mut parts = Vec::new();
        if self.include_thoughts && !whole.reasoning.is_empty() {
            parts.push(json!({"text": whole.reasoning, "thought": true}));
        }
        if !whole.text.is_empty() {
            parts.push(json!({"text": whole.text}));
        }
        let mut candidate = json!({"index": 0, "content": {"role": "model", "parts": parts}});
        if let Some(finish) = whole.finish {
            candidate["finishReason"] = json!(finish_reason(finish));
        }
        let mut response = self.response(tally);
        response["candidates"] = json!([candidate]);
        response
    }

    fn whole_blocked(&self, tally: &Tally) -> Value {
        self.blocked(tally)
    }
}

/// The error body of the API for a refusal.
pub fn refuse(refusal: &Refusal, model: &str, version: &str) -> Reply {
    let (code, name, message, details) = match refusal {
        Refusal::NotFound => {
            let message = format!(
                "models/{model} is not found for API version {version}, or is not supported for \
                 generateContent. Call ModelService.ListModels to see the list of available models."
            );
            (404, "NOT_FOUND", message, vec![])
        }
        Refusal::RateLimited { retry } => {
            let details =
                quota_details("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", model, retry.as_secs());
            (429, "RESOURCE_EXHAUSTED", quota_message(retry.as_secs()), details)
        }
        Refusal::Quota => {
            let details = quota_details("GenerateRequestsPerDayPerProjectPerModel-FreeTier", model, 47);
            (429, "RESOURCE_EXHAUSTED", quota_message(47), details)
        }
        Refusal::Overloaded => {
            (503, "UNAVAILABLE", "The model is overloaded. Please try again later.".to_owned(), vec![])
        }
        Refusal::NoKey => {
            let message = "Method doesn't allow unregistered callers (callers without established identity). \
                           Please use API Key or other form of API consumer identity to call this API.";
            (403, "PERMISSION_DENIED", message.to_owned(), vec![])
        }
        Refusal::BadKey => {
            let message = "API key not valid. Please pass a valid API key.";
            let details = vec![
                json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID",
                    "domain": "googleapis.com", "metadata": {"service": "generativelanguage.googleapis.com"}}),
                json!({"@type": "type.googleapis.com/google.rpc.LocalizedMessage", "locale": "en-US",
                    "message": message}),
            ];
            (400, "INVALID_ARGUMENT", message.to_owned(), details)
        }
        Refusal::TooLong => {
            let message =
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).";
            (400, "INVALID_ARGUMENT", message.to_owned(), vec![])
        }
        Refusal::Invalid { message, .. } => (400, "INVALID_ARGUMENT", message.clone(), vec![]),
    };
    Reply::new(code, status(code, name, &message, &details))
}

fn status(code: u16, name: &str, message: &str, details: &[Value]) -> Value {
    let mut error = json!({"code": code, "message": message, "status": name});
    if !details.is_empty() {
        error["details"] = json!(details);
    }
    json!({"error": error})
}

fn quota_message(seconds: u64) -> String {
    format!(
        "You exceeded your current quota, please check your plan and billing details.\nPlease retry in {seconds}s."
    )
}

fn quota_details(quota: &str, model: &str, seconds: u64) -> Vec<Value> {
    vec![
        json!({"@type": "type.googleapis.com/google.rpc.Help", "links": [{
            "description": "Learn more about Gemini API quotas",
            "url": "https://ai.google.dev/gemini-api/docs/rate-limits"}]}),
        json!({"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{
            "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
            "quotaId": quota, "quotaDimensions": {"location": "global", "model": model}}]}),
        json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("{seconds}s")}),
    ]
}

fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "STOP",
        Finish::Length => "MAX_TOKENS",
    }
}

/// Usage is cumulative; counts that are zero are left out.
fn usage(tally: &Tally) -> Value {
    let mut usage = json!({
        "promptTokenCount": tally.prompt,
        "totalTokenCount": tally.prompt + tally.answer + tally.reasoning,
    });
    super::set_nonzero(&mut usage, "candidatesTokenCount", tally.answer);
    super::set_nonzero(&mut usage, "thoughtsTokenCount", tally.reasoning);
    usage
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn gemini(framing: Framing) -> Gemini {
        Gemini {
            meta: Meta { model: "fine".into(), call: 7, started_ms: 0 },
            version: "v1beta".into(),
            framing,
            include_thoughts: true,
            started: false,
        }
    }

    const TALLY: Tally = Tally { prompt: 9, answer: 3, reasoning: 31, elapsed: Duration::ZERO };

    #[track_caller]
    fn check(frame: &str, expect: Value) {
        let json = frame.strip_prefix("data: ").and_then(|rest| rest.strip_suffix("\r\n\r\n"));
        let json = json.expect("an event ends with two CRLF");
        assert!(!json.contains(['\r', '\n', '<', '&']), "{json}");
        assert_eq!(serde_json::from_str::<Value>(json).expect("an event is JSON"), expect);
    }

    #[test]
    fn chunks_are_events_with_crlf_and_cumulative_usage() {
        let mut gemini = gemini(Framing::Sse);
        let usage = json!({"promptTokenCount": 9, "candidatesTokenCount": 3, "thoughtsTokenCount": 31,
            "totalTokenCount": 43});
        let around = |candidate: Value| {
            json!({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "fine",
                "responseId": "response-7"})
        };
        check(
            &gemini.text("a < b && \"合\"\n", &TALLY),
            around(
                json!({"index": 0, "content": {"role": "model", "parts": [{"text": "a < b && \"合\"\n"}]}}),
            ),
        );
        check(
            &gemini.reasoning("Hm", &TALLY),
            around(
                json!({"index": 0, "content": {"role": "model", "parts": [{"text": "Hm", "thought": true}]}}),
            ),
        );
        check(&gemini.finish(Finish::Stop, &TALLY), around(json!({"index": 0, "finishReason": "STOP"})));
        check(
            &gemini.finish(Finish::Length, &TALLY),
            around(json!({"index": 0, "finishReason": "MAX_TOKENS"})),
        );
    }

    #[test]
    fn zero_counts_are_absent() {
        let tally = Tally { prompt: 9, answer: 1, ..Tally::default() };
        let expect = json!({"promptTokenCount": 9, "candidatesTokenCount": 1, "totalTokenCount": 10});
        assert_eq!(usage(&tally), expect);
    }

    #[test]
    fn a_blocked_prompt_has_feedback_and_no_candidates() {
        let frame = gemini(Framing::Sse).block(&TALLY);
        let chunk: Value = serde_json::from_str(frame["data: ".len()..].trim()).expect("an event is JSON");
        assert_eq!(chunk["promptFeedback"]["blockReason"], "SAFETY");
        assert_eq!(chunk.get("candidates"), None);
    }

    #[test]
    fn errors_in_mid_stream_come_framed_or_as_a_raw_tail() {
        let error = json!({"error": {"code": 503, "status": "UNAVAILABLE", "message": FAULT_MESSAGE}});
        check(&gemini(Framing::Sse).fail(Fault::Event), error.clone());
        let tail = gemini(Framing::Sse).fail(Fault::Tail);
        assert!(tail.starts_with("{\n"));
        assert_eq!(serde_json::from_str::<Value>(&tail).expect("the tail is JSON"), error);
    }

    #[test]
    fn without_sse_the_stream_is_one_array() {
        let mut gemini = gemini(Framing::Array);
        let body =
            gemini.text("a", &TALLY) + &gemini.text("b", &TALLY) + &gemini.finish(Finish::Stop, &TALLY);
        let chunks: Vec<Value> = serde_json::from_str(&body).expect("the pieces join to an array");
        assert_eq!(chunks.len(), 3);
        assert!(gemini.refuse(&Refusal::NotFound).body.is_array());
    }

    #[track_caller]
    fn check_refusal(refusal: Refusal, code: u16, name: &str, pointer: &str, expect: &str) {
        let reply = refuse(&refusal, "fine", "v1beta");
        let error = &reply.body["error"];
        assert_eq!((reply.status, &error["code"], &error["status"]), (code, &json!(code), &json!(name)));
        assert_eq!(reply.body.pointer(pointer), Some(&json!(expect)), "{:#}", reply.body);
    }

    #[test]
    fn refusals_are_rpc_statuses() {
        let rate = Refusal::RateLimited { retry: Duration::from_secs(2) };
        let quota = "/error/details/1/violations/0/quotaId";
        let per_day = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";
        check_refusal(rate, 429, "RESOURCE_EXHAUSTED", "/error/details/2/retryDelay", "2s");
        check_refusal(Refusal::Quota, 429, "RESOURCE_EXHAUSTED", quota, per_day);
        check_refusal(Refusal::BadKey, 400, "INVALID_ARGUMENT", "/error/details/0/reason", "API_KEY_INVALID");
        check_refusal(
            Refusal::NotFound,
            404,
            "NOT_FOUND",
            "/error/message",
            "models/fine is not found for API version v1beta, or is not supported for generateContent. \
             Call ModelService.ListModels to see the list of available models.",
        );
        check_refusal(
            Refusal::TooLong,
            400,
            "INVALID_ARGUMENT",
            "/error/message",
            "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        );
    }

    #[test]
    fn a_whole_response_keeps_thoughts_apart() {
        let whole = Whole { text: "b".into(), reasoning: "a".into(), finish: Some(Finish::Stop) };
        let candidate = json!({"index": 0, "finishReason": "STOP",
            "content": {"role": "model", "parts": [{"text": "a", "thought": true}, {"text": "b"}]}});
        assert_eq!(gemini(Framing::Sse).whole(&whole, &TALLY)["candidates"], json!([candidate]));
    }
}

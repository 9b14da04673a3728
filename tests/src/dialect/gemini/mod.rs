//! The Gemini API: `models`, `generateContent` and `streamGenerateContent`.

mod refusal;

pub use refusal::refuse;
use refusal::status;
use serde_json::{Value, json};

use super::{Dialect, FAULT_MESSAGE, Meta, Reply, Tally, Whole, html_safe};
use crate::{
    conversation::SIGNATURE,
    name::Shape,
    script::{Fault, Finish, Refusal, ToolCall},
};

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
        self.raw(&html_safe(chunk))
    }

    fn raw(&mut self, data: &str) -> String {
        let first = !std::mem::replace(&mut self.started, true);
        match self.framing {
            Framing::Sse => format!("data: {data}\r\n\r\n"),
            Framing::Array => format!("{}{data}", if first { "[" } else { ",\r\n" }),
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

    fn tool(&mut self, call: &ToolCall, tally: &Tally) -> String {
        self.part(&function_call(call), tally)
    }

    fn signature(&mut self, signature: &str, tally: &Tally) -> String {
        self.part(&json!({"text": "", "thoughtSignature": signature}), tally)
    }

    fn data(&mut self, data: &str) -> String {
        self.raw(data)
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
        parts.extend(whole.calls.iter().map(function_call));
        // Where no call bears it, the proof of the reasoning stands by itself.
        if whole.calls.is_empty() && !whole.reasoning.is_empty() {
            parts.push(json!({"text": "", "thoughtSignature": SIGNATURE}));
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

fn function_call(call: &ToolCall) -> Value {
    let mut part = json!({"functionCall": {"name": call.name, "args": call.object()}});
    if call.shape != Shape::Bare {
        part["functionCall"]["id"] = json!(call.id);
    }
    if let Some(signature) = call.signature {
        part["thoughtSignature"] = json!(signature);
    }
    part
}

fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        // There is no reason of its own for calls.
        Finish::Stop | Finish::ToolCalls => "STOP",
        Finish::Length => "MAX_TOKENS",
        Finish::Filtered => "SAFETY",
        Finish::Raw(reason) => reason,
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
    fn calls_come_whole_with_what_has_to_come_back() {
        let mut call = ToolCall {
            index: 0,
            id: "call_0".into(),
            name: "read".into(),
            arguments: r#"{"path":"a"}"#.into(),
            signature: Some(SIGNATURE),
            shape: Shape::Plain,
        };
        let part = |frame: &str| {
            let chunk: Value =
                serde_json::from_str(frame["data: ".len()..].trim()).expect("an event is JSON");
            chunk["candidates"][0]["content"]["parts"][0].clone()
        };
        let mut gemini = gemini(Framing::Sse);
        let signed = json!({"functionCall": {"id": "call_0", "name": "read", "args": {"path": "a"}},
            "thoughtSignature": SIGNATURE});
        assert_eq!(part(&gemini.tool(&call, &TALLY)), signed);
        call.signature = None;
        call.shape = Shape::Bare;
        let bare = json!({"functionCall": {"name": "read", "args": {"path": "a"}}});
        assert_eq!(part(&gemini.tool(&call, &TALLY)), bare);
        let proof = json!({"text": "", "thoughtSignature": "s"});
        assert_eq!(part(&gemini.signature("s", &TALLY)), proof);
        let stop = gemini.finish(Finish::ToolCalls, &TALLY);
        assert!(stop.contains(r#""finishReason":"STOP""#), "{stop}");
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

    #[test]
    fn a_whole_response_keeps_thoughts_apart() {
        let whole =
            Whole { text: "b".into(), reasoning: "a".into(), finish: Some(Finish::Stop), ..Whole::default() };
        let candidate = json!({"index": 0, "finishReason": "STOP",
            "content": {"role": "model", "parts": [{"text": "a", "thought": true}, {"text": "b"},
                {"text": "", "thoughtSignature": SIGNATURE}]}});
        assert_eq!(gemini(Framing::Sse).whole(&whole, &TALLY)["candidates"], json!([candidate]));
    }
}

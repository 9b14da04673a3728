//! Chat completions as OpenAI streams them, and as `llama-server` and its kin do.

mod refusal;

use refusal::error;
pub use refusal::refuse;
use serde_json::{Value, json};

use super::{Dialect, FAULT_MESSAGE, Meta, Reply, Tally, Whole};
use crate::{
    name::{Field, Shape},
    script::{Fault, Finish, Refusal, ToolCall},
};

/// Characters of arguments in one event.
const FRAGMENT: usize = 8;

/// Which family of servers answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// OpenAI and the services that copy it: string codes, reasoning in `delta.reasoning`.
    OpenAi,
    /// `llama-server`: numeric codes, `timings`, reasoning in `delta.reasoning_content`.
    Local,
}

/// Encodes one response.
pub struct OpenAi {
    pub meta: Meta,
    pub flavour: Flavour,
    /// Whether the client asked for a usage chunk.
    pub include_usage: bool,
    /// Where the reasoning goes, in place of what the flavour does.
    pub field: Option<Field>,
}

impl OpenAi {
    fn chunk(&self, choices: &Value) -> Value {
        let mut chunk = json!({
            "id": format!("chatcmpl-{}", self.meta.call),
            "object": "chat.completion.chunk",
            "created": self.meta.started_ms / 1_000,
            "model": self.meta.model,
            "choices": choices,
        });
        // Where usage was asked for, every other chunk announces that it is still to come.
        if self.include_usage {
            chunk["usage"] = Value::Null;
        }
        chunk
    }

    fn delta(&self, delta: Value, finish: Option<&str>) -> String {
        event(&self.chunk(&json!([{"index": 0, "delta": delta, "finish_reason": finish}])))
    }

    fn end(&self, reason: &str, tally: &Tally) -> String {
        let mut last = self.chunk(&json!([{"index": 0, "delta": {}, "finish_reason": reason}]));
        let mut counted = self.chunk(&json!([]));
        counted["usage"] = usage(tally);
        if self.flavour == Flavour::Local {
            let target = if self.include_usage { &mut counted } else { &mut last };
            target["timings"] = timings(tally);
        }
        let counted = if self.include_usage { event(&counted) } else { String::new() };
        event(&last) + &counted + "data: [DONE]\n\n"
    }

    fn reasoning_keys(&self) -> &'static [&'static str] {
        match (self.field, self.flavour) {
            (Some(Field::Both), _) => &["reasoning_content", "reasoning"],
            (Some(Field::Content), _) | (None, Flavour::Local) => &["reasoning_content"],
            _ => &["reasoning"],
        }
    }

    fn reasoned(&self, text: &str) -> Value {
        Value::Object(self.reasoning_keys().iter().map(|key| ((*key).to_owned(), json!(text))).collect())
    }

    fn completion(&self, message: Value, reason: Option<&str>, tally: &Tally) -> Value {
        json!({
            "id": format!("chatcmpl-{}", self.meta.call),
            "object": "chat.completion",
            "created": self.meta.started_ms / 1_000,
            "model": self.meta.model,
            "choices": [{"index": 0, "message": message, "finish_reason": reason}],
            "usage": usage(tally),
        })
    }
}

fn event(value: &Value) -> String {
    format!("data: {value}\n\n")
}

impl Dialect for OpenAi {
    fn refuse(&self, refusal: &Refusal) -> Reply {
        refuse(refusal, &self.meta.model, self.flavour)
    }

    fn content_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn open(&mut self) -> String {
        self.delta(json!({"role": "assistant", "content": ""}), None)
    }

    fn text(&mut self, text: &str, _: &Tally) -> String {
        self.delta(json!({"content": text}), None)
    }

    fn reasoning(&mut self, text: &str, _: &Tally) -> String {
        self.delta(self.reasoned(text), None)
    }

    fn tool(&mut self, call: &ToolCall, _: &Tally) -> String {
        fragments(call).iter().map(|piece| self.delta(json!({"tool_calls": [piece]}), None)).collect()
    }

    fn data(&mut self, data: &str) -> String {
        format!("data: {data}\n\n")
    }

    fn finish(&mut self, finish: Finish, tally: &Tally) -> String {
        self.end(finish_reason(finish), tally)
    }

    fn block(&mut self, tally: &Tally) -> String {
        self.end("content_filter", tally)
    }

    fn fail(&mut self, fault: Fault) -> String {
        let code = match self.flavour {
            Flavour::OpenAi => json!("server_is_overloaded"),
            Flavour::Local => json!(503),
        };
        let error = event(&error(FAULT_MESSAGE, "service_unavailable_error", None, code));
        if fault.is_framed() { error } else { format!("event: error\n{error}") }
    }

    fn whole(&self, whole: &Whole, tally: &Tally) -> Value {
        let mut message = json!({"role": "assistant", "content": whole.text});
        if !whole.reasoning.is_empty() {
            for key in self.reasoning_keys() {
                message[*key] = json!(whole.reasoning);
            }
        }
        if !whole.calls.is_empty() {
            message["tool_calls"] = whole.calls.iter().map(whole_call).collect();
        }
        self.completion(message, whole.finish.map(finish_reason), tally)
    }

    fn whole_blocked(&self, tally: &Tally) -> Value {
        let message = json!({"role": "assistant", "content": null, "refusal": null});
        self.completion(message, Some("content_filter"), tally)
    }
}

fn whole_call(call: &ToolCall) -> Value {
    json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}})
}

/// A call as its shape cuts it into pieces.
fn fragments(call: &ToolCall) -> Vec<Value> {
    let place = |mut piece: Value| {
        if call.shape != Shape::Bare {
            piece["index"] = json!(call.index);
        }
        piece
    };
    let mut first = whole_call(call);
    if call.shape == Shape::Whole {
        return vec![place(first)];
    }
    first["function"]["arguments"] = json!("");
    let characters: Vec<char> = call.arguments.chars().collect();
    let rest = characters.chunks(FRAGMENT).map(|piece| {
        let mut piece = json!({"function": {"arguments": piece.iter().collect::<String>()}});
        if call.shape == Shape::RepeatedId {
            piece["id"] = json!(call.id);
            piece["type"] = json!("function");
        }
        place(piece)
    });
    [place(first)].into_iter().chain(rest).collect()
}

fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::ToolCalls => "tool_calls",
        Finish::Filtered => "content_filter",
        Finish::Raw(reason) => reason,
    }
}

fn usage(tally: &Tally) -> Value {
    let completion = tally.answer + tally.reasoning;
    json!({
        "prompt_tokens": tally.prompt,
        "completion_tokens": completion,
        "total_tokens": tally.prompt + completion,
        "completion_tokens_details": {"reasoning_tokens": tally.reasoning},
    })
}

fn timings(tally: &Tally) -> Value {
    let tokens = tally.answer + tally.reasoning;
    let seconds = tally.nanos() as f64 / 1e9;
    json!({
        "prompt_n": tally.prompt,
        "prompt_ms": seconds * 100.0,
        "predicted_n": tokens,
        "predicted_ms": seconds * 1_000.0,
        "predicted_per_second": tokens as f64 / seconds,
        "cache_n": 0,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TALLY: Tally = Tally { prompt: 9, answer: 4, reasoning: 1, elapsed: Duration::from_millis(500) };

    fn openai(flavour: Flavour, include_usage: bool) -> OpenAi {
        let meta = Meta { model: "fine".into(), call: 1, started_ms: 1_500 };
        OpenAi { meta, flavour, include_usage, field: None }
    }

    #[track_caller]
    fn check(stream: &str, expect: &[Value]) {
        let events: Vec<Value> = stream
            .split_terminator("\n\n")
            .map(|event| event.strip_prefix("data: ").expect("an event is a data line"))
            .map(|data| serde_json::from_str(data).unwrap_or_else(|_| json!(data)))
            .collect();
        assert_eq!(events, expect);
    }

    fn chunk(choices: Value, usage: Value) -> Value {
        json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "fine",
            "choices": choices, "usage": usage})
    }

    #[test]
    fn a_stream_opens_with_a_role_and_closes_with_usage_and_done() {
        let mut openai = openai(Flavour::OpenAi, true);
        let choice =
            |delta: Value, finish: Value| json!([{"index": 0, "delta": delta, "finish_reason": finish}]);
        let stream = openai.open()
            + &openai.reasoning("Hm", &TALLY)
            + &openai.text("Hi\n", &TALLY)
            + &openai.finish(Finish::Stop, &TALLY);
        check(
            &stream,
            &[
                chunk(choice(json!({"role": "assistant", "content": ""}), Value::Null), Value::Null),
                chunk(choice(json!({"reasoning": "Hm"}), Value::Null), Value::Null),
                chunk(choice(json!({"content": "Hi\n"}), Value::Null), Value::Null),
                chunk(choice(json!({}), json!("stop")), Value::Null),
                chunk(
                    json!([]),
                    json!({"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14,
                        "completion_tokens_details": {"reasoning_tokens": 1}}),
                ),
                json!("[DONE]"),
            ],
        );
    }

    #[test]
    fn usage_is_absent_unless_asked_for() {
        let stream = openai(Flavour::OpenAi, false).finish(Finish::Length, &TALLY);
        assert!(!stream.contains("usage"), "{stream}");
        assert!(stream.contains(r#""finish_reason":"length""#), "{stream}");
    }

    #[test]
    fn a_local_server_adds_timings_and_names_reasoning_its_own_way() {
        let mut local = openai(Flavour::Local, true);
        assert!(local.reasoning("Hm", &TALLY).contains(r#""delta":{"reasoning_content":"Hm"}"#));
        assert!(local.finish(Finish::Stop, &TALLY).contains(r#""predicted_per_second":10.0"#));
    }

    #[test]
    fn reasoning_goes_where_it_is_told() {
        for (field, expect) in [
            (Field::Content, json!({"reasoning_content": "Hm"})),
            (Field::Reasoning, json!({"reasoning": "Hm"})),
            (Field::Both, json!({"reasoning_content": "Hm", "reasoning": "Hm"})),
        ] {
            let openai = OpenAi { field: Some(field), ..openai(Flavour::Local, false) };
            assert_eq!(openai.reasoned("Hm"), expect);
        }
    }

    #[track_caller]
    fn check_fragments(shape: Shape, expect: &[Value]) {
        let call = ToolCall {
            index: 1,
            id: "call_1".into(),
            name: "read".into(),
            arguments: r#"{"path":"a"}"#.into(),
            signature: None,
            shape,
        };
        assert_eq!(fragments(&call), expect, "{shape:?}");
    }

    #[test]
    fn calls_come_in_pieces_of_several_kinds() {
        let open = json!({"index": 1, "id": "call_1", "type": "function",
            "function": {"name": "read", "arguments": ""}});
        let piece = |text: &str| json!({"index": 1, "function": {"arguments": text}});
        check_fragments(Shape::Plain, &[open.clone(), piece("{\"path\":"), piece("\"a\"}")]);
        let without = |mut value: Value| {
            value.as_object_mut().expect("an object").remove("index");
            value
        };
        let bare = [open.clone(), piece("{\"path\":"), piece("\"a\"}")].map(without);
        check_fragments(Shape::Bare, &bare);
        let mut whole = open.clone();
        whole["function"]["arguments"] = json!("{\"path\":\"a\"}");
        check_fragments(Shape::Whole, &[whole]);
        let repeated = |text: &str| json!({"index": 1, "id": "call_1", "type": "function", "function": {"arguments": text}});
        check_fragments(Shape::RepeatedId, &[open, repeated("{\"path\":"), repeated("\"a\"}")]);
    }

    #[test]
    fn errors_in_mid_stream_are_events_with_or_without_a_name() {
        let mut openai = openai(Flavour::OpenAi, false);
        let expect = json!({"error": {"message": FAULT_MESSAGE, "type": "service_unavailable_error",
            "param": null, "code": "server_is_overloaded"}});
        let framed = openai.fail(Fault::Event);
        check(&framed, &[expect]);
        assert_eq!(openai.fail(Fault::Tail), format!("event: error\n{framed}"));
    }
}

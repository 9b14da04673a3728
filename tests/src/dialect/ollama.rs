//! Ollama's native API: lines of JSON, metrics in nanoseconds, errors as plain strings.

use serde_json::{Value, json};

use super::{Dialect, FAULT_MESSAGE, Meta, Reply, Tally, Whole, html_safe, set_nonzero};
use crate::{
    clock::rfc3339,
    name::Shape,
    script::{Fault, Finish, Refusal, ToolCall},
};

/// Which endpoint answers; they differ in where the text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/api/chat`: `message.content` and `message.thinking`.
    Chat,
    /// `/api/generate`: `response` and `thinking`.
    Generate,
}

/// Encodes one response.
pub struct Ollama {
    pub meta: Meta,
    pub endpoint: Endpoint,
    /// False where the client turned thinking off.
    pub think: bool,
}

const REFUSAL: &str = "I'm sorry, but I can't help with that.";
/// What it took to read the model and the prompt, in every answer.
const LOAD_NS: u64 = 2_154_458;

impl Ollama {
    fn object(&self, text: &str, thinking: &str, done: bool, tally: &Tally) -> Value {
        let now = self.meta.started_ms + tally.elapsed.as_millis() as u64;
        let mut line = json!({"model": self.meta.model, "created_at": rfc3339(now), "done": done});
        let target = match self.endpoint {
            Endpoint::Chat => {
                line["message"] = json!({"role": "assistant", "content": text});
                &mut line["message"]
            }
            Endpoint::Generate => {
                line["response"] = json!(text);
                &mut line
            }
        };
        if !thinking.is_empty() {
            target["thinking"] = json!(thinking);
        }
        line
    }

    fn done(&self, text: &str, thinking: &str, finish: Finish, tally: &Tally) -> Value {
        let mut line = self.object(text, thinking, true, tally);
        line["done_reason"] = json!(match finish {
            // There is no reason of its own for calls, and no filter.
            Finish::Stop | Finish::ToolCalls | Finish::Filtered => "stop",
            Finish::Length => "length",
            Finish::Raw(reason) => reason,
        });
        if self.endpoint == Endpoint::Generate {
            line["context"] = json!([1, 2, 3]);
        }
        // Reading goes about ten times as fast as writing.
        let total = tally.nanos();
        let reading = total / 10;
        for (key, number) in [
            ("total_duration", total + LOAD_NS),
            ("load_duration", LOAD_NS),
            ("prompt_eval_count", tally.prompt),
            ("prompt_eval_duration", reading),
            ("eval_count", tally.answer + tally.reasoning),
            ("eval_duration", total - reading),
        ] {
            set_nonzero(&mut line, key, number);
        }
        line
    }
}

fn line(value: &Value) -> String {
    html_safe(value) + "\n"
}

impl Dialect for Ollama {
    fn refuse(&self, refusal: &Refusal) -> Reply {
        refuse(refusal, &self.meta.model)
    }

    fn content_type(&self) -> &'static str {
        "application/x-ndjson"
    }

    fn text(&mut self, text: &str, tally: &Tally) -> String {
        line(&self.object(text, "", false, tally))
    }

    fn reasoning(&mut self, text: &str, tally: &Tally) -> String {
        if self.think { line(&self.object("", text, false, tally)) } else { String::new() }
    }

    fn tool(&mut self, call: &ToolCall, tally: &Tally) -> String {
        let mut object = self.object("", "", false, tally);
        if self.endpoint == Endpoint::Chat {
            object["message"]["tool_calls"] = json!([tool_call(call)]);
        }
        line(&object)
    }

    fn data(&mut self, data: &str) -> String {
        format!("{data}\n")
    }

    fn odd_ends(&self, written: String) -> String {
        written.replace('\n', "\r\n\r\n")
    }

    fn finish(&mut self, finish: Finish, tally: &Tally) -> String {
        line(&self.done("", "", finish, tally))
    }

    /// Ollama has no filter of its own: the model says no and is done.
    fn block(&mut self, tally: &Tally) -> String {
        self.text(REFUSAL, tally) + &self.finish(Finish::Stop, tally)
    }

    fn fail(&mut self, fault: Fault) -> String {
        let error = html_safe(&json!({"error": FAULT_MESSAGE}));
        if fault.is_framed() { error + "\n" } else { error }
    }

    fn whole(&self, whole: &Whole, tally: &Tally) -> Value {
        let thinking = if self.think { whole.reasoning.as_str() } else { "" };
        let mut object = match whole.finish {
            Some(finish) => self.done(&whole.text, thinking, finish, tally),
            None => self.object(&whole.text, thinking, false, tally),
        };
        if self.endpoint == Endpoint::Chat && !whole.calls.is_empty() {
            object["message"]["tool_calls"] = whole.calls.iter().map(tool_call).collect();
        }
        object
    }

    fn whole_blocked(&self, tally: &Tally) -> Value {
        self.done(REFUSAL, "", Finish::Stop, tally)
    }
}

/// Arguments are an object here, not a string.
fn tool_call(call: &ToolCall) -> Value {
    let mut value = json!({"function": {"name": call.name, "arguments": call.object()}});
    if call.shape != Shape::Bare {
        value["id"] = json!(call.id);
        value["function"]["index"] = json!(call.index);
    }
    value
}

/// The error body for a refusal.
pub fn refuse(refusal: &Refusal, model: &str) -> Reply {
    let (status, message) = match refusal {
        Refusal::NotFound => (404, format!("model '{model}' not found")),
        Refusal::RateLimited { .. } => (429, "too many requests, please slow down".to_owned()),
        Refusal::Quota => (402, "you have reached your usage limit for today".to_owned()),
        Refusal::Overloaded => {
            (503, "server busy, please try again.  maximum pending requests exceeded".to_owned())
        }
        Refusal::NoKey | Refusal::BadKey => (401, "unauthorized".to_owned()),
        Refusal::TooLong => (400, "the input length exceeds the context length".to_owned()),
        Refusal::Invalid { message, .. } => (400, message.clone()),
    };
    let mut body = json!({"error": message});
    if status == 401 {
        body["signin_url"] = json!("https://ollama.com/connect");
    }
    Reply::new(status, body)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TALLY: Tally = Tally { prompt: 26, answer: 298, reasoning: 2, elapsed: Duration::from_millis(250) };

    fn ollama(endpoint: Endpoint) -> Ollama {
        let meta = Meta { model: "fine:latest".into(), call: 1, started_ms: 0 };
        Ollama { meta, endpoint, think: true }
    }

    #[track_caller]
    fn check(line: &str, expect: Value) {
        let json = line.strip_suffix('\n').expect("a line ends with LF");
        assert!(!json.contains(['\n', '<']), "{json}");
        assert_eq!(serde_json::from_str::<Value>(json).expect("a line is JSON"), expect);
    }

    #[test]
    fn chat_lines_carry_messages_and_the_last_one_the_metrics() {
        let mut ollama = ollama(Endpoint::Chat);
        let at = "1970-01-01T00:00:00.250Z";
        check(
            &ollama.text("<b>\n", &TALLY),
            json!({"model": "fine:latest", "created_at": at, "done": false,
                "message": {"role": "assistant", "content": "<b>\n"}}),
        );
        check(
            &ollama.reasoning("Hmm", &TALLY),
            json!({"model": "fine:latest", "created_at": at, "done": false,
                "message": {"role": "assistant", "content": "", "thinking": "Hmm"}}),
        );
        check(
            &ollama.finish(Finish::Length, &TALLY),
            json!({"model": "fine:latest", "created_at": at, "done": true, "done_reason": "length",
                "message": {"role": "assistant", "content": ""},
                "total_duration": 252_154_458, "load_duration": 2_154_458, "prompt_eval_count": 26,
                "prompt_eval_duration": 25_000_000, "eval_count": 300, "eval_duration": 225_000_000}),
        );
    }

    #[test]
    fn calls_come_whole_with_an_object_of_arguments() {
        let call = ToolCall {
            index: 1,
            id: "call_1".into(),
            name: "read".into(),
            arguments: r#"{"path":"a"}"#.into(),
            signature: None,
            shape: Shape::Two,
        };
        check(
            &ollama(Endpoint::Chat).tool(&call, &Tally::default()),
            json!({"model": "fine:latest", "created_at": "1970-01-01T00:00:00.000Z", "done": false,
                "message": {"role": "assistant", "content": "", "tool_calls": [
                    {"id": "call_1", "function": {"index": 1, "name": "read", "arguments": {"path": "a"}}}]}}),
        );
        assert_eq!(tool_call(&ToolCall { shape: Shape::Bare, ..call }).get("id"), None);
    }

    #[test]
    fn metrics_that_are_zero_are_absent() {
        let last = ollama(Endpoint::Chat).done("", "", Finish::Stop, &Tally::default());
        assert_eq!(last.get("eval_count"), None);
        assert_eq!(last.get("prompt_eval_count"), None);
    }

    #[test]
    fn generate_lines_carry_the_text_at_the_top() {
        let mut ollama = ollama(Endpoint::Generate);
        check(
            &ollama.text("a", &Tally::default()),
            json!({"model": "fine:latest", "created_at": "1970-01-01T00:00:00.000Z", "done": false,
                "response": "a"}),
        );
        assert_eq!(ollama.done("", "", Finish::Stop, &TALLY)["context"], json!([1, 2, 3]));
    }

    #[test]
    fn errors_in_mid_stream_are_a_last_line() {
        let expect = json!({"error": FAULT_MESSAGE});
        check(&ollama(Endpoint::Chat).fail(Fault::Event), expect.clone());
        check(&(ollama(Endpoint::Chat).fail(Fault::Tail) + "\n"), expect);
    }

    #[track_caller]
    fn check_refusal(refusal: Refusal, status: u16, message: &str) {
        let reply = refuse(&refusal, "x");
        assert_eq!((reply.status, &reply.body["error"]), (status, &json!(message)));
    }

    #[test]
    fn refusals_are_plain_strings() {
        check_refusal(Refusal::NotFound, 404, "model 'x' not found");
        check_refusal(Refusal::BadKey, 401, "unauthorized");
        check_refusal(Refusal::TooLong, 400, "the input length exceeds the context length");
        let busy = "server busy, please try again.  maximum pending requests exceeded";
        check_refusal(Refusal::Overloaded, 503, busy);
    }
}

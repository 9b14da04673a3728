//! Chat completions as OpenAI streams them, and as `llama-server` and its kin do.

use serde_json::{Value, json};

use super::{Dialect, FAULT_MESSAGE, Meta, Reply, Tally, Whole};
use crate::script::{Fault, Finish, Refusal};

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

    fn reasoning_key(&self) -> &'static str {
        match self.flavour {
            Flavour::OpenAi => "reasoning",
            Flavour::Local => "reasoning_content",
        }
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
        self.delta(json!({self.reasoning_key(): text}), None)
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
            message[self.reasoning_key()] = json!(whole.reasoning);
        }
        self.completion(message, whole.finish.map(finish_reason), tally)
    }

    fn whole_blocked(&self, tally: &Tally) -> Value {
        let message = json!({"role": "assistant", "content": null, "refusal": null});
        self.completion(message, Some("content_filter"), tally)
    }
}

/// The error body for a refusal.
pub fn refuse(refusal: &Refusal, model: &str, flavour: Flavour) -> Reply {
    let invalid = "invalid_request_error";
    match flavour {
        Flavour::OpenAi => {
            let (status, message, kind, param, code) = match refusal {
                Refusal::NotFound => {
                    let message =
                        format!("The model `{model}` does not exist or you do not have access to it.");
                    (404, message, invalid, None, json!("model_not_found"))
                }
                Refusal::RateLimited { retry } => {
                    let message =
                        format!("Rate limit reached for {model}. Please try again in {}s.", retry.as_secs());
                    (429, message, "rate_limit_error", None, json!("rate_limit_exceeded"))
                }
                Refusal::Quota => {
                    let message =
                        "You exceeded your current quota, please check your plan and billing details.";
                    (429, message.to_owned(), "insufficient_quota", None, json!("insufficient_quota"))
                }
                Refusal::Overloaded => {
                    let message = "The server is overloaded. Please try again later.".to_owned();
                    (503, message, "service_unavailable_error", None, json!("server_is_overloaded"))
                }
                Refusal::NoKey => {
                    let message = "You didn't provide an API key. Provide it in an Authorization header using \
                                   Bearer auth.";
                    (401, message.to_owned(), invalid, None, Value::Null)
                }
                Refusal::BadKey => {
                    let message = "Incorrect API key provided.".to_owned();
                    (401, message, invalid, None, json!("invalid_api_key"))
                }
                Refusal::TooLong => {
                    let message = "This model's maximum context length is 128000 tokens. However, your messages \
                                   resulted in 150000 tokens. Please reduce the length of the messages.";
                    (400, message.to_owned(), invalid, Some("messages"), json!("context_length_exceeded"))
                }
                Refusal::Invalid { message, param } => {
                    let code = if param.is_some() { json!("unsupported_parameter") } else { Value::Null };
                    (400, message.clone(), invalid, *param, code)
                }
            };
            let mut reply = Reply::new(status, error(&message, kind, param, code));
            if let Refusal::RateLimited { retry } = refusal {
                reply.headers = vec![
                    ("retry-after", retry.as_secs().to_string()),
                    ("retry-after-ms", retry.as_millis().to_string()),
                    ("x-ratelimit-limit-requests", "60".to_owned()),
                    ("x-ratelimit-remaining-requests", "0".to_owned()),
                ];
            }
            reply
        }
        Flavour::Local => {
            let (status, message, kind) = match refusal {
                Refusal::NotFound => (404, format!("The model `{model}` does not exist."), "NotFoundError"),
                Refusal::RateLimited { .. } | Refusal::Quota => {
                    (429, "too many requests".to_owned(), "rate_limit_error")
                }
                Refusal::Overloaded => (503, "Loading model".to_owned(), "unavailable_error"),
                Refusal::NoKey | Refusal::BadKey => {
                    (401, "Invalid API Key".to_owned(), "authentication_error")
                }
                Refusal::TooLong => (
                    400,
                    "the request exceeds the available context size, try increasing it".to_owned(),
                    "exceed_context_size_error",
                ),
                Refusal::Invalid { message, .. } => (400, message.clone(), invalid),
            };
            let mut body = json!({"error": {"code": status, "message": message, "type": kind}});
            if *refusal == Refusal::TooLong {
                body["error"]["n_prompt_tokens"] = json!(40_000);
                body["error"]["n_ctx"] = json!(32_768);
            }
            let mut reply = Reply::new(status, body);
            if let Refusal::RateLimited { retry } = refusal {
                reply.headers = vec![("retry-after", retry.as_secs().to_string())];
            }
            reply
        }
    }
}

fn error(message: &str, kind: &str, param: Option<&str>, code: Value) -> Value {
    json!({"error": {"message": message, "type": kind, "param": param, "code": code}})
}

fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
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
        OpenAi { meta: Meta { model: "fine".into(), call: 1, started_ms: 1_500 }, flavour, include_usage }
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
    fn errors_in_mid_stream_are_events_with_or_without_a_name() {
        let mut openai = openai(Flavour::OpenAi, false);
        let expect = json!({"error": {"message": FAULT_MESSAGE, "type": "service_unavailable_error",
            "param": null, "code": "server_is_overloaded"}});
        let framed = openai.fail(Fault::Event);
        check(&framed, &[expect]);
        assert_eq!(openai.fail(Fault::Tail), format!("event: error\n{framed}"));
    }

    #[track_caller]
    fn check_refusal(refusal: Refusal, flavour: Flavour, status: u16, kind: &str, code: Value) {
        let reply = refuse(&refusal, "x", flavour);
        let error = &reply.body["error"];
        assert_eq!((reply.status, &error["type"], &error["code"]), (status, &json!(kind), &code));
    }

    #[test]
    fn refusals_have_a_type_and_a_code() {
        use Flavour::{Local, OpenAi};
        let invalid = "invalid_request_error";
        check_refusal(Refusal::NotFound, OpenAi, 404, invalid, json!("model_not_found"));
        check_refusal(Refusal::BadKey, OpenAi, 401, invalid, json!("invalid_api_key"));
        check_refusal(Refusal::TooLong, OpenAi, 400, invalid, json!("context_length_exceeded"));
        check_refusal(Refusal::Quota, OpenAi, 429, "insufficient_quota", json!("insufficient_quota"));
        check_refusal(Refusal::NotFound, Local, 404, "NotFoundError", json!(404));
        check_refusal(Refusal::BadKey, Local, 401, "authentication_error", json!(401));
        check_refusal(Refusal::TooLong, Local, 400, "exceed_context_size_error", json!(400));
    }

    #[test]
    fn a_rate_limit_says_when_to_come_back() {
        let reply = refuse(&Refusal::RateLimited { retry: Duration::from_secs(2) }, "x", Flavour::OpenAi);
        assert!(reply.headers.contains(&("retry-after", "2".to_owned())));
        assert!(reply.headers.contains(&("retry-after-ms", "2000".to_owned())));
    }
}

//! Errors of OpenAI and of local servers before the stream.

use serde_json::{Value, json};

use super::Flavour;
use crate::{dialect::Reply, script::Refusal};

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
                    let code = match param {
                        None => Value::Null,
                        Some(_) if message.starts_with("Unsupported value") => json!("unsupported_value"),
                        Some(_) => json!("unsupported_parameter"),
                    };
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

pub(super) fn error(message: &str, kind: &str, param: Option<&str>, code: Value) -> Value {
    json!({"error": {"message": message, "type": kind, "param": param, "code": code}})
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

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

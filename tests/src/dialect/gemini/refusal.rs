//! Errors of the Gemini API before the stream: `google.rpc.Status`.

use serde_json::{Value, json};

use crate::{dialect::Reply, script::Refusal};

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

pub(super) fn status(code: u16, name: &str, message: &str, details: &[Value]) -> Value {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

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
}

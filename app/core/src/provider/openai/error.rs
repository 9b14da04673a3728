//! What errors mean.

use crate::provider::{
    ErrorClass, ProviderError, Swap,
    decode::fault::{Fault, by_status},
};

/// By code, type and words before the status, which servers use very differently.
pub fn classify(fault: &Fault<'_>) -> ErrorClass {
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
    if fault.mentions(&["content_policy_violation", "content_filter", "content management policy"]) {
        return ErrorClass::Withheld;
    }
    if fault.mentions(&["reasoning_content"])
        && fault.mentions(&["passed back", "pass back", "must be", "missing"])
    {
        return ErrorClass::StaleHistory;
    }
    if fault.no_tools() {
        return ErrorClass::NoTools;
    }
    if fault.out_of_memory() {
        return ErrorClass::OutOfMemory;
    }
    if fault.http.is_none() && fault.mentions(&["server_error", "internal_error"]) {
        return ErrorClass::ServerFault;
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

/// The parameter that was refused is named in the message, in the words of whoever wrote the server.
pub fn swap(error: &ProviderError) -> Option<Swap> {
    if error.class == ErrorClass::StaleHistory {
        return Some(Swap::WithReasoning);
    }
    let words = [error.code.as_deref().unwrap_or_default(), &error.message].join("\n").to_ascii_lowercase();
    let mentions = |needles: &[&str]| needles.iter().any(|needle| words.contains(needle));
    // A value out of bounds names its parameter too, and no other wording cures it.
    let refused = mentions(&[
        "unsupported",
        "not support",
        "unrecognized",
        "unknown",
        "unexpected",
        "extra inputs",
        "extra fields",
        "not permitted",
        "not allowed",
        "deprecated",
        "instead",
        "only the default",
    ]);
    if error.class != ErrorClass::BadRequest || !refused {
        return None;
    }
    if mentions(&["max_tokens", "max_completion_tokens"]) {
        Some(Swap::TokenLimit)
    } else if mentions(&["reasoning_effort", "reasoning.effort"]) {
        Some(Swap::NoThinking)
    } else if mentions(&["temperature", "top_p"]) {
        Some(Swap::NoSampling)
    } else {
        None
    }
}

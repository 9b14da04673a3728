//! What errors mean: `google.rpc.Status`.

use serde_json::Value;

use crate::{
    brief::Decimal,
    provider::{
        ErrorClass, ProviderError, Swap,
        decode::{
            fault::{Fault, by_status},
            json,
        },
    },
};

/// By reason and status name; the HTTP status alone does not tell a bad key from a bad request.
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
    if fault.mentions(&["thought_signature", "thought signature"]) {
        return ErrorClass::StaleHistory;
    }
    if fault.no_tools() {
        return ErrorClass::NoTools;
    }
    match fault.code {
        "UNAUTHENTICATED" | "PERMISSION_DENIED" => ErrorClass::BadKey,
        "NOT_FOUND" => ErrorClass::ModelMissing,
        "RESOURCE_EXHAUSTED" if details.iter().any(is_daily) => ErrorClass::QuotaGone,
        "RESOURCE_EXHAUSTED" => ErrorClass::RateLimited,
        // Billing is off, or there is no free tier where the caller is.
        "FAILED_PRECONDITION" => ErrorClass::QuotaGone,
        "UNAVAILABLE" => ErrorClass::Overloaded,
        "INTERNAL" => ErrorClass::ServerFault,
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

/// What to leave out, where the refusal is about signatures or thinking.
pub fn swap(error: &ProviderError) -> Option<Swap> {
    match error.class {
        ErrorClass::StaleHistory => Some(Swap::NoSignatures),
        // A level or budget that this model does not have.
        ErrorClass::BadRequest if error.message.to_ascii_lowercase().contains("thinking") => {
            Some(Swap::NoThinking)
        }
        _ => None,
    }
}

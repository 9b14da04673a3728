//! What errors mean. They are sentences, so their words are all there is.

use serde_json::Value;

use crate::provider::{
    ErrorClass, ProviderError, Swap,
    decode::{
        fault::{Fault, by_status},
        json,
    },
};

/// By the status, if it came in time, else by the sentence.
pub fn classify(fault: &Fault<'_>) -> ErrorClass {
    if fault.too_long() || fault.mentions(&["the prompt is longer than the context"]) {
        return ErrorClass::ContextTooLong;
    }
    if fault.out_of_memory() {
        return ErrorClass::OutOfMemory;
    }
    if fault.no_tools() {
        return ErrorClass::NoTools;
    }
    match fault.http {
        None | Some(404) if fault.mentions(&["model"]) && fault.mentions(&["not found"]) => {
            ErrorClass::ModelMissing
        }
        None if fault.mentions(&["server busy"]) => ErrorClass::Overloaded,
        None if fault.mentions(&["unauthorized"]) => ErrorClass::BadKey,
        // There are no keys here: a plan of the cloud models, or a host or origin that is not allowed.
        Some(403) if fault.mentions(&["plan", "subscription", "upgrade", "usage limit"]) => {
            ErrorClass::QuotaGone
        }
        Some(403) => ErrorClass::BadRequest,
        http => by_status(http),
    }
}

/// Where to sign in for a cloud model.
pub fn advice(root: &Value) -> Option<String> {
    Some(format!("sign in at {}", json::text(root, "signin_url")?))
}

/// What to leave out, where the refusal is about thinking.
pub fn swap(error: &ProviderError) -> Option<Swap> {
    let about_thinking =
        ["does not support thinking", "think value"].iter().any(|words| error.message.contains(words));
    (error.class == ErrorClass::BadRequest && about_thinking).then_some(Swap::NoThinking)
}

//! What only Gemini says: `google.rpc.Status` in all its forms, blocks and finish reasons.

use super::{
    Beat::{Data, End, Lines},
    Class, Scenario, json, stream,
};
use crate::script::Finish;

pub(super) const ROWS: &[Scenario] = &[
    json(
        "no-permission",
        Class::BadKey,
        403,
        r#"{"error":{"code":403,"message":"Your API key was reported as leaked. Please use another API key.","status":"PERMISSION_DENIED"}}"#,
    ),
    json(
        "not-found-old",
        Class::ModelMissing,
        404,
        r#"{"error":{"code":404,"message":"models/{model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.","status":"NOT_FOUND"}}"#,
    ),
    json(
        "rate-limited-fraction",
        Class::RateLimited,
        429,
        r#"{"error":{"code":429,"message":"You exceeded your current quota. Please retry in {seconds}s.","status":"RESOURCE_EXHAUSTED","details":[
          {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_input_token_count","quotaId":"GenerateContentInputTokensPerModelPerMinute-FreeTier","quotaDimensions":{"location":"global","model":"{model}"},"quotaValue":"250000"}]},
          {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"{seconds}s"}]}}"#,
    )
    .after(12_250),
    json(
        "rate-limited-bare",
        Class::RateLimited,
        429,
        r#"{"error":{"code":429,"message":"Resource has been exhausted (e.g. check quota).","status":"RESOURCE_EXHAUSTED"}}"#,
    ),
    json(
        "rate-limited-array",
        Class::RateLimited,
        429,
        r#"[{"error":{"code":429,"message":"Resource has been exhausted (e.g. check quota).","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"{seconds}s"}]}}]"#,
    )
    .after(4_000),
    json(
        "error-array-under-200",
        Class::RateLimited,
        200,
        r#"[{"error":{"code":429,"message":"Resource has been exhausted (e.g. check quota).","status":"RESOURCE_EXHAUSTED"}}]"#,
    ),
    json(
        "billing-off",
        Class::QuotaGone,
        400,
        r#"{"error":{"code":400,"message":"Gemini API free tier is not available in your country. Please enable billing on your project.","status":"FAILED_PRECONDITION"}}"#,
    ),
    json(
        "overloaded-demand",
        Class::Overloaded,
        503,
        r#"{"error":{"code":503,"message":"This model is currently experiencing high demand. Please try again later.","status":"UNAVAILABLE"}}"#,
    ),
    json(
        "deadline",
        Class::Timeout,
        504,
        r#"{"error":{"code":504,"message":"Deadline expired before operation could complete.","status":"DEADLINE_EXCEEDED"}}"#,
    ),
    stream(
        "blocked-prohibited",
        Class::SafetyBlock,
        &[Data(r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9}}"#)],
    ),
    stream("safety-with-text", Class::SafetyBlock, &[Lines(4), End(Finish::Raw("SAFETY"))]),
    stream("recitation", Class::SafetyBlock, &[Lines(4), End(Finish::Raw("RECITATION"))]),
    stream("continuation", Class::Truncated, &[Lines(8), End(Finish::Raw("CONTINUATION"))]),
    stream(
        "error-internal",
        Class::Disconnected,
        &[
            Lines(6),
            Data(r#"{"error":{"code":500,"message":"An internal error has occurred.","status":"INTERNAL"}}"#),
        ],
    ),
    json(
        "cancelled",
        Class::Disconnected,
        499,
        r#"{"error":{"code":499,"message":"The operation was cancelled.","status":"CANCELLED"}}"#,
    ),
    json(
        "stale-signature",
        Class::StaleSignature,
        400,
        r#"{"error":{"code":400,"message":"Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly.","status":"INVALID_ARGUMENT"}}"#,
    ),
    json(
        "corrupt-signature",
        Class::StaleSignature,
        400,
        r#"{"error":{"code":400,"message":"Corrupted thought signature.","status":"INVALID_ARGUMENT"}}"#,
    ),
    json(
        "invalid-argument",
        Class::BadRequest,
        400,
        r#"{"error":{"code":400,"message":"Request contains an invalid argument.","status":"INVALID_ARGUMENT"}}"#,
    ),
    json(
        "no-thinking",
        Class::BadRequest,
        400,
        r#"{"error":{"code":400,"message":"Thinking is not supported by this model.","status":"INVALID_ARGUMENT"}}"#,
    ),
    json(
        "internal",
        Class::ServerFault,
        500,
        r#"{"error":{"code":500,"message":"An internal error has occurred. Please retry or report it.","status":"INTERNAL"}}"#,
    ),
];

//! What OpenAI and the services that copy it say: `DeepSeek`, `LiteLLM`, and Gemini behind a compatible surface.

use super::{
    Beat::{Data, End, Lines},
    Class, Scenario, json, stream, with,
};
use crate::script::Finish;

const RATE_LIMIT: &str = r#"{"error":{"message":"Rate limit reached for {model} on requests per min.","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#;

pub(super) const ROWS: &[Scenario] = &[
    json(
        "authentication",
        Class::BadKey,
        401,
        r#"{"error":{"message":"Authentication Fails, Your api key is invalid","type":"authentication_error","param":null,"code":"invalid_request_error"}}"#,
    ),
    json(
        "litellm-key",
        Class::BadKey,
        401,
        r#"{"error":{"message":"Authentication Error, Invalid proxy server token passed.","type":"auth_error","param":"None","code":"401"}}"#,
    ),
    json(
        "litellm-no-database",
        Class::BadKey,
        400,
        r#"{"error":{"message":"Authentication Error, No connected db.","type":"no_db_connection","param":null,"code":"400"}}"#,
    ),
    json(
        "litellm-model",
        Class::ModelMissing,
        400,
        r#"{"error":{"message":"/chat/completions: Invalid model name passed in model={model}. Call `/v1/models` to view available models for your key.","type":"invalid_request_error","param":"None","code":"400"}}"#,
    ),
    with("rate-limited-seconds", Class::RateLimited, 429, &[("retry-after", "{seconds}")], RATE_LIMIT)
        .after(7_000),
    with("rate-limited-ms", Class::RateLimited, 429, &[("retry-after-ms", "{ms}")], RATE_LIMIT).after(1_250),
    with("rate-limited-date", Class::RateLimited, 429, &[("retry-after", "{date}")], RATE_LIMIT)
        .after(15_000),
    json("rate-limited-bare", Class::RateLimited, 429, RATE_LIMIT),
    json(
        "rate-limited-string",
        Class::RateLimited,
        429,
        r#"{"error":{"message":"RateLimitError: too many requests","type":"throttling_error","param":null,"code":"429"}}"#,
    ),
    json(
        "rate-limited-array",
        Class::RateLimited,
        429,
        r#"[{"error":{"code":429,"message":"Resource has been exhausted (e.g. check quota).","status":"RESOURCE_EXHAUSTED"}}]"#,
    ),
    json(
        "credit-gone",
        Class::QuotaGone,
        429,
        r#"{"error":{"message":"Your credit balance is exhausted. Add credits to continue.","type":"insufficient_quota","param":null,"code":"credit_balance_exhausted"}}"#,
    ),
    json(
        "balance-gone",
        Class::QuotaGone,
        402,
        r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}"#,
    ),
    json(
        "slow-down",
        Class::Overloaded,
        503,
        r#"{"error":{"message":"Slow down: reduce your request rate, then raise it again step by step.","type":"service_unavailable_error","param":null,"code":"slow_down"}}"#,
    ),
    json(
        "overloaded-429",
        Class::Overloaded,
        429,
        r#"{"error":{"message":"The engine is currently overloaded, please try again later.","type":"service_unavailable_error","param":null,"code":"server_is_overloaded"}}"#,
    ),
    json(
        "gateway-timeout",
        Class::Timeout,
        504,
        r#"{"error":{"message":"Gateway timeout","type":"timeout","param":null,"code":null}}"#,
    ),
    json(
        "request-timeout",
        Class::Timeout,
        408,
        r#"{"error":{"message":"Request timed out.","type":"timeout","param":null,"code":null}}"#,
    ),
    stream("filtered-with-text", Class::SafetyBlock, &[Lines(4), End(Finish::Filtered)]),
    stream(
        "refusal",
        Class::SafetyBlock,
        &[
            Data(
                r#"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"refusal":"I cannot "},"finish_reason":null}]}"#,
            ),
            Data(
                r#"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"refusal":"help with that."},"finish_reason":null}]}"#,
            ),
            End(Finish::Stop),
        ],
    ),
    json(
        "content-policy",
        Class::SafetyBlock,
        400,
        r#"{"error":{"message":"Your request was rejected as a result of our safety system.","type":"invalid_request_error","param":null,"code":"content_policy_violation"}}"#,
    ),
    stream(
        "error-server",
        Class::Disconnected,
        &[
            Lines(6),
            Data(
                r#"{"error":{"message":"The server had an error while processing your request.","type":"server_error","param":null,"code":null}}"#,
            ),
        ],
    ),
    json(
        "stale-reasoning",
        Class::StaleSignature,
        400,
        r#"{"error":{"message":"The `reasoning_content` in the thinking mode must be passed back to the API.","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}"#,
    ),
    json(
        "region",
        Class::BadRequest,
        403,
        r#"{"error":{"message":"Country, region, or territory not supported","type":"request_forbidden","param":null,"code":"unsupported_country_region_territory"}}"#,
    ),
    json(
        "unsupported-temperature",
        Class::BadRequest,
        400,
        r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}"#,
    ),
    json(
        "internal",
        Class::ServerFault,
        500,
        r#"{"error":{"message":"The server had an error while processing your request.","type":"server_error","param":null,"code":null}}"#,
    ),
];

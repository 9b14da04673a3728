//! Answers with a failing status: every class, every shape of body.

use codecraft_core::{
    api::{Code, ProxyError},
    provider::{
        Decoder, ErrorClass, Head, ProviderError, ProviderKind, StreamEvent,
        gemini::KIND as GEMINI,
        ollama::KIND as OLLAMA,
        openai::{KIND as OPENAI, LOCAL},
        read_models,
    },
};

use crate::support::{decode, describe, describe_error};

/// `expect` is written by [`describe_error`].
#[track_caller]
fn check(kind: ProviderKind, status: u16, body: &str, expect: &str) {
    let head = Head { status, ..Head::default() };
    assert_eq!(describe(&decode(kind, head, [body.as_bytes()])), [expect]);
}

/// Only the class matters.
#[track_caller]
fn check_class(kind: ProviderKind, status: u16, body: &str, expect: ErrorClass) {
    let head = Head { status, ..Head::default() };
    match decode(kind, head, [body.as_bytes()]).as_slice() {
        [StreamEvent::Error(error)] => {
            assert_eq!((error.class, error.http), (expect, Some(status)), "{error:?}");
        }
        other => panic!("not one error: {other:?}"),
    }
}

fn gemini(code: u16, status: &str, message: &str, details: &str) -> String {
    format!(
        r#"{{"error":{{"code":{code},"message":"{message}","status":"{status}","details":[{details}]}}}}"#
    )
}

#[test]
fn gemini_tells_a_bad_key_by_its_reason_not_by_its_status() {
    let reason = r#"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}"#;
    check(
        GEMINI,
        400,
        &gemini(400, "INVALID_ARGUMENT", "Refused.", reason),
        r#"error BadKey 400 INVALID_ARGUMENT "Refused.""#,
    );
    check_class(GEMINI, 400, &gemini(400, "INVALID_ARGUMENT", "API key not valid.", ""), ErrorClass::BadKey);
    check_class(GEMINI, 403, &gemini(403, "PERMISSION_DENIED", "Denied.", ""), ErrorClass::BadKey);
}

#[test]
fn gemini_tells_rate_from_daily_quota() {
    let violation = |id: &str| format!(r#"{{"violations":[{{"quotaId":"{id}"}}]}},{{"retryDelay":"47s"}}"#);
    let body =
        |id: &str| gemini(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.", &violation(id));
    check(
        GEMINI,
        429,
        &body("GenerateRequestsPerMinutePerProjectPerModel-FreeTier"),
        r#"error RateLimited 429 RESOURCE_EXHAUSTED "You exceeded your current quota." after 47000"#,
    );
    check(
        GEMINI,
        429,
        &body("GenerateRequestsPerDayPerProjectPerModel-FreeTier"),
        r#"error QuotaGone 429 RESOURCE_EXHAUSTED "You exceeded your current quota." after 47000"#,
    );
    check_class(GEMINI, 400, &gemini(400, "FAILED_PRECONDITION", "No free tier.", ""), ErrorClass::QuotaGone);
}

#[test]
fn gemini_statuses_have_their_classes() {
    let too_long = "The input token count (9) exceeds the maximum number of tokens allowed (8).";
    for (http, status, message, expect) in [
        (404, "NOT_FOUND", "models/x is not found for API version v1beta.", ErrorClass::ModelMissing),
        (400, "INVALID_ARGUMENT", too_long, ErrorClass::ContextTooLong),
        (400, "INVALID_ARGUMENT", "Invalid value at 'temperature'.", ErrorClass::BadRequest),
        (499, "CANCELLED", "", ErrorClass::Disconnected),
        (500, "INTERNAL", "An internal error has occurred.", ErrorClass::ServerFault),
        (
            400,
            "INVALID_ARGUMENT",
            "Function call is missing a thought_signature in functionCall parts.",
            ErrorClass::StaleHistory,
        ),
        (400, "INVALID_ARGUMENT", "Corrupted thought signature.", ErrorClass::StaleHistory),
        (400, "INVALID_ARGUMENT", "Function calling is not enabled for models/x", ErrorClass::NoTools),
        (503, "UNAVAILABLE", "The model is overloaded.", ErrorClass::Overloaded),
        (504, "DEADLINE_EXCEEDED", "", ErrorClass::Timeout),
        (429, "FROM_THE_FUTURE", "", ErrorClass::RateLimited),
    ] {
        check_class(GEMINI, http, &gemini(http, status, message, ""), expect);
    }
}

#[test]
fn the_delay_in_the_body_wins_over_the_header() {
    #[track_caller]
    fn check(delay: &str, expect: Option<u64>) {
        let body = gemini(429, "RESOURCE_EXHAUSTED", "", &format!(r#"{{"retryDelay":{delay}}}"#));
        let head = Head { status: 429, retry_after_ms: Some(9000), ..Head::default() };
        match decode(GEMINI, head, [body.as_bytes()]).as_slice() {
            [StreamEvent::Error(error)] => assert_eq!(error.retry_after_ms, expect, "{delay}"),
            other => panic!("not one error: {other:?}"),
        }
    }
    check(r#""47s""#, Some(47_000));
    check(r#""0.0001s""#, Some(1));
    check(r#""47.250s""#, Some(47_250));
    for odd in ["null", "47", r#""""#, r#""47""#, r#""-1s""#, r#""infs""#, r#""NaNs""#, r#"{"seconds":4}"#] {
        check(odd, Some(9000));
    }
}

#[test]
fn ollama_errors_are_strings() {
    check(
        OLLAMA,
        404,
        r#"{"error":"model 'x' not found"}"#,
        r#"error ModelMissing 404 "model 'x' not found""#,
    );
    for (status, message, expect) in [
        (404, r#"model \"x\" not found, try pulling it first"#, ErrorClass::ModelMissing),
        (401, "unauthorized", ErrorClass::BadKey),
        (403, "this model requires a subscription, upgrade for access", ErrorClass::QuotaGone),
        (403, "cloud is disabled", ErrorClass::BadRequest),
        (400, "\\\"m\\\" does not support thinking", ErrorClass::BadRequest),
        (400, "the input length exceeds the context length", ErrorClass::ContextTooLong),
        (400, "the prompt is longer than the context length", ErrorClass::ContextTooLong),
        (429, "too many requests", ErrorClass::RateLimited),
        (499, "request canceled", ErrorClass::Disconnected),
        (400, "m does not support tools", ErrorClass::NoTools),
        (500, "model requires more system memory (9 GiB) than is available (2 GiB)", ErrorClass::OutOfMemory),
        (
            500,
            "model runner has unexpectedly stopped, this may be due to resource limitations",
            ErrorClass::OutOfMemory,
        ),
        (500, "llama runner process no longer running", ErrorClass::ServerFault),
        (503, "server busy, please try again.  maximum pending requests exceeded", ErrorClass::Overloaded),
    ] {
        check_class(OLLAMA, status, &format!(r#"{{"error":"{message}"}}"#), expect);
    }
    // Not about a model: the path is unknown there.
    check_class(OLLAMA, 404, "404 page not found", ErrorClass::Other);
}

#[test]
fn openai_codes_have_their_classes() {
    for (status, kind, code, message, expect) in [
        (401, "invalid_request_error", "\"invalid_api_key\"", "Incorrect API key.", ErrorClass::BadKey),
        (400, "auth_error", "\"400\"", "Authentication Error.", ErrorClass::BadKey),
        (404, "invalid_request_error", "\"model_not_found\"", "No access.", ErrorClass::ModelMissing),
        (404, "NotFoundError", "404", "The model `x` does not exist.", ErrorClass::ModelMissing),
        (404, "not_found_error", "null", "No models loaded. Please load a model.", ErrorClass::ModelMissing),
        (400, "null", "\"400\"", "Invalid model name passed in model=x.", ErrorClass::ModelMissing),
        (429, "requests", "\"rate_limit_exceeded\"", "Too many input tokens.", ErrorClass::RateLimited),
        (429, "insufficient_quota", "\"insufficient_quota\"", "", ErrorClass::QuotaGone),
        (429, "insufficient_quota", "\"credit_balance_exhausted\"", "", ErrorClass::QuotaGone),
        (402, "", "null", "Insufficient Balance", ErrorClass::QuotaGone),
        (503, "service_unavailable_error", "\"server_is_overloaded\"", "", ErrorClass::Overloaded),
        (429, "service_unavailable_error", "\"slow_down\"", "", ErrorClass::Overloaded),
        (503, "unavailable_error", "503", "Loading model", ErrorClass::Overloaded),
        (400, "invalid_request_error", "\"context_length_exceeded\"", "", ErrorClass::ContextTooLong),
        (400, "exceed_context_size_error", "400", "", ErrorClass::ContextTooLong),
        (400, "BadRequestError", "400", "You passed 9 input tokens.", ErrorClass::ContextTooLong),
        (403, "request_forbidden", "\"unsupported_country_region_territory\"", "", ErrorClass::BadRequest),
        (400, "invalid_request_error", "\"unsupported_parameter\"", "", ErrorClass::BadRequest),
        (408, "", "null", "", ErrorClass::Timeout),
        (500, "server_error", "null", "", ErrorClass::ServerFault),
        (500, "api_error", "null", "CUDA error: out of memory", ErrorClass::OutOfMemory),
        (500, "server_error", "500", "tools param requires --jinja flag", ErrorClass::NoTools),
        (
            400,
            "invalid_request_error",
            "null",
            "The reasoning_content of an assistant turn must be passed back.",
            ErrorClass::StaleHistory,
        ),
    ] {
        let body =
            format!(r#"{{"error":{{"message":"{message}","type":"{kind}","param":null,"code":{code}}}}}"#);
        check_class(OPENAI, status, &body, expect);
        check_class(LOCAL, status, &body, expect);
    }
}

#[test]
fn the_symbolic_code_is_preferred_over_numbers() {
    let body = |code: &str| format!(r#"{{"error":{{"message":"m","type":"some_error","code":{code}}}}}"#);
    check(OPENAI, 400, &body(r#""unsupported_value""#), r#"error BadRequest 400 unsupported_value "m""#);
    check(OPENAI, 400, &body("400"), r#"error BadRequest 400 some_error "m""#);
    check(OPENAI, 400, &body(r#""400""#), r#"error BadRequest 400 some_error "m""#);
    check(OPENAI, 400, &body("null"), r#"error BadRequest 400 some_error "m""#);
    check(OPENAI, 400, r#"{"error":{"message":"m","code":7}}"#, r#"error BadRequest 400 7 "m""#);
}

#[test]
fn bodies_of_any_shape_are_read() {
    check(GEMINI, 503, r#"[{"error":{"message":"m"}}]"#, r#"error Overloaded 503 "m""#);
    check(LOCAL, 400, "\u{feff} {\"object\":\"error\",\"message\":\"m\"}\n", r#"error BadRequest 400 "m""#);
    check(LOCAL, 422, r#"{"detail":"m"}"#, r#"error BadRequest 422 "m""#);
    check(LOCAL, 500, r#"{"error":null,"message":"m"}"#, r#"error ServerFault 500 "m""#);
    check(LOCAL, 500, r#""just text""#, r#"error ServerFault 500 "just text""#);
    check(OPENAI, 502, "<html><title> Bad\nGateway</title>", "error Unreachable 502 \"Bad\\nGateway\"");
    check(OPENAI, 502, "<p>no title", r#"error Unreachable 502 """#);
    check(OPENAI, 502, "<title", r#"error Unreachable 502 """#);
    check(OLLAMA, 500, "  oops \n", r#"error ServerFault 500 "oops""#);
    check(OLLAMA, 500, "", r#"error ServerFault 500 """#);
    check(OLLAMA, 500, r#"{"error":{"mess"#, r#"error ServerFault 500 "{\"error\":{\"mess""#);
    check(OPENAI, 302, "", r#"error Other 302 """#);
    check(OPENAI, 0, "", r#"error Other """#);
}

#[test]
fn long_messages_are_cut_between_characters() {
    let body = format!(r#"{{"error":"{}"}}"#, "é".repeat(2000));
    let expect = format!("error ServerFault 500 {:?}", "é".repeat(500));
    check(OLLAMA, 500, &body, &expect);
}

#[test]
fn an_endless_error_body_is_read_up_to_64_kib() {
    let mut decoder = Decoder::new(OPENAI, Head { status: 500, ..Head::default() });
    let mut events = Vec::new();
    for _ in 0..63 {
        decoder.push(&[b'x'; 1024], &mut events);
    }
    assert!(events.is_empty() && !decoder.is_over());
    decoder.push(&[b'x'; 2048], &mut events);
    assert!(decoder.is_over());
    decoder.push(b"more", &mut events);
    decoder.finish(&mut events);
    assert_eq!(describe(&events), [format!("error ServerFault 500 {:?}", "x".repeat(500))]);
}

#[test]
fn errors_of_the_proxy_have_their_classes() {
    for (status, code, expect) in [
        (502, "upstream_unreachable", ErrorClass::Unreachable),
        (504, "upstream_timeout", ErrorClass::Timeout),
        (502, "upstream_broke", ErrorClass::Disconnected),
        (503, "provider_not_ready", ErrorClass::NotConfigured),
        (401, "not_signed_in", ErrorClass::NotSignedIn),
        (429, "rate_limited", ErrorClass::OverLimit),
        (429, "too_many_streams", ErrorClass::TooManyStreams),
        (503, "store_unavailable", ErrorClass::StoreUnavailable),
        (504, "stream_too_long", ErrorClass::StreamTooLong),
        (503, "shutting_down", ErrorClass::Disconnected),
        (404, "provider_unknown", ErrorClass::Refused),
        (500, "internal", ErrorClass::Refused),
        (418, "from_the_future", ErrorClass::Refused),
    ] {
        let ours = r#""source":"proxy","retry_after_ms":1200"#;
        for body in [
            format!(r#"{{"error":{{{ours},"code":"{code}","message":"Why."}}}}"#),
            format!(r#"{{"error":{{{ours},"code":{status},"status":"{code}","message":"Why."}}}}"#),
            format!(r#"{{"error":"Why.",{ours},"code":"{code}"}}"#),
        ] {
            for kind in [GEMINI, OLLAMA, OPENAI, LOCAL] {
                check(kind, status, &body, &format!(r#"error {expect:?} {code} "Why." after 1200"#));
            }
        }
    }
}

#[test]
fn an_error_frame_of_the_proxy_converts() {
    let error = ProxyError { retry_after_ms: Some(5), ..ProxyError::new(Code::TooManyStreams, "Full.") };
    assert_eq!(
        describe_error(&ProviderError::from(error)),
        r#"error TooManyStreams too_many_streams "Full." after 5"#
    );
}

#[test]
fn a_failed_model_list_is_classified_like_a_failed_stream() {
    let error =
        read_models(OPENAI, 401, br#"{"error":{"message":"m","code":"invalid_api_key"}}"#).unwrap_err();
    assert_eq!(describe_error(&error), r#"error BadKey 401 invalid_api_key "m""#);
    for kind in [GEMINI, OLLAMA, OPENAI, LOCAL] {
        assert_eq!(read_models(kind, 200, b"<html>").unwrap_err().class, ErrorClass::Malformed);
    }
}

#[test]
fn a_request_that_a_filter_refused_is_blocked_not_failed() {
    let body =
        r#"{"error":{"message":"No.","type":"invalid_request_error","code":"content_policy_violation"}}"#;
    for kind in [OPENAI, LOCAL] {
        check(kind, 400, body, r#"blocked Prompt "content_policy_violation""#);
    }
}

#[test]
fn where_to_sign_in_is_told() {
    let body = r#"{"error":"unauthorized","signin_url":"https://ollama.com/connect?name=x"}"#;
    let expect = r#"error BadKey 401 "unauthorized (sign in at https://ollama.com/connect?name=x)""#;
    check(OLLAMA, 401, body, expect);
}

#[test]
fn the_providers_own_word_on_trying_again_is_kept() {
    for should_retry in [None, Some(true), Some(false)] {
        let head = Head { status: 503, should_retry, ..Head::default() };
        match decode(OPENAI, head, [b"".as_slice()]).as_slice() {
            [StreamEvent::Error(error)] => assert_eq!(error.should_retry, should_retry),
            other => panic!("not one error: {other:?}"),
        }
    }
}

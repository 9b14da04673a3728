//! Streams of Gemini.

use crate::support::check;

const DISCONNECTED: &str = r#"error Disconnected "the stream ended without its end mark""#;
const START: &str = "start gemini-3.8-flash";

#[test]
fn thoughts_are_kept_apart_and_usage_adds_up() {
    check(
        "gemini/thoughts_then_text.sse",
        &[
            START,
            r#"reasoning "Let me think""#,
            "usage prompt=9 reasoning=31",
            r#"text "Hello, wörld 🎉""#,
            "usage prompt=9 completion=3 reasoning=31",
            r#"finish Stop "STOP""#,
        ],
    );
}

#[test]
fn null_reads_as_absent_in_every_field() {
    check(
        "gemini/nulls_everywhere.sse",
        &["start -", r#"text "kept""#, "usage completion=2", r#"finish Stop "STOP""#],
    );
}

#[test]
fn parts_of_every_kind_come_in_order() {
    check(
        "gemini/parts_of_one_chunk.sse",
        &[
            START,
            r#"reasoning "a""#,
            r#"text "b""#,
            r#"call 0 /f "{}""#,
            r#"text "c""#,
            r#"part {"text":"a","thought":true}"#,
            r#"part {"text":"b"}"#,
            r#"part {"functionCall":{"name":"f","args":{}}}"#,
            r#"part {"text":"","thoughtSignature":"QQ=="}"#,
            r#"part {"text":"c"}"#,
            r#"finish ToolCalls "STOP""#,
        ],
    );
}

#[test]
fn the_last_of_several_finish_reasons_counts() {
    check("gemini/stop_on_every_chunk.sse", &[START, r#"text "one two""#, r#"finish Length "MAX_TOKENS""#]);
}

#[test]
fn text_beside_a_filter_is_kept_before_the_block() {
    check("gemini/text_with_safety.sse", &[START, r#"text "half an answer""#, r#"blocked Output "SAFETY""#]);
    check("gemini/recitation.sse", &[START, r#"text "for (;;)""#, r#"blocked Output "RECITATION""#]);
}

#[test]
fn a_blocked_prompt_is_told_from_blocked_output() {
    check("gemini/prompt_blocked.sse", &[START, "usage prompt=7", r#"blocked Prompt "PROHIBITED_CONTENT""#]);
}

#[test]
fn token_limits_finish_by_length_even_without_text() {
    check(
        "gemini/max_tokens_without_text.sse",
        &[START, "usage prompt=5 reasoning=64", r#"finish Length "MAX_TOKENS""#],
    );
    check(
        "gemini/continuation.sse",
        &["start gemini-4-argon", r#"text "part 1""#, r#"finish Length "CONTINUATION""#],
    );
}

#[test]
fn an_unknown_finish_reason_is_other() {
    check("gemini/unknown_finish.sse", &[START, r#"text "x""#, r#"finish Other "FROM_THE_FUTURE""#]);
}

#[test]
fn calls_are_told_as_text_and_all_parts_are_kept_verbatim() {
    check(
        "gemini/tool_calls.sse",
        &[
            START,
            r#"reasoning "Looking.""#,
            r#"call 0 /f "{\"x\":1.50,\"a\":\"}\"}""#,
            r#"call 1 fc-2/g "{}""#,
            r#"part {"text":"Looking.","thought":true}"#,
            r#"part { "functionCall": {"name":"f","args":{"x":1.50,"a":"}"}}, "thoughtSignature":"c2ln" }"#,
            r#"part {"functionCall":{"id":"fc-2","name":"g"}}"#,
            r#"part {"text":"","thoughtSignature":"b3Ro"}"#,
            r#"finish ToolCalls "STOP""#,
        ],
    );
    check(
        "gemini/signature_on_empty_text.sse",
        &[
            START,
            r#"text "Hello""#,
            r#"part {"text":"Hello"}"#,
            r#"part {"text":"","thoughtSignature":"c2lnbmF0dXJl"}"#,
            r#"finish Stop "STOP""#,
        ],
    );
}

#[test]
fn a_call_that_failed_or_may_be_half_is_no_call() {
    check("gemini/broken_call.sse", &[START, r#"finish ToolError "MALFORMED_FUNCTION_CALL""#]);
    let part = r#"part {"functionCall":{"name":"f","args":{}}}"#;
    check(
        "gemini/call_at_the_limit.sse",
        &[START, r#"call 0 /f "{}""#, part, r#"finish Length "MAX_TOKENS""#],
    );
}

#[test]
fn an_error_event_ends_the_stream() {
    check(
        "gemini/error_event.sse",
        &[
            START,
            r#"text "before ""#,
            r#"error Overloaded 503 UNAVAILABLE "This model is currently experiencing high demand. Please try again later.""#,
        ],
    );
}

#[test]
fn an_error_written_raw_after_the_events_is_found() {
    check(
        "gemini/raw_error_tail.sse",
        &[START, r#"text "before""#, r#"error Overloaded 503 UNAVAILABLE "The model is overloaded.""#],
    );
    check(
        "gemini/raw_error_tail_after_stop.sse",
        &[START, r#"error RateLimited 429 RESOURCE_EXHAUSTED "Resource exhausted." after 1500"#],
    );
}

#[test]
fn an_error_array_under_status_200_is_classified() {
    check(
        "gemini/error_array_under_200.sse",
        &[r#"error BadKey 400 INVALID_ARGUMENT "API key not valid. Please pass a valid API key.""#],
    );
}

#[test]
fn a_stream_cut_before_its_finish_is_disconnected() {
    check("gemini/cut_between_chunks.sse", &[START, r#"text "half""#, DISCONNECTED]);
    check("gemini/cut_inside_json.sse", &[START, r#"text "half""#, DISCONNECTED]);
}

#[test]
fn the_last_event_counts_without_its_blank_line() {
    check(
        "gemini/last_event_without_blank_line.sse",
        &[START, r#"text "all of it""#, r#"finish Stop "STOP""#],
    );
}

#[test]
fn a_done_mark_of_a_relay_ends_nothing() {
    check("gemini/done_mark_of_a_relay.sse", &[START, r#"text "ab""#, r#"finish Stop "STOP""#]);
}

#[test]
fn only_the_first_candidate_counts() {
    check("gemini/second_candidate.sse", &[START, r#"text "mine""#, r#"finish Stop "STOP""#]);
}

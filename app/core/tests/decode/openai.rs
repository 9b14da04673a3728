//! Streams of OpenAI-compatible servers.

use crate::support::check;

const DISCONNECTED: &str = r#"error Disconnected "the stream ended without its end mark""#;
const START: &str = "start m-1";
const STOP: &str = r#"finish Stop "stop""#;

#[test]
fn usage_after_the_finish_reason_precedes_the_finish() {
    check(
        "openai/usage_chunk.sse",
        &[START, r#"text "Hi there""#, "usage prompt=9 completion=1 reasoning=20", STOP],
    );
}

#[test]
fn the_done_mark_may_be_missing() {
    check("openai/no_done_mark.sse", &[START, r#"text "Hi""#, STOP]);
}

#[test]
fn usage_beside_a_choice_counts() {
    check(
        "openai/usage_beside_a_choice.sse",
        &[START, r#"text "Hi""#, "usage prompt=3 completion=1", r#"finish Length "length""#],
    );
}

#[test]
fn unchanged_usage_is_not_repeated() {
    check(
        "openai/usage_on_every_chunk.sse",
        &[
            START,
            r#"text "a""#,
            "usage prompt=3 completion=1",
            r#"text "b""#,
            "usage prompt=3 completion=2",
            STOP,
        ],
    );
}

#[test]
fn null_reads_as_absent_in_every_field() {
    check("openai/nulls.sse", &["start -", r#"text "x""#, STOP]);
}

#[test]
fn reasoning_is_read_under_either_name_but_once() {
    check("openai/reasoning_content.sse", &[START, r#"reasoning "hm""#, r#"text "yes""#, STOP]);
    check("openai/reasoning_under_both_names.sse", &[START, r#"reasoning "hmm""#, r#"text "yes""#, STOP]);
}

#[test]
fn unknown_finish_reasons_keep_their_word() {
    check("openai/unknown_finish.sse", &[START, r#"text "x""#, r#"finish Other "from_the_future""#]);
}

#[test]
fn calls_come_in_pieces_by_number() {
    let finish = r#"finish ToolCalls "tool_calls""#;
    check("openai/tool_calls.sse", &[START, r#"call 0 call_1/f """#, r#"call 0 / "{}""#, finish]);
    check(
        "openai/tool_calls_by_number.sse",
        &[
            START,
            r#"call 0 call_1/f """#,
            r#"call 0 / "{\"x\":""#,
            r#"call 1 call_2/g "{}""#,
            r#"call 0 / "1}""#,
            finish,
        ],
    );
    check(
        "openai/tool_calls_all_number_zero.sse",
        &[START, r#"call 0 call_1/f "{}""#, r#"call 1 call_2/f "{}""#, finish],
    );
}

#[test]
fn calls_may_come_whole_and_without_a_reason_of_their_own() {
    check(
        "openai/tool_calls_unnumbered.sse",
        &[
            START,
            r#"text "Two. ""#,
            r#"call 0 call_1/f "{}""#,
            r#"call 1 call_2/f "{\"x\": [1.50]}""#,
            r#"finish ToolCalls "stop""#,
        ],
    );
    check(
        "openai/function_call.sse",
        &[START, r#"call 0 /f "{\"x\"""#, r#"call 0 / ":1}""#, r#"finish ToolCalls "function_call""#],
    );
}

#[test]
fn a_call_at_the_limit_is_cut_not_called() {
    check(
        "openai/tool_call_at_the_limit.sse",
        &[START, r#"call 0 call_1/f "{\"x\":\"ab""#, r#"finish Length "length""#],
    );
}

#[test]
fn a_think_block_left_in_the_text_is_reasoning() {
    check("openai/think_block.sse", &[START, r#"reasoning "hm <b>""#, r#"text "yes <think>""#, STOP]);
}

#[test]
fn a_server_that_ran_out_of_machines_failed() {
    check(
        "openai/out_of_machines.sse",
        &[
            START,
            r#"text "half""#,
            r#"error Overloaded insufficient_system_resource "the provider broke the answer off""#,
        ],
    );
}

#[test]
fn filtered_and_refused_answers_are_blocked() {
    check("openai/content_filter.sse", &[START, r#"text "half""#, r#"blocked Output "content_filter""#]);
    check("openai/refusal.sse", &[START, r#"blocked Output "I cannot help with that.""#]);
}

#[test]
fn text_after_the_finish_reason_precedes_the_finish() {
    check("openai/text_after_finish.sse", &[START, r#"text "ab""#, STOP]);
}

#[test]
fn an_empty_model_name_is_no_name() {
    check("openai/model_named_late.sse", &[START, r#"text "a""#, STOP]);
}

#[test]
fn only_the_first_choice_counts() {
    check("openai/second_choice.sse", &[START, r#"text "mine""#, STOP]);
}

#[test]
fn errors_in_mid_stream_end_it_in_every_shape() {
    check(
        "openai/error_data.sse",
        &[START, r#"text "before""#, r#"error Overloaded server_is_overloaded "The server is overloaded.""#],
    );
    check(
        "openai/error_event.sse",
        &[START, r#"text "before""#, r#"error ContextTooLong 400 400 "Context size has been exceeded.""#],
    );
    check("openai/error_event_as_text.sse", &[r#"error Disconnected "engine stopped""#]);
    check(
        "openai/error_object_without_key.sse",
        &[START, r#"text "before""#, r#"error ServerFault 500 InternalServerError "engine died""#],
    );
    check(
        "openai/error_written_raw.sse",
        &[START, r#"text "before""#, r#"error OutOfMemory server_error "out of memory""#],
    );
}

#[test]
fn an_error_of_the_proxy_is_told_from_the_providers() {
    check(
        "openai/error_of_the_proxy.sse",
        &[
            START,
            r#"text "before""#,
            r#"error Disconnected upstream_broke "The upstream's connection broke.""#,
        ],
    );
}

#[test]
fn pings_are_ignored_and_timings_are_counters() {
    check(
        "openai/llama_pings_and_timings.sse",
        &[START, r#"text "Hi""#, "usage prompt=4 completion=2 eval=50.25ms", STOP],
    );
}

#[test]
fn nothing_counts_after_the_done_mark() {
    check("openai/after_done.sse", &[START, r#"text "a""#, STOP]);
}

#[test]
fn without_a_finish_reason_the_stream_is_disconnected() {
    check("openai/done_mark_without_finish.sse", &[START, r#"text "half""#, DISCONNECTED]);
    check("openai/failure_swallowed_as_empty_delta.sse", &[START, r#"text "half""#, DISCONNECTED]);
}

//! Streams of Ollama.

use crate::support::check;

const DISCONNECTED: &str = r#"error Disconnected "the stream ended without its end mark""#;
const START: &str = "start qwen3";
const METRICS: &str = "usage prompt=26 completion=298 eval=4799.921ms load=2.154458ms";
const STOP: &str = r#"finish Stop "stop""#;

#[test]
fn thinking_is_kept_apart_and_durations_are_milliseconds() {
    check(
        "ollama/thinking_then_text.ndjson",
        &[START, r#"reasoning "Hmm, ok""#, r#"text "Hi 漢字""#, METRICS, STOP],
    );
}

#[test]
fn blank_lines_and_crlf_make_no_difference() {
    check("ollama/blank_lines_and_crlf.ndjson", &[START, r#"text "ab""#, METRICS, STOP]);
}

#[test]
fn the_last_line_counts_without_its_line_end() {
    check("ollama/last_line_without_end.ndjson", &[START, r#"text "a""#, METRICS, STOP]);
}

#[test]
fn unicode_line_separators_stay_in_the_text() {
    check("ollama/unicode_separators.ndjson", &[START, r#"text "a\u{2028}b\u{85}c""#, METRICS, STOP]);
}

#[test]
fn text_on_the_last_line_precedes_the_finish() {
    check("ollama/text_on_the_last_line.ndjson", &[START, r#"text "ab""#, r#"finish Length "length""#]);
}

#[test]
fn done_without_a_reason_is_a_stop() {
    check(
        "ollama/old_version_without_reason.ndjson",
        &["start codellama", r#"text "x""#, r#"finish Stop """#],
    );
}

#[test]
fn other_reasons_keep_their_word() {
    check("ollama/preload.ndjson", &[START, r#"finish Other "load""#]);
}

#[test]
fn null_reads_as_absent_in_every_field() {
    check("ollama/nulls.ndjson", &[START, r#"text "x""#, r#"finish Stop """#]);
}

#[test]
fn calls_are_whole_and_their_arguments_text() {
    let finish = r#"finish ToolCalls "stop""#;
    let call = r#"call 0 call_x/f "{\"a\":1}""#;
    check("ollama/tool_calls.ndjson", &[START, call, METRICS, finish]);
    check(
        "ollama/several_tool_calls.ndjson",
        &[
            START,
            r#"reasoning "hm""#,
            r#"call 0 /f "{\"x\": 1.50}""#,
            r#"call 1 /f "{}""#,
            r#"call 2 call_x/g "{}""#,
            finish,
        ],
    );
}

#[test]
fn thinking_left_in_the_text_is_reasoning() {
    check("ollama/think_block.ndjson", &[START, r#"reasoning "hm""#, r#"text "yes""#, STOP]);
}

#[test]
fn an_error_line_ends_the_stream_with_its_class() {
    check(
        "ollama/error_line.ndjson",
        &[
            START,
            r#"text "before""#,
            r#"error Disconnected "an error was encountered while running the model: unexpected EOF""#,
        ],
    );
    check(
        "ollama/missing_model_line.ndjson",
        &[r#"error ModelMissing "model \"x\" not found, try pulling it first""#],
    );
    check(
        "ollama/busy_line.ndjson",
        &[r#"error Overloaded "server busy, please try again.  maximum pending requests exceeded""#],
    );
    check(
        "ollama/out_of_memory_line.ndjson",
        &[
            r#"error OutOfMemory "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error""#,
        ],
    );
}

#[test]
fn an_error_laid_out_over_several_lines_is_found() {
    check(
        "ollama/error_over_several_lines.ndjson",
        &[r#"error BadKey "unauthorized (sign in at https://ollama.com/connect)""#],
    );
}

#[test]
fn nothing_counts_after_done() {
    check("ollama/after_done.ndjson", &[START, r#"text "a""#, METRICS, STOP]);
}

#[test]
fn a_stream_cut_before_done_is_disconnected() {
    check("ollama/cut_between_lines.ndjson", &[START, r#"text "half""#, DISCONNECTED]);
    check("ollama/cut_inside_json.ndjson", &[START, r#"text "half""#, DISCONNECTED]);
}

#[test]
fn text_that_is_no_stream_is_malformed_and_shown() {
    check(
        "ollama/plain_text.ndjson",
        &[r#"error Malformed "upstream connect error or disconnect/reset before headers""#],
    );
}

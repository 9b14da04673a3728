//! Calls of tools as they come out whole, in every shape that servers send them in.

use crate::support::check_calls;

const A: (&str, &str, &str) = ("call_0", "read", r#"{"path":"a.ts"}"#);
const B: (&str, &str, &str) = ("call_1", "read", r#"{"path":"b.ts"}"#);

#[test]
fn however_they_are_cut_up_the_calls_are_the_same() {
    check_calls("openai/tool_calls_whole.sse", &[A, B]);
    check_calls("openai/tool_calls_repeated_id.sse", &[A]);
    check_calls("openai/tool_calls_without_index.sse", &[A]);
    check_calls("ollama/tool_calls_over_lines.ndjson", &[A, B]);
    check_calls("gemini/function_call_signed.sse", &[A]);
}

#[test]
fn calls_without_an_id_get_one() {
    check_calls("gemini/function_calls_without_id.sse", &[("made_0", A.1, A.2), ("made_1", B.1, B.2)]);
}

#[test]
fn broken_arguments_come_as_they_are() {
    check_calls("openai/tool_calls_bad_arguments.sse", &[("call_0", "read", r#"{"path":"#)]);
}

//! Cases of the transport: line ends, marks, broken characters, broken events, bodies that are no stream.

use codecraft_core::provider::Decoder;

use crate::support::{check, decode, describe, ok};

const START: &str = "start m-1";
const STOP: &str = r#"finish Stop "stop""#;
const BASIC: [&str; 3] = [START, r#"text "one two""#, STOP];

#[test]
fn every_line_end_gives_the_same_events() {
    check("framing/lf.sse", &BASIC);
    check("framing/cr.sse", &BASIC);
    check("framing/crlf.sse", &BASIC);
    check("framing/mixed_line_ends.sse", &BASIC);
}

#[test]
fn marks_comments_and_unknown_fields_make_no_difference() {
    check("framing/byte_order_mark.sse", &BASIC);
    check("framing/comments_and_unknown_fields.sse", &BASIC);
    check("framing/several_data_lines.sse", &BASIC);
    check("framing/done_with_spaces.sse", &BASIC);
    check("framing/empty_data.sse", &BASIC);
}

#[test]
fn characters_arrive_whole() {
    check("framing/multibyte.sse", &[START, r#"text "é漢🎉\u{2028}\u{85}""#, STOP]);
}

#[test]
fn broken_characters_become_replacement_characters() {
    check("framing/lone_surrogates.sse", &[START, r#"text "a��b 🎉""#, STOP]);
    check("framing/invalid_utf8.sse", &[START, r#"text "ab�c""#, STOP]);
}

#[test]
fn unknown_fields_and_odd_types_do_not_cost_the_text() {
    check("framing/unknown_and_odd_fields.sse", &[START, r#"text "x""#, STOP]);
}

#[test]
fn up_to_eight_malformed_events_are_skipped() {
    check("framing/one_malformed.sse", &[START, r#"text "ab""#, STOP]);
    check("framing/eight_malformed.sse", &[START, r#"text "ab""#, STOP]);
    check(
        "framing/nine_malformed.sse",
        &[START, r#"text "a""#, r#"error Malformed "more than 8 events of the stream could not be read""#],
    );
}

#[test]
fn a_body_that_is_no_stream_is_malformed_and_shown() {
    check("framing/nothing_but_malformed.sse", &[r#"error Malformed "not json\nnor this""#]);
    check("framing/html_page.sse", &[r#"error Malformed "504 Gateway Time-out""#]);
    check("framing/plain_text.sse", &[r#"error Malformed "no healthy upstream""#]);
}

#[test]
fn a_stream_without_a_word_is_empty_not_broken() {
    let expect = [r#"error Empty "the stream ended without a word""#];
    for fixture in ["framing/empty.sse", "framing/white_space.sse", "openai/empty_but_done.sse"] {
        check(fixture, &expect);
    }
    check("gemini/empty.sse", &expect);
    check("ollama/empty.ndjson", &expect);
}

#[test]
fn a_line_beyond_the_limit_fails_cleanly_and_in_linear_time() {
    let piece = [b'x'; 1024];
    for (kind, open) in
        [(codecraft_core::provider::openai::KIND, "data: "), (codecraft_core::provider::ollama::KIND, "\"")]
    {
        let endless =
            std::iter::once(open.as_bytes()).chain(std::iter::repeat_n(piece.as_slice(), 16 * 1024));
        let expect = [r#"error Malformed "a line of the stream is longer than 16 MiB""#];
        assert_eq!(describe(&decode(kind, ok(), endless)), expect, "{kind:?}");
    }
}

#[test]
fn a_line_of_a_megabyte_in_small_pieces_arrives_whole() {
    let long = "x".repeat(1 << 20);
    let body = format!("{{\"message\":{{\"content\":\"{long}\"}},\"done\":true}}\n");
    let events = decode(codecraft_core::provider::ollama::KIND, ok(), body.as_bytes().chunks(7));
    assert_eq!(describe(&events), ["start -", &format!("text {long:?}"), r#"finish Stop """#]);
}

#[test]
fn texts_of_one_piece_come_joined_and_earlier_events_are_left_alone() {
    let line = b"{\"message\":{\"content\":\"a\"}}\n{\"message\":{\"content\":\"b\"}}\n";
    let mut decoder = Decoder::new(codecraft_core::provider::ollama::KIND, ok());
    let mut events = Vec::new();
    decoder.push(line, &mut events);
    decoder.push(line, &mut events);
    assert_eq!(describe(&events), ["start -", r#"text "ab""#, r#"text "ab""#]);
}

#[test]
fn the_decoder_knows_when_nothing_can_follow() {
    let mut decoder = Decoder::new(codecraft_core::provider::ollama::KIND, ok());
    let mut events = Vec::new();
    decoder.push(b"{\"done\":false}\n", &mut events);
    assert!(!decoder.is_over());
    decoder.push(b"{\"done\":true}\n", &mut events);
    assert!(decoder.is_over());
}

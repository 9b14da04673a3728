//! Reading fixtures, decoding in pieces, and writing events as short lines to compare.

use std::path::{Path, PathBuf};

use codecraft_core::provider::{Decoder, Head, ProviderError, ProviderKind, StreamEvent, ToolCalls, Usage};

/// Decodes the fixture whole and compares its events, written by [`describe`].
#[track_caller]
pub fn check(fixture: &str, expect: &[&str]) {
    let (kind, bytes) = read(fixture);
    assert_eq!(describe(&decode(kind, ok(), [bytes.as_slice()])), expect, "{fixture}");
}

/// Decodes the fixture and compares the calls it adds up to: id, name, arguments.
#[track_caller]
pub fn check_calls(fixture: &str, expect: &[(&str, &str, &str)]) {
    let (kind, bytes) = read(fixture);
    let mut calls = ToolCalls::default();
    for event in decode(kind, ok(), [bytes.as_slice()]) {
        if let StreamEvent::ToolCall { index, id, name, arguments } = event {
            calls.push(index, &id, &name, &arguments);
        }
    }
    let calls = calls.finish();
    let seen: Vec<_> =
        calls.iter().map(|call| (call.id.as_str(), call.name.as_str(), call.arguments.as_str())).collect();
    assert_eq!(seen, expect, "{fixture}");
}

/// A head without anything to say.
pub fn ok() -> Head {
    Head { status: 200, ..Head::default() }
}

/// A fixture and the protocol it speaks, which its folder tells.
pub fn read(fixture: &str) -> (ProviderKind, Vec<u8>) {
    let kind = match fixture.split('/').next() {
        Some("gemini") => codecraft_core::provider::gemini::KIND,
        Some("ollama") => codecraft_core::provider::ollama::KIND,
        Some("openai") => codecraft_core::provider::openai::KIND,
        Some("framing") => codecraft_core::provider::openai::LOCAL,
        _ => panic!("{fixture} lies in no known folder"),
    };
    let bytes = std::fs::read(folder().join(fixture)).unwrap_or_else(|error| panic!("{fixture}: {error}"));
    (kind, bytes)
}

/// The names of all fixtures, as [`read`] takes them.
pub fn all() -> Vec<String> {
    let mut names = Vec::new();
    for group in ["gemini", "ollama", "openai", "framing"] {
        for entry in std::fs::read_dir(folder().join(group)).expect("the fixtures are part of the checkout") {
            let name = entry.expect("a folder that opened can be read").file_name();
            names.push(format!("{group}/{}", name.to_str().expect("fixture names are ASCII")));
        }
    }
    names.sort();
    names
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/streams")
}

/// Decodes a body that comes in `pieces`, and checks the order that every stream must keep.
pub fn decode<'a>(
    kind: ProviderKind,
    head: Head,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<StreamEvent> {
    let mut decoder = Decoder::new(kind, head);
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece, &mut events);
    }
    decoder.finish(&mut events);
    let events = merged(events);
    assert_in_order(&events);
    events
}

/// Joins neighbours of text and of reasoning.
fn merged(events: Vec<StreamEvent>) -> Vec<StreamEvent> {
    let mut out: Vec<StreamEvent> = Vec::new();
    for event in events {
        match (out.last_mut(), event) {
            (Some(StreamEvent::Text(before)), StreamEvent::Text(text))
            | (Some(StreamEvent::Reasoning(before)), StreamEvent::Reasoning(text)) => before.push_str(&text),
            (_, event) => out.push(event),
        }
    }
    out
}

/// A start comes first, exactly one end comes last, and no text is empty.
fn assert_in_order(events: &[StreamEvent]) {
    let is_end = |event: &StreamEvent| {
        matches!(event, StreamEvent::Finish { .. } | StreamEvent::Blocked { .. } | StreamEvent::Error(_))
    };
    assert_eq!(
        events.iter().position(is_end),
        events.len().checked_sub(1),
        "one end, and it is last: {events:?}"
    );
    let starts = events.iter().filter(|event| matches!(event, StreamEvent::Start { .. })).count();
    assert!(starts <= 1, "at most one start: {events:?}");
    let first_text =
        events.iter().position(|event| matches!(event, StreamEvent::Text(_) | StreamEvent::Reasoning(_)));
    let start = events.iter().position(|event| matches!(event, StreamEvent::Start { .. }));
    assert!(first_text.is_none() || start < first_text, "the start precedes text: {events:?}");
    for event in events {
        if let StreamEvent::Text(text) | StreamEvent::Reasoning(text) = event {
            assert!(!text.is_empty(), "no empty text: {events:?}");
        }
    }
}

/// One short line per event.
pub fn describe(events: &[StreamEvent]) -> Vec<String> {
    events
        .iter()
        .map(|event| match event {
            StreamEvent::Start { model } => format!("start {}", model.as_deref().unwrap_or("-")),
            StreamEvent::Text(text) => format!("text {text:?}"),
            StreamEvent::Reasoning(text) => format!("reasoning {text:?}"),
            StreamEvent::ToolCall { index, id, name, arguments } => {
                format!("call {index} {id}/{name} {arguments:?}")
            }
            StreamEvent::Part(text) => format!("part {text}"),
            StreamEvent::Usage(usage) => format!("usage{}", fields(usage)),
            StreamEvent::Finish { reason, raw } => format!("finish {reason:?} {raw:?}"),
            StreamEvent::Blocked { stage, reason } => format!("blocked {stage:?} {reason:?}"),
            StreamEvent::Error(error) => describe_error(error),
        })
        .collect()
}

/// `error Class http code "message" after ms`, with what is unknown left out.
pub fn describe_error(error: &ProviderError) -> String {
    let words = [
        Some(format!("error {:?}", error.class)),
        error.http.map(|http| http.to_string()),
        error.code.clone(),
        Some(format!("{:?}", error.message)),
        error.retry_after_ms.map(|ms| format!("after {ms}")),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn fields(usage: &Usage) -> String {
    [
        usage.prompt_tokens.map(|count| format!(" prompt={count}")),
        usage.completion_tokens.map(|count| format!(" completion={count}")),
        usage.reasoning_tokens.map(|count| format!(" reasoning={count}")),
        usage.eval_ms.map(|ms| format!(" eval={ms}ms")),
        usage.load_ms.map(|ms| format!(" load={ms}ms")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

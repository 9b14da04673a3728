//! What a card did when, for whoever does not see the picture.

use super::seconds;
use crate::run::{
    Millis,
    timeline::{Mark, MarkKind, Span, SpanKind},
};

/// "waited 0.6 s, wrote for 5.6 s, ended at 6.2 s"
pub fn course(spans: &[Span], marks: &[Mark]) -> String {
    let long = |span: &Span| seconds(span.to_ms - span.from_ms);
    let mut parts: Vec<String> = Vec::with_capacity(spans.len() + 1);
    for span in spans {
        let long = long(span);
        parts.push(match span.kind {
            SpanKind::Wait => format!("waited {long}"),
            SpanKind::Load => format!("loaded for {long}"),
            SpanKind::Write => format!("wrote for {long}"),
            SpanKind::Failed => format!("failed after {long}"),
            SpanKind::Pause => format!("paused {long}"),
        });
    }
    if let Some(end) = marks.iter().rev().find(|mark| mark.kind != MarkKind::FirstToken) {
        parts.push(format!("{} at {}", word(end.kind), seconds(end.at_ms)));
    }
    if parts.is_empty() { "nothing yet".into() } else { parts.join(", ") }
}

fn word(end: MarkKind) -> &'static str {
    if end == MarkKind::End { "ended" } else { "cut off" }
}

/// Whole seconds of an axis, without places that say nothing: "12 s".
pub fn tick(ms: Millis) -> String {
    if ms == 0 { "0".into() } else { format!("{} s", ms / 1000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_names_every_stretch_and_the_last_end() {
        let span = |kind, from_ms, to_ms| Span { kind, from_ms, to_ms };
        let spans = [
            span(SpanKind::Failed, 0, 800),
            span(SpanKind::Pause, 800, 2800),
            span(SpanKind::Load, 2800, 9000),
            span(SpanKind::Write, 9000, 21_000),
        ];
        let mark = |kind, at_ms| Mark { kind, at_ms };
        let marks = [mark(MarkKind::Cut, 900), mark(MarkKind::FirstToken, 9000), mark(MarkKind::End, 21_000)];
        let expect = "failed after 0.8 s, paused 2.0 s, loaded for 6.2 s, wrote for 12 s, ended at 21 s";
        assert_eq!(course(&spans, &marks), expect);
        assert_eq!(course(&[], &[]), "nothing yet");
    }
}

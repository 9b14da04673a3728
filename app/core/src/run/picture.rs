//! The picture of a run as a file: what every card did when, on one axis.
//!
//! The file stands for itself: light colours, no sheet, no script, no font of ours. Names come from providers and from
//! models, so everything that is text is escaped.

use std::fmt::Write;

use super::{
    Millis, Run,
    timeline::{MarkKind, Span, SpanKind, history},
};
use crate::words;

const WIDTH: u64 = 960;
const MARGIN: u64 = 16;
/// Where the lanes begin, and how wide they are.
const LEFT: u64 = 248;
const LANE: u64 = 624;
const TOP: u64 = 76;
const ROW: u64 = 32;
/// Characters of a name that fit before its lane.
const NAME: usize = 30;

const INK: &str = "#132024";
const INK_2: &str = "#445155";
const RULE: &str = "#d7dede";
const AXIS: &str = "#bdc6c7";
const BORDER: &str = "#7a8688";
const ACCENT: &str = "#025d6b";
const OK: &str = "#216439";
const WARN: &str = "#835313";
const BAD: &str = "#ab3231";
const BAD_SOFT: &str = "#fdeeed";
const GROUND: &str = "#fdfefe";

const DEFS: &str = "<defs>\
<pattern id=\"wait\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><path d=\"M0 0v6\" stroke=\"#7a8688\"/></pattern>\
<pattern id=\"pause\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(-45)\"><path d=\"M0 0v6\" stroke=\"#835313\" stroke-width=\"1.5\"/></pattern>\
<pattern id=\"load\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\"><circle cx=\"2\" cy=\"2\" r=\"1\" fill=\"#7a8688\"/></pattern>\
</defs>\n";

/// A length of the axis that fits `longest` and has round quarters: 4 s, 8 s, 12 s, 20 s, …
pub fn axis(longest: Millis) -> Millis {
    let mut step = 1000;
    for factor in [1, 2, 3, 5, 10, 15, 30, 60, 90, 120, 300, 600, 1200, 1800, 3600, 21_600] {
        step = factor * 1000;
        if longest <= 4 * step {
            break;
        }
    }
    4 * step
}

/// Who was chosen for the card at `index`, and who answers in its place, if somebody does.
///
/// # Panics
///
/// If the run has no such card.
pub fn names(run: &Run, index: usize) -> (String, Option<String>) {
    let candidate = &run.candidates[index];
    let (chosen, name) = (&candidate.chosen.model, run.name(index));
    if candidate.answered_by().model == *chosen { (name, None) } else { (chosen.name(), Some(name)) }
}

/// The picture of a run, all rounds of all cards, as the text of an SVG file.
pub fn svg(run: &Run) -> String {
    let last = run.candidates.iter().filter_map(|card| card.attempts.last()).map(|attempt| attempt.last_ms);
    let end = run.ended_ms.or(last.max()).unwrap_or(run.started_ms);
    let axis = axis(end.saturating_sub(run.started_ms));
    let bottom = TOP + ROW * run.candidates.len() as u64;
    let height = bottom + 36;
    let summary = summary(run, end);
    let mut rows = String::new();
    let mut told = String::new();
    for index in 0..run.candidates.len() {
        let course = row(&mut rows, run, index, end, axis);
        put(&mut told, format_args!("{} {course}. ", names(run, index).0));
    }
    let mut out = String::with_capacity(4096 + rows.len());
    put(
        &mut out,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
             role=\"img\" aria-labelledby=\"title desc\" font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"{INK}\">\n\
             <title id=\"title\">Timeline of a run: {}</title>\n<desc id=\"desc\">{}</desc>\n{DEFS}\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"{GROUND}\"/>\n\
             <text x=\"{MARGIN}\" y=\"26\" font-size=\"14\" font-weight=\"600\">Timeline of a run</text>\n\
             <text x=\"{}\" y=\"26\" text-anchor=\"end\" fill=\"{INK_2}\">{}</text>\n",
            escape(&summary),
            escape(told.trim_end()),
            WIDTH - MARGIN,
            escape(&summary),
        ),
    );
    legend(&mut out);
    for quarter in 0..=4 {
        let x = LEFT + LANE * quarter / 4;
        let anchor = if quarter == 0 { "start" } else { "middle" };
        put(
            &mut out,
            format_args!(
                "<path d=\"M{x} {TOP}V{bottom}\" stroke=\"{RULE}\"/>\
                 <text x=\"{x}\" y=\"{}\" text-anchor=\"{anchor}\" fill=\"{INK_2}\">{}</text>\n",
                bottom + 18,
                words::tick(quarter * axis / 4),
            ),
        );
    }
    out.push_str(&rows);
    out.push_str("</svg>\n");
    out
}

fn put(out: &mut String, what: std::fmt::Arguments<'_>) {
    out.write_fmt(what).expect("writing to a string cannot fail");
}

/// "4 models, 45 s, 2,418 tokens, $0.0012"
fn summary(run: &Run, end: Millis) -> String {
    let models = words::count(run.candidates.len(), "card");
    format!("{models}, {}, {}", words::seconds(end.saturating_sub(run.started_ms)), words::totals(run))
}

/// Draws the row of a card, and tells it in words.
fn row(out: &mut String, run: &Run, index: usize, end: Millis, axis: Millis) -> String {
    let (candidate, origin) = (&run.candidates[index], run.started_ms);
    let (spans, marks) = history(candidate, origin, end);
    let course = words::course(&spans, &marks);
    let (name, other) = names(run, index);
    let middle = TOP + ROW * index as u64 + ROW / 2;
    put(out, format_args!("<g><title>{}: {course}</title>\n", escape(&name)));
    let base = if other.is_some() { middle - 2 } else { middle + 4 };
    label(out, base, 12, INK, &name);
    if let Some(other) = other {
        label(out, middle + 11, 11, INK_2, &format!("→ {other}"));
    }
    put(out, format_args!("<path d=\"M{LEFT} {middle}h{LANE}\" stroke=\"{AXIS}\"/>\n"));
    for span in &spans {
        bar(out, span, middle, axis);
    }
    for mark in &marks {
        let x = at(mark.at_ms, axis);
        let stroke = match mark.kind {
            MarkKind::FirstToken => INK,
            MarkKind::End => OK,
            MarkKind::Cut => BAD,
        };
        put(
            out,
            format_args!("<path d=\"M{x} {}v16\" stroke=\"{stroke}\" stroke-width=\"2\"/>\n", middle - 8),
        );
    }
    let total = candidate.attempts.last().and_then(|attempt| attempt.ended_ms).unwrap_or(end);
    put(
        out,
        format_args!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"{INK_2}\">{}</text>\n</g>\n",
            WIDTH - MARGIN,
            middle + 4,
            words::seconds(total.saturating_sub(origin)),
        ),
    );
    course
}

fn label(out: &mut String, y: u64, size: u64, fill: &str, text: &str) {
    let text = escape(&clip(text));
    put(
        out,
        format_args!(
            "<text x=\"{MARGIN}\" y=\"{y}\" font-family=\"ui-monospace, monospace\" font-size=\"{size}\" fill=\"{fill}\">{text}</text>\n"
        ),
    );
}

fn bar(out: &mut String, span: &Span, middle: u64, axis: Millis) {
    let (fill, stroke, half) = look(span.kind);
    let x = at(span.from_ms, axis);
    let width = tenths(10 * LANE * (span.to_ms.min(axis).saturating_sub(span.from_ms)) / axis);
    put(
        out,
        format_args!(
            "<rect x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"{}\" fill=\"{fill}\" stroke=\"{stroke}\"/>\n",
            middle - half,
            2 * half
        ),
    );
}

/// Fill, outline and half the height. Textures tell the kinds apart without colour.
fn look(kind: SpanKind) -> (&'static str, &'static str, u64) {
    match kind {
        SpanKind::Wait => ("url(#wait)", BORDER, 4),
        SpanKind::Load => ("url(#load)", BORDER, 4),
        SpanKind::Write => (ACCENT, ACCENT, 6),
        SpanKind::Failed => (BAD_SOFT, BAD, 6),
        SpanKind::Pause => ("url(#pause)", WARN, 4),
    }
}

fn legend(out: &mut String) {
    let spans = [
        (SpanKind::Wait, "waiting"),
        (SpanKind::Load, "loading"),
        (SpanKind::Write, "writing"),
        (SpanKind::Failed, "failed try"),
        (SpanKind::Pause, "retry wait"),
    ];
    let marks = [(INK, "first token"), (OK, "ended"), (BAD, "cut off")];
    let mut x = LEFT;
    for (kind, name) in spans {
        let (fill, stroke, _) = look(kind);
        put(
            out,
            format_args!(
                "<rect x=\"{x}\" y=\"48\" width=\"16\" height=\"8\" fill=\"{fill}\" stroke=\"{stroke}\"/>"
            ),
        );
        x = caption(out, x + 22, name);
    }
    for (stroke, name) in marks {
        put(out, format_args!("<path d=\"M{} 46v12\" stroke=\"{stroke}\" stroke-width=\"2\"/>", x + 1));
        x = caption(out, x + 8, name);
    }
}

/// A word of the legend, and where the next sign stands.
fn caption(out: &mut String, x: u64, name: &str) -> u64 {
    put(out, format_args!("<text x=\"{x}\" y=\"56\" fill=\"{INK_2}\">{name}</text>\n"));
    x + 6 * name.len() as u64 + 16
}

/// A moment as a place on the lane.
fn at(moment: Millis, axis: Millis) -> String {
    tenths(10 * LEFT + 10 * LANE * moment.min(axis) / axis)
}

fn tenths(n: u64) -> String {
    format!("{}.{}", n / 10, n % 10)
}

fn clip(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.into();
    }
    let mut short: String = name.chars().take(NAME - 1).collect();
    short.push('…');
    short
}

/// Text as it may stand in an XML element or attribute. What XML cannot hold becomes a replacement character.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{0}'..='\u{8}'
            | '\u{b}'
            | '\u{c}'
            | '\u{e}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                out.push('\u{fffd}');
            }
            _ => out.push(c),
        }
    }
    out
}

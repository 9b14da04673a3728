//! Time, drawn: the bar on a card and the picture of a whole run, on one axis with one set of textures.

use codecraft_core::run::{
    Candidate, Millis, Run,
    timeline::{MarkKind, SpanKind, timeline},
};
use leptos::prelude::*;

use crate::words;

/// The textures, once per page.
pub fn textures() -> AnyView {
    view! {
        <svg width="0" height="0" aria-hidden="true" class="sr-only"><defs>
            <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="tl-pattern" d="M0 0v6"></path></pattern>
            <pattern id="hatch-warn" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><path class="tl-pattern-warn" d="M0 0v6"></path></pattern>
            <pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse"><circle class="tl-pattern-dot" cx="2" cy="2" r="1"></circle></pattern>
        </defs></svg>
    }
    .into_any()
}

/// A length of the axis that fits `longest` and has round quarters: 4 s, 8 s, 12 s, 20 s, …
pub fn axis(longest: Millis) -> Millis {
    let mut step = 1000;
    for factor in [1, 2, 3, 5, 10, 15, 30, 60, 90, 120, 300, 600] {
        step = factor * 1000;
        if longest <= 4 * step {
            break;
        }
    }
    4 * step
}

fn percent(at: Millis, axis: Millis) -> String {
    let hundredths = 10_000 * at.min(axis) / axis;
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// What a candidate did, in words.
fn in_words(candidate: &Candidate, origin: Millis, now: Millis) -> String {
    let (spans, marks) = timeline(candidate, origin, now);
    let mut parts: Vec<String> = spans
        .iter()
        .map(|span| {
            let long = words::seconds(span.to_ms - span.from_ms);
            match span.kind {
                SpanKind::Wait => format!("waited {long}"),
                SpanKind::Load => format!("loaded for {long}"),
                SpanKind::Write => format!("wrote for {long}"),
                SpanKind::Failed => format!("failed after {long}"),
                SpanKind::Pause => format!("paused {long}"),
            }
        })
        .collect();
    if let Some(end) = marks.iter().find(|mark| mark.kind != MarkKind::FirstToken) {
        let word = if end.kind == MarkKind::End { "ended" } else { "cut off" };
        parts.push(format!("{word} at {}", words::seconds(end.at_ms)));
    }
    if parts.is_empty() { "nothing yet".into() } else { parts.join(", ") }
}

/// Spans and marks of one candidate, 20 px high.
fn shapes(candidate: &Candidate, origin: Millis, now: Millis, axis: Millis) -> AnyView {
    let (spans, marks) = timeline(candidate, origin, now);
    let spans = spans
        .into_iter()
        .map(|span| {
            let (class, y, height) = match span.kind {
                SpanKind::Wait => ("tl-wait", "6", "8"),
                SpanKind::Load => ("tl-load", "6", "8"),
                SpanKind::Write => ("tl-stream", "4", "12"),
                SpanKind::Failed => ("tl-fail", "4", "12"),
                SpanKind::Pause => ("tl-back", "6", "8"),
            };
            let width = percent((span.to_ms.min(axis)).saturating_sub(span.from_ms), axis);
            view! { <rect class=class x=percent(span.from_ms, axis) y=y width=width height=height></rect> }
                .into_any()
        })
        .collect::<Vec<_>>();
    let marks = marks
        .into_iter()
        .map(|mark| {
            let at = percent(mark.at_ms, axis);
            match mark.kind {
                MarkKind::FirstToken => {
                    view! { <rect class="tl-first" x=at y="2" width="2" height="16"></rect> }.into_any()
                }
                MarkKind::End => {
                    view! { <line class="tl-end" x1=at.clone() x2=at y1="2" y2="18"></line> }.into_any()
                }
                MarkKind::Cut => {
                    view! { <line class="tl-cut" x1=at.clone() x2=at y1="2" y2="18"></line> }.into_any()
                }
            }
        })
        .collect::<Vec<_>>();
    view! { {spans}{marks} }.into_any()
}

/// The bar on a card.
pub fn timebar(candidate: &Candidate, origin: Millis, now: Millis, axis: Millis) -> AnyView {
    let moving = (!candidate.state.is_over()).then(|| {
        let at = percent(now.saturating_sub(origin), axis);
        view! { <line class="tl-now" x1=at.clone() x2=at y1="0" y2="20"></line> }.into_any()
    });
    view! {
        <div class="timebar"><svg role="img" aria-label=in_words(candidate, origin, now)>
            <line class="tl-axis" x1="0" x2="100%" y1="10" y2="10"></line>
            {shapes(candidate, origin, now, axis)}
            {moving}
        </svg></div>
    }
    .into_any()
}

const LEGEND: [(&str, &str); 5] = [
    ("tl-wait", "waiting"),
    ("tl-load", "loading"),
    ("tl-stream", "writing"),
    ("tl-fail", "failed try"),
    ("tl-back", "retry wait"),
];

/// The picture of a run that is over.
pub fn run_timeline(run: &Run) -> AnyView {
    let end = run.ended_ms.unwrap_or(run.started_ms);
    let axis = axis(end.saturating_sub(run.started_ms));
    let legend = LEGEND
        .iter()
        .map(|(class, name)| {
            view! { <li><svg aria-hidden="true"><rect class=*class x=".5" y="1.5" width="15" height="7"></rect></svg>{*name}</li> }.into_any()
        })
        .collect::<Vec<_>>();
    let rows = run
        .candidates
        .iter()
        .map(|candidate| {
            let total = candidate.last_attempt().and_then(|attempt| attempt.ended_ms).unwrap_or(end).saturating_sub(run.started_ms);
            let grid = ["25%", "50%", "75%"]
                .into_iter()
                .map(|x| view! { <line class="tl-grid" x1=x x2=x y1="0" y2="28"></line> }.into_any())
                .collect::<Vec<_>>();
            view! {
                <span class="timeline-name">{candidate.chosen.model.name()}</span>
                <span class="timeline-total">{words::seconds(total)}</span>
                <span class="timeline-lane"><svg role="img" aria-label=in_words(candidate, run.started_ms, end)>
                    {grid}
                    <line class="tl-axis" x1="0" x2="100%" y1="14" y2="14"></line>
                    <g transform="translate(0 4)">{shapes(candidate, run.started_ms, end, axis)}</g>
                </svg></span>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    let labels = (0..=4)
        .map(|quarter: u64| {
            let anchor = if quarter == 4 { "end" } else { "start" };
            let text = if quarter == 0 { "0".to_owned() } else { format!("{} s", quarter * axis / 4000) };
            view! { <text class="tl-text" x=format!("{}%", 25 * quarter) y="14" text-anchor=anchor>{text}</text> }.into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <div class="time-head"><h2 id="time-h">"This run"</h2><span class="push"></span><ul class="legend">{legend}</ul></div>
        <div class="timeline">
            {rows}
            <span class="timeline-axis"><svg aria-hidden="true">{labels}</svg></span>
        </div>
    }
    .into_any()
}

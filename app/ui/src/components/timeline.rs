//! Time, drawn: the bar on a card and the picture of a whole run, on one axis with one set of textures.

use codecraft_core::run::{
    Candidate, Millis, Run,
    picture::{axis, names},
    timeline::{Mark, MarkKind, Span, SpanKind, history, timeline},
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

fn percent(at: Millis, axis: Millis) -> String {
    let hundredths = 10_000 * at.min(axis) / axis;
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// Spans and marks of one candidate, 20 px high.
fn shapes(spans: &[Span], marks: &[Mark], axis: Millis) -> AnyView {
    let spans = spans
        .iter()
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
        .iter()
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

/// The bar on a card: its current round.
pub fn timebar(candidate: &Candidate, origin: Millis, now: Millis, axis: Millis) -> AnyView {
    let moving = (!candidate.state.is_over()).then(|| {
        let at = percent(now.saturating_sub(origin), axis);
        view! { <line class="tl-now" x1=at.clone() x2=at y1="0" y2="20"></line> }.into_any()
    });
    let (spans, marks) = timeline(candidate, origin, now);
    view! {
        <div class="timebar"><svg role="img" aria-label=words::course(&spans, &marks)>
            <line class="tl-axis" x1="0" x2="100%" y1="10" y2="10"></line>
            {shapes(&spans, &marks, axis)}
            {moving}
        </svg></div>
    }
    .into_any()
}

/// Length of the axis that all bars of a board share at this moment.
pub fn shared_axis(run: &Run, now: Millis) -> Millis {
    axis(run.ended_ms.unwrap_or(now).saturating_sub(run.started_ms).max(8000))
}

const SPANS: [(&str, &str); 5] = [
    ("tl-wait", "waiting"),
    ("tl-load", "loading"),
    ("tl-stream", "writing"),
    ("tl-fail", "failed try"),
    ("tl-back", "retry wait"),
];

fn legend() -> AnyView {
    let spans = SPANS
        .iter()
        .map(|(class, name)| {
            view! { <li><svg aria-hidden="true"><rect class=*class x=".5" y="1.5" width="15" height="7"></rect></svg>{*name}</li> }.into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <ul class="legend">
            {spans}
            <li><svg class="legend-mark" aria-hidden="true"><rect class="tl-first" x="2" y="0" width="2" height="10"></rect></svg>"first token"</li>
            <li><svg class="legend-mark" aria-hidden="true"><line class="tl-cut" x1="3" x2="3" y1="0" y2="10"></line></svg>"cut off"</li>
        </ul>
    }
    .into_any()
}

/// The picture of a run that is over, with all rounds of all cards; `save` stands behind the legend.
pub fn run_timeline(run: &Run, save: AnyView) -> AnyView {
    let end = run.ended_ms.unwrap_or(run.started_ms);
    let axis = axis(end.saturating_sub(run.started_ms));
    let rows = run
        .candidates
        .iter()
        .enumerate()
        .map(|(index, candidate)| {
            let last = candidate.attempts.last().and_then(|attempt| attempt.ended_ms).unwrap_or(end);
            let grid = ["25%", "50%", "75%"]
                .into_iter()
                .map(|x| view! { <line class="tl-grid" x1=x x2=x y1="0" y2="28"></line> }.into_any())
                .collect::<Vec<_>>();
            let (spans, marks) = history(candidate, run.started_ms, end);
            let (name, other) = names(run, index);
            view! {
                <span class="timeline-name">{name}{other.map(|other| view! { <small>{format!("→ {other}")}</small> }.into_any())}</span>
                <span class="timeline-total">{words::seconds(last.saturating_sub(run.started_ms))}</span>
                <span class="timeline-lane"><svg role="img" aria-label=words::course(&spans, &marks)>
                    {grid}
                    <line class="tl-axis" x1="0" x2="100%" y1="14" y2="14"></line>
                    <g transform="translate(0 4)">{shapes(&spans, &marks, axis)}</g>
                </svg></span>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    let labels = (0..=4)
        .map(|quarter: u64| {
            let anchor = if quarter == 4 { "end" } else { "start" };
            let text = words::tick(quarter * axis / 4);
            view! { <text class="tl-text" x=format!("{}%", 25 * quarter) y="14" text-anchor=anchor>{text}</text> }.into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <div class="time-head"><h2 id="time-h">"This run"</h2><span class="small muted num push">{words::totals(run)}</span>{legend()}{save}</div>
        <div class="timeline">
            {rows}
            <span class="timeline-axis"><svg aria-hidden="true">{labels}</svg></span>
        </div>
    }
    .into_any()
}

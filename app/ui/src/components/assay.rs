//! The assay: the seven rungs of evidence as a strip of ticks. Shape says what colour repeats.

use codecraft_core::rank::{Evidence, Mark, Rung};
use leptos::prelude::*;

/// Attribute of a mark in CSS.
pub fn mark_word(mark: Mark) -> &'static str {
    match mark {
        Mark::Pass => "pass",
        Mark::Part => "part",
        Mark::Fail => "fail",
        Mark::Unknown => "none",
    }
}

/// The strip for one candidate. `decided` is the rung that made it first.
pub fn assay(evidence: &[Evidence], decided: Option<Rung>) -> AnyView {
    let of = |mark: Mark| {
        evidence.iter().filter(|rung| rung.mark == mark).map(|rung| rung.rung.name()).collect::<Vec<_>>()
    };
    let mut words = Vec::new();
    for (mark, verb) in [(Mark::Pass, "passed"), (Mark::Part, "partly"), (Mark::Fail, "failed")] {
        let names = of(mark);
        if !names.is_empty() {
            words.push(format!("{} {verb}", names.join(", ")));
        }
    }
    words.push(format!("{} not checked", of(Mark::Unknown).len()));
    if let Some(rung) = decided {
        words.push(format!("decided at {}", rung.name()));
    }
    let ticks = evidence
        .iter()
        .enumerate()
        .map(|(index, rung)| {
            let left = 1 + 7 * index;
            match rung.mark {
                Mark::Pass => tick("pass", left, "0", "3", "12"),
                Mark::Part => tick("part", left, "6", "3", "6"),
                Mark::Fail => {
                    vec![tick("fail", left - 1, "9.5", "5", "2.5"), tick("fail", left, "3", "3", "3")]
                        .into_any()
                }
                Mark::Unknown => tick("none", left, "9.5", "2.5", "2.5"),
            }
        })
        .collect::<Vec<_>>();
    let underline = decided.map(|rung| {
        let index = Rung::ALL.iter().position(|each| *each == rung).unwrap_or(0);
        let left = (7 * index).saturating_sub(1).to_string();
        view! { <rect class="assay-decided" x=left y="13" width="7" height="2"></rect> }.into_any()
    });
    view! {
        <svg class="assay" viewBox="0 0 47 14" role="img" aria-label=words.join("; ")>{ticks}{underline}</svg>
    }
    .into_any()
}

fn tick(mark: &'static str, x: usize, y: &'static str, width: &'static str, height: &'static str) -> AnyView {
    let round = (mark == "none").then_some("1.25");
    view! { <rect data-v=mark x=x.to_string() y=y width=width height=height rx=round></rect> }.into_any()
}

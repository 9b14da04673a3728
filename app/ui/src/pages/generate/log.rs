//! The log of a card: every call it ever made, folded until somebody wants to know.

use codecraft_core::{
    run::Card,
    words::{Step, log as steps_of},
};
use leptos::prelude::*;

use crate::{components::icon::icon, components::memo, state::App};

/// The drawer, once there is more than one call: of a single one, story and figures tell everything.
pub fn log(index: usize, signal: RwSignal<Card>) -> AnyView {
    let told = Memo::new(move |_| signal.read().candidate.attempts.len() > 1);
    view! { {move || told.get().then(|| drawer(index, signal))} }.into_any()
}

fn drawer(index: usize, signal: RwSignal<Card>) -> AnyView {
    let board = App::here().board;
    let open = RwSignal::new(false);
    let count = move || format!("Attempts ({})", signal.read().candidate.attempts.len());
    // Read only while it is open.
    let steps = memo(move || {
        if !open.get() {
            return Vec::new();
        }
        let now = signal.read().now;
        board.peek(|run| run.map(|run| steps_of(run, index, now)).unwrap_or_default())
    });
    view! {
        <details class="disclosure log" prop:open=move || open.get() on:toggle=move |event| open.set(event_target::<web_sys::HtmlDetailsElement>(&event).open())>
            <summary>{icon("i-right")}<span>{move || count()}</span><span class="muted push truncate">"every call of this card"</span></summary>
            <ol>{move || steps.get().into_iter().map(line).collect::<Vec<_>>().into_any()}</ol>
        </details>
    }
    .into_any()
}

fn line(step: Step) -> AnyView {
    view! {
        <li>
            <code class="truncate">{step.model}</code>
            <span class="log-why">{step.why}</span>
            <span class="log-end" class:is-bad=step.bad>{step.end}</span>
            <span class="num">{step.took}</span>
            {(!step.detail.is_empty()).then(|| view! { <span class="log-detail">{step.detail}</span> }.into_any())}
        </li>
    }
    .into_any()
}

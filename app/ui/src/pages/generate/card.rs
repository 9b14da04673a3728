//! One card of the board: a model, its state in a sentence, its time, its attempts, its live code, its figures.

use codecraft_core::run::{Card, State};
use leptos::{html, prelude::*};

use super::{
    acts::{self, Offers},
    adjust,
    log::log,
};
use crate::{
    components::{effect, icon::icon, memo, timeline},
    state::App,
    words,
};

/// `data-state` of a card.
pub fn state_word(card: &Card) -> &'static str {
    match card.candidate.state {
        State::Pending => "pending",
        State::Waiting { .. } => "waiting",
        State::Generating if card.has_text || card.reasoning_chars > 0 => "streaming",
        State::Generating => "loading",
        State::Completed => "completed",
        State::Truncated => "truncated",
        State::Interrupted => "interrupted",
        State::Failed => "failed",
        State::Cancelled => "cancelled",
        State::Spared => "spared",
    }
}

/// What is said beside the name of a card that did not go well: the words, and their tone.
fn outcome(word: &str) -> Option<(&'static str, Option<&'static str>)> {
    Some(match word {
        "truncated" => ("cut off", Some("warn")),
        "interrupted" => ("interrupted", Some("warn")),
        "failed" => ("failed", Some("bad")),
        "cancelled" => ("cancelled", None),
        "spared" => ("not needed", None),
        _ => return None,
    })
}

fn state_icon(word: &str) -> &'static str {
    match word {
        "streaming" => "i-stream",
        "loading" => "i-load",
        "completed" => "i-done",
        "truncated" => "i-cut",
        "failed" => "i-error",
        "waiting" => "i-clock",
        "cancelled" => "i-stop",
        _ => "i-pending",
    }
}

/// The name of whoever writes a card. Another card may change it, one of the same model above all.
pub fn name(index: usize, signal: RwSignal<Card>) -> Memo<String> {
    let board = App::here().board;
    memo(move || {
        signal.track();
        board.with_run(|run| run.map(|run| run.name(index)).unwrap_or_default())
    })
}

pub fn card(index: usize, signal: RwSignal<Card>) -> AnyView {
    let state = memo(move || state_word(&signal.read()));
    let over = memo(move || signal.read().candidate.state.is_over());
    let board = App::here().board;
    let name = name(index, signal);
    // The bar moves once a second, and at once when the state turns.
    let beat = memo(move || signal.read().now / 1000);
    let host = move || {
        let card = signal.read();
        let target = card.candidate.answered_by();
        if target.kind.is_sample() {
            "Sample, no AI".into()
        } else {
            words::host(&target.model.provider, target.kind)
        }
    };
    let offers = memo(move || {
        let card = signal.read();
        board.peek(|run| run.map(|run| Offers::of(run, index, &card)).unwrap_or_default())
    });
    let heading = heading_id(index);
    let labelled_by = heading.clone();
    // The model that was chosen, once another one answers for it.
    let replaced = memo(move || {
        let card = signal.read();
        let chosen = &card.candidate.chosen;
        if card.candidate.answered_by() == chosen { String::new() } else { chosen.model.name() }
    });
    view! {
        <article class="candidate" data-state=move || state.get() aria-busy=move || (!over.get()).then_some("true") aria-labelledby=labelled_by>
            <header class="candidate-head">
                <span class="state" data-turning=move || (state.get() == "loading").then_some("")>{move || icon(state_icon(state.get()))}</span>
                <h3 class="model-name truncate" id=heading tabindex="-1">{move || name.get()}</h3>
                <span class="candidate-host">{move || host()}</span>
                {move || Some(replaced.get()).filter(|chosen| !chosen.is_empty()).map(|chosen| {
                    view! { <span class="tag" title=format!("Instead of {chosen}, which failed")>{icon("i-fallback")}"fallback"</span> }.into_any()
                })}
                <div class="candidate-acts">
                    {move || outcome(state.get()).map(|(words, tone)| view! { <span class="tag" data-tone=tone>{words}</span> }.into_any())}
                    {move || acts::head(index, offers.get(), &name.get())}
                </div>
            </header>
            {move || {
                // Read: a memo that is only tracked is never worked out, and so never changes.
                beat.get();
                state.get();
                bar(&signal.read_untracked())
            }}
            {tags(signal)}
            {move || attempts(&signal.read())}
            {story(signal)}
            {move || acts::below(index, offers.get(), &name.get())}
            {adjust::panel(index)}
            {reasoning(index, signal)}
            {live(index, signal, name)}
            {log(index, signal)}
            {metrics(signal)}
        </article>
    }
    .into_any()
}

/// Id of a card's heading, where the focus goes when a button has done its work.
pub fn heading_id(index: usize) -> String {
    format!("card-{index}")
}

fn bar(card: &Card) -> AnyView {
    let app = App::here();
    let (origin, axis) = app
        .board
        .with_run(|run| run.map_or((0, 8000), |run| (run.started_ms, timeline::shared_axis(run, card.now))));
    timeline::timebar(&card.candidate, origin, card.now, axis)
}

/// What sets a card apart: own parameters, an earlier brief, an answer from memory, one that went on.
fn tags(signal: RwSignal<Card>) -> AnyView {
    let tags = memo(move || {
        let card = signal.read();
        let recalled = card.candidate.last_attempt().and_then(|attempt| attempt.recalled_ms);
        let own = words::params(&card.candidate.params);
        let mut tags = Vec::new();
        tags.extend(Some(own).filter(|own| !own.is_empty()));
        tags.extend(card.outdated.then(|| "earlier brief".to_owned()));
        tags.extend(recalled.map(words::recalled));
        tags.extend(card.candidate.seam.map(|_| "continued".to_owned()));
        tags
    });
    view! {
        {move || {
            let tags = tags.get();
            (!tags.is_empty()).then(|| view! {
                <p class="candidate-tags">{tags.into_iter().map(|tag| view! { <span class="tag">{tag}</span> }.into_any()).collect::<Vec<_>>()}</p>
            }.into_any())
        }}
    }
    .into_any()
}

/// The attempts, once there is more than one: what was tried, in order, with cause and time.
fn attempts(card: &Card) -> AnyView {
    let attempts = card.candidate.current_attempts();
    if attempts.len() < 2 {
        return ().into_any();
    }
    let rows = attempts
        .iter()
        .enumerate()
        .map(|(index, attempt)| {
            let end = attempt.ended_ms.unwrap_or(card.now);
            let paused = index.checked_sub(1).and_then(|i| attempts[i].ended_ms).map(|at| attempt.started_ms.saturating_sub(at)).filter(|ms| *ms > 50);
            let wait = match paused {
                _ if attempt.resumes => ", continued".into(),
                Some(ms) => format!(", after a wait of {}", words::seconds(ms)),
                None => String::new(),
            };
            let bad = attempt.end.as_ref().is_some_and(|end| !matches!(end, codecraft_core::run::AttemptEnd::Complete));
            view! {
                <li><code>{attempt.target.model.name()}</code><span class:is-bad=bad>{format!("{}{wait}", words::short_failure(attempt))}</span><span class="num">{words::seconds(end.saturating_sub(attempt.started_ms))}</span></li>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    view! { <ol class="attempts" aria-label="Attempts">{rows}</ol> }.into_any()
}

fn story(signal: RwSignal<Card>) -> AnyView {
    let told = move || words::story(&signal.read());
    let verbatim = memo(move || {
        let card = signal.read();
        let failed = matches!(card.candidate.state, State::Failed | State::Interrupted);
        failed.then(|| words::verbatim(&card.candidate)).flatten().unwrap_or_default()
    });
    let seam = memo(move || signal.read().candidate.seam);
    view! {
        <p class="candidate-story"><strong>{move || told().0}</strong>" "{move || told().1}{move || seam.get().map(|seam| format!(" {}", words::seam(seam)))}</p>
        {move || Some(verbatim.get()).filter(|said| !said.is_empty()).map(|said| {
            view! { <p class="candidate-said"><span class="sr-only">"The provider's words: "</span>{said}</p> }.into_any()
        })}
    }
    .into_any()
}

/// The model's reasoning, folded, and read from the run only when it is opened.
fn reasoning(index: usize, signal: RwSignal<Card>) -> AnyView {
    let some = memo(move || signal.read().reasoning_chars > 0);
    view! { {move || some.get().then(|| reasoning_drawer(index, move || signal.track()))} }.into_any()
}

/// The drawer itself; `track` subscribes to what makes the text grow.
pub fn reasoning_drawer(index: usize, track: impl Fn() + Send + Sync + 'static) -> AnyView {
    let app = App::here();
    let open = RwSignal::new(false);
    let label =
        app.board.peek(|run| run.map(|run| format!("Reasoning of {}", run.name(index))).unwrap_or_default());
    let text = move || {
        track();
        app.board.peek(|run| {
            run.and_then(|run| run.candidates.get(index))
                .map(|candidate| candidate.reasoning.clone())
                .unwrap_or_default()
        })
    };
    view! {
        <details class="disclosure reasoning" prop:open=move || open.get() on:toggle=move |event| open.set(event_target::<web_sys::HtmlDetailsElement>(&event).open())>
            <summary>{icon("i-right")}<span>"Reasoning"</span><span class="muted push">"not part of the answer"</span></summary>
            {move || open.get().then(|| view! { <div class="reasoning-text" tabindex="0" role="region" aria-label=label.clone()>{text()}</div> }.into_any())}
        </details>
    }
    .into_any()
}

/// The live code. Text goes there by the frame loop, not by signals.
fn live(index: usize, signal: RwSignal<Card>, name: Memo<String>) -> AnyView {
    let app = App::here();
    let some = memo(move || signal.read().has_text);
    let label = move || format!("Code of {}", name.get_untracked());
    view! {
        {move || some.get().then(|| {
            let host = NodeRef::<html::Pre>::new();
            effect(move || {
                if let Some(host) = host.get() {
                    app.board.attach(index, (*host).clone());
                }
            });
            on_cleanup(move || app.board.detach(index));
            view! { <pre class="code code-stream" node_ref=host tabindex="0" role="region" aria-live="off" aria-label=label()></pre> }.into_any()
        })}
    }
    .into_any()
}

/// The figures of a card.
pub fn metrics(signal: RwSignal<Card>) -> AnyView {
    let dash = || "–".to_owned();
    let first = move || signal.read().candidate.first_token_ms().map_or_else(dash, words::seconds);
    let speed =
        move || signal.read().speed.map_or_else(dash, |speed| format!("{} tok/s", speed.round() as u64));
    let tokens = memo(move || words::tokens(&signal.read()));
    let cost = move || {
        let card = signal.read();
        words::card_cost(card.cost, card.candidate.answered_by())
    };
    view! {
        <dl class="metrics">
            <div><dt>"First token"</dt><dd>{move || first()}</dd></div>
            <div><dt>"Speed"</dt><dd>{move || speed()}</dd></div>
            <div title=move || tokens.get().1><dt>"Tokens"<span class="sr-only">" sent and written"</span></dt><dd>{move || tokens.get().0}</dd></div>
            <div><dt>"Cost"</dt><dd>{move || cost()}</dd></div>
        </dl>
    }
    .into_any()
}

//! One card of the board: a model, its state in a sentence, its time, its attempts, its live code, its figures.

use codecraft_core::run::{Event, State};
use leptos::{html, prelude::*};

use crate::{
    browser::dom,
    components::{button::Button, effect, icon::icon, timeline},
    drive::driver,
    state::{App, Mode, board::Card},
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
    }
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

pub fn card(index: usize, signal: RwSignal<Card>) -> AnyView {
    let state = Memo::new(move |_| state_word(&signal.read()));
    let over = Memo::new(move |_| signal.read().candidate.state.is_over());
    let board = App::here().board;
    let name = Memo::new(move |_| {
        signal.track();
        board.peek(|run| run.map(|run| run.name(index)).unwrap_or_default())
    });
    // The bar moves once a second, and at once when the state turns.
    let beat = Memo::new(move |_| signal.read().now / 1000);
    let host = move || {
        let card = signal.read();
        let target = card.candidate.answered_by();
        if target.kind.is_sample() {
            "Sample, no AI".into()
        } else {
            words::host(&target.model.provider, target.kind)
        }
    };
    let heading = heading_id(index);
    let labelled_by = heading.clone();
    // The model that was chosen, once another one answers for it.
    let replaced = Memo::new(move |_| {
        let card = signal.read();
        let chosen = &card.candidate.chosen;
        if card.candidate.answered_by() == chosen { String::new() } else { chosen.model.name() }
    });
    view! {
        <article class="candidate" data-state=move || state.get() aria-busy=move || (!over.get()).then_some("true") aria-labelledby=labelled_by>
            <header class="candidate-head">
                <span class="state" data-turning=move || (state.get() == "loading").then_some("")>{move || icon(state_icon(state.get()))}</span>
                <h2 class="model-name truncate" id=heading tabindex="-1">{move || name.get()}</h2>
                <span class="candidate-host">{move || host()}</span>
                {move || Some(replaced.get()).filter(|chosen| !chosen.is_empty()).map(|chosen| {
                    view! { <span class="tag" title=format!("Instead of {chosen}, which failed")>{icon("i-fallback")}"2nd choice"</span> }.into_any()
                })}
                <div class="candidate-acts">{move || acts(index, state.get(), &name.get())}</div>
            </header>
            {move || {
                beat.track();
                state.track();
                bar(&signal.read_untracked())
            }}
            {move || attempts(&signal.read())}
            {story(signal)}
            {reasoning(index, signal)}
            {live(index, signal, name)}
            {metrics(signal)}
        </article>
    }
    .into_any()
}

fn heading_id(index: usize) -> String {
    format!("card-{index}")
}

fn has_code(index: usize) -> bool {
    App::here().board.peek(|run| run.is_some_and(|run| run.candidates[index].extraction.is_some()))
}

/// What can be done with a card in its state.
fn acts(index: usize, state: &str, name: &str) -> AnyView {
    match state {
        "completed" | "truncated" | "interrupted" | "failed" | "cancelled" => {
            let retry = (state != "completed" || !has_code(index)).then(|| {
                Button::new("btn btn-compact")
                    .icon("i-retry")
                    .text("Retry")
                    .label(format!("Retry {name}"))
                    .on_press(move || {
                        driver().dispatch(Event::Retry { candidate: index });
                        dom::catch_focus(heading_id(index));
                    })
            });
            view! { {retry}{take(index)} }.into_any()
        }
        _ => Button::new("btn btn-quiet btn-icon btn-compact")
            .icon("i-stop")
            .label(format!("Cancel {name}"))
            .title("Cancel")
            .on_press(move || {
                driver().dispatch(Event::Cancel { candidate: index });
                dom::catch_focus(heading_id(index));
            }),
    }
}

/// "Use now": the answer of a card that is over, while others still work.
fn take(index: usize) -> AnyView {
    let app = App::here();
    if !has_code(index) {
        return ().into_any();
    }
    let open = move || {
        app.board.selected.set(index);
        app.board.beside.set(None);
        app.board.mode.set(Mode::Answer);
    };
    Button::new("btn btn-compact btn-primary").text("Use now").on_press(open)
}

fn bar(card: &Card) -> AnyView {
    let app = App::here();
    let (origin, longest) = app.board.with_run(|run| {
        run.map_or((0, 0), |run| {
            (run.started_ms, run.ended_ms.unwrap_or(card.now).saturating_sub(run.started_ms))
        })
    });
    timeline::timebar(&card.candidate, origin, card.now, timeline::axis(longest.max(8000)))
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
            let wait = paused.map(|ms| format!(", after a wait of {}", words::seconds(ms))).unwrap_or_default();
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
    let verbatim = Memo::new(move |_| {
        let card = signal.read();
        let failed = matches!(card.candidate.state, State::Failed | State::Interrupted);
        failed.then(|| words::verbatim(&card.candidate)).flatten().unwrap_or_default()
    });
    view! {
        <p class="candidate-story"><strong>{move || told().0}</strong>" "{move || told().1}</p>
        {move || Some(verbatim.get()).filter(|said| !said.is_empty()).map(|said| {
            view! { <p class="candidate-said"><span class="sr-only">"The provider's words: "</span>{said}</p> }.into_any()
        })}
    }
    .into_any()
}

/// The model's reasoning, folded, and read from the run only when it is opened.
fn reasoning(index: usize, signal: RwSignal<Card>) -> AnyView {
    let some = Memo::new(move |_| signal.read().reasoning_chars > 0);
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
    let some = Memo::new(move |_| signal.read().has_text);
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

fn metrics(signal: RwSignal<Card>) -> AnyView {
    let dash = || "–".to_owned();
    let first = move || signal.read().candidate.first_token_ms().map_or_else(dash, words::seconds);
    let speed =
        move || signal.read().speed.map_or_else(dash, |speed| format!("{} tok/s", speed.round() as u64));
    let tokens = move || {
        let (tokens, estimated) = signal.read().tokens;
        format!("{}{}", if estimated && tokens > 0 { "≈ " } else { "" }, words::thousands(tokens))
    };
    let elapsed = move || {
        let card = signal.read();
        card.candidate.elapsed_ms(card.now).map_or_else(dash, words::seconds)
    };
    view! {
        <dl class="metrics">
            <div><dt>"First token"</dt><dd>{move || first()}</dd></div>
            <div><dt>"Speed"</dt><dd>{move || speed()}</dd></div>
            <div><dt>"Tokens"</dt><dd>{move || tokens()}</dd></div>
            <div><dt>"Elapsed"</dt><dd>{move || elapsed()}</dd></div>
        </dl>
    }
    .into_any()
}

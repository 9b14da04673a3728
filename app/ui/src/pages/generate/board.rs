//! The run board: progress over all, lanes with one card per model, and what can be done with the whole.

use codecraft_core::run::{Card, Event, State};
use leptos::prelude::*;

use super::{briefbar, cancel_all, card, foot, lanes};
use crate::{
    browser::{clock, dom},
    components::{button::Button, icon::icon, keyed, memo},
    drive::driver,
    state::App,
    words,
};

pub fn board() -> AnyView {
    let app = App::here();
    let time = move || {
        let now = app.board.now.get();
        app.board
            .with_run(|run| run.map_or(0, |run| run.ended_ms.unwrap_or(now).saturating_sub(run.started_ms)))
    };
    let active = move || app.board.with_run(|run| run.is_some_and(codecraft_core::run::Run::is_active));
    // Keyed, so that the bars that are there stay when a card is added.
    let cards = move || (0..app.board.cards.with(Vec::len)).map(|index| index.to_string()).collect();
    let bar = move |index: String| {
        let card = index.parse().ok().and_then(|index: usize| {
            let signal = app.board.cards.with_untracked(|cards| cards.get(index).copied());
            Some(progress(index, signal?))
        });
        card.unwrap_or_else(|| ().into_any())
    };
    view! {
        <div class="runhead">
            <h1 id="run-h" tabindex="-1"><span class="clock">{move || briefbar::clock(time())}</span><span class="sr-only">" of this run"</span></h1>
            <ol class="runprogress" aria-label="Progress">{keyed(cards, bar)}</ol>
            {move || active().then(|| Button::new("btn btn-danger").icon("i-stop").text("Cancel all").on_press(cancel_all))}
        </div>
        {limit()}
        {summary()}
        {lanes::lanes()}
        {foot::foot()}
    }
    .into_any()
}

/// How far one card is, in the strip over the board.
fn progress(index: usize, signal: RwSignal<Card>) -> AnyView {
    let name = card::name(index, signal);
    let words = move || {
        let card = signal.read();
        let name = name.read();
        match card.candidate.state {
            State::Pending => format!("{name} waits"),
            State::Waiting { .. } => format!("{name} pauses"),
            State::Generating if card.has_text => format!("{name} {}", words::count(card.lines, "line")),
            State::Generating if card.reasoning_chars > 0 => format!("{name} thinks"),
            State::Generating => format!("{name} sent"),
            State::Completed => format!("{name} finished"),
            State::Truncated => format!("{name} cut off"),
            State::Interrupted => format!("{name} interrupted"),
            State::Failed => format!("{name} failed"),
            State::Cancelled => format!("{name} cancelled"),
            State::Spared => format!("{name} not needed"),
        }
    };
    // Nobody knows how long an answer will be: the bar nears its end and reaches it only when the answer does.
    let value = move || {
        let card = signal.read();
        let percent = if card.candidate.state.is_over() { 100 } else { 100 * card.lines / (card.lines + 40) };
        percent.to_string()
    };
    view! {
        <li data-state=move || card::state_word(&signal.read())><progress max="100" prop:value=value aria-label=move || name.get()></progress><span class="truncate">{move || words()}</span></li>
    }
    .into_any()
}

/// What keeps the run from being sent, and for how long; the countdown is not spoken.
fn limit() -> AnyView {
    let app = App::here();
    // Anew once a second, when its words change.
    let told = memo(move || {
        app.board.now.track();
        let generations = app.generations.get_value();
        app.board.with_run(|run| words::limited(run?, clock::now(), generations)).unwrap_or_default()
    });
    let notice = move || {
        let (what, then) = told.get();
        (!what.is_empty()).then(|| {
            view! {
                <div class="notice notice-band" data-tone="warn">{icon("i-clock")}<p class="num"><strong>{what}</strong>" "{then}</p></div>
            }
            .into_any()
        })
    };
    view! { {move || notice()} }.into_any()
}

/// When nothing usable came: one sentence that names each cause, and one button.
fn summary() -> AnyView {
    let app = App::here();
    view! {
        {move || {
            let sentence = app.board.with_run(|run| {
                let run = run?;
                run.ranking.as_ref().filter(|ranking| !ranking.any_usable).map(|_| (words::all_failed(run), run.candidates.len()))
            });
            sentence.map(|(sentence, count)| {
                let (head, causes) = sentence.split_once(':').map_or((sentence.clone(), String::new()), |(head, causes)| (format!("{head}:"), causes.to_owned()));
                let label = if count == 1 { "Retry".to_owned() } else { format!("Retry all {count}") };
                view! {
                    <div class="notice notice-band" data-tone="bad" role="alert">
                        {icon("i-error")}
                        <p><strong>{head}</strong>{causes}</p>
                        <div class="notice-acts">{Button::new("btn btn-compact").icon("i-retry").text(label).on_press(retry_failed)}</div>
                    </div>
                }
                .into_any()
            })
        }}
    }
    .into_any()
}

/// Asks everybody again who brought nothing. The button is gone then, so the board takes the focus.
fn retry_failed() {
    driver().dispatch(Event::RetryFailed);
    dom::catch_focus("run-h");
}

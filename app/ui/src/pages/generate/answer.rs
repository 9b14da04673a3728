//! The answers: the best candidate first, the others a tab away, any two side by side, and everything to take away.

use codecraft_core::{
    brief::Language,
    rank::{Mark, Ranking},
    run::{Run, State, picture},
};
use leptos::{ev, prelude::*};

use super::{card::reasoning_drawer, code, why};
use crate::{
    browser::{self, dom, editor, files},
    components::{assay::assay, button::Button, copy::copy_button, icon::icon, memo, timeline},
    state::App,
    words,
};

/// One candidate as the answer view needs it.
#[derive(Clone, PartialEq)]
pub struct Answer {
    pub index: usize,
    /// Name of the model that wrote it.
    pub name: String,
    /// Empty if there is no code.
    pub code: String,
    /// The whole answer, for one that is over and has no code.
    pub text: String,
    pub language: Language,
    pub file_name: String,
    pub truncated: bool,
    pub state: State,
    pub has_reasoning: bool,
    pub notes: Vec<String>,
}

fn answer_of(run: &Run, index: usize) -> Option<Answer> {
    let candidate = run.candidates.get(index)?;
    let extraction = candidate.extraction.as_ref();
    let language =
        extraction.and_then(|extraction| extraction.language).unwrap_or(run.edition(index).brief.language());
    let file_name = extraction
        .and_then(|extraction| extraction.file_name.clone())
        .unwrap_or_else(|| format!("answer.{}", language.extension()));
    Some(Answer {
        index,
        name: run.name(index),
        code: extraction.map(|extraction| extraction.code.clone()).unwrap_or_default(),
        text: if extraction.is_none() && candidate.state.is_over() {
            candidate.text.clone()
        } else {
            String::new()
        },
        language,
        file_name,
        truncated: candidate.state == State::Truncated
            || extraction.is_some_and(|extraction| extraction.truncated),
        state: candidate.state,
        has_reasoning: !candidate.reasoning.is_empty(),
        notes: extraction.map(|extraction| extraction.notes.clone()).unwrap_or_default(),
    })
}

/// The order of the tabs: ranked if the run is over, else as chosen.
fn order(run: &Run) -> Vec<usize> {
    run.ranking.as_ref().map_or_else(|| (0..run.candidates.len()).collect(), |ranking| ranking.order.clone())
}

/// A few words on a tab.
fn note(run: &Run, index: usize) -> String {
    let candidate = &run.candidates[index];
    let ranking = run.ranking.as_ref();
    if let Some(ranking) = ranking
        && ranking.any_usable
        && ranking.order.first() == Some(&index)
    {
        return "first".into();
    }
    match candidate.state {
        State::Completed if candidate.extraction.is_none() => "no code".into(),
        State::Completed => ranking.map_or_else(|| "finished".into(), |ranking| behind(ranking, index)),
        State::Truncated => "cut off".into(),
        State::Interrupted => "interrupted".into(),
        State::Failed => "failed".into(),
        State::Cancelled => "cancelled".into(),
        State::Spared => "not needed".into(),
        State::Pending | State::Waiting { .. } => "waits".into(),
        State::Generating => "writing".into(),
    }
}

/// Where a candidate fell behind the first.
fn behind(ranking: &Ranking, index: usize) -> String {
    let evidence = &ranking.evidence[index];
    evidence
        .iter()
        .find(|rung| matches!(rung.mark, Mark::Fail | Mark::Part) && !rung.figure.is_empty())
        .map_or_else(
            || "equal".into(),
            |rung| format!("{} {}", rung.rung.name().to_ascii_lowercase(), rung.figure),
        )
}

pub fn answer() -> AnyView {
    let app = App::here();
    let wrap = RwSignal::new(false);
    let current = memo(move || {
        let index = app.board.selected.get();
        app.board.with_run(|run| answer_of(run?, index))
    });
    let beside = memo(move || {
        let index = app.board.beside.get()?;
        app.board.with_run(|run| answer_of(run?, index))
    });
    let over = memo(move || app.board.with_run(|run| run.is_some_and(|run| run.ended_ms.is_some())));
    view! {
        <div class="answer">
            <section class="answer-main" aria-label="Answers">
                {tabs()}
                {move || current.get().map(|answer| toolbar(answer, wrap))}
                {move || match (current.get(), beside.get()) {
                    (Some(left), Some(right)) => code::compare(left, right, wrap),
                    (Some(answer), None) if !answer.code.is_empty() => code::code(answer, wrap),
                    (Some(answer), None) => words_only(&answer),
                    (None, _) => ().into_any(),
                }}
                {move || current.get().filter(|answer| answer.has_reasoning).map(|answer| reasoning_drawer(answer.index, || ()))}
            </section>
            <section class="answer-time" aria-labelledby="time-h">
                {move || app.board.with_run(|run| run.filter(|_| over.get()).map(|run| timeline::run_timeline(run, save_picture())))}
            </section>
            {why::why()}
        </div>
    }
    .into_any()
}

/// Saves the picture of the run as a file.
fn save_picture() -> AnyView {
    let app = App::here();
    tool("i-download", "Save the timeline as SVG".into()).on_press(move || {
        let picture = app.board.peek(|run| run.map(picture::svg)).unwrap_or_default();
        if let Err(error) = files::download("codecraft-run.svg", "image/svg+xml", picture.as_bytes()) {
            app.complain(error.0);
        }
    })
}

/// An answer that holds no code, one that is not there yet, or none at all.
fn words_only(answer: &Answer) -> AnyView {
    let text = answer.text.clone();
    let some = !text.trim().is_empty();
    let told = match answer.state {
        State::Generating => "It still writes. Its text stands on its card.",
        State::Pending | State::Waiting { .. } => "It still waits. Its card says what for.",
        _ if some => "There is no code in this answer. Its words:",
        _ => "This model brought no text. Its card says why.",
    };
    view! {
        <div class="answer-none" id="answer-panel" role="tabpanel" tabindex="0" aria-labelledby=tab_id(answer.index)>
            <p class:muted=some>{told}</p>
            {some.then(|| view! { <p class="answer-words">{text}</p> }.into_any())}
        </div>
    }
    .into_any()
}

pub fn tab_id(index: usize) -> String {
    format!("tab-{index}")
}

fn tabs() -> AnyView {
    let app = App::here();
    let order = memo(move || app.board.with_run(|run| run.map(order).unwrap_or_default()));
    let keys = move |event: ev::KeyboardEvent| {
        // Alt and an arrow are the browser's own way back.
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let order = order.get_untracked();
        let at = order.iter().position(|index| *index == app.board.selected.get_untracked()).unwrap_or(0);
        let last = order.len().saturating_sub(1);
        let to = match event.key().as_str() {
            "ArrowRight" => {
                if at == last {
                    0
                } else {
                    at + 1
                }
            }
            "ArrowLeft" => {
                if at == 0 {
                    last
                } else {
                    at - 1
                }
            }
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        if let Some(index) = order.get(to).copied() {
            select(app, index);
            dom::after_render(move || dom::focus(&tab_id(index)));
        }
    };
    view! {
        <div class="tabs" role="tablist" aria-label="Candidates, best first" on:keydown=keys>
            {move || order.get().into_iter().map(tab).collect::<Vec<_>>().into_any()}
        </div>
    }
    .into_any()
}

fn select(app: App, index: usize) {
    app.board.selected.set(index);
    if app.board.beside.get_untracked() == Some(index) {
        app.board.beside.set(None);
    }
}

fn tab(index: usize) -> AnyView {
    let app = App::here();
    let selected = memo(move || app.board.selected.get() == index);
    let name = move || app.board.with_run(|run| run.map(|run| run.name(index)).unwrap_or_default());
    let strip = move || {
        app.board.with_run(|run| {
            let ranking = run?.ranking.as_ref()?;
            let first = ranking.order.first() == Some(&index);
            Some(assay(ranking.evidence.get(index)?, ranking.decided.filter(|_| first)))
        })
    };
    let told = move || app.board.with_run(|run| run.map(|run| note(run, index)).unwrap_or_default());
    view! {
        <button class="tab" role="tab" type="button" id=tab_id(index) aria-controls="answer-panel"
            aria-selected=move || selected.get().to_string() tabindex=move || if selected.get() { "0" } else { "-1" }
            on:click=move |_| select(app, index)>
            <span class="tab-name truncate">{move || name()}</span>{move || strip()}<span class="tab-note truncate">{move || told()}</span>
        </button>
    }
    .into_any()
}

fn toolbar(answer: Answer, wrap: RwSignal<bool>) -> AnyView {
    let app = App::here();
    if answer.code.is_empty() {
        return ().into_any();
    }
    let lines = words::count(answer.code.lines().count(), "line");
    let file = answer.file_name.clone();
    let (bytes, name) = (answer.code.clone(), file.clone());
    let download = move || {
        if let Err(error) = files::download(&name, "text/plain;charset=utf-8", bytes.as_bytes()) {
            app.complain(error.0);
        }
    };
    let several = app.board.with_run(|run| {
        run.map_or(0, |run| run.candidates.iter().filter(|c| c.extraction.is_some()).count())
    });
    view! {
        <div class="toolbar" role="group" aria-label="Code">
            <span class="filename">{file.clone()}</span>
            {answer.truncated.then(|| view! { <span class="tag" data-tone="warn">{icon("i-cut")}"cut off"</span> }.into_any())}
            <span class="faint tiny nowrap only-wide" title=answer.notes.join(" ")>{lines}</span>
            <span class="push"></span>
            {beside_picker(answer.index)}
            <button class="btn btn-quiet btn-icon btn-compact only-wide" type="button" aria-label="Wrap lines" title="Wrap lines" aria-pressed=move || wrap.get().to_string() on:click=move |_| wrap.update(|on| *on = !*on)>{icon("i-wrap")}</button>
            <span class="toolbar-sep"></span>
            {tool("i-download", format!("Download {file}")).on_press(download)}
            {(several > 1).then(|| tool("i-zip", format!("Download all {several} as zip")).on_press(move || download_all(app)))}
            {copy_button("btn btn-primary btn-compact", None, answer.code)}
        </div>
    }
    .into_any()
}

/// A button of the bar, which has no words but its name.
fn tool(symbol: &'static str, name: String) -> Button {
    Button::new("btn btn-quiet btn-icon btn-compact").icon(symbol).label(name.clone()).title(name)
}

/// Chooses the answer to compare with.
fn beside_picker(index: usize) -> AnyView {
    let app = App::here();
    let others = app.board.with_run(|run| {
        run.map(|run| {
            order(run)
                .into_iter()
                .filter(|other| *other != index && run.candidates[*other].extraction.is_some())
                .map(|other| (other, run.name(other)))
                .collect::<Vec<_>>()
        })
        .unwrap_or_default()
    });
    if others.is_empty() {
        return ().into_any();
    }
    let choose = move |event| {
        app.board.beside.set(event_target_value(&event).parse().ok());
    };
    view! {
        <label class="beside">
            <span class="sr-only">"Compare with"</span>
            {icon("i-diff")}
            <select class="select" on:change=choose>
                <option value="" prop:selected=move || app.board.beside.get().is_none()>"Compare with …"</option>
                {others.into_iter().map(|(other, name)| view! {
                    <option value=other.to_string() prop:selected=move || app.board.beside.get() == Some(other)>{name}</option>
                }.into_any()).collect::<Vec<_>>()}
            </select>
        </label>
    }
    .into_any()
}

/// Packs every answer that has code, one folder per model.
fn download_all(app: App) {
    let entries = app.board.peek(|run| {
        let Some(run) = run else { return Vec::new() };
        order(run)
            .into_iter()
            .enumerate()
            .filter_map(|(place, index)| {
                let answer = answer_of(run, index).filter(|answer| !answer.code.is_empty())?;
                Some((format!("{}-{}/{}", place + 1, safe(&answer.name), answer.file_name), answer.code))
            })
            .collect::<Vec<_>>()
    });
    browser::spawn(async move {
        let result = match editor::zip(&entries).await {
            Ok(bytes) => files::download("codecraft-answers.zip", "application/zip", &bytes),
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            app.complain(error.0);
        }
    });
}

/// A model id as a folder name.
fn safe(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' })
        .take(60)
        .collect()
}

//! The brief in one line while a run works or an answer is read: one click to edit it, one to run it again.

use codecraft_core::run::Run;
use leptos::prelude::*;

use crate::{
    components::button::Button,
    drive::driver,
    state::{App, Mode},
};

pub fn briefbar() -> AnyView {
    let app = App::here();
    let Some((prompt, tags)) = app.board.peek(|run| {
        let brief = &run?.brief;
        let mut tags = vec![brief.language().name().to_owned(), brief.complexity().name().to_owned()];
        if !brief.wishes().is_empty() {
            tags.push(if brief.wishes().len() == 1 {
                "1 wish".into()
            } else {
                format!("{} wishes", brief.wishes().len())
            });
        }
        Some((brief.prompt().to_owned(), tags))
    }) else {
        return ().into_any();
    };
    let again = move || driver().again();
    let over = move || app.board.with_run(|run| run.is_some_and(|run| !run.is_active()));
    // Between the cards and the answers there is a way in both directions.
    let other = move || {
        let usable = app.board.with_run(|run| run.is_some_and(has_words));
        match app.board.mode.get() {
            Mode::Answer => Some((Mode::Watch, "i-stream", "Cards")),
            Mode::Watch if usable => Some((Mode::Answer, "i-done", "Answers")),
            _ => None,
        }
    };
    view! {
        <div class="briefbar">
            <p class="briefbar-text truncate" title=prompt.clone()>{prompt.clone()}</p>
            <div class="briefbar-meta">{tags.into_iter().map(|tag| view! { <span class="tag">{tag}</span> }.into_any()).collect::<Vec<_>>()}</div>
            {move || other().map(|(mode, symbol, name)| {
                Button::new("btn btn-compact").icon(symbol).text(name).on_press(move || app.board.mode.set(mode))
            })}
            {Button::new("btn btn-compact").icon("i-edit").text("Edit").on_press(move || app.board.mode.set(Mode::Write))}
            {move || over().then(|| {
                Button::new("btn btn-compact only-wide").icon("i-retry").text("Run again").on_press(again)
            })}
        </div>
    }
    .into_any()
}

/// True if some candidate has an answer to show.
fn has_words(run: &Run) -> bool {
    run.candidates.iter().any(|candidate| candidate.state.is_over() && !candidate.text.is_empty())
}

/// "1:09.4" for the clock of a run.
pub fn clock(ms: u64) -> String {
    format!("{}:{:02}.{}", ms / 60_000, ms / 1000 % 60, ms / 100 % 10)
}

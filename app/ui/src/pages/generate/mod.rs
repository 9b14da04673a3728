//! The Generate page: write a brief, watch the models, take the best answer away.

mod acts;
mod adjust;
mod answer;
mod board;
mod briefbar;
mod card;
mod code;
mod foot;
mod form;
mod lanes;
mod log;
mod models;
mod params;
mod policy;
mod vanished;
mod why;

#[cfg(test)]
pub use params::params as test_params;

use codecraft_core::run::Event;
use leptos::prelude::*;

use crate::{
    browser::dom,
    components::timeline,
    drive::driver,
    state::{App, Mode},
};

#[component]
pub fn Generate() -> impl IntoView {
    let app = App::here();
    let mode = app.board.mode;
    // The view that appears takes the focus, so that keys and screen readers arrive where the eye does.
    Effect::watch(
        move || mode.get(),
        |now, before, _| {
            if before.is_some_and(|before| before != now) {
                let id = match now {
                    Mode::Write => crate::browser::prompt::ID,
                    Mode::Watch => "run-h",
                    Mode::Answer => "why-h",
                };
                dom::after_render(move || dom::focus(id));
            }
        },
        false,
    );
    view! {
        <main class="page" id="main" tabindex="-1">
            {timeline::textures()}
            // The form keeps its place in the document: what is typed, open or scrolled there survives a run.
            <div class="generate-form" class:hidden=move || mode.get() != Mode::Write>
                {form::form()}
            </div>
            {move || match mode.get() {
                Mode::Write => ().into_any(),
                Mode::Watch => {
                    // A new run has new cards, also when the old ones were on screen.
                    app.board.runs.track();
                    view! { {briefbar::briefbar()} {board::board()} }.into_any()
                }
                Mode::Answer => view! { {briefbar::briefbar()} {answer::answer()} }.into_any(),
            }}
        </main>
    }
}

/// Cancels whatever still works.
fn cancel_all() {
    driver().dispatch(Event::CancelAll);
    dom::catch_focus("run-h");
}

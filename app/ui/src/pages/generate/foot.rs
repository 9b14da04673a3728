//! The foot of the board: one more card, and what a valid answer means for the others.

use codecraft_core::{
    brief::MAX_MODELS,
    run::{Event, Policy, Run},
};
use leptos::prelude::*;

use super::{adjust, card::heading_id};
use crate::{
    browser::dom,
    components::button::Button,
    components::memo,
    drive::driver,
    state::{App, Panel},
};

pub fn foot() -> AnyView {
    view! { <div class="board-foot">{add()}{policy()}</div> }.into_any()
}

const ADD: &str = "add-card";

/// One more card, as long as there is room.
fn add() -> AnyView {
    let app = App::here();
    let room =
        memo(move || app.board.with_run(|run| run.is_some_and(|run| run.candidates.len() < MAX_MODELS)));
    let open = memo(move || app.board.panel.get() == Some(Panel::Add));
    let pick = move |model| {
        let settings = app.settings.get_untracked();
        let Some(entry) = app.models.entry(&model, &settings) else { return };
        let place = app.board.peek(|run| run.map_or(0, |run| run.candidates.len()));
        driver().dispatch(Event::Add { entry });
        app.board.panel.set(None);
        dom::catch_focus(heading_id(place));
    };
    view! {
        {move || match (room.get(), open.get()) {
            (false, _) => view! { <span class="hint">{format!("{MAX_MODELS} cards are the most that a run can have.")}</span> }.into_any(),
            (true, false) => Button::new("btn btn-quiet").icon("i-plus").id(ADD).text("Add a model to this run").on_press(move || {
                app.board.panel.set(Some(Panel::Add));
                dom::after_render(|| dom::focus("add-model"));
            }),
            (true, true) => adjust::picker("add-model", "Model to add", "Add", "i-plus", ADD, pick),
        }}
    }
    .into_any()
}

/// What becomes of the others once an answer is valid, while there are others.
fn policy() -> AnyView {
    let app = App::here();
    let now = memo(move || {
        app.board.with_run(|run| {
            run.filter(|run| run.is_active() && run.candidates.len() > 1).map(|run: &Run| run.policy)
        })
    });
    let follow = |policy| driver().dispatch(Event::Follow { policy });
    let choice = move |policy: Policy, words: &'static str| {
        view! {
            <label><input type="radio" name="policy" prop:checked=move || now.get() == Some(policy) on:change=move |_| follow(policy)/><span>{words}</span></label>
        }
        .into_any()
    };
    let staged =
        memo(move || now.get().map(|policy| matches!(policy, Policy::LocalFirst | Policy::CheapestFirst)));
    view! {
        {move || match (staged.get(), now.get_untracked()) {
            (Some(true), Some(policy)) => view! {
                <div class="lane-policy push">
                    <span><strong>{policy.name()}.</strong>" "<span class="muted">{policy.explained()}</span></span>
                    {Button::new("btn btn-compact").text("Ask all now").on_press(move || {
                        follow(Policy::All);
                        dom::catch_focus("run-h");
                    })}
                </div>
            }.into_any(),
            (Some(false), _) => view! {
                <fieldset class="lane-policy push">
                    <legend class="sr-only">"When one answer is valid"</legend>
                    <span aria-hidden="true">"When one answer is valid"</span>
                    <div class="segments">{choice(Policy::All, "finish the others")}{choice(Policy::FirstValid, "cancel the rest")}</div>
                </fieldset>
            }.into_any(),
            _ => ().into_any(),
        }}
    }
    .into_any()
}

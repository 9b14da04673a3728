//! The chain of fallbacks as a list that can be put in order.

use codecraft_core::{
    provider::{ModelRef, catalog},
    settings::MOST_FALLBACKS,
};
use leptos::prelude::*;

use super::rules::Editor;
use crate::{browser::dom, components::button::Button, components::memo, state::App};

/// Where the focus goes when what had it is gone.
const ADD: &str = "chain-add";

/// The chain as it stands in the form: what somebody decided, else what is shipped.
fn standing(app: App, editor: Editor) -> Vec<ModelRef> {
    let own = editor.form.with(|form| form.fallbacks.clone());
    own.unwrap_or_else(|| {
        let usable = app.models.usable();
        editor
            .model
            .with_value(|model| model.as_ref().map(|model| catalog::fallbacks(&model.id, &usable)))
            .unwrap_or_default()
    })
}

/// Changes the chain; from then on it is the reader's own.
fn change(app: App, editor: Editor, change: impl FnOnce(&mut Vec<ModelRef>)) {
    let mut chain = untrack(|| standing(app, editor));
    change(&mut chain);
    editor.form.update(|form| form.fallbacks = Some(chain));
}

pub fn chain(editor: Editor) -> AnyView {
    let app = App::here();
    let standing = memo(move || standing(app, editor));
    let list = move || {
        let chain = standing.get();
        let last = chain.len().saturating_sub(1);
        if chain.is_empty() {
            return view! { <p class="hint">"Nobody. Its failure is the end of its card."</p> }.into_any();
        }
        let links = chain
            .into_iter()
            .enumerate()
            .map(|(at, model)| link(app, editor, at, last, &model))
            .collect::<Vec<_>>();
        view! { <ol class="chain-list" aria-label="Asked in this order">{links}</ol> }.into_any()
    };
    let whose = move || {
        if editor.form.with(|form| form.fallbacks.is_some()) {
            let shipped = move || {
                editor.form.update(|form| form.fallbacks = None);
                app.announce("The shipped chain.");
                dom::after_render(|| dom::focus(ADD));
            };
            Button::new("btn btn-quiet btn-compact")
                .icon("i-restore")
                .text("Use the shipped chain")
                .on_press(shipped)
        } else {
            view! { <span class="hint">"Shipped: it follows what is there."</span> }.into_any()
        }
    };
    view! {
        <fieldset class="chain">
            <legend class="label">"When it fails, ask"</legend>
            {move || list()}
            <div class="row row-wrap">{add(app, editor, standing)}{move || whose()}</div>
        </fieldset>
    }
    .into_any()
}

fn link(app: App, editor: Editor, at: usize, last: usize, model: &ModelRef) -> AnyView {
    let name = model.to_string();
    let step = |symbol: &'static str, words: &str, id: String, off: bool, to: usize| {
        let said = format!("{name} is number {} now.", to + 1);
        let focus = id.replace(&format!("-{at}"), &format!("-{to}"));
        let press = move |_| {
            change(app, editor, |chain| chain.swap(at, to));
            app.announce(said.clone());
            let focus = focus.clone();
            // At an end of the list the button rests: the focus stays with the model.
            dom::after_render(move || dom::focus(&focus));
        };
        view! {
            <button class="btn btn-quiet btn-icon btn-compact" type="button" id=id aria-label=format!("{words} {name}") aria-disabled=off.then_some("true")
                on:click=move |event| if !off { press(event) }>
                {crate::components::icon::icon(symbol)}
            </button>
        }
        .into_any()
    };
    let up = step("i-up", "Earlier:", format!("chain-up-{at}"), at == 0, at.saturating_sub(1));
    let down = step("i-down", "Later:", format!("chain-down-{at}"), at == last, (at + 1).min(last));
    let remove = {
        let said = format!("{name} is taken out.");
        move || {
            change(app, editor, |chain| drop(chain.remove(at)));
            app.announce(said.clone());
            dom::after_render(|| dom::focus(ADD));
        }
    };
    let button = Button::new("btn btn-quiet btn-icon btn-compact")
        .icon("i-x")
        .label(format!("Take out {name}"))
        .on_press(remove);
    let gone = untrack(|| app.models.vanished(std::slice::from_ref(model)));
    let note =
        (!gone.is_empty()).then(|| view! { <span class="is-warn small">"is not there"</span> }.into_any());
    view! { <li><span class="mono truncate">{name}</span>{note}<span class="push row">{up}{down}{button}</span></li> }.into_any()
}

fn add(app: App, editor: Editor, standing: Memo<Vec<ModelRef>>) -> AnyView {
    // Samples stand in for samples only.
    let fitting = memo(move || {
        let chain = standing.get();
        let usable = app.models.usable();
        editor.model.with_value(|model| {
            let Some(model) = model else { return Vec::new() };
            let fits = usable.into_iter().filter(|other| {
                other.id != model.id
                    && other.kind.is_sample() == model.kind.is_sample()
                    && !chain.contains(&other.id)
            });
            fits.map(|other| other.id.to_string()).collect::<Vec<_>>()
        })
    });
    let chosen = RwSignal::new(String::new());
    let options = move || {
        let option = |name: String| view! { <option value=name.clone()>{name.clone()}</option> }.into_any();
        fitting.get().into_iter().map(option).collect::<Vec<_>>().into_any()
    };
    let full = move || standing.with(|chain| chain.len() >= MOST_FALLBACKS);
    let press = move || {
        if let Ok(model) = chosen.get_untracked().parse::<ModelRef>() {
            app.announce(format!("{model} is asked last."));
            chosen.set(String::new());
            change(app, editor, |chain| chain.push(model));
        }
        dom::focus(ADD);
    };
    view! {
        <label class="sr-only" for=ADD>"Model to add to the chain"</label>
        <select class="select chain-add" id=ADD prop:value=move || chosen.get() on:change=move |event| chosen.set(event_target_value(&event))>
            <option value="">{move || if full() { "Five are enough" } else { "Choose a model" }}</option>
            {move || (!full()).then(options)}
        </select>
        {Button::new("btn btn-compact").icon("i-plus").text("Add").on_press(press)}
    }
    .into_any()
}

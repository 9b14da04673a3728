//! The brief as a form. The prompt box is the one that stood in the document before the app did.

use codecraft_core::{
    brief::{Complexity, Field, Language, MAX_PROMPT_CHARS, Wish},
    provider::sample,
};
use leptos::{ev, html, prelude::*};

use super::{models, params};
use crate::{
    browser::{dom, prompt},
    components::{button::Button, effect, icon::icon},
    drive::Driver,
    state::{App, Mode, form::field_id},
    words,
};

/// Sends the form: a run, or the problems at their fields.
fn submit(app: App, driver: StoredValue<Driver, LocalStorage>) {
    if let Some(brief) = app.form.submit() {
        driver.get_value().run(brief);
    } else {
        let count = app.form.problems.with_untracked(Vec::len);
        app.announce(format!("{} to mend before it can start.", words::count(count, "thing")));
    }
}

pub fn form() -> AnyView {
    let app = App::here();
    // Taken here: listeners of the window run without an owner, and so without context.
    let driver = expect_context::<StoredValue<Driver, LocalStorage>>();
    // Ctrl+Enter sends from anywhere on the page.
    let shortcut = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Enter"
            && (event.ctrl_key() || event.meta_key())
            && app.board.mode.get_untracked() == Mode::Write
        {
            event.prevent_default();
            submit(app, driver);
        }
    });
    on_cleanup(move || shortcut.remove());

    view! {
        <form class="brief" novalidate on:submit=move |event| { event.prevent_default(); submit(app, driver); }>
            <div class="brief-write">
                <div class="brief-write-in">
                    {prompt_field()}
                    <div class="brief-shape">
                        {language_field()}
                        {complexity_field()}
                        {wishes_field()}
                    </div>
                    {params::params()}
                </div>
                <div class="brief-go">
                    <p class="small muted">{move || promise(app)}</p>
                    {move || app.board.with_run(|run| run.is_some()).then(|| {
                        Button::new("btn btn-large").text("Back to the run").on_press(move || back_to_run(app))
                    })}
                    <button class="btn btn-primary btn-large" type="submit">"Generate"<kbd>"Ctrl ↵"</kbd></button>
                </div>
            </div>
            {models::models()}
        </form>
    }
    .into_any()
}

fn back_to_run(app: App) {
    let over = app
        .board
        .peek(|run| run.is_some_and(|run| run.ranking.as_ref().is_some_and(|ranking| ranking.any_usable)));
    app.board.mode.set(if over { Mode::Answer } else { Mode::Watch });
}

/// What pressing the button will do, before it is pressed.
fn promise(app: App) -> String {
    let chosen = app.form.draft.with(|draft| draft.models.clone());
    if chosen.is_empty() {
        return "Choose the models that shall answer.".into();
    }
    let models = words::count(chosen.len(), "model");
    if chosen.iter().all(|model| model.provider == sample::PROVIDER) {
        return format!("{models} at once. Samples use no AI; the prompt stays in this browser.");
    }
    format!("{models} at once. The prompt goes to the chosen providers and nowhere else.")
}

fn prompt_field() -> AnyView {
    let app = App::here();
    let slot = NodeRef::<html::Div>::new();
    effect(move || {
        if let Some(slot) = slot.get() {
            prompt::adopt(&slot, move |text| app.form.edit(|draft| draft.prompt = text));
            prompt::remove_shell();
        }
    });
    effect(move || {
        let wrong = app.form.problem(Field::Prompt).is_some();
        prompt::set_invalid(wrong, if wrong { "prompt-problem prompt-hint" } else { "prompt-hint" });
    });
    let length = move || app.form.draft.with(|draft| draft.prompt.chars().count());
    let starters = sample::starters()
        .iter()
        .map(|starter| Button::default().text(starter.label).on_press(|| prompt::set_text(starter.prompt)))
        .collect::<Vec<_>>();
    view! {
        <div class="brief-prompt">
            <div class="brief-prompt-head">
                <h1><label for=prompt::ID>"What should it do?"</label></h1>
                <span class="hint push num" class:is-bad=move || { length() > MAX_PROMPT_CHARS }>
                    {move || format!("{} / {}", words::thousands(length() as u64), words::thousands(MAX_PROMPT_CHARS as u64))}
                </span>
            </div>
            <div class="brief-prompt-slot" node_ref=slot></div>
            {problem(Field::Prompt)}
            <p class="starters" id="prompt-hint">"Start from " {starters}</p>
        </div>
    }
    .into_any()
}

/// The sentence below a field that has a problem.
pub fn problem(field: Field) -> AnyView {
    let form = App::here().form;
    let id = format!("{}-problem", field_id(field));
    view! {
        {move || form.problem(field).map(|sentence| view! {
            <p class="field-error" id=id.clone()>{icon("i-error")}{sentence}</p>
        }.into_any())}
    }
    .into_any()
}

fn language_field() -> AnyView {
    let form = App::here().form;
    let options = move || {
        let current = form.draft.with(|draft| draft.language.clone());
        // A word of the link that is no language stays visible until another one is chosen.
        let unknown = Language::from_name(&current).is_none().then(|| {
            view! {
                <option value=current.clone() selected=true>{current.clone()}</option>
            }
            .into_any()
        });
        let known = Language::ALL.iter().map(|language| {
            let slug = language.slug();
            view! { <option value=slug selected=slug == current>{language.name()}</option> }.into_any()
        });
        unknown.into_iter().chain(known).collect::<Vec<_>>().into_any()
    };
    view! {
        <div class="field">
            <label class="label" for="lang">"Language"</label>
            <select class="select" id="lang"
                aria-invalid=move || form.problem(Field::Language).map(|_| "true")
                aria-describedby="lang-problem"
                on:change=move |event| form.edit(|draft| draft.language = event_target_value(&event))>
                {move || options()}
            </select>
            {problem(Field::Language)}
        </div>
    }
    .into_any()
}

fn complexity_field() -> AnyView {
    let form = App::here().form;
    let choices = Complexity::ALL
        .into_iter()
        .map(|complexity| {
            view! {
                <label>
                    <input type="radio" name="complexity" prop:checked=move || form.draft.with(|draft| draft.complexity == complexity)
                        on:change=move |_| form.edit(|draft| draft.complexity = complexity)/>
                    <span>{complexity.name()}</span>
                </label>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    view! { <fieldset class="field"><legend class="label">"Complexity"</legend><div class="segments">{choices}</div></fieldset> }
        .into_any()
}

fn wishes_field() -> AnyView {
    let form = App::here().form;
    let ticks = Wish::ALL
        .into_iter()
        .map(|wish| {
            view! {
                <label class="tick">
                    <input type="checkbox" prop:checked=move || form.draft.with(|draft| draft.wishes.has(wish))
                        on:change=move |event| {
                            let on = event_target_checked(&event);
                            form.edit(|draft| draft.wishes = draft.wishes.with(wish, on));
                        }/>
                    {wish.name()}
                </label>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    view! { <fieldset class="field field-wide"><legend class="label">"Wishes"</legend><div class="chips">{ticks}</div></fieldset> }
        .into_any()
}

/// A shortcut that puts the focus into the model search, as the key in its box says.
pub fn search_shortcut() {
    let mode = App::here().board.mode;
    let shortcut = window_event_listener(ev::keydown, move |event| {
        if event.key() == "/" && !dom::is_typing(&event) && mode.get_untracked() == Mode::Write {
            event.prevent_default();
            dom::focus(field_id(Field::Models));
        }
    });
    on_cleanup(move || shortcut.remove());
}

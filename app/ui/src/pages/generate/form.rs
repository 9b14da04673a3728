//! The brief as a form. The prompt box is the one that stood in the document before the app did.

use codecraft_core::{
    brief::{Brief, Complexity, Field, Language, MAX_PROMPT_CHARS, Wish},
    provider::{ModelRef, sample},
    run::{Event, Run, State},
};
use leptos::{ev, html, prelude::*};

use super::{models, params, policy};
use crate::{
    browser::{dom, prompt},
    components::{button::Button, effect, icon::icon, memo},
    drive::{Driver, driver},
    state::{App, Mode, form::field_id},
    words,
};

/// Sends the form: a run, or the problems at their fields. What would cost more than the cap is not sent.
fn submit(app: App, driver: StoredValue<Driver, LocalStorage>) {
    let Some(brief) = checked(app) else { return };
    let budget = untrack(|| {
        let asked = app.form.chosen.with(|chosen| policy::asked(app, chosen));
        policy::budget(app, &asked)
    });
    if budget.refused {
        app.announce(budget.warning);
        dom::focus(policy::WARNING);
        return;
    }
    driver.get_value().run(brief);
}

/// The brief, unless something is to mend.
fn checked(app: App) -> Option<Brief> {
    let brief = app.form.submit();
    if brief.is_none() {
        let count = app.form.problems.with_untracked(Vec::len);
        app.announce(format!("{} to mend before it can start.", words::count(count, "thing")));
    }
    brief
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
    let chosen = app.form.chosen;
    let asked = memo(move || chosen.with(|chosen| policy::asked(app, chosen)));
    let budget = memo(move || asked.with(|asked| policy::budget(app, asked)));
    let lacking = memo(move || lacking(app));

    view! {
        <form class="brief" novalidate on:submit=move |event| { event.prevent_default(); submit(app, driver); }>
            <div class="brief-write">
                <div class="brief-write-in">
                    {prompt_field()}
                    <div class="brief-shape">
                        {language_field()}
                        {complexity_field()}
                        {wishes_field()}
                        {policy::policy()}
                    </div>
                    {params::params()}
                </div>
                <div class="brief-go">
                    <div class="brief-promise">
                        <p class="small muted">{move || promise(app, &chosen.read(), &asked.read().instead, &budget.get().sentence)}</p>
                        {policy::warning(budget)}
                        <p class="small muted num brief-left">{move || app.left.get()}</p>
                    </div>
                    {move || match lacking.get() {
                        0 => ().into_any(),
                        n => Button::new("btn btn-large").text(format!("Rerun only the {n} failed")).on_press(move || rerun(app)),
                    }}
                    {move || (app.board.with_run(|run| run.is_some()) && lacking.get() == 0).then(|| {
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

/// What pressing the button will do and cost, before it is pressed.
fn promise(app: App, chosen: &[ModelRef], instead: &[String], cost: &str) -> String {
    if chosen.is_empty() {
        return "Choose the models that shall answer.".into();
    }
    let policy = app.settings.with(|settings| settings.policy);
    let models = words::promise(chosen.len(), policy);
    if chosen.iter().all(|model| model.provider == sample::PROVIDER) {
        return format!("{models} Samples use no AI; the prompt stays in this browser.");
    }
    let cost = if cost.is_empty() { "Free on your own machine." } else { cost };
    let others = match instead {
        [] => "and nowhere else".to_owned(),
        others => format!("and, where one fails, to {}", others.join(" and ")),
    };
    format!("{models} {cost} The prompt goes to the chosen providers {others}.")
}

/// How many cards of the last run brought no whole answer, once the brief is another one than theirs.
fn lacking(app: App) -> usize {
    let Some(brief) = app.form.brief() else { return 0 };
    app.board.with_run(|run| {
        let Some(run) = run.filter(|run| !run.is_active() && differs(&run.brief, &brief)) else { return 0 };
        lacking_in(run)
    })
}

fn lacking_in(run: &Run) -> usize {
    let whole = |state: State, code: bool| (state == State::Completed && code) || state == State::Spared;
    let all = run.candidates.iter();
    let lacking = all.filter(|card| !whole(card.state, card.extraction.is_some())).count();
    // With nothing to keep it would be the same as a new run.
    if lacking == run.candidates.len() { 0 } else { lacking }
}

/// True if something besides the models was changed.
fn differs(one: &Brief, other: &Brief) -> bool {
    one.prompt() != other.prompt()
        || one.language() != other.language()
        || one.complexity() != other.complexity()
        || one.wishes() != other.wishes()
        || one.params() != other.params()
}

/// Asks those again that brought no whole answer; the others keep theirs.
fn rerun(app: App) {
    let Some(brief) = checked(app) else { return };
    app.board.mode.set(Mode::Watch);
    driver().dispatch(Event::Rewrite { brief });
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
    let current = memo(move || form.draft.with(|draft| draft.language.clone()));
    let options = move || {
        let current = current.get();
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
    let chosen = memo(move || form.draft.with(|draft| draft.complexity));
    let choices = Complexity::ALL
        .into_iter()
        .map(|complexity| {
            view! {
                <label>
                    <input type="radio" name="complexity" prop:checked=move || chosen.get() == complexity
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
    let chosen = memo(move || form.draft.with(|draft| draft.wishes));
    let ticks = Wish::ALL
        .into_iter()
        .map(|wish| {
            view! {
                <label class="tick">
                    <input type="checkbox" prop:checked=move || chosen.get().has(wish)
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
    let app = App::here();
    let shortcut = window_event_listener(ev::keydown, move |event| {
        let wanted = app.settings.with_untracked(|settings| settings.shortcuts);
        if wanted
            && event.key() == "/"
            && !dom::is_typing(&event)
            && app.board.mode.get_untracked() == Mode::Write
        {
            event.prevent_default();
            dom::focus(field_id(Field::Models));
        }
    });
    on_cleanup(move || shortcut.remove());
}

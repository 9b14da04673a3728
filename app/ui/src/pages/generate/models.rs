//! The model picker: what is chosen, a search over what there is, presets, and the providers with what they are able to do.

use codecraft_core::{
    brief::{Field, MAX_MODELS},
    provider::{ErrorClass, ModelRef, catalog, catalog::Model},
};
use leptos::prelude::*;
use leptos_router::components::A;

use super::form::{problem, search_shortcut};
use crate::{
    browser::dom,
    components::{button::Button, icon::icon, memo},
    routes,
    state::{
        App,
        form::field_id,
        models::{Group, Readiness},
    },
    words,
};

pub fn models() -> AnyView {
    let app = App::here();
    let search = RwSignal::new(String::new());
    search_shortcut();
    let chosen = move || app.form.chosen.get().into_iter().map(chip).collect::<Vec<_>>().into_any();
    let presets = memo(move || catalog::presets(&app.models.usable()));
    let apply = move |event| {
        let name = event_target_value(&event);
        if let Some(preset) =
            presets.with_untracked(|presets| presets.iter().find(|p| p.name == name).cloned())
        {
            app.form.choose_all(preset.models);
        }
    };
    // The preset that is chosen right now, if the set is exactly one of them.
    let current = memo(move || {
        let chosen = app.form.chosen.read();
        presets.with(|all| all.iter().find(|preset| preset.models == *chosen).map(|preset| preset.name))
    });
    let id = field_id(Field::Models);
    view! {
        <section class="models" aria-labelledby="models-h">
            {first_run()}
            <div class="models-head">
                <div class="models-title">
                    <h2 id="models-h">"Models"</h2>
                    <span class="hint num">{move || format!("{} of {MAX_MODELS}", app.form.chosen.with(Vec::len))}</span>
                </div>
                <ul class="chips" aria-label="Chosen models">{move || chosen()}</ul>
                {super::vanished::vanished()}
                {unknown_of_link()}
                {move || app.form.notices.get().into_iter().map(|notice| view! { <p class="hint">{notice}</p> }.into_any()).collect::<Vec<_>>().into_any()}
                <div class="row">
                    <div class="search">
                        <label class="sr-only" for=id>"Search models"</label>
                        {icon("i-search")}
                        <input class="input" id=id type="search" placeholder="Search models" autocomplete="off"
                            aria-keyshortcuts=move || app.settings.with(|settings| settings.shortcuts).then_some("/")
                            aria-invalid=move || app.form.problem(Field::Models).map(|_| "true")
                            aria-describedby=format!("{id}-problem")
                            prop:value=move || search.get()
                            on:input=move |event| search.set(event_target_value(&event))/>
                        {move || app.settings.with(|settings| settings.shortcuts).then(|| view! { <kbd>"/"</kbd> }.into_any())}
                    </div>
                    <label class="sr-only" for="preset">"Preset"</label>
                    <select class="select preset" id="preset" on:change=apply>
                        <option value="" prop:selected=move || current.get().is_none() disabled=true>"Preset"</option>
                        {move || presets.get().into_iter().map(|preset| view! {
                            <option value=preset.name prop:selected=move || current.get() == Some(preset.name)>{preset.name}</option>
                        }.into_any()).collect::<Vec<_>>().into_any()}
                    </select>
                </div>
                {problem(Field::Models)}
            </div>
            <div class="models-list" role="group" aria-label="Available models" tabindex="0">
                {move || {
                    let word = search.get().trim().to_ascii_lowercase();
                    let groups = app.models.groups.get();
                    let views: Vec<_> = groups.into_iter().filter_map(|group| group_view(group, &word)).collect();
                    if views.is_empty() {
                        view! { <p class="group-empty">"No model has “"{word}"” in its name or its strengths."</p> }.into_any()
                    } else {
                        views.into_any()
                    }
                }}
            </div>
        </section>
    }
    .into_any()
}

fn chip(model: ModelRef) -> AnyView {
    let app = App::here();
    let name = model.to_string();
    let label = format!("Remove {name}");
    // The last button of the list is gone then.
    let remove = move || {
        app.form.choose(&model, false);
        dom::catch_focus(field_id(Field::Models));
    };
    view! {
        <li class="chip"><span class="truncate">{name}</span>{Button::default().icon("i-x").label(label).on_press(remove)}</li>
    }
    .into_any()
}

/// The note for somebody who has nothing connected yet. It stands here and not above the page, because it comes late: what is being
/// typed must not move.
fn first_run() -> AnyView {
    let app = App::here();
    let hidden = RwSignal::new(false);
    let hide = move || {
        hidden.set(true);
        dom::catch_focus(field_id(Field::Models));
    };
    let asking = move || {
        app.models.proxy.get().is_none()
            || app.models.groups.with(|groups| groups.iter().any(|group| group.state == Readiness::Asking))
    };
    view! {
        {move || (!hidden.get() && !asking() && !app.models.has_real()).then(|| view! {
            <div class="notice notice-band">
                {icon("i-info")}
                <p><strong>"Sample models are on."</strong>" They show how everything works and use no AI."</p>
                <div class="notice-acts">
                    <A href=routes::PROVIDERS attr:class="btn btn-compact">"Connect a provider"</A>
                    {Button::new("btn btn-quiet btn-icon btn-compact").icon("i-x").label("Hide this note").on_press(hide)}
                </div>
            </div>
        }.into_any())}
    }
    .into_any()
}

/// What the link named and nobody has, once everybody was asked.
fn unknown_of_link() -> AnyView {
    let app = App::here();
    let settled = move || {
        app.models.proxy.get().is_some()
            && app.models.groups.with(|groups| groups.iter().all(|group| group.state != Readiness::Asking))
    };
    view! {
        {move || {
            let wanted = app.form.wanted.get();
            (settled() && !wanted.is_empty()).then(|| {
                let clipped: Vec<String> = wanted.iter().map(|entry| entry.chars().take(60).collect()).collect();
                view! { <p class="field-error">{icon("i-error")}{format!("The link names {}, which no provider here has.", clipped.join(", "))}</p> }.into_any()
            })
        }}
    }
    .into_any()
}

fn matches(model: &Model, word: &str) -> bool {
    word.is_empty()
        || model.id.to_string().to_ascii_lowercase().contains(word)
        || model.strengths.to_ascii_lowercase().contains(word)
}

fn group_view(group: Group, word: &str) -> Option<AnyView> {
    let shown: Vec<Model> = group.models.iter().filter(|model| matches(model, word)).cloned().collect();
    let named = group.name.to_ascii_lowercase().contains(word);
    if shown.is_empty() && !(named && word.len() != 1) {
        return None;
    }
    let (health, side) = match &group.state {
        Readiness::Ready if group.kind.is_sample() => ("ready", "no AI".to_owned()),
        Readiness::Ready => ("ready", words::count(group.models.len(), "model")),
        Readiness::Asking => ("off", "asking".into()),
        Readiness::Off(_) => ("off", "not connected".into()),
        Readiness::Failed(error) if error.class == ErrorClass::BadKey => ("down", "key refused".into()),
        Readiness::Failed(_) => ("down", "no list".into()),
    };
    let note = match &group.state {
        Readiness::Off(reason) => Some(reason.clone()),
        Readiness::Failed(error) => Some(words::failure(error, &group.name, "").0),
        Readiness::Ready if group.models.is_empty() => Some("It has no model that writes code.".into()),
        Readiness::Ready | Readiness::Asking => None,
    };
    let ready = group.state == Readiness::Ready;
    let rows = shown.into_iter().map(|model| row(model, ready)).collect::<Vec<_>>();
    Some(
        view! {
            <div class="group-head"><span class="health" data-health=health></span><h3>{group.name}</h3><span class="push">{side}</span></div>
            {note.map(|note| view! { <p class="group-empty">{note}" "<A href=routes::PROVIDERS>"Find out more"</A></p> }.into_any())}
            {rows}
        }
        .into_any(),
    )
}

fn row(model: Model, ready: bool) -> AnyView {
    let app = App::here();
    let id = model.id.clone();
    let side = match (model.typical_seconds, model.size_bytes, model.context) {
        (Some(seconds), _, _) => format!("~{seconds} s"),
        (None, Some(size), _) => words::bytes(size),
        (None, None, Some(context)) => context_words(context),
        (None, None, None) => String::new(),
    };
    let (checked, changed) = (id.clone(), id.clone());
    let name = if model.kind.is_sample() { id.to_string() } else { id.model.clone() };
    view! {
        <label class="model" aria-disabled=(!ready).then_some("true")>
            <input class="check" type="checkbox" name="model" value=id.to_string() disabled=!ready
                prop:checked=move || app.form.is_chosen(&checked)
                on:change=move |event| app.form.choose(&changed, event_target_checked(&event))/>
            <span class="model-id truncate">{name}</span>
            <span class="model-use truncate">{model.strengths}</span>
            <span class="model-side">{side}</span>
        </label>
    }
    .into_any()
}

/// "128 K context", "1 M context".
fn context_words(tokens: u64) -> String {
    match tokens {
        1_000_000.. => format!("{} M context", tokens / 1_000_000),
        _ => format!("{} K context", (tokens + 512) / 1024),
    }
}

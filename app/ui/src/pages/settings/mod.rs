//! Settings: what holds for all runs, in sections beside the providers. A change holds and is kept at once.

mod about;
mod appearance;
mod chain;
mod defaults;
mod field;
mod prices;
mod rules;

pub use prices::list_price;

use codecraft_core::{
    provider::{ModelRef, catalog::Model},
    words,
};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_params_map};

use super::{NotFound, account};
use crate::{
    browser::{dom, prompt},
    components::{effect, icon::icon, memo},
    routes,
    state::{App, session},
};

/// A section: its place below [`routes::SETTINGS`], its name, and what stands in it.
struct Section {
    slug: &'static str,
    name: &'static str,
    view: fn() -> AnyView,
}

const SECTIONS: [Section; 6] = [
    Section { slug: "defaults", name: "Defaults", view: defaults::defaults },
    Section { slug: "fallbacks", name: "Fallbacks", view: rules::rules },
    Section { slug: "prices", name: "Prices and caps", view: prices::prices },
    Section { slug: "appearance", name: "Appearance", view: appearance::appearance },
    Section { slug: ACCOUNT, name: "Account", view: account::section },
    Section { slug: "about", name: "About", view: about::about },
];

/// Not on the list where nobody has to sign in.
const ACCOUNT: &str = "account";

#[component]
pub fn Settings() -> impl IntoView {
    let params = use_params_map();
    let slug = memo(move || params.with(|params| params.get("section")));
    move || {
        let slug = slug.get().unwrap_or_else(|| SECTIONS[0].slug.into());
        match SECTIONS.iter().find(|section| section.slug == slug) {
            Some(section) => {
                let body = (section.view)();
                frame(section.name, view! { <h1>{section.name}</h1> {refusal()} {body} }.into_any())
            }
            None => NotFound().into_any(),
        }
    }
}

/// A page with the sections beside it.
pub fn frame(name: &'static str, body: AnyView) -> AnyView {
    let app = App::here();
    // A first visit may begin here; the static page must not stay behind.
    prompt::keep();
    prompt::remove_shell();
    // A run that works or ends in the background has the title.
    let title = format!("{name} – CodeCraft");
    let own = title.clone();
    effect(move || {
        if !untrack(|| app.board.is_active()) {
            dom::set_title(&title);
        }
    });
    // The next page may have set its own before this one is gone.
    on_cleanup(move || app.board.peek(|run| dom::replace_title(&own, &words::title(run))));
    let link = |href: String, name: &'static str| view! { <A href=href exact=true>{name}</A> }.into_any();
    let links: Vec<AnyView> = [link(routes::PROVIDERS.into(), "Providers")]
        .into_iter()
        .chain(
            SECTIONS
                .iter()
                .filter(|section| section.slug != ACCOUNT || session::user().is_some())
                .map(|section| link(format!("{}/{}", routes::SETTINGS, section.slug), section.name)),
        )
        .collect();
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="settings">
                <nav class="subnav" aria-label="Settings">{links}</nav>
                <div class="settings-body" tabindex="0" role="region" aria-label="Page content">
                    <div class="settings-in">{body}</div>
                </div>
            </div>
        </main>
    }
    .into_any()
}

/// Said when the browser does not keep what is decided.
fn refusal() -> AnyView {
    let app = App::here();
    let note = move || {
        (!app.kept.get()).then(|| {
            view! {
                <div class="notice" data-tone="warn">
                    {icon("i-warn")}
                    <p><strong>"This browser does not keep settings."</strong>" They hold until this page is closed. Allow site data for this address to keep them."</p>
                </div>
            }
            .into_any()
        })
    };
    view! { {move || note()} }.into_any()
}

/// Rows that are shown at once; the search leads to the rest.
const MOST_ROWS: usize = 40;

/// A search over models, and the models to show: those that are chosen or have decisions of their own, then all others.
/// Samples are left out: they cost nothing, wait for nobody and take no parameters.
///
/// The order is made once, so that no row moves while somebody works in it.
fn model_list(id: &'static str, row: fn(Model) -> AnyView, table: fn(AnyView) -> AnyView) -> AnyView {
    let app = App::here();
    let search = RwSignal::new(String::new());
    let first: Vec<ModelRef> = untrack(|| {
        let chosen = app.form.draft.with(|draft| draft.models.clone());
        let decided = app.settings.with(|settings| {
            let priced = settings.prices.iter().filter_map(|(name, _)| name.parse().ok());
            settings.models.iter().map(|(model, _)| model.clone()).chain(priced).collect::<Vec<_>>()
        });
        chosen.into_iter().chain(decided).collect()
    });
    let shown = memo(move || {
        let word = search.get().trim().to_ascii_lowercase();
        let mut all: Vec<Model> = Vec::new();
        let listed = app
            .models
            .groups
            .with(|groups| groups.iter().flat_map(|group| group.models.iter().cloned()).collect::<Vec<_>>());
        for model in first.iter().filter_map(|id| app.models.describe(id)).chain(listed) {
            if !model.kind.is_sample()
                && all.iter().all(|known| known.id != model.id)
                && model.id.to_string().to_ascii_lowercase().contains(&word)
            {
                all.push(model);
            }
        }
        let hidden = all.len().saturating_sub(MOST_ROWS);
        all.truncate(MOST_ROWS);
        (all, hidden)
    });
    let rows = move || {
        let (models, hidden) = shown.get();
        if models.is_empty() {
            let word = search.get_untracked();
            let sentence = match word.trim() {
                "" => "No model is known yet. Look under Providers for what is missing.".into(),
                word => format!("No model has “{word}” in its name."),
            };
            return view! { <p class="settings-empty">{sentence}</p> }.into_any();
        }
        let rows = models.into_iter().map(row).collect::<Vec<_>>().into_any();
        let more = (hidden > 0).then(|| {
            let sentence = format!("{} more. Search for them by name.", words::count(hidden, "model"));
            view! { <p class="hint">{sentence}</p> }.into_any()
        });
        view! { {table(rows)} {more} }.into_any()
    };
    view! {
        <div class="search settings-search">
            <label class="sr-only" for=id>"Search models"</label>
            {icon("i-search")}
            <input class="input" id=id type="search" placeholder="Search models" autocomplete="off"
                prop:value=move || search.get()
                on:input=move |event| search.set(event_target_value(&event))/>
        </div>
        {move || rows()}
    }
    .into_any()
}

//! Providers: who can be asked, and for the others exactly what is missing and how to mend it.

mod doctor;

use leptos::prelude::*;

use crate::{
    browser::prompt,
    components::{button::Button, command::command, icon::icon},
    drive,
    state::{
        App,
        models::{Group, Readiness},
    },
    words,
};

#[component]
pub fn Providers() -> impl IntoView {
    let app = App::here();
    // A first visit may begin here; the static page must not stay behind.
    prompt::keep();
    prompt::remove_shell();
    let ready = move || {
        app.models.groups.with(|groups| groups.iter().filter(|group| group.state == Readiness::Ready).count())
    };
    let total = move || app.models.groups.with(Vec::len);
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="settings-body" tabindex="0" role="region" aria-label="Providers">
                <div class="settings-in">
                    <div class="sect-head">
                        <h1>"Providers"</h1>
                        <span class="small muted" role="status">{move || format!("{} of {} ready", ready(), total())}</span>
                        {Button::new("btn btn-quiet btn-compact push").icon("i-retry").text("Check again").on_press(move || drive::discover(app))}
                    </div>
                    {move || (app.models.proxy.get() == Some(false)).then(|| view! {
                        <div class="notice" data-tone="warn">
                            {icon("i-warn")}
                            <p><strong>"The CodeCraft server does not answer."</strong>" It relays to the providers and keeps the keys. Sample models work without it."</p>
                        </div>
                    }.into_any())}
                    <div class="providers">{move || app.models.groups.get().into_iter().map(provider).collect::<Vec<_>>().into_any()}</div>
                    {doctor::doctor()}
                </div>
            </div>
        </main>
    }
}

fn provider(group: Group) -> AnyView {
    let sample = group.kind.is_sample();
    let (health, sentence) = match &group.state {
        Readiness::Ready if sample => {
            ("ready", "Answers written for CodeCraft, played at a real pace. No AI.".to_owned())
        }
        Readiness::Ready => ("ready", "Ready.".into()),
        Readiness::Asking => ("off", "Being asked for its models.".into()),
        Readiness::Off(reason) => ("off", reason.clone()),
        Readiness::Failed(error) => {
            let (what, _) = words::failure(error, &group.name, "");
            let said = error.message.trim();
            ("down", if said.is_empty() { what } else { format!("{what} It said: {said}") })
        }
    };
    let needs = !matches!(group.state, Readiness::Ready | Readiness::Asking);
    let remedy = needs.then(|| group.kind.facts().remedy).flatten();
    let models = match group.state {
        Readiness::Ready => words::count(group.models.len(), "model"),
        _ => "no models yet".into(),
    };
    view! {
        <article class="provider" data-health=health>
            <header class="provider-head"><span class="health" data-health=health></span><h2 class="pane-title">{group.name}</h2></header>
            <p>{sentence}</p>
            {remedy.map(|(what, line)| view! { <p class="provider-remedy">{what}</p>{command(line.into())} }.into_any())}
            <footer class="provider-foot"><span class="num">{models}</span></footer>
        </article>
    }
    .into_any()
}

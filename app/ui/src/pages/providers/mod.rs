//! Providers: who can be asked, and for the others exactly what is missing and how to mend it; below, the models of one of
//! them, and the doctor.

mod doctor;
mod models;

use codecraft_core::provider::{ErrorClass, doctor as medic, protocol::Key};
use leptos::prelude::*;

use super::settings::frame;
use crate::{
    browser::dom,
    components::{button::Button, command::command, icon::icon},
    drive,
    state::{
        App,
        models::{Group, Readiness, Via},
    },
    words,
};

#[component]
pub fn Providers() -> impl IntoView {
    let app = App::here();
    let total = move || {
        app.models.groups.with(|groups| {
            let ready = groups.iter().filter(|group| group.state == Readiness::Ready).count();
            format!("{ready} of {} ready", groups.len())
        })
    };
    // Whose models are shown; until somebody chooses, those of the first that is ready and real.
    let chosen = RwSignal::new(None::<String>);
    let cards = move || {
        app.models
            .groups
            .get()
            .into_iter()
            .map(|group| provider(group, chosen))
            .collect::<Vec<_>>()
            .into_any()
    };
    let body = view! {
        <section aria-labelledby="providers-h">
            <div class="sect-head">
                <h1 id="providers-h">"Providers"</h1>
                <span class="small muted" role="status">{move || total()}</span>
                {Button::new("btn btn-quiet btn-compact push").icon("i-retry").text("Check all").on_press(move || drive::discover(app))}
            </div>
            {move || (app.models.proxy.get() == Some(false)).then(no_server)}
            <div class="providers">{move || cards()}</div>
        </section>
        <div class="settings-two">
            {models::models(chosen)}
            {doctor::doctor()}
        </div>
    };
    frame("Providers", body.into_any())
}

fn no_server() -> AnyView {
    view! {
        <div class="notice" data-tone="warn">
            {icon("i-warn")}
            <p><strong>"The CodeCraft server does not answer."</strong>" It relays to the providers and keeps the keys. Sample models work without it."</p>
        </div>
    }
    .into_any()
}

/// What a card says: its health, and a sentence.
fn standing(group: &Group) -> (&'static str, String) {
    match &group.state {
        Readiness::Ready if group.kind.is_sample() => {
            ("ready", "Answers written for CodeCraft, played at a real pace. No AI.".into())
        }
        Readiness::Ready if group.models.is_empty() => {
            ("warn", "It answers, and has no model that writes code.".into())
        }
        Readiness::Ready => ("ready", "Ready.".into()),
        Readiness::Asking => ("off", "Being asked for its models.".into()),
        Readiness::Off(reason) => ("off", reason.clone()),
        Readiness::Failed(error) => {
            let (what, then) = words::failure(error, &group.name, "");
            let said = error.message.trim();
            let sentence = match said {
                _ if error.class.is_ours() => format!("{what} {then}"),
                "" => what,
                said => format!("{what} It said: {said}"),
            };
            ("down", sentence)
        }
    }
}

/// Whether the server sends a key along.
fn wants_key(group: &Group) -> bool {
    group.kind.facts().relay.as_ref().is_some_and(|relay| relay.key != Key::None)
}

/// What to do, and the command for it, where somebody has to do something.
fn remedy(group: &Group) -> Option<(&'static str, &'static str)> {
    match &group.state {
        // Without a key of ours it is about somebody's account, and the provider's own words say how to sign in.
        Readiness::Failed(error) if error.class == ErrorClass::BadKey && !wants_key(group) => None,
        Readiness::Failed(error) if error.class.is_ours() => None,
        _ => group.kind.facts().remedy,
    }
}

/// Where it is, as far as a browser knows: the server tells neither keys nor addresses.
fn place(group: &Group) -> String {
    let wants_key = wants_key(group);
    match (&group.via, &group.state) {
        (Via::Direct(address), _) => address.name().to_owned(),
        _ if group.kind.is_sample() => "in this page".into(),
        (Via::Proxy, Readiness::Off(_)) if wants_key => "no key".into(),
        (Via::Proxy, Readiness::Failed(error)) if wants_key && error.class == ErrorClass::BadKey => {
            "key refused".into()
        }
        // A server that is named by its operator may have one or not.
        (Via::Proxy, _) if wants_key && !group.kind.at_home() => "key set".into(),
        (Via::Proxy, _) => "through the server".into(),
    }
}

fn provider(group: Group, chosen: RwSignal<Option<String>>) -> AnyView {
    let app = App::here();
    let (health, sentence) = standing(&group);
    let needs = health == "warn" || !matches!(group.state, Readiness::Ready | Readiness::Asking);
    let remedy = needs.then(|| remedy(&group)).flatten();
    let figures = match group.state {
        Readiness::Ready => drive::figures(&group),
        Readiness::Failed(_) if group.lists() => drive::figures(&group),
        Readiness::Asking => "asking".into(),
        Readiness::Off(_) | Readiness::Failed(_) => "no list".into(),
    };
    let name = group.name.clone();
    let see = needs && group.kind == medic::KIND;
    let listed = group.lists();
    let testable = !group.kind.is_sample() && !matches!(group.state, Readiness::Off(_));
    let id = group.id.clone();
    let show = move || {
        chosen.set(Some(id.clone()));
        dom::after_render(|| dom::focus(models::HEADING));
    };
    let place = place(&group);
    view! {
        <article class="provider" data-health=health aria-label=name.clone()>
            <header class="provider-head">
                <span class="health" data-health=health></span>
                <h2 class="pane-title">{name.clone()}</h2>
                <span class="tiny muted mono">{place}</span>
            </header>
            <p>{sentence}</p>
            {remedy.map(|(what, line)| view! { <p class="provider-remedy">{what}</p>{command(line.into())} }.into_any())}
            <footer class="provider-foot">
                <span class="num">{figures}</span>
                <span class="row push">
                    {see.then(|| Button::new("btn btn-quiet btn-compact").text("See doctor").on_press(|| dom::focus("doctor-h")))}
                    {testable.then(|| {
                        let press = move || drive::again(app, &group);
                        Button::new("btn btn-quiet btn-compact").icon("i-pulse").text("Test").label(format!("Test {name}")).on_press(press)
                    })}
                    {listed.then(|| Button::new("btn btn-quiet btn-compact").text("Models").label(format!("Models of {name}")).on_press(show))}
                </span>
            </footer>
        </article>
    }
    .into_any()
}

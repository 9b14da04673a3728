//! The provider on the reader's own machine: found out about, used, and remembered.
//!
//! A browser may ask its user before a page reaches that machine. So calls there go out after somebody pressed something,
//! or when it is certain that the browser does not ask.

use codecraft_core::{
    api,
    prompt::compose,
    provider::{
        catalog::HERE,
        doctor::{self, Address, Outcome, Visit, Way},
    },
};
use leptos::prelude::*;

use super::discover::{ask, leave_out};
use crate::{
    browser::{self, fetch::Destination, memory, probe},
    state::{
        App,
        models::{Readiness, Via},
    },
    transport::{direct, http},
};

/// Where the address is kept.
const KEY: &str = "here";

/// Uses the one at `address` from now on, in later visits, too.
pub fn connect(app: App, address: Address) {
    memory::keep(&memory::own(KEY), Some(address.base()));
    add(app, address);
    browser::spawn(async move { ask(app, HERE, doctor::KIND).await });
}

/// Leaves it alone from now on.
pub fn disconnect(app: App) {
    memory::keep(&memory::own(KEY), None);
    direct::route(HERE, None);
    app.models.remove_direct();
    leave_out(app);
}

/// Asks the remembered one again, if the browser lets that happen without a question.
pub fn recall(app: App) {
    let remembered = memory::recall(&memory::own(KEY)).and_then(|address| Address::parse(&address).ok());
    let Some(address) = untrack(|| app.models.direct()).or(remembered) else { return };
    add(app, address.clone());
    browser::spawn(async move {
        if doctor::may_ask_unbidden(&probe::site(), &address, probe::permission(&address).await) {
            return ask(app, HERE, doctor::KIND).await;
        }
        app.models.groups.update(|groups| {
            if let Some(group) = groups.iter_mut().find(|group| group.id == HERE) {
                let why = "The browser has not let this page reach your machine. Check it with the doctor.";
                group.state = Readiness::Off(why.into());
            }
        });
    });
}

fn add(app: App, address: Address) {
    direct::route(HERE, Some(address.clone()));
    app.models.add_direct(address);
}

/// Makes the doctor's probes, one after the other, and collects what is known besides.
pub async fn visit(app: App, way: Way) -> Visit {
    let site = probe::site();
    let (provider, base, loopback) = match &way {
        Way::Server(_) => {
            let id = server_id(app);
            let base = http::url(&format!("{}{id}", api::PROVIDERS_PREFIX));
            (id, base, false)
        }
        Way::Straight(address) => (HERE.into(), address.base().to_owned(), address.is_loopback()),
    };
    let mut visit = Visit::new(site, way);
    visit.chosen = app.form.draft.with_untracked(|draft| {
        let of_it = draft.models.iter().filter(|model| model.provider == provider);
        of_it.map(|model| model.model.clone()).collect()
    });
    visit.needs = needs(app);
    visit.said = said(app, &provider);
    if visit.way == Way::Server(false) {
        return visit;
    }
    let to = Destination { base: &base, loopback, readable: true };
    let hello = doctor::hello_call();
    let probe = probe::ask(to, &hello).await;
    let unread = !matches!(probe.outcome, Outcome::Answer { .. });
    visit.hello = Some(probe);
    if let Way::Straight(address) = &visit.way {
        if unread {
            visit.opaque = Some(probe::answers(to, &hello).await);
        }
        // Last, because the calls may have made the browser ask.
        visit.permission = probe::permission(address).await;
    }
    if visit.found_it() {
        let protocol = doctor::KIND.protocol();
        if let Some(call) = protocol.list(None) {
            visit.list = Some(probe::ask(to, &call).await);
        }
        visit.running = Some(probe::ask(to, &doctor::running_call()).await);
        for model in visit.chosen.clone() {
            if let Some(call) = protocol.details(&model) {
                let probe = probe::ask(to, &call).await;
                visit.shown.push((model, probe));
            }
        }
    }
    visit
}

/// Id of the server's provider of that kind; where it has none, the one that it would have.
fn server_id(app: App) -> String {
    app.models.groups.with_untracked(|groups| {
        let found = groups.iter().find(|group| group.kind == doctor::KIND && group.via == Via::Proxy);
        found.map_or_else(|| doctor::KIND.id().into(), |group| group.id.clone())
    })
}

/// Tokens that the brief on the form needs, if it could be sent.
fn needs(app: App) -> Option<u64> {
    let check = |model: &codecraft_core::provider::ModelRef| app.models.kind(&model.provider);
    let brief = app.form.draft.with_untracked(|draft| draft.check(check)).ok()?;
    Some(doctor::tokens_needed(&compose(&brief), brief.params().max_tokens))
}

/// What the provider said when a card of the run on screen failed last.
fn said(app: App, provider: &str) -> Option<String> {
    app.board.peek(|run| {
        let attempts = run?.candidates.iter().flat_map(|candidate| &candidate.attempts);
        let failed = attempts.filter(|attempt| attempt.target.model.provider == provider);
        let failed = failed.filter_map(|attempt| Some((attempt.started_ms, attempt.error()?)));
        failed.max_by_key(|(started_ms, _)| *started_ms).map(|(_, error)| error.message.clone())
    })
}

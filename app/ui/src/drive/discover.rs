//! Finds out what there is: the proxy's configuration, then every provider's models, side by side.

use std::cell::RefCell;

use codecraft_core::{
    api::{self, Config},
    provider::{
        ErrorClass, ModelDetails, ModelRef, ProviderKind, catalog,
        catalog::{Model, Resolved},
        doctor::Address,
    },
};
use leptos::prelude::*;

use crate::{
    browser::{
        self, clock,
        fetch::{self, Destination},
    },
    state::{
        App,
        models::{Group, Readiness, Told, Via},
        session,
    },
    transport::{
        direct,
        http::{self, Asked},
    },
    words,
};

/// Most bytes of what is told about one model: the text of its licence is among it.
const MAX_DETAILS: usize = 4 * 1024 * 1024;

thread_local! {
    /// What the server said before there was anything to tell it to.
    static KNOWN: RefCell<Option<Config>> = const { RefCell::new(None) };
}

/// Keeps what the server said for the first time that it is asked for; to somebody who has to sign in it says too little.
pub fn know(config: Config) {
    KNOWN.set(Some(config).filter(|config| !config.auth.is_shut()));
}

/// Asks for everything. Called at start, and again when somebody presses "Check all" or has signed in again.
pub fn discover(app: App) {
    super::here::recall(app);
    browser::spawn(async move {
        let mut config = KNOWN.take();
        if config.is_none()
            && let Asked::Config(fresh) = http::config().await
        {
            config = Some(fresh);
        }
        if let Some(config) = &config {
            session::hear(config.auth.clone(), false);
            if config.auth.is_shut() {
                // Nobody is told of any provider; what was known stays.
                return;
            }
        }
        app.models.proxy.set(Some(config.is_some()));
        let Some(Config { providers, limits, .. }) = config else {
            // What was known stays, so that what is chosen still has its provider and can say why it fails.
            let lost = http::no_server();
            app.models.groups.update(|groups| {
                for group in
                    groups.iter_mut().filter(|group| !group.kind.is_sample() && group.via == Via::Proxy)
                {
                    group.state = Readiness::Failed(lost.clone());
                }
            });
            return settle(app);
        };
        super::limits::begin(app, limits.generations);
        // What can be asked stands before what cannot.
        let (off, on): (Vec<Group>, Vec<Group>) =
            providers.into_iter().map(Group::of).partition(|group| matches!(group.state, Readiness::Off(_)));
        let mut groups = vec![Group::samples()];
        app.models
            .groups
            .with_untracked(|known| groups.extend(on.into_iter().map(|group| group.again(known))));
        groups.extend(off);
        let asked: Vec<_> = groups
            .iter()
            .filter(|group| group.state == Readiness::Asking)
            .map(|group| (group.id.clone(), group.kind))
            .collect();
        app.models.groups.update(|known| {
            // What is not the server's is not its to take away.
            groups.splice(1..1, known.drain(..).filter(|group| group.via != Via::Proxy));
            *known = groups;
        });
        leave_out(app);
        settle(app);
        for (id, kind) in asked {
            browser::spawn(async move { ask(app, &id, kind).await });
        }
    });
}

/// A provider that is gone takes what was chosen of it along, and the form says so.
pub fn leave_out(app: App) {
    let there = |model: &ModelRef| app.models.kind(&model.provider).is_some();
    let gone = |model: &&ModelRef| !there(model);
    let lost = app.form.draft.with_untracked(|draft| {
        draft.models.iter().filter(gone).map(ToString::to_string).collect::<Vec<_>>()
    });
    if lost.is_empty() {
        return;
    }
    app.form.edit(|draft| draft.models.retain(there));
    let sentence = match lost.as_slice() {
        [one] => format!("{one} is not chosen any more: its provider is gone."),
        several => format!("{} are not chosen any more: their provider is gone.", several.join(", ")),
    };
    app.form.notices.update(|notices| notices.push(sentence));
}

/// Asks a provider for its models.
pub async fn ask(app: App, id: &str, kind: ProviderKind) {
    let began = clock::now();
    let listed = match direct::address(id) {
        Some(address) => direct::models(&address, kind).await,
        None => http::models(id, kind).await,
    };
    app.models.groups.update(|groups| {
        let Some(group) = groups.iter_mut().find(|group| group.id == id) else { return };
        match listed {
            Ok(listed) => {
                group.models = listed
                    .iter()
                    .filter(|model| catalog::writes_code(kind, model))
                    .map(|model| catalog::describe(id, kind, model))
                    .collect();
                group.took_ms = Some(clock::now() - began);
                group.state = Readiness::Ready;
            }
            Err(error) => {
                if error.class == ErrorClass::NotSignedIn {
                    session::lose();
                }
                // What could not be listed cannot be chosen either.
                group.models.clear();
                group.state = Readiness::Failed(error);
            }
        }
    });
    rename_chosen(app, id);
    settle(app);
}

/// Asks one provider again, because somebody wants to know; what came is said.
pub fn again(app: App, group: &Group) {
    let (id, kind, name) = (group.id.clone(), group.kind, group.name.clone());
    browser::spawn(async move {
        ask(app, &id, kind).await;
        let said = app.models.groups.with_untracked(|groups| {
            let group = groups.iter().find(|group| group.id == id)?;
            Some(match &group.state {
                Readiness::Ready => format!("{name}: {}.", figures(group)),
                _ => format!("{name} does not answer."),
            })
        });
        app.announce(said.unwrap_or_default());
    });
}

/// "4 models, 12 ms".
pub fn figures(group: &Group) -> String {
    let models = words::count(group.models.len(), "model");
    match group.took_ms {
        Some(ms) => format!("{models}, {ms} ms"),
        None => models,
    }
}

/// Lets what is chosen of a provider have the full names of its fresh list. What the list does not have stays chosen and says
/// so: nobody's choice goes away by itself.
fn rename_chosen(app: App, provider: &str) {
    let listed = app.models.groups.with_untracked(|groups| {
        groups.iter().find(|group| group.id == provider).map(|group| group.models.clone()).unwrap_or_default()
    });
    let full = |model: &ModelRef| catalog::listed(model, &listed).filter(|full| full != model);
    if app.form.draft.with_untracked(|draft| draft.models.iter().any(|model| full(model).is_some())) {
        app.form.edit(|draft| {
            for model in &mut draft.models {
                if let Some(full) = full(model) {
                    *model = full;
                }
            }
        });
    }
}

/// Asks the provider of one model what it tells about it.
pub fn details(app: App, model: &Model) {
    let (id, kind) = (model.id.clone(), model.kind);
    app.models.tell(&id, Told::Asking);
    browser::spawn(async move {
        let told = fetch_details(&id, kind).await.map_or(Told::Nothing, Told::This);
        app.models.tell(&id, told);
    });
}

async fn fetch_details(model: &ModelRef, kind: ProviderKind) -> Option<ModelDetails> {
    let call = kind.protocol().details(&model.model)?;
    let address = direct::address(&model.provider);
    let relay = http::url(&format!("{}{}", api::PROVIDERS_PREFIX, model.provider));
    let to = Destination {
        base: address.as_ref().map_or(relay.as_str(), Address::base),
        loopback: address.as_ref().is_some_and(Address::is_loopback),
        readable: true,
    };
    let exchange = fetch::send(to, &call).await?;
    let found = exchange.status() == 200;
    let body = exchange.body(MAX_DETAILS).await.ok()?;
    found.then(|| kind.protocol().read_details(&body)).flatten()
}

/// Chooses what the link asked for, else a first set for somebody who has chosen nothing yet.
fn settle(app: App) {
    if untrack(|| app.models.has_real()) {
        app.models.samples_last();
    }
    let wanted = app.form.wanted.get_untracked();
    if !wanted.is_empty() {
        let mut unknown = Vec::new();
        for entry in wanted {
            match app.models.resolve(&entry) {
                Some(found) => choose(app, &entry, found),
                None => unknown.push(entry),
            }
        }
        app.form.wanted.set(unknown);
    }
    if !app.form.touched.get_untracked() {
        let usable: Vec<Model> = untrack(|| app.models.usable());
        let presets = catalog::presets(&usable);
        if let Some(preset) = presets.first() {
            app.form.edit(|draft| draft.models.clone_from(&preset.models));
        }
    }
}

/// Puts a model of the link where the link has it, whenever its provider's list arrives.
fn choose(app: App, entry: &str, found: Resolved) {
    let Resolved { model, notice } = found;
    if let Some(notice) = notice {
        app.form.notices.update(|notices| notices.push(notice));
    }
    let link = app.form.link.get_value();
    let own = link.iter().position(|other| other == entry);
    // An entry may have led to a model of another name; what a bare id leads to may change as lists arrive.
    let named = |entry: &String, model: &ModelRef| *entry == model.model || *entry == model.to_string();
    let means = |entry: &String, model: &ModelRef| {
        app.models.resolve(entry).is_some_and(|found| found.model == *model)
    };
    let place = |model: &ModelRef| {
        let by_name = link.iter().position(|entry| named(entry, model));
        by_name.or_else(|| link.iter().position(|entry| means(entry, model)))
    };
    app.form.edit(|draft| {
        if draft.models.contains(&model) {
            return;
        }
        let later = |other: &ModelRef| place(other).is_some_and(|at| Some(at) > own);
        let at = draft.models.iter().position(later).unwrap_or(draft.models.len());
        draft.models.insert(at, model);
    });
}

//! Finds out what there is: the proxy's configuration, then every provider's models, side by side.

use codecraft_core::provider::{ErrorClass, ModelRef, ProviderError, ProviderKind, catalog, catalog::Model};
use leptos::prelude::*;

use crate::{
    browser,
    state::{
        App,
        models::{Group, Readiness, Resolved, Via},
    },
    transport::{direct, http},
};

/// Asks for everything. Called at start, and again when somebody presses "Check again".
pub fn discover(app: App) {
    super::here::recall(app);
    browser::spawn(async move {
        let providers = http::providers().await;
        app.models.proxy.set(Some(providers.is_some()));
        let Some(providers) = providers else {
            // What was known stays, so that what is chosen still has its provider and can say why it fails.
            let lost = ProviderError::new(ErrorClass::Unreachable, "no connection to the CodeCraft server");
            app.models.groups.update(|groups| {
                for group in
                    groups.iter_mut().filter(|group| !group.kind.is_sample() && group.via == Via::Proxy)
                {
                    group.state = Readiness::Failed(lost.clone());
                }
            });
            return settle(app);
        };
        // What can be asked stands before what cannot.
        let (off, on): (Vec<Group>, Vec<Group>) =
            providers.into_iter().map(Group::of).partition(|group| matches!(group.state, Readiness::Off(_)));
        let mut groups = vec![Group::samples()];
        groups.extend(on);
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
        // A provider that is gone takes what was chosen of it along, where everybody sees it.
        let there = |model: &ModelRef| app.models.kind(&model.provider).is_some();
        if app.form.draft.with_untracked(|draft| !draft.models.iter().all(there)) {
            app.form.edit(|draft| draft.models.retain(there));
        }
        settle(app);
        for (id, kind) in asked {
            browser::spawn(async move { ask(app, &id, kind).await });
        }
    });
}

/// Asks a provider for its models.
pub async fn ask(app: App, id: &str, kind: ProviderKind) {
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
                group.state = Readiness::Ready;
            }
            Err(error) => {
                // What could not be listed cannot be chosen either.
                group.models.clear();
                group.state = Readiness::Failed(error);
            }
        }
    });
    settle(app);
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
    let place = |entry: &str| link.iter().position(|other| other == entry);
    let own = place(entry);
    app.form.edit(|draft| {
        if draft.models.contains(&model) {
            return;
        }
        let later = |other: &ModelRef| {
            place(&other.to_string()).or_else(|| place(&other.model)).is_some_and(|at| Some(at) > own)
        };
        let at = draft.models.iter().position(later).unwrap_or(draft.models.len());
        draft.models.insert(at, model);
    });
}

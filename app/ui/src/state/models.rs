//! The providers and their models, as far as they are known.

use codecraft_core::{
    api::ProviderInfo,
    provider::{
        ModelRef, ProviderError, ProviderKind,
        catalog::{self, Model},
        doctor::{self, Address},
        sample,
    },
    run::Target,
};
use leptos::prelude::*;

/// A provider in the picker.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub id: String,
    pub kind: ProviderKind,
    pub name: String,
    pub state: Readiness,
    pub via: Via,
    /// What it lists, or, while it cannot be asked, what it is known to have.
    pub models: Vec<Model>,
}

impl Group {
    /// The samples, which are always there.
    pub fn samples() -> Self {
        let kind = sample::KIND;
        let models =
            sample::models().iter().map(|listed| catalog::describe(sample::PROVIDER, kind, listed)).collect();
        let name = catalog::provider_name(sample::PROVIDER, kind);
        Self { id: sample::PROVIDER.into(), kind, name, state: Readiness::Ready, via: Via::Proxy, models }
    }

    /// A provider of the proxy, not asked yet.
    pub fn of(info: ProviderInfo) -> Self {
        let shipped = catalog::shipped(info.kind);
        Self {
            name: catalog::provider_name(&info.id, info.kind),
            models: shipped.iter().map(|listed| catalog::describe(&info.id, info.kind, listed)).collect(),
            state: if info.ready {
                Readiness::Asking
            } else {
                Readiness::Off(info.reason.unwrap_or_else(|| "It is not set up at the server.".into()))
            },
            via: Via::Proxy,
            id: info.id,
            kind: info.kind,
        }
    }

    /// The one on the reader's own machine, not asked yet.
    pub fn here(address: Address) -> Self {
        let (id, kind) = (catalog::HERE, doctor::KIND);
        let name = catalog::provider_name(id, kind);
        Self {
            id: id.into(),
            kind,
            name,
            state: Readiness::Asking,
            via: Via::Direct(address),
            models: Vec::new(),
        }
    }
}

/// Which way calls to a provider take.
#[derive(Debug, Clone, PartialEq)]
pub enum Via {
    /// Through our server. The samples make no calls and have this way, too.
    Proxy,
    /// Straight from the browser.
    Direct(Address),
}

/// Whether a provider can be used.
#[derive(Debug, Clone, PartialEq)]
pub enum Readiness {
    /// Its list is on the way.
    Asking,
    Ready,
    /// Not set up; the sentence says what is missing.
    Off(String),
    /// Set up, but its list did not come.
    Failed(ProviderError),
}

/// Providers and models.
#[derive(Clone, Copy)]
pub struct Models {
    pub groups: RwSignal<Vec<Group>>,
    /// `None` until the configuration was asked for, then whether a proxy answered.
    pub proxy: RwSignal<Option<bool>>,
}

impl Models {
    pub fn new() -> Self {
        Self { groups: RwSignal::new(vec![Group::samples()]), proxy: RwSignal::new(None) }
    }

    /// Every model that can be asked right now.
    pub fn usable(&self) -> Vec<Model> {
        self.groups.with(|groups| {
            groups
                .iter()
                .filter(|group| group.state == Readiness::Ready)
                .flat_map(|group| group.models.iter().cloned())
                .collect()
        })
    }

    /// True once something that is not a sample can be asked.
    pub fn has_real(&self) -> bool {
        self.groups.with(|groups| {
            groups.iter().any(|group| {
                !group.kind.is_sample() && group.state == Readiness::Ready && !group.models.is_empty()
            })
        })
    }

    /// Adds the one on the reader's own machine, or changes its address.
    pub fn add_direct(&self, address: Address) {
        self.groups.update(|groups| {
            let fresh = Group::here(address);
            match groups.iter_mut().find(|group| group.id == fresh.id) {
                Some(group) if group.via == fresh.via => group.state = Readiness::Asking,
                Some(group) => *group = fresh,
                None => groups.insert(1.min(groups.len()), fresh),
            }
        });
    }

    /// Takes it away again.
    pub fn remove_direct(&self) {
        self.groups.update(|groups| groups.retain(|group| group.via == Via::Proxy));
    }

    /// Address of the one on the reader's own machine, if it is used.
    pub fn direct(&self) -> Option<Address> {
        self.groups.with(|groups| {
            groups.iter().find_map(|group| match &group.via {
                Via::Direct(address) => Some(address.clone()),
                Via::Proxy => None,
            })
        })
    }

    /// Protocol of a provider.
    pub fn kind(&self, provider: &str) -> Option<ProviderKind> {
        self.groups
            .with_untracked(|groups| groups.iter().find(|group| group.id == provider).map(|group| group.kind))
    }

    /// Whom to ask for a chosen model, and whom when it fails. `None` for a provider that is not there.
    pub fn targets(&self, model: &ModelRef) -> Option<(Target, Vec<Target>)> {
        let target = |model: ModelRef| self.kind(&model.provider).map(|kind| Target { model, kind });
        let usable = untrack(|| self.usable());
        let fallbacks = catalog::fallbacks(model, &usable).into_iter().filter_map(target).collect();
        Some((target(model.clone())?, fallbacks))
    }

    /// Puts the samples behind everything real.
    pub fn samples_last(&self) {
        self.groups.update(|groups| {
            if let Some(at) = groups.iter().position(|group| group.kind.is_sample()) {
                let samples = groups.remove(at);
                groups.push(samples);
            }
        });
    }

    /// The model that an entry of a link means: `provider/model`, or a bare id, which the first provider that has it answers.
    /// A retired id leads to its successor.
    pub fn resolve(&self, entry: &str) -> Option<Resolved> {
        self.find(entry).map(|model| Resolved { model, notice: None }).or_else(|| {
            let bare = entry.rsplit_once('/').map_or(entry, |(_, id)| id);
            let (successor, notice) = catalog::successor(bare)?;
            Some(Resolved { model: self.find(successor)?, notice: Some(notice) })
        })
    }

    fn find(&self, entry: &str) -> Option<ModelRef> {
        self.groups.with_untracked(|groups| {
            let mut all = groups.iter().flat_map(|group| &group.models);
            if let Some(exact) = all.clone().find(|model| model.id.to_string() == entry) {
                return Some(exact.id.clone());
            }
            all.find(|model| model.id.model == entry).map(|model| model.id.clone())
        })
    }
}

/// What an entry of a link means.
pub struct Resolved {
    pub model: ModelRef,
    /// Said when the entry's own model is retired.
    pub notice: Option<&'static str>,
}

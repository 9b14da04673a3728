//! The providers and their models, as far as they are known.

use codecraft_core::{
    api::ProviderInfo,
    provider::{
        ListedModel, ModelDetails, ModelRef, ProviderError, ProviderKind,
        catalog::{self, Model, Resolved},
        doctor::{self, Address},
        sample,
    },
    run::{Entry, Millis},
    settings::Settings,
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
    /// How long its last list took; `None` before the first.
    pub took_ms: Option<Millis>,
}

impl Group {
    /// The samples, which are always there.
    pub fn samples() -> Self {
        let kind = sample::KIND;
        let models =
            sample::models().iter().map(|listed| catalog::describe(sample::PROVIDER, kind, listed)).collect();
        let name = catalog::provider_name(sample::PROVIDER, kind);
        Self {
            id: sample::PROVIDER.into(),
            kind,
            name,
            state: Readiness::Ready,
            via: Via::Proxy,
            models,
            took_ms: None,
        }
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
            took_ms: None,
            id: info.id,
            kind: info.kind,
        }
    }

    /// The same provider asked anew: what it listed before stands until the fresh list is there.
    pub fn again(mut self, known: &[Self]) -> Self {
        let before = known
            .iter()
            .find(|other| other.id == self.id && other.kind == self.kind && other.via == self.via);
        if let (Readiness::Asking, Some(before)) = (&self.state, before)
            && before.took_ms.is_some()
        {
            self.models.clone_from(&before.models);
            self.took_ms = before.took_ms;
        }
        self
    }

    /// True if its models are its own word: of its last list, even while it is asked anew or after a call of it failed.
    pub fn lists(&self) -> bool {
        let listed = match self.state {
            Readiness::Ready => true,
            Readiness::Asking | Readiness::Failed(_) => self.took_ms.is_some(),
            Readiness::Off(_) => false,
        };
        listed && !self.models.is_empty()
    }

    /// True if its models can be asked: it stays so while its list is renewed.
    fn is_usable(&self) -> bool {
        self.lists() && !matches!(self.state, Readiness::Failed(_))
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
            took_ms: None,
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
    /// Set up, but its list did not come, or a run learned that its key is refused.
    Failed(ProviderError),
}

/// What a provider tells about one model when asked for it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Asking,
    Nothing,
    This(ModelDetails),
}

/// Providers and models.
#[derive(Clone, Copy)]
pub struct Models {
    pub groups: RwSignal<Vec<Group>>,
    /// Of models that somebody asked about.
    pub told: RwSignal<Vec<(ModelRef, Told)>>,
    /// `None` until the configuration was asked for, then whether a proxy answered.
    pub proxy: RwSignal<Option<bool>>,
}

impl Models {
    pub fn new() -> Self {
        Self {
            groups: RwSignal::new(vec![Group::samples()]),
            told: RwSignal::new(Vec::new()),
            proxy: RwSignal::new(None),
        }
    }

    /// Every model that can be asked right now.
    pub fn usable(&self) -> Vec<Model> {
        self.groups.with(|groups| {
            groups
                .iter()
                .filter(|group| group.is_usable())
                .flat_map(|group| group.models.iter().cloned())
                .collect()
        })
    }

    /// True once something that is not a sample can be asked.
    pub fn has_real(&self) -> bool {
        self.groups.with(|groups| groups.iter().any(|group| !group.kind.is_sample() && group.is_usable()))
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

    /// A card for a chosen model: whom to ask, and whom when it fails. `None` for a provider that is not there.
    pub fn entry(&self, model: &ModelRef, settings: &Settings) -> Option<Entry> {
        let usable = untrack(|| self.usable());
        // What is not set up cannot be asked; whose list is on the way or failed may answer all the same.
        let describe = |next: &ModelRef| if self.is_off(&next.provider) { None } else { self.describe(next) };
        Some(settings.entry(&self.describe(model)?, &usable, &describe))
    }

    fn is_off(&self, provider: &str) -> bool {
        self.groups.with_untracked(|groups| {
            let mut of_it = groups.iter().filter(|group| group.id == provider);
            of_it.any(|group| matches!(group.state, Readiness::Off(_)))
        })
    }

    /// What is known about a model. `None` for a provider that is not there.
    pub fn describe(&self, model: &ModelRef) -> Option<Model> {
        self.groups.with_untracked(|groups| {
            let group = groups.iter().find(|group| group.id == model.provider)?;
            group.models.iter().find(|known| known.id == *model).cloned().or_else(|| {
                let listed = ListedModel { id: model.model.clone(), ..ListedModel::default() };
                Some(catalog::describe(&model.provider, group.kind, &listed))
            })
        })
    }

    /// Those of `chosen` that their provider's fresh list does not have any more.
    pub fn vanished(&self, chosen: &[ModelRef]) -> Vec<ModelRef> {
        let gone = |model: &ModelRef| {
            self.groups.with(|groups| {
                // A sample's stand-in is not listed, and the samples are always there.
                let fresh = |group: &&Group| {
                    group.id == model.provider && group.state == Readiness::Ready && !group.kind.is_sample()
                };
                let group = groups.iter().find(fresh);
                group.is_some_and(|group| group.models.iter().all(|other| other.id != *model))
            })
        };
        chosen.iter().filter(|model| gone(model)).cloned().collect()
    }

    /// Notes what was told about a model.
    pub fn tell(&self, model: &ModelRef, told: Told) {
        self.told.update(|all| {
            all.retain(|(known, _)| known != model);
            all.push((model.clone(), told));
        });
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

    /// The model that an entry of a link means, once it can be told: a provider that is still asked may have exactly that.
    pub fn resolve(&self, entry: &str) -> Option<Resolved> {
        self.groups.with_untracked(|groups| {
            let (asking, known): (Vec<&Group>, Vec<&Group>) =
                groups.iter().partition(|group| group.state == Readiness::Asking);
            let models: Vec<Model> = known.iter().flat_map(|group| group.models.iter().cloned()).collect();
            catalog::resolve(entry, &models).filter(|found| found.notice.is_none() || asking.is_empty())
        })
    }
}

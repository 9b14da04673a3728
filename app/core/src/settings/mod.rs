//! What somebody decided for all runs: rules per model, lanes, waits, prices, a cap, a policy, whether repeats are answered
//! from memory. What is not decided here is shipped.
//!
//! [`read`] and [`write`] are its form in storage, [`form`] checks what people type.

pub mod form;
mod stored;
#[cfg(test)]
mod tests;

pub use form::{ModelForm, RuleProblem, Slot};
pub use stored::{read, write};

use crate::{
    brief::Params,
    price::{Answerer, Cap, Day, Money, Price, Prices, Rate},
    provider::{ModelRef, ProviderKind, catalog, catalog::Model},
    run::{Entry, Policy, Rules, Target, Tariff},
};

/// Longest wait that can be set, in seconds.
pub const MOST_SECONDS: u32 = 3_600;
/// Most retries that can be set.
pub const MOST_RETRIES: u32 = 10;
/// Most calls to one provider at once that can be set.
pub const MOST_CALLS: u32 = 16;
/// Longest chain of fallbacks.
pub const MOST_FALLBACKS: usize = 5;

/// All decisions. The default decides nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub policy: Policy,
    /// Identical requests may be answered from memory.
    pub repeats: bool,
    /// Single keys do something, as `/` leads to the search.
    pub shortcuts: bool,
    /// Most that a run may cost.
    pub cap: Option<Money>,
    /// How many calls to a provider may run at once, by provider id.
    pub lanes: Vec<(String, usize)>,
    /// How long to wait for any model of a provider, by provider id.
    pub waits: Vec<(String, Waits)>,
    /// Own prices, by `provider/model` or bare model id.
    pub prices: Vec<(String, Price)>,
    pub models: Vec<(ModelRef, ModelRules)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            repeats: false,
            shortcuts: true,
            cap: None,
            lanes: Vec::new(),
            waits: Vec::new(),
            prices: Vec::new(),
            models: Vec::new(),
        }
    }
}

/// How long to wait, in seconds; what is `None` is shipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waits {
    /// Silence before the first word that counts as a failure.
    pub first_token_s: Option<u32>,
    /// Silence between two words that counts as a failure.
    pub idle_s: Option<u32>,
}

/// Decisions for one model; what is `None` is decided for its provider, or shipped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelRules {
    /// Silence before the first word that counts as a failure, in seconds.
    pub first_token_s: Option<u32>,
    /// Silence between two words that counts as a failure, in seconds.
    pub idle_s: Option<u32>,
    /// Calls after a failure that may pass, beyond the first.
    pub retries: Option<u32>,
    pub params: Params,
    /// Whom to ask when it fails, in order; an empty list means nobody.
    pub fallbacks: Option<Vec<ModelRef>>,
}

impl Settings {
    /// The decisions for a model, if there are any.
    pub fn of(&self, model: &ModelRef) -> Option<&ModelRules> {
        self.models.iter().find(|(known, _)| known == model).map(|(_, rules)| rules)
    }

    /// How long to wait for models of a provider, as far as that was decided.
    pub fn waits(&self, provider: &str) -> Waits {
        self.waits.iter().find(|(known, _)| known == provider).map(|(_, waits)| *waits).unwrap_or_default()
    }

    /// How many calls to a provider may run at once, if that was decided.
    pub fn lane(&self, provider: &str) -> Option<usize> {
        self.lanes.iter().find(|(known, _)| known == provider).map(|(_, calls)| *calls)
    }

    /// The own price of exactly this model.
    pub fn price(&self, model: &ModelRef) -> Option<Price> {
        let name = model.to_string();
        self.prices.iter().find(|(known, _)| *known == name).map(|(_, price)| *price)
    }

    /// Decides for a model; rules that decide nothing are forgotten.
    pub fn set_rules(&mut self, model: ModelRef, rules: ModelRules) {
        set(&mut self.models, model, (rules != ModelRules::default()).then_some(rules));
    }

    pub fn set_waits(&mut self, provider: &str, waits: Waits) {
        set(&mut self.waits, provider.into(), (waits != Waits::default()).then_some(waits));
    }

    pub fn set_lane(&mut self, provider: &str, calls: Option<usize>) {
        set(&mut self.lanes, provider.into(), calls);
    }

    pub fn set_price(&mut self, model: &ModelRef, price: Option<Price>) {
        set(&mut self.prices, model.to_string(), price);
    }

    /// What holds for a model of a provider that has no rules of its own.
    pub fn usual(&self, provider: &str, kind: ProviderKind) -> Rules {
        let mut rules = Rules::of(kind);
        let waits = self.waits(provider);
        rules.first_token_ms = waits.first_token_s.map_or(rules.first_token_ms, ms);
        rules.idle_ms = waits.idle_s.map_or(rules.idle_ms, ms);
        rules
    }

    /// A model as a run asks it under these decisions.
    pub fn target(&self, model: &Model) -> Target {
        let mut rules = self.usual(&model.id.provider, model.kind);
        if let Some(own) = self.of(&model.id) {
            rules.first_token_ms = own.first_token_s.map_or(rules.first_token_ms, ms);
            rules.idle_ms = own.idle_s.map_or(rules.idle_ms, ms);
            rules.retries = own.retries.unwrap_or(rules.retries);
            rules.params = accepted(&own.params, model.kind);
        }
        Target {
            model: model.id.clone(),
            kind: model.kind,
            abilities: model.abilities,
            context: model.context,
            remote: model.remote,
            rules,
        }
    }

    /// Whom to ask when a model fails, in order: the own chain, else the shipped one out of `available`.
    pub fn chain(&self, model: &ModelRef, available: &[Model]) -> Vec<ModelRef> {
        let own = self.of(model).and_then(|rules| rules.fallbacks.clone());
        own.unwrap_or_else(|| catalog::fallbacks(model, available))
    }

    /// A card for `model`: whom to ask, and whom when it fails. A shipped chain is made out of `available`; whom
    /// `describe` does not know is left out of any chain.
    ///
    /// A model that is not listed right now may be there all the same, so `describe` should know whatever has a provider: a
    /// sample's stand-in, which nobody chooses, and the models of a provider that is being asked or whose list failed.
    pub fn entry(
        &self,
        model: &Model,
        available: &[Model],
        describe: &dyn Fn(&ModelRef) -> Option<Model>,
    ) -> Entry {
        let chain = self.chain(&model.id, available);
        Entry {
            target: self.target(model),
            fallbacks: chain.iter().filter_map(describe).map(|next| self.target(&next)).collect(),
            params: Params::default(),
        }
    }

    /// Prices and cap for a run on that day.
    pub fn tariff(&self, day: Day) -> Tariff {
        Tariff { prices: Prices::new(self.prices.clone()), day, cap: Cap { limit: self.cap } }
    }
}

/// The shipped price of a model on that day.
pub fn shipped_price(model: &Model, day: Day) -> Rate {
    if model.kind.is_sample() {
        return Rate::Free;
    }
    let who = Answerer { model: &model.id, answered_as: None, at_home: model.is_local() };
    Prices::default().rate(who, day)
}

fn ms(seconds: u32) -> u64 {
    u64::from(seconds) * 1000
}

/// Puts a value in its place, behind all others if it has none, or takes it away.
fn set<K: PartialEq, V>(list: &mut Vec<(K, V)>, key: K, value: Option<V>) {
    let place = list.iter().position(|(known, _)| *known == key);
    match (place, value) {
        (Some(place), Some(value)) => list[place].1 = value,
        (Some(place), None) => drop(list.remove(place)),
        (None, Some(value)) => list.push((key, value)),
        (None, None) => {}
    }
}

/// The parameters that a provider of this kind takes: an id may have changed its provider since they were set.
fn accepted(params: &Params, kind: ProviderKind) -> Params {
    let bounds = kind.facts().bounds;
    let context = |tokens: &u32| bounds.context.is_some_and(|(low, high)| (low..=high).contains(tokens));
    Params {
        temperature: params.temperature.filter(|number| bounds.temperature.holds(*number)),
        top_p: params.top_p.filter(|number| bounds.top_p.holds(*number)),
        max_tokens: params.max_tokens.filter(|tokens| (1..=bounds.max_tokens).contains(tokens)),
        context: params.context.filter(context),
        thinking: params.thinking.filter(|_| bounds.thinking),
    }
}

//! Whom an attempt asks, and the rules that hold for it.

use super::Millis;
use crate::{
    brief::Params,
    provider::{Abilities, ModelRef, ProviderKind},
};

/// Calls of one model in a row after a failure that may pass, beyond the first, unless somebody says otherwise.
pub const RETRIES: u32 = 2;

/// A model as a run asks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub model: ModelRef,
    pub kind: ProviderKind,
    pub abilities: Abilities,
    /// Tokens that prompt and answer may have together, where known.
    pub context: Option<u64>,
    /// Runs elsewhere although its server is one's own: it costs, and prompts leave the machine.
    pub remote: bool,
    pub rules: Rules,
}

impl Target {
    /// A model of which nothing more is known, under the rules that are shipped.
    pub fn new(model: ModelRef, kind: ProviderKind) -> Self {
        let abilities = Abilities::default();
        Self { model, kind, abilities, context: None, remote: false, rules: Rules::of(kind) }
    }

    /// True if it answers on a machine of one's own.
    pub fn is_local(&self) -> bool {
        self.kind.at_home() && !self.remote
    }
}

/// What holds for calls of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Silence before the first word that counts as a failure.
    pub first_token_ms: Millis,
    /// Silence between two words that counts as a failure.
    pub idle_ms: Millis,
    /// Calls of the same model after a failure that may pass, beyond the first.
    pub retries: u32,
    /// Parameters where neither card nor brief set any.
    pub params: Params,
}

impl Rules {
    /// The shipped ones.
    pub fn of(kind: ProviderKind) -> Self {
        let timeouts = kind.facts().timeouts;
        Self {
            first_token_ms: timeouts.first_token_ms,
            idle_ms: timeouts.idle_ms,
            retries: RETRIES,
            params: Params::default(),
        }
    }
}

//! Every kind of provider, in one table. A new one is a file and a line here.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::protocol::{Facts, Protocol};
use super::{gemini, ollama, openai, sample};

/// In the order in which they are shown.
static KINDS: &[ProviderKind] = &[
    gemini::KIND,
    ollama::KIND,
    openai::KIND,
    openai::LOCAL,
    sample::KIND,
    #[cfg(test)]
    super::fictional::KIND,
];

/// Which protocol a provider speaks, and what is so for all providers that speak it.
#[derive(Clone, Copy)]
pub struct ProviderKind(&'static dyn Protocol);

impl ProviderKind {
    pub const fn new(protocol: &'static dyn Protocol) -> Self {
        Self(protocol)
    }

    /// Every kind, in the order in which they are shown.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().copied()
    }

    /// The kind with this name on the wire.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|kind| kind.facts().kind == name)
    }

    pub fn facts(self) -> &'static Facts {
        self.0.facts()
    }

    /// Its wire.
    pub fn protocol(self) -> &'static dyn Protocol {
        self.0
    }

    /// Name on the wire.
    pub fn id(self) -> &'static str {
        self.facts().kind
    }

    /// True for the sample models, which make no calls.
    pub fn is_sample(self) -> bool {
        self.facts().is_sample
    }

    /// True for servers of one's own, which need no key and cost nothing.
    pub fn at_home(self) -> bool {
        self.facts().at_home
    }
}

impl PartialEq for ProviderKind {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for ProviderKind {}

impl std::fmt::Debug for ProviderKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for ProviderKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for ProviderKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| de::Error::custom("no such kind of provider"))
    }
}

//! The brief: a request that was checked, and the draft it is made from.
//!
//! A form edits a [`Draft`], which may hold anything. [`Draft::check`] is the only way to a [`Brief`], so whoever holds a
//! `Brief` need not check again.

mod decimal;
mod draft;
mod language;
mod tuning;

use serde::{Deserialize, Serialize};

pub use decimal::Decimal;
pub use draft::{Draft, Field, Problem, thousands};
pub use language::Language;
pub use tuning::{Params, Thinking, Tuning};

use crate::provider::ModelRef;

/// Most characters of a prompt (Unicode scalar values).
pub const MAX_PROMPT_CHARS: usize = 32_000;
/// Most models of one run.
pub const MAX_MODELS: usize = 8;

/// A checked request.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    prompt: String,
    models: Vec<ModelRef>,
    language: Language,
    complexity: Complexity,
    wishes: Wishes,
    params: Params,
}

impl Brief {
    /// 1 to [`MAX_PROMPT_CHARS`] characters, not blank, as typed.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// 1 to [`MAX_MODELS`] models, each once, in the order they were chosen.
    pub fn models(&self) -> &[ModelRef] {
        &self.models
    }

    pub fn language(&self) -> Language {
        self.language
    }

    pub fn complexity(&self) -> Complexity {
        self.complexity
    }

    pub fn wishes(&self) -> Wishes {
        self.wishes
    }

    pub fn params(&self) -> &Params {
        &self.params
    }
}

/// How much the answer may assume and contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Complexity {
    Basic,
    #[default]
    Intermediate,
    Advanced,
}

impl Complexity {
    pub const ALL: [Self; 3] = [Self::Basic, Self::Intermediate, Self::Advanced];

    /// Word for form and link.
    pub fn name(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::Intermediate => "Intermediate",
            Self::Advanced => "Advanced",
        }
    }
}

/// One quality wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    ErrorHandling,
    BestPractices,
    Documentation,
    Performance,
    Tests,
}

impl Wish {
    pub const ALL: [Self; 5] =
        [Self::ErrorHandling, Self::BestPractices, Self::Documentation, Self::Performance, Self::Tests];

    /// Words for the form.
    pub fn name(self) -> &'static str {
        match self {
            Self::ErrorHandling => "Error handling",
            Self::BestPractices => "Best practices",
            Self::Documentation => "Documentation",
            Self::Performance => "Performance",
            Self::Tests => "Tests",
        }
    }
}

/// A set of [`Wish`]es.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wishes(u8);

impl Wishes {
    pub const NONE: Self = Self(0);

    #[must_use]
    pub fn with(self, wish: Wish, on: bool) -> Self {
        let bit = 1 << wish as u8;
        Self(if on { self.0 | bit } else { self.0 & !bit })
    }

    pub fn has(self, wish: Wish) -> bool {
        self.0 & (1 << wish as u8) != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Wish> {
        Wish::ALL.into_iter().filter(move |wish| self.has(*wish))
    }

    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Wish> for Wishes {
    fn from_iter<I: IntoIterator<Item = Wish>>(wishes: I) -> Self {
        wishes.into_iter().fold(Self::NONE, |set, wish| set.with(wish, true))
    }
}

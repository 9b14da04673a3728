//! What answers cost: an amount of money, the price of a model, the cost of a card, the sum of a run, and its cap.
//!
//! Everything is counted in whole units, so that sums do not drift: money in billionths of a dollar, prices in millionths
//! of a dollar for a million tokens. A price that nobody stated is [`Rate::Unknown`] and costs `None`, which people see as
//! a dash; nothing here guesses a price.
//!
//! Costs are list prices for what was sent and written. Free quotas, discounts for repeated prompts and surcharges for
//! keeping them are known to the provider's bill alone.

mod day;
mod lists;
mod money;
mod per_million;
mod table;
#[cfg(test)]
mod tests;

use crate::provider::{ModelRef, Usage};

pub use day::Day;
pub use lists::AS_OF;
pub use money::{Money, NotMoney};
pub use per_million::{LongPrompts, NotPrice, PerMillion, Price};

/// What a model's tokens cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// Nothing: it runs on a machine of one's own.
    Free,
    Known(Price),
    /// Nobody stated a price.
    Unknown,
}

/// Who answers, as far as that matters for the price.
#[derive(Debug, Clone, Copy)]
pub struct Answerer<'a> {
    /// The model that was asked.
    pub model: &'a ModelRef,
    /// The version that says it answered, once it did. A name such as `…-latest` has a price only by this.
    pub answered_as: Option<&'a str>,
    /// It runs on a machine of one's own. A model that such a server passes on to others does not.
    pub at_home: bool,
}

/// All prices: those of the user, then the [shipped lists](AS_OF).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prices {
    own: Vec<(String, Price)>,
}

impl Prices {
    /// With prices of the user's own, which go before all others. Each stands for `provider/model`, or for a bare model id
    /// with every provider.
    pub fn new(own: Vec<(String, Price)>) -> Self {
        Self { own }
    }

    /// What `who` costs on that day: the user's price for the version that answered or for the model that was asked,
    /// else nothing at home, else the shipped price.
    ///
    /// Once the version is known it alone counts: the list must name it, whatever was asked.
    pub fn rate(&self, who: Answerer<'_>, today: Day) -> Rate {
        let ModelRef { provider, model: asked } = who.model;
        let answered = who.answered_as.unwrap_or(asked);
        let own = self.own_price(provider, answered).or_else(|| self.own_price(provider, asked));
        if let Some(price) = own {
            return Rate::Known(price);
        }
        if who.at_home {
            return Rate::Free;
        }
        table::price(provider, answered, today).map_or(Rate::Unknown, Rate::Known)
    }

    fn own_price(&self, provider: &str, id: &str) -> Option<Price> {
        let qualified =
            |key: &str| key.strip_prefix(provider).and_then(|rest| rest.strip_prefix('/')) == Some(id);
        let (_, price) = self
            .own
            .iter()
            .find(|(key, _)| qualified(key))
            .or_else(|| self.own.iter().find(|(key, _)| key == id))?;
        Some(*price)
    }
}

/// Tokens as counted [from text](tokens_of), for what the provider did not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Guess {
    /// Of everything that was sent.
    pub prompt: u64,
    /// Of everything that came back, reasoning included.
    pub written: u64,
}

/// What an answer cost. `None` where the price is unknown.
///
/// The provider's counts go before the guess, and reasoning costs as much as the answer. While a model still reasons, its
/// answer is not counted yet; then the larger of count and guess stands.
pub fn cost(rate: Rate, usage: &Usage, guess: Guess) -> Option<Money> {
    let prompt = usage.prompt_tokens.unwrap_or(guess.prompt);
    let reasoned = usage.reasoning_tokens.unwrap_or(0);
    let written = match usage.completion_tokens {
        Some(answer) => answer.saturating_add(reasoned),
        None => reasoned.max(guess.written),
    };
    of_tokens(rate, prompt, written)
}

/// What an answer may cost, said before it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// With an answer of the usual length.
    pub typical: Money,
    /// With the longest answer that the request allows, where it sets a limit. As exact as the count of the prompt.
    pub at_most: Option<Money>,
}

/// Estimates a call. `prompt` and `typical` are tokens, the latter of a usual answer with its reasoning; `max_tokens` is
/// the limit that the request sets. `None` where the price is unknown.
pub fn estimate(rate: Rate, prompt: u64, max_tokens: Option<u32>, typical: u64) -> Option<Estimate> {
    let limit = max_tokens.map(u64::from);
    let typical = limit.map_or(typical, |limit| typical.min(limit));
    let at_most = match limit {
        Some(limit) => Some(of_tokens(rate, prompt, limit)?),
        None => None,
    };
    Some(Estimate { typical: of_tokens(rate, prompt, typical)?, at_most })
}

fn of_tokens(rate: Rate, prompt: u64, written: u64) -> Option<Money> {
    match rate {
        Rate::Free => Some(Money::ZERO),
        Rate::Known(price) => Some(price.of(prompt, written)),
        Rate::Unknown => None,
    }
}

/// About how many tokens a text is: four characters each, as in English and in code, but one character each in Chinese,
/// Japanese and Korean, where the other rule would name a quarter of the truth.
pub fn tokens_of(text: &str) -> u64 {
    let (mut wide, mut narrow) = (0_u64, 0_u64);
    for c in text.chars() {
        if is_east_asian(c) {
            wide += 1;
        } else {
            narrow += 1;
        }
    }
    wide + narrow.div_ceil(4)
}

/// True in the blocks of Hangul, kana, ideographs and their full-width punctuation.
fn is_east_asian(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11FF}' | '\u{2E80}'..='\u{9FFF}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}')
}

/// The cost of several cards, or of several attempts of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    /// The sum of what is known.
    pub known: Money,
    /// How many costs are unknown and therefore missing in the sum.
    pub unknown: usize,
}

impl Total {
    /// Counts one more.
    pub fn add(&mut self, cost: Option<Money>) {
        match cost {
            Some(cost) => self.known = self.known + cost,
            None => self.unknown += 1,
        }
    }
}

impl FromIterator<Option<Money>> for Total {
    fn from_iter<I: IntoIterator<Item = Option<Money>>>(costs: I) -> Self {
        let mut total = Self::default();
        for cost in costs {
            total.add(cost);
        }
        total
    }
}

/// What a run may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cap {
    /// `None` lets a run cost what it costs.
    pub limit: Option<Money>,
}

impl Cap {
    /// True if `next` on top of what was `spent` would cost more than the cap. Spending exactly the cap is allowed.
    ///
    /// Unknown costs are in neither amount: whoever sets a cap should hear of [`Total::unknown`].
    pub fn over(self, spent: Money, next: Money) -> bool {
        self.limit.is_some_and(|limit| spent + next > limit)
    }
}

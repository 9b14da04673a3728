//! What people type into the settings, and the checks that make decisions of it. An empty field decides nothing.

use super::{MOST_CALLS, MOST_FALLBACKS, MOST_RETRIES, MOST_SECONDS, ModelRules};
use crate::{
    brief::{Field, Params, Tuning, thousands},
    price::{Money, NotMoney, NotPrice, Price},
    provider::{ModelRef, ProviderKind},
};

const UNSET: &str = "Leave it empty for what is shipped.";

/// The rules of one model as somebody types them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelForm {
    /// Seconds.
    pub first_token: String,
    /// Seconds.
    pub idle: String,
    pub retries: String,
    pub tuning: Tuning,
    /// Whom to ask when it fails; `None` for the shipped chain.
    pub fallbacks: Option<Vec<ModelRef>>,
}

/// A field of the form, in the order of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    FirstToken,
    Idle,
    Retries,
    /// A parameter.
    Param(Field),
}

/// One thing that stands between the form and the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleProblem {
    pub slot: Slot,
    /// What to do, as a sentence for the place below the field.
    pub sentence: String,
}

impl From<&ModelRules> for ModelForm {
    fn from(rules: &ModelRules) -> Self {
        Self {
            first_token: text(rules.first_token_s),
            idle: text(rules.idle_s),
            retries: text(rules.retries),
            tuning: Tuning::from(&rules.params),
            fallbacks: rules.fallbacks.clone(),
        }
    }
}

impl ModelForm {
    /// Checks every field; parameters against what providers of this kind take.
    ///
    /// # Errors
    /// All problems, in the order of the form; never empty.
    pub fn check(&self, model: &ModelRef, kind: ProviderKind) -> Result<ModelRules, Vec<RuleProblem>> {
        let mut problems = Vec::new();
        let mut number = |slot, text, low, high| {
            whole(text, low, high).unwrap_or_else(|sentence| {
                problems.push(RuleProblem { slot, sentence });
                None
            })
        };
        let first_token_s = number(Slot::FirstToken, &self.first_token, 1, MOST_SECONDS);
        let idle_s = number(Slot::Idle, &self.idle, 1, MOST_SECONDS);
        let retries = number(Slot::Retries, &self.retries, 0, MOST_RETRIES);
        let params = self.tuning.check(&[kind]).unwrap_or_else(|found| {
            let slots = found.into_iter();
            problems.extend(slots.map(|p| RuleProblem { slot: Slot::Param(p.field), sentence: p.sentence }));
            Params::default()
        });
        if !problems.is_empty() {
            return Err(problems);
        }
        let fallbacks = self.fallbacks.as_ref().map(|chain| sound(chain, model));
        Ok(ModelRules { first_token_s, idle_s, retries, params, fallbacks })
    }
}

/// A chain without the model itself, without repetitions, and not too long.
pub(super) fn sound(chain: &[ModelRef], model: &ModelRef) -> Vec<ModelRef> {
    let mut sound: Vec<ModelRef> = Vec::new();
    for next in chain {
        if next != model && !sound.contains(next) && sound.len() < MOST_FALLBACKS {
            sound.push(next.clone());
        }
    }
    sound
}

/// A wait in seconds.
///
/// # Errors
/// A sentence for the place below the field.
pub fn seconds(text: &str) -> Result<Option<u32>, String> {
    whole(text, 1, MOST_SECONDS)
}

/// Calls at once.
///
/// # Errors
/// A sentence for the place below the field.
pub fn calls(text: &str) -> Result<Option<usize>, String> {
    Ok(whole(text, 1, MOST_CALLS)?.map(|calls| calls as usize))
}

/// The most that a run may cost.
///
/// # Errors
/// A sentence for the place below the field.
pub fn cap(text: &str) -> Result<Option<Money>, String> {
    match text.parse() {
        Ok(money) => Ok(Some(money)),
        Err(NotMoney::Empty) if text.trim().is_empty() => Ok(None),
        Err(error) => Err(format!("{}. Leave it empty for no cap.", capital(&error.to_string()))),
    }
}

/// An amount in dollars as [`cap`] reads it, to its last place.
pub fn amount(money: Money) -> String {
    const DOLLAR: u64 = 1_000_000_000;
    let (whole, part) = (money.nanos() / DOLLAR, money.nanos() % DOLLAR);
    let places = format!("{part:09}");
    match places.trim_end_matches('0') {
        "" => whole.to_string(),
        // Cents are written with both of their places.
        tenths if tenths.len() == 1 => format!("{whole}.{tenths}0"),
        places => format!("{whole}.{places}"),
    }
}

/// A price.
///
/// # Errors
/// A sentence for the place below the field.
pub fn price(text: &str) -> Result<Option<Price>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error| match error {
        NotPrice::Form => "Two amounts, as in 0.30 / 2.50: for a million tokens in, and out.".into(),
        NotPrice::Amount(error) => {
            format!("{}. A price is written as 0.30 / 2.50.", capital(&error.to_string()))
        }
    })
}

/// A whole number within bounds, with an optional `s` behind it; empty is none.
fn whole(text: &str, low: u32, high: u32) -> Result<Option<u32>, String> {
    let digits = text.trim();
    let digits = digits.strip_suffix('s').unwrap_or(digits).trim_end();
    if digits.is_empty() {
        return Ok(None);
    }
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse().ok().filter(|number| plain && (low..=high).contains(number));
    number
        .map(Some)
        .ok_or_else(|| format!("A whole number from {low} to {}. {UNSET}", thousands(high.into())))
}

fn text(number: Option<u32>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// The words of an error as the beginning of a sentence. They begin with an ASCII letter.
fn capital(words: &str) -> String {
    let (first, rest) = words.split_at(1);
    first.to_ascii_uppercase() + rest
}

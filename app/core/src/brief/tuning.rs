//! Parameters: as they are typed, and the check against what the chosen providers accept.

use super::{Decimal, Field, Problem, thousands};
use crate::provider::{
    ProviderKind, catalog,
    protocol::{Bounds, Range},
    sample,
};

/// Sampling parameters. What is `None` is not sent, and the model uses its own default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Params {
    pub temperature: Option<Decimal>,
    pub top_p: Option<Decimal>,
    /// Longest answer in tokens.
    pub max_tokens: Option<u32>,
    /// Context in tokens, for providers that let callers choose it.
    pub context: Option<u32>,
    pub thinking: Option<Thinking>,
}

impl Params {
    /// These, and what they leave unset from `base`.
    #[must_use]
    pub fn over(&self, base: &Self) -> Self {
        Self {
            temperature: self.temperature.or(base.temperature),
            top_p: self.top_p.or(base.top_p),
            max_tokens: self.max_tokens.or(base.max_tokens),
            context: self.context.or(base.context),
            thinking: self.thinking.or(base.thinking),
        }
    }
}

impl Params {
    /// These, without what is outside of the bounds; a limit that is too high is the highest.
    #[must_use]
    pub fn within(self, bounds: &Bounds) -> Self {
        Self {
            temperature: self.temperature.filter(|number| bounds.temperature.holds(*number)),
            top_p: self.top_p.filter(|number| bounds.top_p.holds(*number)),
            max_tokens: self.max_tokens.map(|tokens| tokens.min(bounds.max_tokens)),
            context: self.context.zip(bounds.context).map(|(tokens, (low, high))| tokens.clamp(low, high)),
            thinking: self.thinking.filter(|_| bounds.thinking),
        }
    }
}

/// How much a model shall reason before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thinking {
    Off,
    Low,
    Medium,
    High,
}

impl Thinking {
    pub const ALL: [Self; 4] = [Self::Off, Self::Low, Self::Medium, Self::High];

    /// Word for form, link and storage.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|thinking| thinking.name() == name)
    }
}

/// Parameters as somebody types them. Empty means "not sent".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tuning {
    pub temperature: String,
    pub top_p: String,
    pub max_tokens: String,
    pub context: String,
    pub thinking: Option<Thinking>,
}

impl From<&Params> for Tuning {
    fn from(params: &Params) -> Self {
        fn text(value: Option<impl ToString>) -> String {
            value.map(|value| value.to_string()).unwrap_or_default()
        }
        Self {
            temperature: text(params.temperature),
            top_p: text(params.top_p),
            max_tokens: text(params.max_tokens),
            context: text(params.context),
            thinking: params.thinking,
        }
    }
}

const UNSET: &str = "Leave it empty to let the model decide.";
/// Bounds for a whole number where no provider of the choice has its own.
const MOST_TOKENS: u32 = 1_000_000;

impl Tuning {
    /// True if nothing is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks every field against the bounds of all of `kinds`.
    ///
    /// # Errors
    /// All problems, in the order of the form; never empty.
    pub fn check(&self, kinds: &[ProviderKind]) -> Result<Params, Vec<Problem>> {
        // While nobody is chosen, what is usual holds.
        let usual = [sample::KIND];
        let kinds = if kinds.is_empty() { &usual } else { kinds };
        let mut problems = Vec::new();
        let mut report = |field, sentence| problems.push(Problem { field, sentence });
        let temperature = decimal(&self.temperature, kinds, |kind| kind.facts().bounds.temperature)
            .map_err(|sentence| report(Field::Temperature, sentence));
        let top_p = decimal(&self.top_p, kinds, |kind| kind.facts().bounds.top_p)
            .map_err(|sentence| report(Field::TopP, sentence));
        let max_tokens = tokens(&self.max_tokens, kinds, |kind| Some((1, kind.facts().bounds.max_tokens)))
            .map_err(|sentence| report(Field::MaxTokens, sentence));
        let context = tokens(&self.context, kinds, |kind| kind.facts().bounds.context)
            .map_err(|sentence| report(Field::Context, sentence));
        match (temperature, top_p, max_tokens, context) {
            (Ok(temperature), Ok(top_p), Ok(max_tokens), Ok(context)) => {
                Ok(Params { temperature, top_p, max_tokens, context, thinking: self.thinking })
            }
            _ => Err(problems),
        }
    }
}

/// Reads a number as people type it; a comma counts as the decimal point.
fn decimal(
    text: &str,
    kinds: &[ProviderKind],
    range: impl Fn(&ProviderKind) -> Range,
) -> Result<Option<Decimal>, String> {
    let text = text.trim().replace(',', ".");
    if text.is_empty() {
        return Ok(None);
    }
    let number: Option<Decimal> = text.parse().ok();
    let strange = |kind: &&ProviderKind| number.is_none_or(|number| !range(kind).holds(number));
    let Some(kind) = kinds.iter().find(strange) else { return number.map(Some).ok_or_else(not_a_number) };
    let Range { low, inclusive, high } = range(kind);
    let bounds =
        if inclusive { format!("between {low} and {high}") } else { format!("above {low}, up to {high}") };
    let shared = kinds.iter().all(|other| range(other) == range(kind));
    Err(sentence(*kind, shared, &bounds))
}

fn not_a_number() -> String {
    format!("A number, as in 0.7. {UNSET}")
}

/// Reads a whole number as people type it: a comma parts thousands here, so that "8,000" is not 8.
fn tokens(
    text: &str,
    kinds: &[ProviderKind],
    bounds: impl Fn(&ProviderKind) -> Option<(u32, u32)>,
) -> Result<Option<u32>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let number = whole(text);
    let strange = |kind: &&ProviderKind| {
        bounds(kind).is_some_and(|(low, high)| number.is_none_or(|n| !(low..=high).contains(&n)))
    };
    let words = |(low, high): (u32, u32)| {
        format!("a whole number from {} to {}", thousands(low.into()), thousands(high.into()))
    };
    match kinds.iter().find(strange) {
        Some(kind) => {
            let own = bounds(kind).unwrap_or((1, MOST_TOKENS));
            let shared = kinds.iter().all(|other| bounds(other).is_none_or(|theirs| theirs == own));
            Err(sentence(*kind, shared, &words(own)))
        }
        None => number.filter(|n| *n > 0).map(Some).ok_or_else(|| capital(&words((1, MOST_TOKENS)))),
    }
}

/// "Between 0 and 2." or, where the chosen providers differ, "Gemini takes above 0, up to 2."
fn sentence(kind: ProviderKind, shared: bool, bounds: &str) -> String {
    if shared {
        capital(bounds)
    } else {
        format!("{} takes {bounds}. {UNSET}", catalog::provider_name("This server", kind))
    }
}

fn capital(bounds: &str) -> String {
    let (first, rest) = bounds.split_at(1);
    format!("{}{rest}. {UNSET}", first.to_ascii_uppercase())
}

fn whole(text: &str) -> Option<u32> {
    let mut groups = text.split(',').enumerate();
    let parted = text.contains(',');
    let well_formed = groups.all(|(place, group)| {
        let digits = !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
        digits && (!parted || if place == 0 { group.len() <= 3 } else { group.len() == 3 })
    });
    well_formed.then(|| text.replace(',', "").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{gemini, ollama, openai};

    #[track_caller]
    fn refused(tuning: Tuning, kinds: &[ProviderKind], field: Field, sentence: &str) {
        let problems = tuning.check(kinds).unwrap_err();
        assert_eq!(problems, [Problem { field, sentence: sentence.into() }]);
    }

    fn temperature(text: &str) -> Tuning {
        Tuning { temperature: text.into(), ..Tuning::default() }
    }

    fn max_tokens(text: &str) -> Tuning {
        Tuning { max_tokens: text.into(), ..Tuning::default() }
    }

    fn context(text: &str) -> Tuning {
        Tuning { context: text.into(), ..Tuning::default() }
    }

    #[test]
    fn every_provider_has_bounds_of_its_own() {
        let unset = "Leave it empty to let the model decide.";
        let both = [openai::KIND, gemini::KIND];
        refused(temperature("0"), &[gemini::KIND], Field::Temperature, &format!("Above 0, up to 2. {unset}"));
        refused(
            temperature("0"),
            &both,
            Field::Temperature,
            &format!("Gemini takes above 0, up to 2. {unset}"),
        );
        refused(
            max_tokens("70000"),
            &both,
            Field::MaxTokens,
            &format!("Gemini takes a whole number from 1 to 65,536. {unset}"),
        );
        refused(
            max_tokens("70000"),
            &[gemini::KIND],
            Field::MaxTokens,
            &format!("A whole number from 1 to 65,536. {unset}"),
        );
        refused(
            context("100"),
            &[ollama::KIND, openai::KIND],
            Field::Context,
            &format!("A whole number from 512 to 1,048,576. {unset}"),
        );
        for accepted in [temperature("0"), temperature("2"), max_tokens("128,000"), context("0512")] {
            assert!(accepted.check(&[openai::KIND, ollama::KIND]).is_ok(), "{accepted:?}");
        }
    }

    #[test]
    fn what_no_provider_takes_must_still_be_a_number() {
        assert!(context("lots").check(&[openai::KIND]).is_err());
        assert!(context("0").check(&[openai::KIND]).is_err());
        assert_eq!(context("4096").check(&[openai::KIND]).unwrap().context, Some(4096));
    }

    #[test]
    fn every_bound_of_every_provider_holds_at_its_edge() {
        for kind in ProviderKind::all() {
            let bounds = kind.facts().bounds;
            let (most, more) = (bounds.max_tokens.to_string(), (bounds.max_tokens + 1).to_string());
            assert!(max_tokens(&most).check(&[kind]).is_ok(), "{kind:?}");
            assert!(max_tokens(&more).check(&[kind]).is_err(), "{kind:?}");
            let high = bounds.temperature.high;
            assert!(temperature(&high.to_string()).check(&[kind]).is_ok(), "{kind:?}");
            assert!(temperature(&format!("{high}.1")).check(&[kind]).is_err(), "{kind:?}");
            assert_eq!(temperature("0").check(&[kind]).is_ok(), bounds.temperature.inclusive, "{kind:?}");
        }
    }

    #[test]
    fn parameters_lie_over_others_and_come_back_as_typed() {
        let low = Params { max_tokens: Some(5), thinking: Some(Thinking::Low), ..Params::default() };
        let over = Params { max_tokens: Some(9), ..Params::default() }.over(&low);
        assert_eq!((over.max_tokens, over.thinking), (Some(9), Some(Thinking::Low)));
        assert_eq!(Tuning::from(&over).check(&[openai::KIND]).unwrap(), over);
        assert_eq!(Thinking::ALL.map(|t| Thinking::named(t.name())), Thinking::ALL.map(Some));
    }
}

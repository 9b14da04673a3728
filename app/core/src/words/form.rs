//! What pressing the button will do and cost, before it is pressed.

use super::count;
use crate::{
    price::{Estimate, Money},
    run::Policy,
};

/// What a run may cost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Budget {
    /// "About $0.0021, at most $0.0130." Empty where nothing is ever paid.
    pub sentence: String,
    /// What the cap has to do with it; empty where it has nothing.
    pub warning: String,
    /// It would cost more than the cap even with usual answers: it is not sent.
    pub refused: bool,
}

/// `known` is the sum of the known prices, `unknown` how many are not.
pub fn budget(known: Option<Estimate>, unknown: usize, policy: Policy, cap: Option<Money>) -> Budget {
    let missing = match unknown {
        0 => String::new(),
        1 => "one price unknown".into(),
        n => format!("{n} prices unknown"),
    };
    let Some(known) = known else {
        let warning = if cap.is_some() && unknown > 0 { UNCOUNTED.into() } else { String::new() };
        return Budget { sentence: sentence(&missing), warning, refused: false };
    };
    let at_most = known.at_most.filter(|most| *most > known.typical);
    let most = at_most.map(|most| format!(", at most {most}")).unwrap_or_default();
    let all = if policy == Policy::All { "" } else { " if all are asked" };
    let parted = if missing.is_empty() { "" } else { ", " };
    let told = format!("About {}{most}{all}{parted}{missing}", known.typical);
    let refused = cap.is_some_and(|cap| known.typical > cap);
    let warning = match cap {
        Some(cap) if refused => {
            format!("That is more than the cap of {cap} for a run. Choose fewer models, or raise the cap.")
        }
        Some(cap) if at_most.is_some_and(|most| most > cap) => {
            format!("The longest answers would cost more than the cap of {cap}; then the run is stopped.")
        }
        Some(_) if unknown > 0 => UNCOUNTED.into(),
        _ => String::new(),
    };
    Budget { sentence: sentence(&told), warning, refused }
}

const UNCOUNTED: &str = "The cap of a run cannot count what has no known price.";

/// With a capital and a full stop; nothing stays nothing.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| format!("{}{}.", first.to_ascii_uppercase(), letters.as_str()))
}

/// Who is asked, and when: "3 models at once."
pub fn promise(models: usize, policy: Policy) -> String {
    let all = count(models, "model");
    match policy {
        _ if models == 1 => format!("{all}."),
        Policy::All => format!("{all} at once."),
        Policy::FirstValid => format!("{all} at once, until one answer is valid."),
        Policy::LocalFirst => format!("{all}, your own servers first."),
        Policy::CheapestFirst => format!("{all}, cheapest first."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dollars(millionths: u64) -> Money {
        Money::from_nanos(millionths * 1000)
    }

    #[track_caller]
    fn check(
        typical: u64,
        at_most: Option<u64>,
        unknown: usize,
        cap: Option<u64>,
        expect: (&str, &str, bool),
    ) {
        let known = Estimate { typical: dollars(typical), at_most: at_most.map(dollars) };
        let budget = budget(Some(known), unknown, Policy::All, cap.map(dollars));
        assert_eq!((budget.sentence.as_str(), budget.warning.as_str(), budget.refused), expect);
    }

    #[test]
    fn an_estimate_says_what_is_known_and_what_is_not() {
        check(2_100, None, 0, None, ("About $0.0021.", "", false));
        check(2_100, Some(13_000), 0, None, ("About $0.0021, at most $0.013.", "", false));
        check(2_100, None, 1, None, ("About $0.0021, one price unknown.", "", false));
        assert_eq!(budget(None, 2, Policy::All, None).sentence, "2 prices unknown.");
        assert_eq!(budget(None, 0, Policy::All, Some(Money::ZERO)), Budget::default());
        let known = Estimate { typical: dollars(5_000), at_most: None };
        let first = budget(Some(known), 0, Policy::FirstValid, None);
        assert_eq!(first.sentence, "About $0.005 if all are asked.");
    }

    #[test]
    fn a_cap_warns_of_long_answers_and_refuses_usual_ones() {
        let warned = "The longest answers would cost more than the cap of $0.01; then the run is stopped.";
        check(2_100, Some(13_000), 0, Some(10_000), ("About $0.0021, at most $0.013.", warned, false));
        let refused = "That is more than the cap of $0.001 for a run. Choose fewer models, or raise the cap.";
        check(2_100, None, 0, Some(1_000), ("About $0.0021.", refused, true));
        check(2_100, None, 1, Some(10_000), ("About $0.0021, one price unknown.", UNCOUNTED, false));
        check(2_100, Some(2_100), 0, Some(2_100), ("About $0.0021.", "", false));
    }

    #[test]
    fn a_promise_follows_the_policy() {
        assert_eq!(promise(1, Policy::CheapestFirst), "1 model.");
        assert_eq!(promise(3, Policy::All), "3 models at once.");
        assert_eq!(promise(3, Policy::LocalFirst), "3 models, your own servers first.");
    }
}

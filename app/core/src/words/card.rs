//! What stands on a card beside its story: figures, tags, the seam of an answer that went on.

use super::{count, thousands};
use crate::{
    brief::Params,
    join::Seam,
    price::Money,
    run::{Card, Millis, Target},
};

/// "$0.0004", "none" where nothing is ever paid, "–" where nobody stated a price.
pub fn card_cost(cost: Option<Money>, by: &Target) -> String {
    match cost {
        Some(Money::ZERO) if by.is_local() || by.kind.is_sample() => "none".into(),
        Some(cost) => cost.to_string(),
        None => "–".into(),
    }
}

/// Tokens sent and written, as figures and in words: "1,204 / 661", "≈1,204 / 661" as long as some of it is an estimate.
pub fn tokens(card: &Card) -> (String, String) {
    let (written, estimated) = card.tokens;
    let Some(sent) = card.candidate.prompt_tokens().filter(|_| !card.candidate.attempts.is_empty()) else {
        return ("–".into(), "nothing sent yet".into());
    };
    let about = if estimated || card.candidate.usage.prompt_tokens.is_none() { "≈" } else { "" };
    let (sent, written) = (thousands(sent), thousands(written));
    (format!("{about}{sent} / {written}"), format!("{about}{sent} tokens sent, {about}{written} written"))
}

/// Own parameters of a card: "temperature 0.2, thinking low". Empty if it has none.
pub fn params(params: &Params) -> String {
    let mut set = Vec::new();
    let mut say =
        |name: &str, value: Option<String>| set.extend(value.map(|value| format!("{name} {value}")));
    say("temperature", params.temperature.map(|value| value.to_string()));
    say("top-p", params.top_p.map(|value| value.to_string()));
    say("longest", params.max_tokens.map(|value| thousands(value.into())));
    say("context", params.context.map(|value| thousands(value.into())));
    say("thinking", params.thinking.map(|value| value.name().to_owned()));
    set.join(", ")
}

/// The tag of an answer that was given before: "from memory, 3 min ago".
pub fn recalled(age: Millis) -> String {
    match age {
        0..60_000 => format!("from memory, {} s ago", age / 1000),
        60_000..3_600_000 => format!("from memory, {} min ago", age / 60_000),
        _ => format!("from memory, {} h ago", age / 3_600_000),
    }
}

/// How the rest was joined to what had been cut off.
pub fn seam(seam: Seam) -> String {
    match seam {
        Seam::Checked { lines } => {
            format!(
                "The rest repeats {} up to the cut, so the place of the seam is proven.",
                count(lines, "line")
            )
        }
        Seam::Plain => {
            "The rest repeats nothing, so it stands where the text was cut off. Read over the seam.".into()
        }
        Seam::Replaced { lines } => format!(
            "The rest begins further up and writes it anew: the last {} before the cut gave way.",
            count(lines, "line")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        brief::{Thinking, Tuning},
        provider::{ModelRef, ollama, openai},
    };

    #[test]
    fn a_cost_tells_free_from_unknown() {
        let cloud = Target::new(ModelRef::new("openai", "a"), openai::KIND);
        let home = Target::new(ModelRef::new("ollama", "a"), ollama::KIND);
        assert_eq!(card_cost(Some(Money::ZERO), &home), "none");
        assert_eq!(card_cost(Some(Money::ZERO), &cloud), "$0");
        assert_eq!(card_cost(Some(Money::from_nanos(400_000)), &home), "$0.0004");
        assert_eq!(card_cost(None, &cloud), "–");
    }

    #[test]
    fn own_parameters_are_named() {
        let tuning = Tuning {
            temperature: "0.2".into(),
            max_tokens: "8,000".into(),
            thinking: Some(Thinking::Low),
            ..Tuning::default()
        };
        let set = tuning.check(&[ollama::KIND]).unwrap();
        assert_eq!(params(&set), "temperature 0.2, longest 8,000, thinking low");
        assert_eq!(params(&Params::default()), "");
    }

    #[track_caller]
    fn check(age: Millis, expect: &str) {
        assert_eq!(recalled(age), format!("from memory, {expect} ago"));
    }

    #[test]
    fn the_age_of_a_memory_is_told_roughly() {
        check(4_300, "4 s");
        check(59_999, "59 s");
        check(200_000, "3 min");
        check(7_200_000, "2 h");
    }
}

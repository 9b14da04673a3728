//! The sentences of a ranking: place and figure, no blame.

use super::stubs::Stub;
use super::usable::{Standing, Tier};
use super::{Evidence, Facts, Mark, Rung, Share};

pub(super) fn usable(standing: &Standing) -> Evidence {
    let (mark, figure, sentence) = match standing {
        Standing::Complete => (Mark::Pass, "complete".into(), "Ended by itself, no placeholders.".into()),
        Standing::Stubs { first: Stub { line, what }, count } => {
            let more = match count - 1 {
                0 => String::new(),
                1 => ", and one more place like it".into(),
                more => format!(", and {more} more places like it"),
            };
            let figure = if *count == 1 { "1 placeholder".into() } else { format!("{count} placeholders") };
            (Mark::Part, figure, format!("Line {line} holds a placeholder: {what}{more}."))
        }
        Standing::CutOff { line } => (Mark::Part, "cut off".into(), format!("Cut off at line {line}.")),
        Standing::Stopped { line, interrupted: true } => {
            (Mark::Part, "interrupted".into(), format!("Interrupted at line {line}."))
        }
        Standing::Stopped { line, interrupted: false } => (
            Mark::Part,
            "limit reached".into(),
            format!("Reached its limit after line {line}; there may be more."),
        ),
        Standing::Foreign { is, wanted } => {
            (Mark::Fail, is.name().into(), format!("It is {}; {} was asked for.", is.name(), wanted.name()))
        }
        Standing::NoCode => (Mark::Fail, "no code".into(), "The answer holds no code.".into()),
        Standing::Failed => (Mark::Fail, "failed".into(), "It failed before it delivered code.".into()),
    };
    Evidence { rung: Rung::Usable, mark, figure, sentence }
}

pub(super) fn consensus(share: Share, closest: bool) -> Evidence {
    let (mark, sentence) = if closest {
        (Mark::Pass, "Closest to what the others wrote.")
    } else {
        (Mark::Part, "Further from what the others wrote.")
    };
    Evidence { rung: Rung::Consensus, mark, figure: figure(share), sentence: sentence.into() }
}

/// "0.71".
fn figure(share: Share) -> String {
    let hundredths = (share.0 + 50) / 100;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

pub(super) fn verdict(
    facts: &[Facts<'_>],
    standings: &[Standing],
    shares: &[Option<Share>],
    order: &[usize],
    decided: Option<Rung>,
) -> String {
    let Some(&first) = order.first() else { return String::new() };
    if standings[first].tier() == Tier::Nothing {
        return "No model delivered code.".into();
    }
    let Some(&second) = order.get(1) else { return alone(&standings[first], "It is the only answer") };
    let name = facts[second].name;
    match decided {
        Some(Rung::Usable) => {
            let holds = match standings[first].tier() {
                Tier::Complete => "It is complete",
                Tier::Stubs => "It goes to its end",
                Tier::CutOff | Tier::Foreign | Tier::Nothing => "It is in the language that was asked for",
            };
            format!("{holds}, where {name} {}.", lacks(&standings[second]))
        }
        Some(_) => {
            let figure = shares[first].map(figure).unwrap_or_default();
            format!("It is the closest to what the others wrote ({figure}).")
        }
        None if standings[second].tier() == Tier::Nothing => {
            alone(&standings[first], "It is the only one that delivered code")
        }
        None if facts[first].code == facts[second].code => {
            format!("Practically equal: {name} wrote the same.")
        }
        None => format!("Practically equal: nothing known so far sets it apart from {name}."),
    }
}

/// The only candidate with code; what is wrong with it is said all the same.
fn alone(standing: &Standing, why: &str) -> String {
    match standing {
        Standing::Complete => format!("{why}."),
        _ => format!("{why}; it {}.", lacks(standing)),
    }
}

/// "was cut off at line 41".
fn lacks(standing: &Standing) -> String {
    match standing {
        Standing::Complete => "is complete".into(),
        Standing::Stubs { first, .. } => format!("has a placeholder at line {}", first.line),
        Standing::CutOff { line } => format!("was cut off at line {line}"),
        Standing::Stopped { line, interrupted: true } => format!("was interrupted at line {line}"),
        Standing::Stopped { line, interrupted: false } => format!("reached its limit after line {line}"),
        Standing::Foreign { is, .. } => format!("is {}", is.name()),
        Standing::NoCode => "delivered no code".into(),
        Standing::Failed => "failed".into(),
    }
}

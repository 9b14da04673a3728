//! A run as a whole: what is announced, what stands over the board, what stands in the window's title.

use super::{cost, count, short_failure, thousands};
use crate::{
    price::{Money, Total},
    run::{AttemptEnd, Candidate, Run, State},
};

/// Announced when a run begins.
pub fn started(models: usize) -> String {
    format!("Generating with {}.", count(models, "model"))
}

/// Announced when a candidate ends: at most a dozen words.
pub fn milestone(run: &Run, candidate: usize) -> String {
    let tally = run.tally();
    let total = run.candidates.len();
    let name = run.name(candidate);
    let what = match run.candidates[candidate].state {
        State::Completed => "finished",
        State::Truncated => "was cut off",
        State::Interrupted => "was interrupted",
        State::Cancelled if run.candidates[candidate].stopped == Some(AttemptEnd::OverCap) => {
            "was stopped at the cap"
        }
        State::Cancelled => "was cancelled",
        State::Spared => "was not needed",
        State::Failed | State::Pending | State::Waiting { .. } | State::Generating => "failed",
    };
    let over = tally.over();
    format!("{name} {what}. {over} of {total} done.")
}

/// Announced when a run is over.
pub fn finished(run: &Run) -> String {
    match best(run) {
        Some(name) => format!("Done. {name} is first."),
        // The notice on the board is an alert of its own and names the causes.
        None => "Done. No usable answer.".into(),
    }
}

fn best(run: &Run) -> Option<String> {
    let ranking = run.ranking.as_ref().filter(|ranking| ranking.any_usable)?;
    Some(run.name(*ranking.order.first()?))
}

/// One summary that names each cause: "All 4 models failed: key refused (2), quota used up, cut off at its limit."
pub fn all_failed(run: &Run) -> String {
    let mut causes: Vec<(String, usize)> = Vec::new();
    for candidate in &run.candidates {
        let cause = match (candidate.state, candidate.last_attempt()) {
            (State::Cancelled, _) if candidate.stopped == Some(AttemptEnd::OverCap) => {
                "stopped at the cap".into()
            }
            (State::Cancelled, _) => "cancelled".into(),
            (State::Spared, _) => "not needed".into(),
            (State::Completed, _) => "without code".into(),
            (_, Some(attempt)) => {
                let words = short_failure(attempt);
                // The status is on the card; here the cause alone counts.
                words.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').to_owned()
            }
            (_, None) => "not started".into(),
        };
        match causes.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, n)) => *n += 1,
            None => causes.push((cause, 1)),
        }
    }
    let causes: Vec<_> =
        causes.into_iter().map(|(cause, n)| if n == 1 { cause } else { format!("{cause} ({n})") }).collect();
    let models = run.candidates.len();
    let failed = |candidate: &Candidate| matches!(candidate.state, State::Failed | State::Interrupted);
    let head = match models {
        1 => "The model brought no code".into(),
        _ if run.candidates.iter().all(failed) => format!("All {models} models failed"),
        _ => format!("None of the {models} models brought code"),
    };
    format!("{head}: {}. Your brief is kept.", causes.join(", "))
}

/// What a run came to: "2,418 tokens, $0.0012".
pub fn totals(run: &Run) -> String {
    let tokens: u64 = run.candidates.iter().map(|candidate| candidate.tokens().0).sum();
    let cost = match run.total() {
        Total { known: Money::ZERO, unknown: 0 } => "no cost".into(),
        Total { known: Money::ZERO, unknown: 1.. } => "price unknown".into(),
        total => cost(total),
    };
    format!("{} tokens, {cost}", thousands(tokens))
}

/// Title of the window.
pub fn title(run: Option<&Run>) -> String {
    let state = match run {
        None => return "CodeCraft".into(),
        Some(run) if run.is_active() => {
            let tally = run.tally();
            let over = tally.over();
            format!("{over} of {} finished", run.candidates.len())
        }
        Some(run) => match best(run) {
            Some(name) => format!("✓ {name} is first"),
            None => "✗ No usable answer".into(),
        },
    };
    format!("{state} – CodeCraft")
}

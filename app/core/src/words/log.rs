//! The log of a card: every call it ever made, why, and what came of it.

use super::{seconds, short_failure, thousands};
use crate::{
    price::{self, Money},
    run::{Attempt, AttemptEnd, Millis, Run},
};

/// A call in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Id of the model that was asked.
    pub model: String,
    /// Why it was asked: "first try", "retry after 2.0 s", "fallback", …
    pub why: String,
    /// How it ended.
    pub end: String,
    /// It brought no whole answer.
    pub bad: bool,
    /// "0.8 s"
    pub took: String,
    /// What else is known: the provider's code, the first token, tokens, cost.
    pub detail: String,
}

/// Every call of a card, oldest first.
pub fn log(run: &Run, index: usize, now: Millis) -> Vec<Step> {
    let Some(candidate) = run.candidates.get(index) else { return Vec::new() };
    let mut before = None;
    let mut steps = Vec::with_capacity(candidate.attempts.len());
    for attempt in &candidate.attempts {
        steps.push(Step {
            model: attempt.target.model.name(),
            why: why(before, attempt),
            end: short_failure(attempt),
            bad: !matches!(attempt.end, None | Some(AttemptEnd::Complete)),
            took: seconds(attempt.took_ms(now)),
            detail: detail(run, attempt),
        });
        before = Some(attempt);
    }
    steps
}

fn why(before: Option<&Attempt>, attempt: &Attempt) -> String {
    let Some(before) = before else { return first(attempt).into() };
    let same = before.target == attempt.target;
    let failed = before.error().is_some();
    if attempt.asked && !attempt.resumes {
        return if same { "asked again" } else { "another model" }.into();
    }
    if attempt.resumes && !(before.resumes && failed) {
        return "continued".into();
    }
    if !same {
        return "fallback".into();
    }
    if before.swaps != attempt.swaps {
        return "reworded".into();
    }
    let pause = attempt.started_ms.saturating_sub(before.ended_ms.unwrap_or(before.started_ms));
    format!("retry after {}", seconds(pause))
}

fn first(attempt: &Attempt) -> &'static str {
    if attempt.recalled_ms.is_some() { "from memory" } else { "first try" }
}

fn detail(run: &Run, attempt: &Attempt) -> String {
    let mut parts = Vec::new();
    if let Some(error) = attempt.error() {
        // The status stands in the words of the end.
        parts.extend(error.code.clone());
    }
    if let Some(version) =
        attempt.answered_as.as_ref().filter(|version| **version != attempt.target.model.model)
    {
        parts.push(format!("answered as {version}"));
    }
    if let Some(first) = attempt.first_ms.filter(|_| attempt.recalled_ms.is_none()) {
        parts.push(format!("first token {}", seconds(first.saturating_sub(attempt.started_ms))));
        let usage = &attempt.usage;
        let figure = |counted: Option<u64>, guessed: u64| match counted {
            Some(tokens) => thousands(tokens),
            None => format!("≈{}", thousands(guessed)),
        };
        let written = usage.completion_tokens.map(|tokens| tokens + usage.reasoning_tokens.unwrap_or(0));
        parts.push(format!(
            "{} in, {} out",
            figure(usage.prompt_tokens, attempt.guess.prompt),
            figure(written, attempt.guess.written)
        ));
        let rate = run.rate(&attempt.target, attempt.answered_as.as_deref());
        match price::cost(rate, usage, attempt.guess) {
            None => parts.push("price unknown".into()),
            Some(Money::ZERO) => {}
            Some(cost) => parts.push(cost.to_string()),
        }
    }
    parts.join(" · ")
}

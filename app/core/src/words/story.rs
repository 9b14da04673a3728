//! A card's story: what is so, and what follows.

use super::{
    count,
    failure::{blocked, failure, last_error},
    host, seconds, thousands,
};
use crate::{
    provider::ErrorClass,
    run::{AttemptEnd, Card, Millis, Phase, State, timeline::LOADING_AFTER_MS},
};

/// A card's story: what is so, then the rest. The first is set in bold.
pub fn story(card: &Card) -> (String, String) {
    let candidate = &card.candidate;
    let number = card.code_lines.unwrap_or(card.lines);
    let (lines, are) = (count(number, "line"), if number == 1 { "is" } else { "are" });
    let answered = candidate.answered_by();
    let name = host(&answered.model.provider, answered.kind);
    let took = candidate.elapsed_ms(card.now).map_or_else(|| "0.0 s".into(), seconds);
    match candidate.state {
        State::Pending | State::Waiting { .. } if card.limited => {
            ("Waits for the limit.".into(), "Nothing was sent yet. It goes on by itself.".into())
        }
        State::Pending => pending(card, &name),
        State::Waiting { .. } if card.ahead.is_some() => pending(card, &name),
        State::Waiting { until_ms } => {
            let wait = seconds(until_ms.saturating_sub(card.now));
            let cause = last_error(candidate).map_or_else(String::new, |error| failure(error, &name, "").0);
            (cause, format!("Tries again in {wait}."))
        }
        State::Generating => generating(card, &name),
        State::Completed if recalled(card).is_some() => (
            "From memory.".into(),
            format!(
                "The same request was answered {} ago: {lines} of code. Nothing was sent.",
                seconds(recalled(card).unwrap_or_default())
            ),
        ),
        State::Completed => match card.code_lines {
            Some(_) => {
                // An alias is a moving name: who really answered is worth knowing.
                let version = candidate.last_attempt().and_then(|attempt| attempt.answered_as.as_deref());
                let asked = &answered.model.model;
                let version = version.filter(|version| !version.is_empty() && version != asked);
                let version = version.map(|version| format!(" Answered as {version}.")).unwrap_or_default();
                (
                    "Finished.".into(),
                    format!(
                        "{lines} of code, ended by itself.{version}{}{}",
                        reworded(card),
                        left_out(card, &name)
                    ),
                )
            }
            None if card.has_text => (
                "No code in this answer.".into(),
                "The model answered in words only. They can be read under Answers.".into(),
            ),
            None => ("The answer is empty.".into(), format!("{name} ended the stream without a word.")),
        },
        State::Truncated => truncated(card, &name),
        State::Interrupted => {
            let (what, _) = match candidate.last_attempt().and_then(|attempt| attempt.end.as_ref()) {
                Some(AttemptEnd::Failed(error)) if error.class == ErrorClass::Timeout => {
                    ("The stream went silent.".into(), String::new())
                }
                Some(AttemptEnd::Failed(error)) => failure(error, &name, &took),
                Some(AttemptEnd::Blocked { reason }) => blocked(reason, &name),
                _ => ("The connection broke.".into(), String::new()),
            };
            (what, format!("{lines} had arrived after {took} and {are} kept.{}", goes_on(card)))
        }
        State::Cancelled if candidate.stopped == Some(AttemptEnd::OverCap) => (
            "Stopped at the cap of this run.".into(),
            if card.has_text {
                format!("{lines} had arrived and {are} kept.")
            } else {
                "Nothing had arrived.".into()
            },
        ),
        State::Cancelled => (
            if candidate.current_attempts().is_empty() {
                "You cancelled this one before it began.".into()
            } else {
                format!("You cancelled this one after {took}.")
            },
            if card.has_text {
                format!("The {lines} that had arrived {are} kept.{}", goes_on(card))
            } else {
                "Nothing had arrived.".into()
            },
        ),
        State::Spared if card.has_text => (
            "Not needed any more.".into(),
            format!("Another answer was valid first. The {lines} that had arrived {are} kept."),
        ),
        State::Spared if !candidate.current_attempts().is_empty() => {
            ("Not needed any more.".into(), "Another answer was valid first. Nothing had arrived.".into())
        }
        State::Spared => {
            ("Not needed.".into(), "Another answer is valid, so this model was not asked.".into())
        }
        State::Failed => match candidate.last_attempt().and_then(|attempt| attempt.end.as_ref()) {
            Some(AttemptEnd::Failed(error)) => failure(error, &name, &took),
            Some(AttemptEnd::Blocked { reason }) => blocked(reason, &name),
            _ => ("It failed.".into(), "Nothing is known about the cause.".into()),
        },
    }
}

fn generating(card: &Card, name: &str) -> (String, String) {
    let candidate = &card.candidate;
    let Some(attempt) = candidate.last_attempt() else { return (String::new(), String::new()) };
    match card.phase {
        Phase::Writing if card.lines == 0 => ("Writing.".into(), "No code yet.".into()),
        Phase::Writing => ("Writing.".into(), format!("{} so far.", count(card.lines, "line"))),
        Phase::Reasoning => (
            "Thinking.".into(),
            format!(
                "{} characters of reasoning so far, kept apart from the answer.",
                thousands(card.reasoning_chars as u64)
            ),
        ),
        Phase::Silent => {
            let waited = card.now.saturating_sub(attempt.started_ms);
            let limit = attempt.target.rules.first_token_ms / 1000;
            let local = attempt.target.is_local();
            if local && waited > LOADING_AFTER_MS {
                (
                    "Loading into memory.".into(),
                    format!("{name} is silent while it loads a model. It is not late until {limit} s."),
                )
            } else {
                (
                    "Sent.".into(),
                    format!("Waits for the first word of {name}. It is not late until {limit} s."),
                )
            }
        }
    }
}

fn pending(card: &Card, name: &str) -> (String, String) {
    match card.ahead {
        _ if card.held => {
            ("Held back.".into(), "It is asked only if those before it bring no valid answer.".into())
        }
        Some(0) | None => ("Next in its lane.".into(), format!("It starts as soon as {name} is free.")),
        Some(ahead) => (
            format!("{} in the lane.", ordinal(ahead)),
            format!(
                "{name} works on {} before it, so that they do not push each other aside.",
                count(ahead, "card")
            ),
        ),
    }
}

/// "2nd" for the one that has one before it.
fn ordinal(ahead: usize) -> String {
    match ahead + 1 {
        1 => "1st".into(),
        2 => "2nd".into(),
        3 => "3rd".into(),
        n => format!("{n}th"),
    }
}

fn truncated(card: &Card, name: &str) -> (String, String) {
    let candidate = &card.candidate;
    let line = if card.has_text {
        format!("Cut off at line {}.", card.lines)
    } else {
        "Cut off before the answer began.".into()
    };
    // A continuation that failed says why; what was there is as it was.
    if let Some(error) = last_error(candidate) {
        let (what, then) = failure(error, name, "");
        let wrote = candidate.last_attempt().is_some_and(|attempt| attempt.wrote);
        let how = if wrote { "It broke off again." } else { "It could not go on." };
        return (line, format!("{how} {what} {then} What arrived is kept."));
    }
    // The limit holds for what it thought as well.
    let usage = &candidate.usage;
    let thought = usage.reasoning_tokens.unwrap_or(0);
    let limit = match usage.completion_tokens.unwrap_or(0) + thought {
        0 => "It reached its token limit.".into(),
        tokens => format!("It reached its limit after {} tokens.", thousands(tokens)),
    };
    let kept = match (card.has_text, card.reasoning_chars > 0 || thought > 0) {
        (true, _) => " What arrived is kept.",
        (false, true) => " Its reasoning used it up. Raise the limit, or let it think less.",
        (false, false) => " Raise the limit.",
    };
    (line, format!("{limit}{kept}{}", goes_on(card)))
}

/// Where Continue would go on.
fn goes_on(card: &Card) -> String {
    card.candidate.resume_line.map_or_else(String::new, |line| format!(" Continue goes on from line {line}."))
}

fn recalled(card: &Card) -> Option<Millis> {
    card.candidate.last_attempt()?.recalled_ms
}

/// A parameter that was set and not sent.
fn reworded(card: &Card) -> &'static str {
    if card.unsampled { " Temperature and top-p were left out, because it refuses them." } else { "" }
}

/// A server that shortened the prompt did not say so; the counts do.
fn left_out(card: &Card, name: &str) -> String {
    let candidate = &card.candidate;
    match (candidate.cut_prompt, candidate.usage.prompt_tokens) {
        (Some(cut), Some(read)) => format!(
            " But {name} read only {} of about {} tokens of the prompt: its context is too small. See Providers.",
            thousands(read),
            thousands(read + cut)
        ),
        _ => String::new(),
    }
}

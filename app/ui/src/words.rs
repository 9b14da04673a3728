//! What the app says about a run, in sentences: what happened, what was kept, what to do.

pub use codecraft_core::brief::thousands;
use codecraft_core::{
    provider::{ErrorClass, ProviderError, ProviderKind, catalog},
    run::{Attempt, AttemptEnd, Candidate, Millis, Phase, Run, State, timeline::LOADING_AFTER_MS},
};

use crate::state::board::Card;

/// "0.8 s", "41 s", "3 min 20 s".
pub fn seconds(ms: Millis) -> String {
    match ms {
        // Rounded like the rest: 9.96 s are 10.0 s.
        0..10_000 => format!("{} s", tenths(ms + 50, 1000)),
        10_000..120_000 => format!("{} s", ms / 1000),
        _ => format!("{} min {} s", ms / 60_000, ms / 1000 % 60),
    }
}

/// "1 line", "12 lines".
pub fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", thousands(n as u64)) }
}

/// "9.0 GB".
pub fn bytes(n: u64) -> String {
    match n {
        1_000_000_000.. => format!("{} GB", tenths(n + 50_000_000, 1_000_000_000)),
        1_000_000.. => format!("{} MB", (n + 500_000) / 1_000_000),
        _ => format!("{} KB", (n + 500) / 1000),
    }
}

/// `n / unit` with one decimal place, in whole numbers: what prints a float weighs 5 KB of the first load.
fn tenths(n: u64, unit: u64) -> String {
    format!("{}.{}", n / unit, n % unit / (unit / 10))
}

/// Name of the provider behind an attempt or target.
pub fn host(provider: &str, kind: ProviderKind) -> String {
    catalog::provider_name(provider, kind)
}

/// A card's story: what is so, then the rest. The first is set in bold.
pub fn story(card: &Card) -> (String, String) {
    let candidate = &card.candidate;
    let lines = count(card.code_lines.unwrap_or(card.lines), "line");
    let answered = candidate.answered_by();
    let name = host(&answered.model.provider, answered.kind);
    let took = candidate.elapsed_ms(card.now).map_or_else(|| "0.0 s".into(), seconds);
    match candidate.state {
        State::Pending => (
            "Waits in its lane.".into(),
            format!("{name} runs one model at a time, so that models do not push each other out of memory."),
        ),
        State::Waiting { until_ms } => {
            let wait = seconds(until_ms.saturating_sub(card.now));
            let cause = last_error(candidate).map_or_else(String::new, |error| failure(error, &name, "").0);
            (cause, format!("Tries again in {wait}."))
        }
        State::Generating => generating(card, &name),
        State::Completed => match card.code_lines {
            Some(_) => {
                // An alias is a moving name: who really answered is worth knowing.
                let version = candidate.last_attempt().and_then(|attempt| attempt.answered_as.as_deref());
                let asked = &answered.model.model;
                let version = version.filter(|version| !version.is_empty() && version != asked);
                let version = version.map(|version| format!(" Answered as {version}.")).unwrap_or_default();
                ("Finished.".into(), format!("{lines} of code, ended by itself.{version}"))
            }
            None if card.has_text => (
                "No code in this answer.".into(),
                "The model answered in words only. They can be read under Answers.".into(),
            ),
            None => ("The answer is empty.".into(), format!("{name} ended the stream without a word.")),
        },
        State::Truncated => {
            let limit = match candidate.usage.completion_tokens {
                Some(tokens) => format!("It reached its limit after {} tokens.", thousands(tokens)),
                None => "It reached its token limit.".into(),
            };
            (format!("Cut off at line {}.", card.lines), format!("{limit} What arrived is kept."))
        }
        State::Interrupted => {
            let (what, _) = match candidate.last_attempt().and_then(|attempt| attempt.end.as_ref()) {
                Some(AttemptEnd::Failed(error)) if error.class == ErrorClass::Timeout => {
                    ("The stream went silent.".into(), String::new())
                }
                Some(AttemptEnd::Failed(error)) => failure(error, &name, &took),
                Some(AttemptEnd::Blocked { reason }) => blocked(reason, &name),
                _ => ("The connection broke.".into(), String::new()),
            };
            (what, format!("{lines} had arrived after {took} and are kept."))
        }
        State::Cancelled => (
            format!("You cancelled this one after {took}."),
            if card.has_text {
                format!("The {lines} that had arrived are kept.")
            } else {
                "Nothing had arrived.".into()
            },
        ),
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
    let phase = if card.has_text {
        Phase::Writing
    } else if card.reasoning_chars > 0 {
        Phase::Reasoning
    } else {
        Phase::Silent
    };
    match phase {
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
            let limit = attempt.target.kind.facts().timeouts.first_token_ms / 1000;
            let local = attempt.target.kind.at_home();
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

fn last_error(candidate: &Candidate) -> Option<&ProviderError> {
    match candidate.last_attempt()?.end.as_ref()? {
        AttemptEnd::Failed(error) => Some(error),
        _ => None,
    }
}

/// Why an attempt failed: the fact, then what it means and what to do. `took` may be empty.
pub fn failure(error: &ProviderError, name: &str, took: &str) -> (String, String) {
    let answered = match (error.http, took) {
        (Some(status), "") => format!("{name} answered {status}."),
        (Some(status), took) => format!("{name} answered {status} after {took}."),
        (None, _) => String::new(),
    };
    let (what, then) = match error.class {
        ErrorClass::BadKey => {
            ("The key was refused.", "No other model was tried, because a new key is the cure.")
        }
        ErrorClass::ModelMissing => {
            ("This model is not there.", "Choose another one from the list, or install it.")
        }
        ErrorClass::RateLimited => ("Too many requests.", "Wait a moment, then retry this card."),
        ErrorClass::QuotaGone => {
            ("The quota is used up.", "Waiting a moment will not help. Choose another provider.")
        }
        ErrorClass::Overloaded => {
            ("The provider is overloaded.", "Retry this card in a while, or choose another model.")
        }
        ErrorClass::ServerFault => {
            ("The provider failed inside.", "The same request may pass the next time. Retry this card.")
        }
        ErrorClass::OutOfMemory => (
            "The model does not fit into memory.",
            "Choose a smaller model or a smaller context, or close other programs on its machine.",
        ),
        ErrorClass::NoTools => {
            ("This model cannot use tools here.", "Choose a model that can, or let its server allow them.")
        }
        ErrorClass::StaleHistory => (
            "The provider does not take the earlier turns back.",
            "They were written for another model or key. Begin anew with this prompt.",
        ),
        ErrorClass::Withheld => {
            ("The provider's filter refused the request.", "Another wording may pass.")
        }
        ErrorClass::Empty => (
            "The stream ended without a word.",
            "Often the prompt is too long for the model. Shorten it, or give the model more context.",
        ),
        ErrorClass::Timeout => ("Nothing came in time.", "No word of an answer came."),
        ErrorClass::ContextTooLong => (
            "The request is too long for this model.",
            "Shorten the prompt or choose a model with more context.",
        ),
        ErrorClass::BadRequest => {
            ("The provider refused the request.", "Look at the parameters and at its words below.")
        }
        ErrorClass::Disconnected => ("The connection broke.", "The stream ended before the answer did."),
        ErrorClass::Malformed => {
            ("The answer could not be read.", "It does not look like what this provider sends.")
        }
        // Somebody answered, but it was a gateway in front of the provider.
        ErrorClass::Unreachable if error.http.is_some() => {
            ("The provider's gateway failed.", "Retry this card in a while, or choose another model.")
        }
        ErrorClass::Unreachable => {
            ("Nothing answers at this address.", "Is the provider running? See Providers.")
        }
        ErrorClass::NotConfigured => {
            ("This provider is not set up.", "See Providers for the setting it needs.")
        }
        ErrorClass::Other => ("The provider reported a failure.", "Its words are below."),
    };
    let then = if answered.is_empty() { then.into() } else { format!("{answered} {then}") };
    (what.into(), then)
}

fn blocked(reason: &str, name: &str) -> (String, String) {
    (
        "The answer was withheld.".into(),
        format!("A filter of {name} stepped in ({reason}). Another wording may pass."),
    )
}

/// A failure in a few words, for the list of attempts.
pub fn short_failure(attempt: &Attempt) -> String {
    match &attempt.end {
        None => "writing".into(),
        Some(AttemptEnd::Complete) => "finished".into(),
        Some(AttemptEnd::Length) => "cut off at its limit".into(),
        Some(AttemptEnd::Cancelled) => "cancelled".into(),
        Some(AttemptEnd::Blocked { .. }) => "withheld by a filter".into(),
        Some(AttemptEnd::Failed(error)) => {
            let words = match error.class {
                ErrorClass::BadKey => "key refused",
                ErrorClass::ModelMissing => "model not there",
                ErrorClass::RateLimited => "too many requests",
                ErrorClass::QuotaGone => "quota used up",
                ErrorClass::Overloaded => "overloaded",
                ErrorClass::ServerFault => "failed inside",
                ErrorClass::OutOfMemory => "out of memory",
                ErrorClass::NoTools => "no tools",
                ErrorClass::StaleHistory => "earlier turns refused",
                ErrorClass::Withheld => "withheld by a filter",
                ErrorClass::Empty => "not a word came",
                ErrorClass::Timeout => "nothing came in time",
                ErrorClass::ContextTooLong => "request too long",
                ErrorClass::BadRequest => "request refused",
                ErrorClass::Disconnected => "connection broke",
                ErrorClass::Malformed => "answer not readable",
                ErrorClass::Unreachable if error.http.is_some() => "gateway failed",
                ErrorClass::Unreachable => "nothing answers",
                ErrorClass::NotConfigured => "not set up",
                ErrorClass::Other => "failed",
            };
            error.http.map_or_else(|| words.into(), |status| format!("{status} {words}"))
        }
    }
}

/// The provider's own words about a failure, if they say anything. What we said ourselves is not among them.
pub fn verbatim(candidate: &Candidate) -> Option<String> {
    let error = last_error(candidate)?;
    let ours = error.class == ErrorClass::Timeout
        || (error.class == ErrorClass::Unreachable && error.http.is_none());
    let said = error.message.trim();
    (!ours && !said.is_empty()).then(|| said.to_owned())
}

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
        State::Cancelled => "was cancelled",
        _ => "failed",
    };
    let over = tally.finished + tally.partial + tally.failed + tally.cancelled;
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

/// One summary that names each cause: "All 4 models failed: two keys refused, one quota used up, one cut off."
pub fn all_failed(run: &Run) -> String {
    let mut causes: Vec<(String, usize)> = Vec::new();
    for candidate in &run.candidates {
        let cause = match (candidate.state, candidate.last_attempt()) {
            (State::Cancelled, _) => "cancelled".into(),
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
    let causes: Vec<_> = causes.iter().map(|(cause, n)| format!("{} {cause}", number_word(*n))).collect();
    let models = run.candidates.len();
    let failed = |candidate: &Candidate| matches!(candidate.state, State::Failed | State::Interrupted);
    let head = match models {
        1 => "The model brought no code".into(),
        _ if run.candidates.iter().all(failed) => format!("All {models} models failed"),
        _ => format!("None of the {models} models brought code"),
    };
    format!("{head}: {}. Your brief is kept.", causes.join(", "))
}

fn number_word(n: usize) -> &'static str {
    ["no", "one", "two", "three", "four", "five", "six", "seven", "eight"]
        .get(n)
        .copied()
        .unwrap_or("several")
}

/// Title of the window.
pub fn title(run: Option<&Run>) -> String {
    let state = match run {
        None => return "CodeCraft".into(),
        Some(run) if run.is_active() => {
            let tally = run.tally();
            let over = tally.finished + tally.partial + tally.failed + tally.cancelled;
            format!("{over} of {} finished", run.candidates.len())
        }
        Some(run) => match best(run) {
            Some(name) => format!("✓ {name} is first"),
            None => "✗ No usable answer".into(),
        },
    };
    format!("{state} – CodeCraft")
}

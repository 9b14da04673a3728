//! Why a call failed, in sentences and in a few words.

use crate::{
    provider::{ErrorClass, ProviderError},
    run::{Attempt, AttemptEnd, Candidate},
};

pub(super) fn last_error(candidate: &Candidate) -> Option<&ProviderError> {
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
        ErrorClass::Withheld => ("The provider's filter refused the request.", "Another wording may pass."),
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
        ErrorClass::NotSignedIn => ("You are signed out.", "Sign in, then try again."),
        ErrorClass::OverLimit => (
            "The generations of this minute are used up.",
            "Nothing was sent. Wait a minute, then retry this card.",
        ),
        ErrorClass::TooManyStreams => (
            "Too many calls are open at once.",
            "Nothing was sent. Retry this card when one of them has ended.",
        ),
        ErrorClass::StoreUnavailable => (
            "The server cannot check limits and sessions just now.",
            "Nothing was sent. Try again in a moment.",
        ),
        ErrorClass::StreamTooLong => (
            "The server ended this call, because it ran too long.",
            "Not a word had come. Ask for less, or ask another model.",
        ),
        ErrorClass::NoSocket => (
            "The stream could not be opened.",
            "The CodeCraft server answers, but not over a WebSocket. A proxy in front of it may stop them.",
        ),
        ErrorClass::Refused => ("The CodeCraft server did not pass this call on.", error.message.as_str()),
        ErrorClass::Other => ("The provider reported a failure.", "Its words are below."),
    };
    let then = if answered.is_empty() { then.into() } else { format!("{answered} {then}") };
    (what.into(), then)
}

pub(super) fn blocked(reason: &str, name: &str) -> (String, String) {
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
        Some(AttemptEnd::Spared) => "not needed any more".into(),
        Some(AttemptEnd::OverCap) => "stopped at the cap".into(),
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
                ErrorClass::NotSignedIn => "signed out",
                ErrorClass::OverLimit => "limit of this minute reached",
                ErrorClass::TooManyStreams => "too many calls open",
                ErrorClass::StoreUnavailable => "limits not checked",
                ErrorClass::StreamTooLong => "ran too long",
                ErrorClass::NoSocket => "no socket",
                ErrorClass::Refused => "not passed on",
                ErrorClass::Other => "failed",
            };
            error.http.map_or_else(|| words.into(), |status| format!("{status} {words}"))
        }
    }
}

/// The provider's own words about a failure, if they say anything. What we said ourselves is not among them.
pub fn verbatim(candidate: &Candidate) -> Option<String> {
    let error = last_error(candidate)?;
    let said = error.message.trim();
    (error.verbatim && !said.is_empty()).then(|| said.to_owned())
}

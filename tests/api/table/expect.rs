//! What the table has to show: per class of failure, and where a row is special, for that row.

use codecraft_core::provider::{ErrorClass, Swap};
use codecraft_tests::{
    name::Behaviour,
    scenario::{Class, Plays, Scenario},
};

use super::play::{End, Step};

/// What follows a failure before any text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Nothing, not even another model: only a person can cure it, or there is nothing to cure.
    Nothing,
    /// Another model.
    Fallback,
    /// Once more after a second, then another model.
    Once,
    /// Twice more, after the provider's delay or ours, then another model.
    Patience,
    /// The same request in other words, then nothing.
    Reword(Swap),
}

/// What a failure has to come to.
#[derive(Debug, Clone, Copy)]
pub struct Expect {
    pub end: End,
    pub then: Then,
    /// The first sentence on the card.
    pub fact: &'static str,
    /// How the rest ends; what it begins with is the provider's name and status.
    pub advice: &'static str,
}

const fn failed(class: ErrorClass, then: Then, fact: &'static str, advice: &'static str) -> Expect {
    Expect { end: End::Failed(class), then, fact, advice }
}

const BAD_KEY: Expect = failed(
    ErrorClass::BadKey,
    Then::Nothing,
    "The key was refused.",
    "No other model was tried, because a new key is the cure.",
);
const MODEL_MISSING: Expect = failed(
    ErrorClass::ModelMissing,
    Then::Fallback,
    "This model is not there.",
    "Choose another one from the list, or install it.",
);
const RATE_LIMITED: Expect = failed(
    ErrorClass::RateLimited,
    Then::Patience,
    "Too many requests.",
    "Wait a moment, then retry this card.",
);
const QUOTA_GONE: Expect = failed(
    ErrorClass::QuotaGone,
    Then::Fallback,
    "The quota is used up.",
    "Waiting a moment will not help. Choose another provider.",
);
const OVERLOADED: Expect = failed(
    ErrorClass::Overloaded,
    Then::Patience,
    "The provider is overloaded.",
    "Retry this card in a while, or choose another model.",
);
const SERVER_FAULT: Expect = failed(
    ErrorClass::ServerFault,
    Then::Patience,
    "The provider failed inside.",
    "The same request may pass the next time. Retry this card.",
);
const OUT_OF_MEMORY: Expect = failed(
    ErrorClass::OutOfMemory,
    Then::Fallback,
    "The model does not fit into memory.",
    "Choose a smaller model or a smaller context, or close other programs on its machine.",
);
const TIMEOUT: Expect =
    failed(ErrorClass::Timeout, Then::Once, "Nothing came in time.", "No word of an answer came.");
const CONTEXT_TOO_LONG: Expect = failed(
    ErrorClass::ContextTooLong,
    Then::Nothing,
    "The request is too long for this model.",
    "Shorten the prompt or choose a model with more context.",
);
const DISCONNECTED: Expect = failed(
    ErrorClass::Disconnected,
    Then::Once,
    "The connection broke.",
    "The stream ended before the answer did.",
);
const EMPTY: Expect = failed(
    ErrorClass::Empty,
    Then::Once,
    "The stream ended without a word.",
    "Often the prompt is too long for the model. Shorten it, or give the model more context.",
);
const MALFORMED: Expect = failed(
    ErrorClass::Malformed,
    Then::Once,
    "The answer could not be read.",
    "It does not look like what this provider sends.",
);
const GATEWAY: Expect = failed(
    ErrorClass::Unreachable,
    Then::Patience,
    "The provider's gateway failed.",
    "Retry this card in a while, or choose another model.",
);
const BAD_REQUEST: Expect = failed(
    ErrorClass::BadRequest,
    Then::Nothing,
    "The provider refused the request.",
    "Look at the parameters and at its words below.",
);
const STALE: Expect = failed(
    ErrorClass::StaleHistory,
    Then::Reword(Swap::NoSignatures),
    "The provider does not take the earlier turns back.",
    "They were written for another model or key. Begin anew with this prompt.",
);
const BLOCKED: Expect = Expect {
    end: End::Blocked,
    then: Then::Nothing,
    fact: "The answer was withheld.",
    advice: "Another wording may pass.",
};
const TRUNCATED: Expect = Expect {
    end: End::Length,
    then: Then::Nothing,
    fact: "Cut off at line ",
    advice: " What arrived is kept.",
};
const WHOLE: Expect =
    Expect { end: End::Whole, then: Then::Nothing, fact: "Finished.", advice: "ended by itself." };

/// Nobody listens at the provider's address: not a row, because the fake upstream does.
pub const UNREACHABLE: Expect = failed(
    ErrorClass::Unreachable,
    Then::Patience,
    "Nothing answers at this address.",
    "Is the provider running? See Providers.",
);
/// The provider has no key: not a row, because the server says it before any call.
pub const NOT_CONFIGURED: Expect = failed(
    ErrorClass::NotConfigured,
    Then::Nothing,
    "This provider is not set up.",
    "See Providers for the setting it needs.",
);

/// What a client gets to see of a row. Asked once, because it writes the whole answer.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// Some of the answer comes before the failure.
    pub text: bool,
    /// The answer gets to its end all the same.
    pub recovers: bool,
    /// The status, where it is that of a refusal.
    pub refusal: Option<u16>,
}

impl Shown {
    pub fn of(row: &Scenario) -> Self {
        // Nobody looks beyond an event that is too large, and to write this one takes seconds.
        if row.plays == Plays::As(Behaviour::Oversized) {
            return Self { text: false, recovers: false, refusal: None };
        }
        let refusal = row.status().filter(|status| *status != 200);
        Self { text: row.shows_text(), recovers: row.recovers(), refusal }
    }
}

/// What a row has to come to.
pub fn of(row: &Scenario, shown: Shown) -> Expect {
    if let Some(special) = special(row) {
        return special;
    }
    // A careful client gets over it.
    if shown.recovers {
        return WHOLE;
    }
    match row.class {
        Class::BadKey => BAD_KEY,
        Class::ModelMissing => MODEL_MISSING,
        Class::RateLimited => RATE_LIMITED,
        Class::QuotaGone => QUOTA_GONE,
        Class::Overloaded => OVERLOADED,
        Class::Timeout => TIMEOUT,
        Class::ContextTooLong => CONTEXT_TOO_LONG,
        Class::SafetyBlock => BLOCKED,
        Class::Truncated => TRUNCATED,
        Class::Disconnected => DISCONNECTED,
        Class::Malformed => MALFORMED,
        Class::Unreachable => GATEWAY,
        Class::StaleSignature => STALE,
        Class::BadRequest => BAD_REQUEST,
        Class::ServerFault => SERVER_FAULT,
    }
}

/// Rows that come to something else than their class.
fn special(row: &Scenario) -> Option<Expect> {
    let reword = |swap| Some(Expect { then: Then::Reword(swap), ..BAD_REQUEST });
    match (row.provider, row.model) {
        // What is heard of it is nothing at all, and so nothing can be told for certain.
        (_, "empty") | ("local", "lm-studio-too-long") => Some(EMPTY),
        // The server left out what did not fit and said nothing; its own count gives it away.
        ("ollama", "tiny-context") => {
            Some(Expect { advice: "its context is too small. See Providers.", ..WHOLE })
        }
        ("ollama", "out-of-memory") => Some(OUT_OF_MEMORY),
        // An error in mid-stream that names what it is.
        ("gemini", "error-internal") | ("openai", "error-server") => {
            Some(Expect { fact: SERVER_FAULT.fact, end: SERVER_FAULT.end, ..DISCONNECTED })
        }
        ("openai", "stale-reasoning") => Some(Expect { then: Then::Reword(Swap::WithReasoning), ..STALE }),
        // A refusal that names the word it does not take.
        ("gemini" | "ollama", "no-thinking") => reword(Swap::NoThinking),
        ("openai", "unsupported-temperature") | ("local", "unsupported-parameter") => {
            reword(Swap::NoSampling)
        }
        _ => None,
    }
}

/// What follows each call of a row, until the last one.
pub fn steps(row: &Scenario, shown: Shown, then: Then) -> Vec<Step> {
    // Nothing is asked again once somebody has read of it.
    if shown.text {
        return Vec::new();
    }
    match then {
        Then::Nothing => Vec::new(),
        Then::Fallback => vec![Step::Fallback],
        Then::Once => vec![Step::Retry(1_000), Step::Fallback],
        Then::Patience => {
            let (first, second) = row.delay_ms.map_or((1_000, 2_000), |delay| (delay, delay));
            vec![Step::Retry(first), Step::Retry(second), Step::Fallback]
        }
        Then::Reword(swap) => vec![Step::Reword(swap)],
    }
}

/// Which providers show a class; the classes and the columns are those of the table of failures.
pub const CELLS: [(Class, &[&str]); 15] = [
    (Class::BadKey, &["gemini", "ollama", "openai", "local"]),
    (Class::ModelMissing, &["gemini", "ollama", "openai", "local"]),
    (Class::RateLimited, &["gemini", "ollama", "openai", "local"]),
    // A server on one's own machine sells nothing; Ollama sells its cloud.
    (Class::QuotaGone, &["gemini", "ollama", "openai"]),
    (Class::Overloaded, &["gemini", "ollama", "openai", "local"]),
    (Class::Timeout, &["gemini", "ollama", "openai", "local"]),
    (Class::ContextTooLong, &["gemini", "ollama", "openai", "local"]),
    // Ollama has no filter.
    (Class::SafetyBlock, &["gemini", "openai", "local"]),
    (Class::Truncated, &["gemini", "ollama", "openai", "local"]),
    (Class::Disconnected, &["gemini", "ollama", "openai", "local"]),
    (Class::Malformed, &["gemini", "ollama", "openai", "local"]),
    (Class::Unreachable, &["gemini", "ollama", "openai", "local"]),
    // Signatures are Gemini's, and reasoning that has to come back is a hosted model's.
    (Class::StaleSignature, &["gemini", "openai"]),
    (Class::BadRequest, &["gemini", "ollama", "openai", "local"]),
    (Class::ServerFault, &["gemini", "ollama", "openai", "local"]),
];

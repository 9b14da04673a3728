//! The one rule on what follows a failed attempt: the same model again, another one, or nothing.

use super::{Attempt, Millis, Target};
use crate::provider::{ErrorClass, Swap};

/// Longest wait that is worth keeping a card open for.
const LONGEST_WAIT_MS: Millis = 20_000;

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The same model after a pause.
    Retry { after_ms: Millis },
    /// The same model at once, worded differently.
    Reword(Swap),
    /// Another model, at once.
    Fallback(Target),
    /// Nothing: the failure is the card's story.
    GiveUp,
}

/// Decides from the attempts of a round, of which the last has ended, and from whether text was shown.
///
/// Nothing is retried once text was shown: the reader would see it vanish. A refused key and a refused prompt are never
/// hidden behind another model, because only a person can cure them. The provider's own delay goes before ours. What our own
/// server's limits refuse gets here only if the wait is too long for [`super::Limit`].
pub fn next(attempts: &[Attempt], text_shown: bool, fallbacks: &[Target]) -> Next {
    let Some(last) = attempts.last() else { return Next::GiveUp };
    let Some(error) = last.error() else { return Next::GiveUp };
    if text_shown {
        return Next::GiveUp;
    }
    // A request that a server refused for one of its words may pass with another; once for each word.
    if let Some(swap) = last.target.kind.protocol().swap(error)
        && !last.swaps.has(swap)
    {
        return Next::Reword(swap);
    }
    // What was tried in another wording, or before somebody asked to go on, is another story.
    let like = |attempt: &&Attempt| {
        attempt.target == last.target
            && attempt.error().is_some()
            && attempt.swaps == last.swaps
            && attempt.resumes == last.resumes
            && !attempt.wrote
    };
    let begun = attempts.iter().rposition(|attempt| attempt.asked).unwrap_or(0);
    let tries = attempts[begun..].iter().rev().take_while(like).count();
    let most = last.target.rules.retries as usize + 1;
    let pause = match error.class {
        ErrorClass::BadKey
        | ErrorClass::NotConfigured
        | ErrorClass::BadRequest
        | ErrorClass::NoTools
        | ErrorClass::StaleHistory
        | ErrorClass::Withheld
        | ErrorClass::ContextTooLong
        | ErrorClass::NotSignedIn
        | ErrorClass::OverLimit
        | ErrorClass::TooManyStreams => {
            return Next::GiveUp;
        }
        // The provider knows better than its status.
        _ if error.should_retry == Some(false) => None,
        ErrorClass::RateLimited
        | ErrorClass::Overloaded
        | ErrorClass::ServerFault
        | ErrorClass::StoreUnavailable => Some(error.retry_after_ms.unwrap_or(backoff(tries))),
        ErrorClass::Unreachable | ErrorClass::NoSocket => Some(backoff(tries)),
        // Once more is worth it, a third time is not.
        ErrorClass::Disconnected | ErrorClass::Malformed | ErrorClass::Empty | ErrorClass::Timeout
            if tries < 2 =>
        {
            Some(backoff(tries))
        }
        ErrorClass::Disconnected
        | ErrorClass::Malformed
        | ErrorClass::Empty
        | ErrorClass::OutOfMemory
        | ErrorClass::Timeout
        | ErrorClass::ModelMissing
        | ErrorClass::QuotaGone
        | ErrorClass::StreamTooLong
        | ErrorClass::Refused
        | ErrorClass::Other => None,
    };
    match pause {
        Some(after_ms) if tries < most && after_ms <= LONGEST_WAIT_MS => Next::Retry { after_ms },
        // Another model is asked through the same server.
        _ if matches!(error.class, ErrorClass::StoreUnavailable | ErrorClass::NoSocket) => Next::GiveUp,
        _ => fallbacks
            .iter()
            .find(|fallback| attempts.iter().all(|attempt| attempt.target != **fallback))
            .map_or(Next::GiveUp, |fallback| Next::Fallback(fallback.clone())),
    }
}

/// One second, then two, then four.
fn backoff(tries: usize) -> Millis {
    1000 << tries.saturating_sub(1).min(4)
}

//! Limits of our own server: what it refuses for them was never sent, so it is no failure. It waits, and goes on by itself.

use super::{Effect, Millis, Run, State, Target};
use crate::provider::{ErrorClass, ProviderError, catalog};

/// Longest wait that is worth keeping a run open for.
const LONGEST_MS: Millis = 60_000;
/// When to ask again where the server does not say it, as long as other calls are open.
const USUAL_MS: Millis = 2_000;
/// Shortest wait, so that a server that says none is not asked without end.
const SHORTEST_MS: Millis = 1_000;

/// A limit that a run waits for: until then it asks nobody through our server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub kind: LimitKind,
    pub until_ms: Millis,
}

/// What there is too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKind {
    /// Generations in a minute.
    Generations,
    /// Calls that are open at once.
    Streams,
}

impl Limit {
    /// The limit behind the refusal of a call to `target` at `now`, if there is one and it is worth waiting for.
    pub(super) fn behind(error: &ProviderError, target: &Target, now: Millis) -> Option<Self> {
        if !passes_server(target) {
            return None;
        }
        let (kind, wait) = match error.class {
            ErrorClass::OverLimit => (LimitKind::Generations, error.retry_after_ms?),
            ErrorClass::TooManyStreams => (LimitKind::Streams, error.retry_after_ms.unwrap_or(USUAL_MS)),
            _ => return None,
        };
        (wait <= LONGEST_MS).then(|| Self { kind, until_ms: now + wait.max(SHORTEST_MS) })
    }
}

/// What answers in the browser, or on its machine without us, knows no limits of ours.
fn passes_server(target: &Target) -> bool {
    !target.kind.is_sample() && target.model.provider != catalog::HERE
}

impl Run {
    /// Takes back a call that a limit refused: its card waits as before, and nothing else begins until then.
    pub(super) fn take_back(&mut self, index: usize, limit: Limit, effects: &mut Vec<Effect>) {
        let candidate = &mut self.candidates[index];
        let Some(attempt) = candidate.attempts.pop() else { return };
        effects.push(Effect::Abort { candidate: index, attempt: candidate.attempts.len() });
        if attempt.asked {
            // It is counted anew when it starts.
            candidate.idle_ms -= candidate.idle_before(attempt.queued_ms);
            candidate.state = State::Pending;
        } else {
            candidate.state = State::Waiting { until_ms: limit.until_ms };
        }
        let known = self.limit.filter(|known| known.until_ms >= limit.until_ms);
        self.limit = Some(known.unwrap_or(limit));
    }

    /// Forgets a limit whose time has come, or for which nobody waits any more. A run of which nothing was sent has not begun:
    /// its time starts when it does.
    pub(super) fn mind_limit(&mut self, now: Millis) {
        let Some(limit) = self.limit else { return };
        if self.candidates.iter().all(|candidate| candidate.attempts.is_empty()) {
            self.started_ms = now;
            for candidate in &mut self.candidates {
                candidate.queued_ms = now;
            }
        }
        if limit.until_ms <= now || (0..self.candidates.len()).all(|index| !self.waits_for_limit(index)) {
            self.limit = None;
        }
    }

    /// True if nothing but a limit of our own server keeps a card from starting.
    pub fn waits_for_limit(&self, index: usize) -> bool {
        let candidate = &self.candidates[index];
        let waits = match candidate.state {
            State::Pending => !self.is_held(index),
            State::Waiting { .. } => true,
            _ => false,
        };
        waits && self.is_limited(candidate.next_target())
    }

    /// True if `target` is not asked now because of a limit.
    pub(super) fn is_limited(&self, target: &Target) -> bool {
        self.limit.is_some() && passes_server(target)
    }
}

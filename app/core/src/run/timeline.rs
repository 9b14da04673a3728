//! What a card did when: spans and marks on the run's time axis, for the bar on a card and the picture of a run.

use super::{AttemptEnd, Candidate, Millis, State};

/// Silence of a local model longer than this is shown as loading.
pub const LOADING_AFTER_MS: Millis = 2_000;

/// A stretch of time, relative to the start of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub kind: SpanKind,
    pub from_ms: Millis,
    pub to_ms: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// In the lane, or between request and first token.
    Wait,
    /// A local model that is being loaded.
    Load,
    Write,
    /// An attempt without an answer.
    Failed,
    /// Between two attempts.
    Pause,
}

/// A moment that is drawn as a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub kind: MarkKind,
    pub at_ms: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    FirstToken,
    /// Ended by itself.
    End,
    /// Cut off, broken or cancelled.
    Cut,
}

/// The spans and marks of a candidate's current round at `now`, in order; times count from `origin`.
pub fn timeline(candidate: &Candidate, origin: Millis, now: Millis) -> (Vec<Span>, Vec<Mark>) {
    trace(candidate, candidate.round, origin, now)
}

/// The same for all of its rounds.
pub fn history(candidate: &Candidate, origin: Millis, now: Millis) -> (Vec<Span>, Vec<Mark>) {
    trace(candidate, 0, origin, now)
}

/// From the attempt with the index `first` on.
fn trace(candidate: &Candidate, first: usize, origin: Millis, now: Millis) -> (Vec<Span>, Vec<Mark>) {
    let mut spans = Vec::new();
    let mut marks = Vec::new();
    let rel = |at: Millis| at.saturating_sub(origin);
    let mut push = |kind, from: Millis, to: Millis| {
        if to > from {
            spans.push(Span { kind, from_ms: rel(from), to_ms: rel(to) });
        }
    };
    for attempt in candidate.attempts.iter().skip(first) {
        // Who was asked waited for a lane; what follows a failure paused.
        let waited = if attempt.asked { SpanKind::Wait } else { SpanKind::Pause };
        push(waited, attempt.queued_ms, attempt.started_ms);
        let end = attempt.ended_ms.unwrap_or(now);
        let silent_until = attempt.first_ms.unwrap_or(end);
        let failed = matches!(attempt.end, Some(AttemptEnd::Failed(_) | AttemptEnd::Blocked { .. }));
        if failed && attempt.first_ms.is_none() {
            push(SpanKind::Failed, attempt.started_ms, end);
        } else {
            let local = attempt.target.is_local();
            let loading = local && silent_until.saturating_sub(attempt.started_ms) > LOADING_AFTER_MS;
            push(if loading { SpanKind::Load } else { SpanKind::Wait }, attempt.started_ms, silent_until);
            if let Some(first) = attempt.first_ms {
                push(SpanKind::Write, first, end);
                marks.push(Mark { kind: MarkKind::FirstToken, at_ms: rel(first) });
            }
            match &attempt.end {
                Some(AttemptEnd::Complete) => marks.push(Mark { kind: MarkKind::End, at_ms: rel(end) }),
                Some(_) => marks.push(Mark { kind: MarkKind::Cut, at_ms: rel(end) }),
                None => {}
            }
        }
    }
    match candidate.state {
        State::Pending => push(SpanKind::Wait, candidate.queued_ms, now),
        State::Waiting { .. } => {
            let since = candidate.attempts.last().and_then(|attempt| attempt.ended_ms);
            push(SpanKind::Pause, since.unwrap_or(candidate.queued_ms), now);
        }
        _ => {}
    }
    (spans, marks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{ErrorClass, ModelRef, ProviderError},
        run::{Attempt, Entry, Target},
    };

    fn entry(target: Target) -> Entry {
        Entry { target, fallbacks: Vec::new(), params: crate::brief::Params::default() }
    }

    fn attempt(from: Millis, first: Option<Millis>, to: Option<Millis>, end: Option<AttemptEnd>) -> Attempt {
        let target = Target::new(ModelRef::new("openai", "a"), crate::provider::openai::KIND);
        Attempt { first_ms: first, ended_ms: to, end, ..Attempt::new(target, from) }
    }

    #[test]
    fn a_failed_try_a_pause_and_an_answer_lie_side_by_side() {
        let target = Target::new(ModelRef::new("openai", "a"), crate::provider::openai::KIND);
        let mut candidate = Candidate::new(entry(target), 0, 1000);
        let failed = AttemptEnd::Failed(ProviderError::new(ErrorClass::RateLimited, ""));
        candidate.attempts = vec![
            attempt(1000, None, Some(1800), Some(failed)),
            Attempt { queued_ms: 1800, ..attempt(3800, Some(4300), Some(9000), Some(AttemptEnd::Complete)) },
        ];
        candidate.state = State::Completed;
        let (spans, marks) = timeline(&candidate, 1000, 9999);
        let spans: Vec<_> = spans.iter().map(|s| (s.kind, s.from_ms, s.to_ms)).collect();
        assert_eq!(
            spans,
            [
                (SpanKind::Failed, 0, 800),
                (SpanKind::Pause, 800, 2800),
                (SpanKind::Wait, 2800, 3300),
                (SpanKind::Write, 3300, 8000),
            ]
        );
        let marks: Vec<_> = marks.iter().map(|m| (m.kind, m.at_ms)).collect();
        assert_eq!(marks, [(MarkKind::FirstToken, 3300), (MarkKind::End, 8000)]);
    }

    #[test]
    fn earlier_rounds_are_part_of_the_history_alone_and_nothing_waited_between_them() {
        let target = Target::new(ModelRef::new("openai", "a"), crate::provider::openai::KIND);
        let mut candidate = Candidate::new(entry(target), 0, 0);
        candidate.attempts = vec![
            attempt(0, Some(400), Some(2000), Some(AttemptEnd::Length)),
            Attempt {
                asked: true,
                queued_ms: 8800,
                ..attempt(9000, Some(9500), Some(12_000), Some(AttemptEnd::Complete))
            },
        ];
        (candidate.round, candidate.queued_ms, candidate.state) = (1, 8800, State::Completed);
        let kinds = |spans: Vec<Span>| spans.iter().map(|s| (s.kind, s.from_ms, s.to_ms)).collect::<Vec<_>>();
        let round =
            [(SpanKind::Wait, 8800, 9000), (SpanKind::Wait, 9000, 9500), (SpanKind::Write, 9500, 12_000)];
        assert_eq!(kinds(timeline(&candidate, 0, 20_000).0), round);
        let (spans, marks) = history(&candidate, 0, 20_000);
        assert_eq!(kinds(spans)[..2], [(SpanKind::Wait, 0, 400), (SpanKind::Write, 400, 2000)]);
        assert_eq!(marks.iter().filter(|mark| mark.kind == MarkKind::Cut).count(), 1);
        assert_eq!(marks.len(), 4);
    }

    #[test]
    fn what_goes_on_reaches_to_now() {
        let target = Target::new(ModelRef::new("ollama", "a"), crate::provider::ollama::KIND);
        let mut candidate = Candidate::new(entry(target.clone()), 0, 0);
        assert_eq!(timeline(&candidate, 0, 500).0[0].to_ms, 500);
        candidate.attempts = vec![Attempt { target, ..attempt(500, None, None, None) }];
        candidate.state = State::Generating;
        let (spans, _) = timeline(&candidate, 0, 4000);
        assert_eq!(spans.last().unwrap(), &Span { kind: SpanKind::Load, from_ms: 500, to_ms: 4000 });
    }
}

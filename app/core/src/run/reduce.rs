//! The reducer: every turn of a run's state is in this file.

use super::{Attempt, AttemptEnd, Effect, Event, Millis, Next, Phase, Run, State, Target, next};
use crate::{
    extract,
    provider::{ErrorClass, FinishReason, ProviderError, StreamEvent, Usage},
};

impl Run {
    /// Takes an event at `now` and says what to do.
    pub fn reduce(&mut self, now: Millis, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Stream { candidate, attempt, event } => {
                self.on_stream(now, candidate, attempt, event, &mut effects);
            }
            Event::Tick => self.on_tick(now, &mut effects),
            Event::Cancel { candidate } => self.cancel(now, candidate, &mut effects),
            Event::CancelAll => {
                for candidate in 0..self.candidates.len() {
                    self.cancel(now, candidate, &mut effects);
                }
            }
            Event::Retry { candidate } => self.retry(now, candidate),
            Event::RetryFailed => {
                for candidate in 0..self.candidates.len() {
                    let card = &self.candidates[candidate];
                    if card.state != State::Completed || card.extraction.is_none() {
                        self.retry(now, candidate);
                    }
                }
            }
        }
        self.start_ready(now, &mut effects);
        if self.ended_ms.is_none() && !self.is_active() {
            self.ended_ms = Some(now);
            self.ranking = Some(self.rank());
            effects.push(Effect::Finished);
        }
        effects
    }

    fn on_stream(
        &mut self,
        now: Millis,
        index: usize,
        attempt: usize,
        event: StreamEvent,
        effects: &mut Vec<Effect>,
    ) {
        let Some(candidate) = self.candidates.get_mut(index) else { return };
        // A late word of an attempt that was given up or superseded.
        if candidate.state != State::Generating || attempt + 1 != candidate.attempts.len() {
            return;
        }
        let current = &mut candidate.attempts[attempt];
        current.last_ms = now;
        match event {
            StreamEvent::Start { model } => current.answered_as = model.or(current.answered_as.take()),
            StreamEvent::Text(text) => {
                current.first_ms.get_or_insert(now);
                candidate.text.push_str(&text);
            }
            StreamEvent::Reasoning(text) => {
                current.first_ms.get_or_insert(now);
                candidate.reasoning.push_str(&text);
            }
            // A run offers no tools and sends no answer back.
            StreamEvent::ToolCall { .. } | StreamEvent::Part(_) => {}
            StreamEvent::Usage(usage) => candidate.usage.merge(usage),
            StreamEvent::Finish { reason, .. } => {
                let (end, state) = match reason {
                    FinishReason::Length => (AttemptEnd::Length, State::Truncated),
                    FinishReason::Stop
                    | FinishReason::ToolCalls
                    | FinishReason::ToolError
                    | FinishReason::Other => (AttemptEnd::Complete, State::Completed),
                };
                self.end(now, index, end, state, effects);
            }
            StreamEvent::Blocked { reason, .. } => {
                let state = if candidate.text.is_empty() { State::Failed } else { State::Interrupted };
                self.end(now, index, AttemptEnd::Blocked { reason }, state, effects);
            }
            StreamEvent::Error(error) => self.on_error(now, index, error, effects),
        }
    }

    fn on_error(&mut self, now: Millis, index: usize, error: ProviderError, effects: &mut Vec<Effect>) {
        let candidate = &mut self.candidates[index];
        let text_shown = !candidate.text.is_empty();
        if let Some(attempt) = candidate.attempts.last_mut() {
            attempt.end = Some(AttemptEnd::Failed(error.clone()));
            attempt.ended_ms = Some(now);
        }
        let until_ms = match next(candidate.current_attempts(), text_shown, &candidate.fallbacks) {
            Next::Retry { after_ms } => now + after_ms,
            Next::Fallback(_) => now,
            Next::GiveUp => {
                let state = if text_shown { State::Interrupted } else { State::Failed };
                self.end(now, index, AttemptEnd::Failed(error), state, effects);
                return;
            }
        };
        // What a failed attempt thought or counted is not part of the next one's answer.
        candidate.reasoning.clear();
        candidate.usage = Usage::default();
        candidate.state = State::Waiting { until_ms };
    }

    fn end(&mut self, now: Millis, index: usize, end: AttemptEnd, state: State, effects: &mut Vec<Effect>) {
        let candidate = &mut self.candidates[index];
        if let Some(attempt) = candidate.attempts.last_mut() {
            attempt.end.get_or_insert(end);
            attempt.ended_ms.get_or_insert(now);
        }
        candidate.state = state;
        candidate.extraction = extract::extract(&candidate.text, self.brief.language());
        effects.push(Effect::Ended { candidate: index });
    }

    fn on_tick(&mut self, now: Millis, effects: &mut Vec<Effect>) {
        for index in 0..self.candidates.len() {
            let candidate = &self.candidates[index];
            if candidate.state != State::Generating {
                continue;
            }
            let Some(attempt) = candidate.last_attempt() else { continue };
            let limits = attempt.target.kind.facts().timeouts;
            let limit = match candidate.phase() {
                Phase::Silent => limits.first_token_ms,
                Phase::Reasoning | Phase::Writing => limits.idle_ms,
            };
            if now.saturating_sub(attempt.last_ms) >= limit {
                effects.push(Effect::Abort { candidate: index, attempt: candidate.attempts.len() - 1 });
                let message = format!("nothing came for {} s", limit / 1000);
                self.on_error(now, index, ProviderError::new(ErrorClass::Timeout, message), effects);
            }
        }
    }

    fn cancel(&mut self, now: Millis, index: usize, effects: &mut Vec<Effect>) {
        let Some(candidate) = self.candidates.get(index) else { return };
        if candidate.state.is_over() {
            return;
        }
        if candidate.state == State::Generating {
            effects.push(Effect::Abort { candidate: index, attempt: candidate.attempts.len() - 1 });
        }
        self.end(now, index, AttemptEnd::Cancelled, State::Cancelled, effects);
    }

    /// Begins a new round of a card that is over. Its earlier attempts stay in the log.
    fn retry(&mut self, now: Millis, index: usize) {
        let Some(candidate) = self.candidates.get_mut(index) else { return };
        if !candidate.state.is_over() {
            return;
        }
        candidate.round = candidate.attempts.len();
        candidate.queued_ms = now;
        candidate.state = State::Pending;
        candidate.text.clear();
        candidate.reasoning.clear();
        candidate.usage = Usage::default();
        candidate.extraction = None;
        self.ended_ms = None;
        self.ranking = None;
    }

    /// Starts what may start: pending cards whose lane has room, waiting ones whose pause is over.
    fn start_ready(&mut self, now: Millis, effects: &mut Vec<Effect>) {
        for index in 0..self.candidates.len() {
            let candidate = &self.candidates[index];
            let due = match candidate.state {
                State::Pending => true,
                State::Waiting { until_ms } => until_ms <= now,
                _ => false,
            };
            if !due || self.in_lane(candidate.next_target()) >= candidate.lane_width() {
                continue;
            }
            let target = candidate.next_target().clone();
            let candidate = &mut self.candidates[index];
            candidate.state = State::Generating;
            candidate.attempts.push(Attempt {
                target: target.clone(),
                started_ms: now,
                first_ms: None,
                last_ms: now,
                ended_ms: None,
                end: None,
                answered_as: None,
            });
            effects.push(Effect::Open { candidate: index, attempt: candidate.attempts.len() - 1, target });
        }
    }

    /// How many cards are calling the provider of `target` right now.
    fn in_lane(&self, target: &Target) -> usize {
        self.candidates
            .iter()
            .filter(|c| {
                c.state == State::Generating && c.answered_by().model.provider == target.model.provider
            })
            .count()
    }
}

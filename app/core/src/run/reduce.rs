//! The reducer: what streams and the clock say, and the order in which a turn of the state is worked out.

use super::{AttemptEnd, Effect, Event, Limit, Millis, Next, Phase, Remembered, Run, State};
use crate::{
    extract, join,
    provider::{ErrorClass, FinishReason, ProviderError, StreamEvent, Usage},
    rank,
};

impl Run {
    /// Takes an event at `now` and says what to do.
    pub fn reduce(&mut self, now: Millis, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        // Pieces of text come by the thousand; what a run costs is looked at when time passes and before somebody is asked.
        let counts = matches!(event, Event::Tick) || self.somebody_waits();
        match event {
            Event::Stream { candidate, attempt, event } => {
                self.on_stream(now, candidate, attempt, event, &mut effects);
            }
            Event::Recall { candidate, attempt, answer } => {
                self.on_recall(now, candidate, attempt, answer, &mut effects);
            }
            Event::Tick => self.on_tick(now, &mut effects),
            intent => self.steer(now, intent, &mut effects),
        }
        self.settle(now, &mut effects);
        self.mind_limit(now);
        if counts || self.somebody_waits() {
            self.hold_cap(now, &mut effects);
        }
        self.start_ready(now, &mut effects);
        if self.ended_ms.is_none() && !self.is_active() {
            self.ended_ms = Some(now);
            self.ranking = Some(self.rank());
            effects.push(Effect::Finished);
        }
        effects
    }

    /// True if the attempt is the one that its card waits for. A late word of one that was given up or superseded is not.
    fn expects(&self, index: usize, attempt: usize) -> bool {
        self.candidates.get(index).is_some_and(|candidate| {
            candidate.state == State::Generating && attempt + 1 == candidate.attempts.len()
        })
    }

    fn on_stream(
        &mut self,
        now: Millis,
        index: usize,
        attempt: usize,
        event: StreamEvent,
        effects: &mut Vec<Effect>,
    ) {
        if !self.expects(index, attempt) {
            return;
        }
        let candidate = &mut self.candidates[index];
        let current = &mut candidate.attempts[attempt];
        current.last_ms = now;
        match event {
            StreamEvent::Start { model } => current.answered_as = model.or(current.answered_as.take()),
            StreamEvent::Text(text) => {
                current.wrote = true;
                candidate.count(&text, now);
                candidate.take_text(&text);
                self.learn(index);
            }
            StreamEvent::Reasoning(text) => {
                candidate.count(&text, now);
                candidate.reasoning.push_str(&text);
            }
            StreamEvent::Usage(usage) => {
                current.usage.merge(usage);
                candidate.usage = current.usage;
            }
            StreamEvent::Finish { reason, raw } => {
                let (end, state) = match reason {
                    FinishReason::Length => (AttemptEnd::Length, State::Truncated),
                    // Nobody offered tools: a broken call of one is no answer.
                    FinishReason::ToolError => {
                        let error = ProviderError {
                            verbatim: true,
                            ..ProviderError::new(ErrorClass::Malformed, raw)
                        };
                        return self.on_error(now, index, error, effects);
                    }
                    FinishReason::Stop | FinishReason::ToolCalls | FinishReason::Other => {
                        (AttemptEnd::Complete, State::Completed)
                    }
                };
                self.end(now, index, end, state, effects);
            }
            StreamEvent::Blocked { reason, .. } => {
                let state = if candidate.text.is_empty() { State::Failed } else { State::Interrupted };
                self.end(now, index, AttemptEnd::Blocked { reason }, state, effects);
            }
            // A run offers no tools, and no turn follows that would give the parts back.
            StreamEvent::ToolCall { .. } | StreamEvent::Part(_) => {}
            StreamEvent::Error(error) => self.on_error(now, index, error, effects),
        }
    }

    /// A whole answer from memory: complete at once, and marked with its age.
    fn on_recall(
        &mut self,
        now: Millis,
        index: usize,
        attempt: usize,
        answer: Remembered,
        effects: &mut Vec<Effect>,
    ) {
        if !self.expects(index, attempt) {
            return;
        }
        let candidate = &mut self.candidates[index];
        let current = &mut candidate.attempts[attempt];
        current.first_ms = Some(now);
        current.last_ms = now;
        current.answered_as = answer.answered_as;
        current.usage = answer.usage;
        current.recalled_ms = Some(now.saturating_sub(answer.made_ms));
        candidate.usage = answer.usage;
        candidate.text = answer.text;
        candidate.reasoning = answer.reasoning;
        candidate.revision += 1;
        self.end(now, index, AttemptEnd::Complete, State::Completed, effects);
    }

    pub(super) fn on_error(
        &mut self,
        now: Millis,
        index: usize,
        error: ProviderError,
        effects: &mut Vec<Effect>,
    ) {
        let candidate = &mut self.candidates[index];
        if let Some(limit) = Limit::behind(&error, candidate.answered_by(), now) {
            return self.take_back(index, limit, effects);
        }
        if let Some(attempt) = candidate.attempts.last_mut() {
            attempt.end = Some(AttemptEnd::Failed(error.clone()));
            attempt.ended_ms = Some(now);
        }
        let until_ms = match candidate.follows() {
            Next::Retry { after_ms } => now + after_ms,
            Next::Reword(_) | Next::Fallback(_) => now,
            Next::GiveUp => {
                let resumes = candidate.last_attempt().is_some_and(|attempt| attempt.resumes);
                let state = match (candidate.text.is_empty(), resumes) {
                    (true, _) => State::Failed,
                    // What had been cut off before is still cut off.
                    (false, true) => State::Truncated,
                    (false, false) => State::Interrupted,
                };
                self.end(now, index, AttemptEnd::Failed(error), state, effects);
                return;
            }
        };
        // What a failed attempt thought or counted is not part of the next one's answer; what was kept before it is.
        let candidate = &mut self.candidates[index];
        if !candidate.last_attempt().is_some_and(|attempt| attempt.resumes) {
            candidate.reasoning.clear();
        }
        candidate.usage = Usage::default();
        candidate.state = State::Waiting { until_ms };
    }

    pub(super) fn end(
        &mut self,
        now: Millis,
        index: usize,
        end: AttemptEnd,
        state: State,
        effects: &mut Vec<Effect>,
    ) {
        let language = self.edition(index).brief.language();
        let candidate = &mut self.candidates[index];
        if candidate.state != State::Pending
            && let Some(attempt) = candidate.attempts.last_mut()
        {
            attempt.end.get_or_insert(end);
            attempt.ended_ms.get_or_insert(now);
        }
        candidate.close_join();
        candidate.state = state;
        candidate.extraction = extract::extract(&candidate.text, language);
        candidate.resume_line =
            candidate.can_continue().then(|| join::resume(&candidate.text, language).line).flatten();
        let valid = state == State::Completed && rank::is_usable(&self.facts(index, ""));
        let context = self.params(index).context;
        let candidate = &mut self.candidates[index];
        candidate.valid = valid;
        candidate.cut_prompt = candidate.left_out(context);
        effects.push(Effect::Ended { candidate: index });
    }

    /// Ends a card that is not over, wherever it stands.
    pub(super) fn stop(
        &mut self,
        now: Millis,
        index: usize,
        end: AttemptEnd,
        state: State,
        effects: &mut Vec<Effect>,
    ) {
        let Some(candidate) = self.candidates.get(index) else { return };
        if candidate.state.is_over() {
            return;
        }
        if candidate.state == State::Generating {
            effects.push(Effect::Abort { candidate: index, attempt: candidate.attempts.len() - 1 });
        }
        self.candidates[index].stopped = Some(end.clone());
        self.end(now, index, end, state, effects);
    }

    /// A wording that worked is used from the start the next time.
    fn learn(&mut self, index: usize) {
        let Some(attempt) = self.candidates[index].attempts.last() else { return };
        if attempt.swaps.is_empty() {
            return;
        }
        match self.learned.iter_mut().find(|(known, _)| *known == attempt.target.model) {
            Some((_, swaps)) => *swaps = attempt.swaps,
            None => self.learned.push((attempt.target.model.clone(), attempt.swaps)),
        }
    }

    fn on_tick(&mut self, now: Millis, effects: &mut Vec<Effect>) {
        for index in 0..self.candidates.len() {
            let candidate = &self.candidates[index];
            if candidate.state != State::Generating {
                continue;
            }
            let Some(attempt) = candidate.last_attempt() else { continue };
            let rules = &attempt.target.rules;
            // Headers and signs of life are no word: until the first one, the clock runs from the request.
            let (since, limit) = match candidate.phase() {
                Phase::Silent => (attempt.started_ms, rules.first_token_ms),
                Phase::Reasoning | Phase::Writing => (attempt.last_ms, rules.idle_ms),
            };
            if now.saturating_sub(since) >= limit {
                effects.push(Effect::Abort { candidate: index, attempt: candidate.attempts.len() - 1 });
                let message = format!("nothing came for {} s", limit / 1000);
                self.on_error(now, index, ProviderError::new(ErrorClass::Timeout, message), effects);
            }
        }
    }
}

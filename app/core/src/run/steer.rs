//! What somebody at the cards wants: stop, ask again, go on, other parameters, another model, another brief.

use super::{AttemptEnd, Candidate, Edition, Effect, Entry, Event, Millis, Policy, Run, State, Tariff};
use crate::{
    brief::{Brief, MAX_MODELS},
    join::Joiner,
    prompt,
    provider::{ModelRef, Usage},
};

impl Run {
    pub(super) fn steer(&mut self, now: Millis, intent: Event, effects: &mut Vec<Effect>) {
        match intent {
            Event::Cancel { candidate } => {
                self.stop(now, candidate, AttemptEnd::Cancelled, State::Cancelled, effects);
            }
            Event::CancelAll => {
                for candidate in 0..self.candidates.len() {
                    self.stop(now, candidate, AttemptEnd::Cancelled, State::Cancelled, effects);
                }
            }
            Event::Retry { candidate } => self.again(now, candidate, true),
            Event::RetryFailed => self.again_failed(now),
            Event::Continue { candidate } => self.go_on(now, candidate),
            Event::Tune { candidate, params } => {
                if self.candidates.get(candidate).is_some_and(|card| self.affords(&card.chosen)) {
                    self.candidates[candidate].params = params;
                    self.interrupt(now, candidate, effects);
                    self.again(now, candidate, true);
                }
            }
            Event::Replace { candidate, entry } => self.replace(now, candidate, entry, effects),
            Event::Add { entry } => self.add(now, entry),
            Event::Rewrite { brief } => self.rewrite(now, brief),
            Event::Hurry { candidate } => self.hurry(candidate),
            Event::Follow { policy } => self.follow(policy),
            Event::Stream { .. } | Event::Recall { .. } | Event::Tick => {}
        }
    }

    /// Takes over what was decided since the run began: lanes, prices, cap, and, for cards that are not at work, the rules and
    /// fallbacks of their models. `entry` gives those of a model.
    pub fn refresh(
        &mut self,
        lanes: Vec<(String, usize)>,
        tariff: Tariff,
        entry: impl Fn(&ModelRef) -> Option<Entry>,
    ) {
        self.lanes = lanes;
        self.tariff = tariff;
        for card in &mut self.candidates {
            if (card.state.is_over() || card.state == State::Pending)
                && let Some(entry) = entry(&card.chosen.model)
            {
                card.chosen = entry.target;
                card.fallbacks = entry.fallbacks;
            }
        }
    }

    /// The run goes on: what was its result is not its result any more.
    fn reopen(&mut self) {
        self.ended_ms = None;
        self.ranking = None;
    }

    /// Stops a card that goes on at once: its end is nobody's news.
    fn interrupt(&mut self, now: Millis, index: usize, effects: &mut Vec<Effect>) {
        self.stop(now, index, AttemptEnd::Cancelled, State::Cancelled, effects);
        effects.retain(|effect| *effect != Effect::Ended { candidate: index });
    }

    /// Begins a new round of a card that is over. Its earlier attempts stay in the log. `insist` is for a card that somebody
    /// asked for by itself: no policy stops it.
    fn again(&mut self, now: Millis, index: usize, insist: bool) {
        let edition = self.editions.len() - 1;
        // What is there is not given up for a call that the cap forbids.
        if !self.candidates.get(index).is_some_and(|card| card.state.is_over() && self.affords(&card.chosen))
        {
            return;
        }
        let candidate = &mut self.candidates[index];
        candidate.round = candidate.attempts.len();
        candidate.revision += 1;
        candidate.edition = edition;
        candidate.insisted = insist;
        candidate.stage = 0;
        candidate.queued_ms = now;
        candidate.idle_ms = 0;
        candidate.state = State::Pending;
        candidate.text.clear();
        candidate.reasoning.clear();
        candidate.usage = Usage::default();
        candidate.stopped = None;
        candidate.joiner = None;
        candidate.seam = None;
        candidate.valid = false;
        candidate.cut_prompt = None;
        candidate.extraction = None;
        self.reopen();
    }

    /// Asks all of those again that brought no complete answer, under the run's policy. Once there is a valid answer the policy
    /// has nothing more to say, so they are asked all the same.
    fn again_failed(&mut self, now: Millis) {
        let insist = (0..self.candidates.len()).any(|index| self.is_valid(index));
        for index in 0..self.candidates.len() {
            let card = &self.candidates[index];
            let whole = card.state == State::Completed && card.extraction.is_some();
            if !whole && card.state != State::Spared {
                self.again(now, index, insist);
            }
        }
        self.assign_stages();
        self.stage = 0;
    }

    /// Asks for the rest of an answer that was cut off. The round goes on.
    fn go_on(&mut self, now: Millis, index: usize) {
        let language = self.edition(index).brief.language();
        let goes = |card: &Candidate| card.can_continue() && self.affords(card.answered_by());
        if !self.candidates.get(index).is_some_and(goes) {
            return;
        }
        let candidate = &mut self.candidates[index];
        // What is drawn was closed at the cut; it is drawn again, and open.
        candidate.revision += 1;
        candidate.joiner = Some(Joiner::new(&candidate.text, language));
        candidate.seam = None;
        candidate.valid = false;
        candidate.cut_prompt = None;
        candidate.extraction = None;
        candidate.insisted = true;
        candidate.stage = 0;
        candidate.queued_ms = now;
        candidate.state = State::Pending;
        self.reopen();
    }

    /// Puts another model in a card's place, whatever the card was doing.
    fn replace(&mut self, now: Millis, index: usize, entry: Entry, effects: &mut Vec<Effect>) {
        if index >= self.candidates.len() || !self.affords(&entry.target) {
            return;
        }
        self.interrupt(now, index, effects);
        let candidate = &mut self.candidates[index];
        candidate.chosen = entry.target;
        candidate.fallbacks = entry.fallbacks;
        candidate.params = entry.params;
        self.again(now, index, true);
    }

    fn add(&mut self, now: Millis, entry: Entry) {
        if self.candidates.len() >= MAX_MODELS || !self.affords(&entry.target) {
            return;
        }
        let mut candidate = Candidate::new(entry, self.editions.len() - 1, now);
        candidate.insisted = true;
        self.candidates.push(candidate);
        self.reopen();
    }

    fn rewrite(&mut self, now: Millis, brief: Brief) {
        if brief != self.brief {
            self.editions.push(Edition { prompt: prompt::compose(&brief), brief: brief.clone() });
            self.brief = brief;
        }
        // Who has not begun answers the new one.
        let edition = self.editions.len() - 1;
        for candidate in self.candidates.iter_mut().filter(|candidate| candidate.state == State::Pending) {
            if candidate.joiner.is_none() {
                candidate.edition = edition;
            }
        }
        self.again_failed(now);
    }

    fn hurry(&mut self, index: usize) {
        let first = self.candidates.iter().map(|candidate| candidate.urgency).min().unwrap_or(0);
        if let Some(candidate) = self.candidates.get_mut(index) {
            candidate.urgency = first.saturating_sub(1);
        }
    }

    fn follow(&mut self, policy: Policy) {
        self.policy = policy;
        self.assign_stages();
        self.stage = 0;
    }
}

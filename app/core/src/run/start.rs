//! Who starts when: lanes, the order in them, and places in the queue.

use super::{Attempt, Effect, Millis, Next, Run, State, Target};
use crate::{
    price::Guess,
    provider::{ModelRef, Swaps, Usage},
};

/// The calls that share a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Provider id.
    pub provider: String,
    /// How many run at once.
    pub width: usize,
    /// Its cards, by index.
    pub cards: Vec<usize>,
}

impl Run {
    /// Starts what may start: pending cards whose stage has begun and whose lane has room, waiting ones whose pause is over.
    pub(super) fn start_ready(&mut self, now: Millis, effects: &mut Vec<Effect>) {
        if !self.somebody_waits() {
            return;
        }
        let mut order: Vec<usize> = (0..self.candidates.len()).collect();
        order.sort_by_key(|index| self.candidates[*index].urgency);
        for index in order {
            let candidate = &self.candidates[index];
            let due = match candidate.state {
                State::Pending => candidate.stage <= self.stage,
                State::Waiting { until_ms } => until_ms <= now,
                _ => false,
            };
            if !due {
                continue;
            }
            let target = candidate.next_target().clone();
            if self.is_limited(&target) {
                continue;
            }
            if self.in_lane(&target.model) >= self.lane_width(&target) {
                continue;
            }
            let mut attempt = Attempt::new(target.clone(), now);
            attempt.asked = candidate.state == State::Pending;
            attempt.resumes = candidate.joiner.is_some();
            attempt.swaps = self.swaps(index, &target);
            attempt.queued_ms = match candidate.state {
                State::Pending => candidate.queued_ms,
                _ => candidate.last_attempt().and_then(|before| before.ended_ms).unwrap_or(now),
            };
            let idle = if attempt.asked { candidate.idle_before(attempt.queued_ms) } else { 0 };
            attempt.guess = Guess { prompt: self.prompt_tokens(index), written: 0 };
            let candidate = &mut self.candidates[index];
            candidate.state = State::Generating;
            candidate.idle_ms += idle;
            candidate.usage = Usage::default();
            candidate.attempts.push(attempt);
            effects.push(Effect::Open { candidate: index, attempt: candidate.attempts.len() - 1, target });
        }
    }

    /// True while a card waits for a lane, a stage or a pause. Asked after every piece of every stream, and rarely so.
    pub(super) fn somebody_waits(&self) -> bool {
        let waits = |state| matches!(state, State::Pending | State::Waiting { .. });
        self.candidates.iter().any(|candidate| waits(candidate.state))
    }

    /// How many cards are calling this model's provider right now.
    fn in_lane(&self, model: &ModelRef) -> usize {
        let calling = self.candidates.iter().filter(|c| c.state == State::Generating);
        calling.filter(|c| c.answered_by().model.provider == model.provider).count()
    }

    /// The wordings for the next attempt of a card: what is known of the model, what this round taught, and what the last
    /// refusal teaches.
    fn swaps(&self, index: usize, target: &Target) -> Swaps {
        let candidate = &self.candidates[index];
        let learned = self.learned.iter().find(|(known, _)| *known == target.model);
        let swaps = learned.map(|(_, swaps)| *swaps).unwrap_or_default();
        let Some(last) = candidate.last_attempt().filter(|last| last.target == *target) else { return swaps };
        let swaps = swaps.and(last.swaps);
        match candidate.follows() {
            Next::Reword(swap) => swaps.with(swap),
            _ => swaps,
        }
    }

    /// How many calls to the provider of `target` may run at once.
    fn lane_width(&self, target: &Target) -> usize {
        let own = self.lanes.iter().find(|(provider, _)| *provider == target.model.provider);
        own.map_or(target.kind.facts().lane, |(_, width)| *width).max(1)
    }

    /// The lanes of this run, in the order of their first cards.
    pub fn lanes(&self) -> Vec<Lane> {
        let mut lanes: Vec<Lane> = Vec::new();
        for (index, candidate) in self.candidates.iter().enumerate() {
            let target = &candidate.chosen;
            match lanes.iter_mut().find(|lane| lane.provider == target.model.provider) {
                Some(lane) => lane.cards.push(index),
                None => lanes.push(Lane {
                    provider: target.model.provider.clone(),
                    width: self.lane_width(target),
                    cards: vec![index],
                }),
            }
        }
        lanes
    }

    /// How many cards go before this one in its lane at `now`, those at work among them. `None` for a card that does not wait
    /// for its lane.
    pub fn ahead(&self, index: usize, now: Millis) -> Option<usize> {
        let candidate = self.candidates.get(index)?;
        if !self.in_queue(index, now) {
            return None;
        }
        let provider = &candidate.next_target().model.provider;
        let before = |other: usize| {
            let card = &self.candidates[other];
            let first = (card.urgency, other) < (candidate.urgency, index);
            let works = card.state == State::Generating;
            other != index
                && card.next_target().model.provider == *provider
                && (works || (first && self.in_queue(other, now)))
        };
        Some((0..self.candidates.len()).filter(|other| before(*other)).count())
    }

    /// True if nothing but its lane keeps a card from starting.
    fn in_queue(&self, index: usize, now: Millis) -> bool {
        match self.candidates[index].state {
            State::Pending => !self.is_held(index),
            State::Waiting { until_ms } => until_ms <= now,
            _ => false,
        }
    }
}

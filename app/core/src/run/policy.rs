//! Which cards a run asks, and when: all at once, or only as many as it needs.
//!
//! A policy puts every card on a stage. Stages begin one after the other; what a policy still needs after a valid answer is
//! in [`Run::settle`]. A card that was not needed is [`State::Spared`], and can be asked all the same by hand.

use super::{AttemptEnd, Effect, Millis, Run, State, Target};
use crate::price::{Answerer, Money, Rate};

/// How many of the chosen models a run asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// All of them, to the end.
    #[default]
    All,
    /// All at once; the first valid answer cancels the rest.
    FirstValid,
    /// Servers of one's own; the others only if none of those brings a valid answer.
    LocalFirst,
    /// One after the other, cheapest first, until an answer is valid.
    CheapestFirst,
}

impl Policy {
    pub const ALL: [Self; 4] = [Self::All, Self::FirstValid, Self::LocalFirst, Self::CheapestFirst];

    /// Word for link and storage.
    pub fn slug(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::FirstValid => "first-valid",
            Self::LocalFirst => "local-first",
            Self::CheapestFirst => "cheapest-first",
        }
    }

    pub fn named(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.slug() == slug)
    }

    /// Name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "All models",
            Self::FirstValid => "First valid answer wins",
            Self::LocalFirst => "Local first",
            Self::CheapestFirst => "Cheapest first",
        }
    }

    /// What it does, in one sentence.
    pub fn explained(self) -> &'static str {
        match self {
            Self::All => "Every model answers to the end.",
            Self::FirstValid => "All start at once; the first valid answer cancels the rest.",
            Self::LocalFirst => "Your own servers answer; the others are asked only if no answer is valid.",
            Self::CheapestFirst => "One after the other, cheapest first, until an answer is valid.",
        }
    }
}

impl Run {
    /// Puts every card that waits to begin on its stage; who works, and who was asked for by hand, is on the first.
    pub(super) fn assign_stages(&mut self) {
        let mut order: Vec<usize> = (0..self.candidates.len()).collect();
        if self.policy == Policy::CheapestFirst {
            order.sort_by_key(|index| self.price_key(&self.candidates[*index].chosen));
        }
        let mut place = 0;
        for index in order {
            let local = self.candidates[index].chosen.is_local();
            let candidate = &mut self.candidates[index];
            candidate.stage = match self.policy {
                _ if candidate.insisted || candidate.state != State::Pending => 0,
                Policy::All | Policy::FirstValid => 0,
                Policy::LocalFirst => usize::from(!local),
                Policy::CheapestFirst => {
                    place += 1;
                    place - 1
                }
            };
        }
    }

    /// True if a card has a valid answer to the brief as it is now.
    pub(super) fn is_valid(&self, index: usize) -> bool {
        self.candidates[index].valid && !self.is_outdated(index)
    }

    /// Sorts cheap before dear, and what nobody knows behind everything: a thousand tokens sent, a thousand written.
    fn price_key(&self, target: &Target) -> (bool, Money) {
        let usage = crate::provider::Usage {
            prompt_tokens: Some(1_000),
            completion_tokens: Some(1_000),
            ..crate::provider::Usage::default()
        };
        let cost = crate::price::cost(self.rate(target, None), &usage, crate::price::Guess::default());
        (cost.is_none(), cost.unwrap_or_default())
    }

    /// The price of what `target` writes; `answered_as` is the version that says it answered.
    pub fn rate(&self, target: &Target, answered_as: Option<&str>) -> Rate {
        if target.kind.is_sample() {
            return Rate::Free;
        }
        let who = Answerer { model: &target.model, answered_as, at_home: target.is_local() };
        self.tariff.prices.rate(who, self.tariff.day)
    }

    /// True while a card waits for the cards of an earlier stage.
    pub fn is_held(&self, index: usize) -> bool {
        let candidate = &self.candidates[index];
        candidate.state == State::Pending && candidate.stage > self.stage
    }

    /// Does what the policy says after a card has ended: spares what is not needed any more, or begins the next stage.
    pub(super) fn settle(&mut self, now: Millis, effects: &mut Vec<Effect>) {
        if self.policy == Policy::All {
            self.stage = usize::MAX;
            return;
        }
        let all = 0..self.candidates.len();
        if all.clone().any(|index| self.is_valid(index)) {
            for index in all {
                let candidate = &self.candidates[index];
                // Who was asked by hand is not spared.
                let needed = candidate.insisted
                    || (self.policy != Policy::FirstValid && candidate.stage <= self.stage);
                if !candidate.state.is_over() && !needed {
                    self.stop(now, index, AttemptEnd::Spared, State::Spared, effects);
                }
            }
            return;
        }
        let waits = |run: &Self| {
            let stages = run.candidates.iter().filter(|candidate| candidate.state == State::Pending);
            stages.map(|candidate| candidate.stage).filter(|stage| *stage > run.stage).min()
        };
        let busy = self.candidates.iter().any(|c| !c.state.is_over() && c.stage <= self.stage);
        if !busy && let Some(next) = waits(self) {
            self.stage = next;
        }
    }
}

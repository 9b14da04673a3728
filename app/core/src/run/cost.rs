//! What a run costs: each call by the price of the model that answered it, and the cap.

use super::{AttemptEnd, Effect, Millis, Run, State, Target};
use crate::price::{self, Cap, Day, Estimate, Money, Prices, Rate, Total};

/// Prices, the day they are for, and what a run may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    pub prices: Prices,
    pub day: Day,
    pub cap: Cap,
}

impl Default for Tariff {
    /// The shipped prices on no day in particular, without a cap.
    fn default() -> Self {
        Self { prices: Prices::default(), day: Day::of_unix_ms(0), cap: Cap::default() }
    }
}

impl Run {
    /// What a card cost so far, all its calls together. `None` where the price of one of them is unknown.
    pub fn cost(&self, index: usize) -> Option<Money> {
        let total = self.calls_cost(index);
        (total.unknown == 0).then_some(total.known)
    }

    /// What the run cost so far.
    pub fn total(&self) -> Total {
        (0..self.candidates.len()).fold(Total::default(), |mut total, index| {
            let card = self.calls_cost(index);
            total.known = total.known + card.known;
            total.unknown += usize::from(card.unknown > 0);
            total
        })
    }

    fn calls_cost(&self, index: usize) -> Total {
        self.candidates[index]
            .attempts
            .iter()
            // A call that brought nothing is not billed, and an answer from memory was paid for before.
            .filter(|attempt| attempt.first_ms.is_some() && attempt.recalled_ms.is_none())
            .map(|attempt| {
                let rate = self.rate(&attempt.target, attempt.answered_as.as_deref());
                price::cost(rate, &attempt.usage, attempt.guess)
            })
            .collect()
    }

    /// True if `target` may still be asked: it costs nothing, or the cap is not spent.
    pub fn affords(&self, target: &Target) -> bool {
        !self.is_spent() || self.rate(target, None) == Rate::Free
    }

    /// True once the run cost more than its cap.
    fn is_spent(&self) -> bool {
        self.tariff.cap.limit.is_some() && self.tariff.cap.over(self.total().known, Money::ZERO)
    }

    /// Stops what works, and what waits, once the run costs more than its cap; what costs nothing may go on.
    pub(super) fn hold_cap(&mut self, now: Millis, effects: &mut Vec<Effect>) {
        if !self.is_spent() {
            return;
        }
        for index in 0..self.candidates.len() {
            let free = self.rate(self.candidates[index].next_target(), None) == Rate::Free;
            if !free {
                self.stop(now, index, AttemptEnd::OverCap, State::Cancelled, effects);
            }
        }
    }
}

/// What asking these models may cost, said before: the sum of the known, and how many are unknown.
///
/// `prompt` is tokens, `typical` the tokens of a usual answer. The upper limit is there only if every known one has one.
pub fn estimate(
    rates: impl IntoIterator<Item = (Rate, Option<u32>)>,
    prompt: u64,
    typical: u64,
) -> (Option<Estimate>, usize) {
    let mut sum: Option<Estimate> = None;
    let mut unknown = 0;
    for (rate, max_tokens) in rates {
        let Some(one) = price::estimate(rate, prompt, max_tokens, typical) else {
            unknown += 1;
            continue;
        };
        sum = Some(match sum {
            None => one,
            Some(before) => Estimate {
                typical: before.typical + one.typical,
                at_most: before.at_most.zip(one.at_most).map(|(a, b)| a + b),
            },
        });
    }
    (sum, unknown)
}

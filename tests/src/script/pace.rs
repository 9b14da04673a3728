//! How text becomes tokens, and how fast they follow each other.

use std::time::Duration;

use super::{Finish, Step};
use crate::name::{Behaviour, Name};

/// Tokens per second where neither name nor behaviour says otherwise.
const DEFAULT_RATE: f64 = 400.0;

/// How fast tokens follow each other.
pub(super) struct Pace {
    per_token: Duration,
}

impl Pace {
    pub fn of(name: &Name, text: &str) -> Self {
        let rate = match (name.params.rate, name.behaviour) {
            (Some(rate), _) => f64::from(rate),
            (None, Behaviour::Slow) => tokens(text).count() as f64 / 20.0,
            (None, Behaviour::Quick) => 4_000.0,
            (None, Behaviour::Long | Behaviour::Wide) => 6_000.0,
            (None, _) => DEFAULT_RATE,
        };
        let per_token = if rate > 0.0 { Duration::from_secs_f64(1.0 / rate) } else { Duration::ZERO };
        Pace { per_token }
    }

    pub fn text(&self, text: &str) -> Vec<Step> {
        self.steps(text, Step::Text)
    }

    pub fn steps(&self, text: &str, step: fn(String) -> Step) -> Vec<Step> {
        let wait = (!self.per_token.is_zero()).then_some(Step::Wait(self.per_token));
        tokens(text).flat_map(|token| wait.clone().into_iter().chain([step(token.to_owned())])).collect()
    }
}

/// Cuts a text into pieces about as long as a model's tokens: white space and up to eight characters after it.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let space = rest.len() - rest.trim_start().len();
        let word = rest[space..].char_indices().take(8).take_while(|(_, c)| !c.is_whitespace());
        let end = word.last().map_or(space, |(at, c)| space + at + c.len_utf8());
        let (token, tail) = rest.split_at(end);
        rest = tail;
        (!token.is_empty()).then_some(token)
    })
}

pub(super) fn first_lines(text: &str, lines: usize) -> &str {
    let end = text.split_inclusive('\n').take(lines).map(str::len).sum();
    &text[..end]
}

/// Ends the answer at the client's token limit, as every provider does.
pub(super) fn limited(steps: Vec<Step>, max_tokens: Option<u64>) -> Vec<Step> {
    let Some(max) = max_tokens else { return steps };
    let mut count = 0;
    let mut kept = Vec::with_capacity(steps.len());
    for step in steps {
        if matches!(step, Step::Text(_) | Step::Reasoning(_)) {
            if count == max {
                kept.push(Step::Finish(Finish::Length));
                return kept;
            }
            count += 1;
        }
        kept.push(step);
    }
    kept
}

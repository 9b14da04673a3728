//! One card of a run: a model with its own parameters, its attempts, and what they brought.

use super::{Attempt, AttemptEnd, Millis, Next, Target};
use crate::{
    brief::Params,
    extract::Extraction,
    join::{Joiner, Seam},
    provider::{self, Usage},
};

/// Where a candidate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It has not started: its lane is full, or its stage has not begun.
    Pending,
    /// Between two attempts: the next one starts at `until_ms`.
    Waiting {
        until_ms: Millis,
    },
    Generating,
    /// The model ended by itself.
    Completed,
    /// The model reached its token limit.
    Truncated,
    /// The stream broke after text had arrived.
    Interrupted,
    /// No answer; the last attempt says why.
    Failed,
    /// Somebody stopped it. What had arrived is kept.
    Cancelled,
    /// Another card's answer was enough, so this one was not asked, or stopped. What had arrived is kept.
    Spared,
}

impl State {
    pub fn is_over(self) -> bool {
        match self {
            Self::Pending | Self::Waiting { .. } | Self::Generating => false,
            Self::Completed
            | Self::Truncated
            | Self::Interrupted
            | Self::Failed
            | Self::Cancelled
            | Self::Spared => true,
        }
    }
}

/// What a generating candidate is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing came yet.
    Silent,
    /// The model reasons; no answer yet.
    Reasoning,
    Writing,
}

/// One card.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The model that was chosen.
    pub chosen: Target,
    /// Whom to ask when it fails, in order.
    pub fallbacks: Vec<Target>,
    /// Parameters of this card alone; they go before those of the brief.
    pub params: Params,
    /// Every call, oldest first; never shortened.
    pub attempts: Vec<Attempt>,
    /// Index of the first attempt of the current round; a retry by hand begins a new round.
    pub round: usize,
    /// Counts up whenever the text changes other than by growing at its end.
    pub revision: u32,
    /// Index of the edition of the brief that it answers.
    pub edition: usize,
    /// Its stage under the run's policy.
    pub stage: usize,
    /// Somebody asked for this card by hand: no policy stops it, and nothing is answered from memory.
    pub insisted: bool,
    /// When the current round could have started.
    pub queued_ms: Millis,
    /// Its place in the lane: small before large, then in the order of the cards.
    pub urgency: i32,
    /// Time within the round in which nobody had asked it to go on.
    pub idle_ms: Millis,
    pub state: State,
    /// The answer so far, as it came.
    pub text: String,
    /// The model's reasoning so far.
    pub reasoning: String,
    /// What the provider counted for the last attempt.
    pub usage: Usage,
    /// Joins what comes to what is there, while a continuation streams.
    pub joiner: Option<Joiner>,
    /// How the last continuation was joined.
    pub seam: Option<Seam>,
    /// Why it was stopped, if it was; a card may be stopped before its first attempt or between two.
    pub stopped: Option<AttemptEnd>,
    /// The answer is good enough to stop asking: complete code in the language that was asked for.
    pub valid: bool,
    /// About how many tokens of the prompt its server left out without saying so.
    pub cut_prompt: Option<u64>,
    /// The line of the code from which it would go on, if it was cut off in its code and can.
    pub resume_line: Option<usize>,
    /// The code, once the candidate is over and if there is any.
    pub extraction: Option<Extraction>,
}

impl Candidate {
    pub(super) fn new(entry: super::Entry, edition: usize, now: Millis) -> Self {
        Self {
            chosen: entry.target,
            fallbacks: entry.fallbacks,
            params: entry.params,
            attempts: Vec::new(),
            round: 0,
            revision: 0,
            edition,
            stage: 0,
            insisted: false,
            queued_ms: now,
            urgency: 0,
            idle_ms: 0,
            state: State::Pending,
            text: String::new(),
            reasoning: String::new(),
            usage: Usage::default(),
            joiner: None,
            seam: None,
            stopped: None,
            valid: false,
            cut_prompt: None,
            resume_line: None,
            extraction: None,
        }
    }

    /// A copy that leaves out answer, reasoning and code, for views that show the rest.
    pub fn without_texts(&self) -> Self {
        Self {
            chosen: self.chosen.clone(),
            fallbacks: self.fallbacks.clone(),
            params: self.params.clone(),
            attempts: self.attempts.clone(),
            text: String::new(),
            reasoning: String::new(),
            stopped: self.stopped.clone(),
            joiner: None,
            extraction: None,
            ..*self
        }
    }

    /// Attempts of the current round.
    pub fn current_attempts(&self) -> &[Attempt] {
        &self.attempts[self.round.min(self.attempts.len())..]
    }

    /// Who writes or wrote this card's answer: the chosen model or a fallback.
    pub fn answered_by(&self) -> &Target {
        self.current_attempts().last().map_or(&self.chosen, |attempt| &attempt.target)
    }

    /// The last attempt of the current round.
    pub fn last_attempt(&self) -> Option<&Attempt> {
        self.current_attempts().last()
    }

    pub fn phase(&self) -> Phase {
        match (self.text.is_empty(), self.reasoning.is_empty()) {
            _ if self.resumes_in_silence() => Phase::Silent,
            (false, _) => Phase::Writing,
            (true, false) => Phase::Reasoning,
            (true, true) => Phase::Silent,
        }
    }

    /// A continuation was asked for and has not brought a word.
    fn resumes_in_silence(&self) -> bool {
        self.last_attempt().is_some_and(|attempt| attempt.resumes && attempt.first_ms.is_none())
    }

    /// True if there is a part of an answer that its model can be asked to complete.
    pub fn can_continue(&self) -> bool {
        matches!(self.state, State::Truncated | State::Interrupted | State::Cancelled)
            && !self.text.trim().is_empty()
            && !self.chosen.kind.is_sample()
    }

    /// From the start of the answering attempt to its first text or reasoning.
    pub fn first_token_ms(&self) -> Option<Millis> {
        let attempt = self.last_attempt()?;
        Some(attempt.first_ms?.saturating_sub(attempt.started_ms))
    }

    /// From the start of the round's first attempt to the end, or to `now`, without the time in which nobody had asked it to go
    /// on. `None` before the start.
    pub fn elapsed_ms(&self, now: Millis) -> Option<Millis> {
        let first = self.current_attempts().first()?;
        let end = if self.state.is_over() { self.last_attempt()?.ended_ms.unwrap_or(now) } else { now };
        Some(end.saturating_sub(first.started_ms).saturating_sub(self.idle_ms))
    }

    /// From the cut of the last attempt to the wish to go on, at `queued_ms`: nobody worked.
    pub(super) fn idle_before(&self, queued_ms: Millis) -> Millis {
        let cut = self.last_attempt().and_then(|attempt| attempt.ended_ms);
        cut.map_or(0, |cut| queued_ms.saturating_sub(cut))
    }

    /// Tokens written for this answer: as the provider counted them, else estimated at four characters each. The flag says
    /// "estimated".
    pub fn tokens(&self) -> (u64, bool) {
        let current = self.current_attempts();
        let last = current.len().saturating_sub(1);
        let counted = current.iter().enumerate().filter(|(index, attempt)| attempt.wrote || *index == last);
        counted.fold((0, false), |(sum, guessed), (_, attempt)| {
            let (tokens, estimated) = attempt.tokens();
            (sum.saturating_add(tokens), guessed || estimated)
        })
    }

    /// Tokens sent with the last attempt: as the provider counted them, else estimated.
    pub fn prompt_tokens(&self) -> Option<u64> {
        self.usage.prompt_tokens.or_else(|| Some(self.last_attempt()?.guess.prompt))
    }

    /// Tokens per second of the last attempt: by the provider's own clock if it told one, else from first token to the end
    /// or `now`.
    pub fn tokens_per_second(&self, now: Millis) -> Option<f64> {
        let (tokens, _) = self.last_attempt()?.tokens();
        if let (Some(eval_ms), Some(done)) = (self.usage.eval_ms, self.usage.completion_tokens)
            && eval_ms > 0.0
        {
            return Some(done as f64 * 1000.0 / eval_ms);
        }
        let attempt = self.last_attempt()?;
        let span = attempt.ended_ms.unwrap_or(now).saturating_sub(attempt.first_ms?);
        (span >= 200 && tokens > 0).then(|| tokens as f64 * 1000.0 / span as f64)
    }

    /// About how many tokens of the prompt its server left out. `context` is what the request asked for, if it did.
    pub(super) fn left_out(&self, context: Option<u32>) -> Option<u64> {
        let attempt = self.last_attempt()?;
        if !attempt.target.kind.facts().cuts_silently {
            return None;
        }
        // Where nobody said how much the server gives the model, it is a power of two, as servers go, that what it read fits into.
        let read = attempt.usage.prompt_tokens?;
        let usual = || read.next_power_of_two().max(1024);
        let context = context.map_or_else(usual, u64::from);
        provider::cut_prompt(attempt.guess.prompt, &attempt.usage, Some(context))
    }

    /// The target that the next attempt will ask.
    pub(super) fn next_target(&self) -> &Target {
        match self.follows() {
            Next::Fallback(target) => {
                self.fallbacks.iter().find(|fallback| **fallback == target).unwrap_or(&self.chosen)
            }
            _ => self.answered_by(),
        }
    }

    /// What follows the last attempt of this round.
    pub(super) fn follows(&self) -> Next {
        let resumes = self.last_attempt().is_some_and(|attempt| attempt.resumes);
        // Another model would go on in another hand.
        let fallbacks = if resumes { &[][..] } else { &self.fallbacks };
        let silent = if resumes { self.resumes_in_silence() } else { self.text.is_empty() };
        super::next(self.current_attempts(), !silent, fallbacks)
    }

    /// Takes a piece of the answer; a continuation is joined to what is there.
    pub(super) fn take_text(&mut self, piece: &str) {
        let Some(joiner) = &mut self.joiner else {
            self.text.push_str(piece);
            return;
        };
        let splice = joiner.push(piece);
        self.apply(splice);
    }

    /// The stream is over: what the join still holds gets its place.
    pub(super) fn close_join(&mut self) {
        let Some(mut joiner) = self.joiner.take() else { return };
        let splice = joiner.finish();
        self.apply(splice);
        self.seam = joiner.seam();
    }

    fn apply(&mut self, splice: Option<crate::join::Splice>) {
        let Some(splice) = splice else { return };
        if splice.keep < self.text.len() {
            self.text.truncate(splice.keep);
            self.revision += 1;
        }
        self.text.push_str(&splice.append);
    }

    /// Counts what came back in the attempt at hand: four bytes are a token, which holds for English, and nearly for scripts
    /// that take three bytes a character.
    pub(super) fn count(&mut self, piece: &str, now: Millis) {
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.first_ms.get_or_insert(now);
            attempt.received += piece.len() as u64;
            attempt.guess.written = attempt.received.div_ceil(4);
        }
    }
}

//! Performs a script: steps become bytes of a dialect, at the pace of the script and in writes of its size.

use std::{fmt, future::pending, num::NonZeroUsize, time::Instant, vec};

use axum::body::Bytes;
use futures_util::{Stream, stream};
use tokio::{task::yield_now, time};

use crate::{
    dialect::{Dialect, Tally, Whole},
    script::Step,
};

/// The script said to break the connection here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the script breaks the connection")
    }
}

impl std::error::Error for Broken {}

/// A character for private use, which no answer holds: it keeps the place of an escape.
const PLACEHOLDER: &str = "\u{e000}";

/// The body of a streamed response. Each item is one network write.
pub fn stream(
    steps: Vec<Step>,
    dialect: Box<dyn Dialect>,
    chunk: Option<NonZeroUsize>,
    prompt_tokens: u64,
) -> impl Stream<Item = Result<Bytes, Broken>> + Send {
    let player = Player {
        steps: steps.into_iter(),
        dialect,
        chunk,
        pending: Bytes::new(),
        tally: Tally { prompt: prompt_tokens, ..Tally::default() },
        started: Instant::now(),
        due: time::Instant::now(),
        opened: false,
        odd_ends: false,
        end: None,
    };
    stream::unfold(player, Player::next_write)
}

/// What a response that is not streamed says, once all of it has happened.
pub enum Outcome {
    Whole(Whole, Tally),
    /// The prompt was refused.
    Blocked(Tally),
    /// An error came before the end.
    Failed,
    /// The connection breaks while this is being sent.
    Broken(Whole, Tally),
}

/// Lets the whole script happen. Never returns where the script stalls.
pub async fn collect(steps: Vec<Step>, prompt_tokens: u64) -> Outcome {
    let started = Instant::now();
    let mut due = time::Instant::now();
    let mut whole = Whole::default();
    let mut tally = Tally { prompt: prompt_tokens, ..Tally::default() };
    for step in steps {
        tally.elapsed = started.elapsed();
        match step {
            Step::Wait(wait) => {
                due += wait;
                time::sleep_until(due).await;
            }
            Step::Text(text) => {
                tally.answer += 1;
                whole.text.push_str(&text);
            }
            Step::Reasoning(text) => {
                tally.reasoning += 1;
                whole.reasoning.push_str(&text);
            }
            // Half of a character is none.
            Step::Half(_) => whole.text.push(char::REPLACEMENT_CHARACTER),
            Step::Tool(call) => whole.calls.push(call),
            Step::Signature(_) | Step::OddEnds => {}
            Step::Finish(finish) => whole.finish = Some(finish),
            Step::Block => return Outcome::Blocked(tally),
            Step::Fail(_) | Step::Data(_) => return Outcome::Failed,
            Step::Cut | Step::CutInside(_) => return Outcome::Broken(whole, tally),
            Step::Stall => pending().await,
        }
    }
    Outcome::Whole(whole, tally)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// The response is complete once all is written.
    Clean,
    /// The connection breaks once all is written.
    Break,
    /// Nothing follows, not even an end.
    Silence,
    /// The break was reported.
    Over,
}

struct Player {
    steps: vec::IntoIter<Step>,
    dialect: Box<dyn Dialect>,
    chunk: Option<NonZeroUsize>,
    /// Encoded and not yet written; shorter than a chunk except while it is being written out.
    pending: Bytes,
    tally: Tally,
    started: Instant,
    /// When the next token may leave. Kept apart from the clock, so that late wake-ups do not add up.
    due: time::Instant,
    opened: bool,
    odd_ends: bool,
    end: Option<End>,
}

impl Player {
    async fn next_write(mut self) -> Option<(Result<Bytes, Broken>, Self)> {
        loop {
            if let Some(write) = self.take_write() {
                return Some((Ok(write), self));
            }
            // A moment without data makes the server flush, so that each item is a write of its own.
            if self.end != Some(End::Clean) {
                yield_now().await;
            }
            match self.end {
                Some(End::Clean | End::Over) => return None,
                Some(End::Break) => {
                    self.end = Some(End::Over);
                    return Some((Err(Broken), self));
                }
                Some(End::Silence) => pending().await,
                None => self.perform().await,
            }
        }
    }

    /// The next write, if enough bytes are there, or all of them once nothing more will come.
    fn take_write(&mut self) -> Option<Bytes> {
        let size = self.chunk.map_or(usize::MAX, NonZeroUsize::get).min(self.pending.len());
        let enough = self.end.is_some() || self.chunk.is_none_or(|chunk| size == chunk.get());
        (enough && size > 0).then(|| self.pending.split_to(size))
    }

    async fn perform(&mut self) {
        self.tally.elapsed = self.started.elapsed();
        let Some(step) = self.steps.next() else {
            self.end = Some(End::Clean);
            return;
        };
        match step {
            Step::Wait(wait) => {
                self.due += wait;
                time::sleep_until(self.due).await;
            }
            Step::Stall => self.end = Some(End::Silence),
            Step::Cut => self.end = Some(End::Break),
            Step::Text(text) => {
                self.tally.answer += 1;
                self.write(|dialect, tally| dialect.text(&text, tally));
            }
            Step::CutInside(text) => {
                self.tally.answer += 1;
                self.write(|dialect, tally| dialect.text(&text, tally));
                let cut = self.pending.iter().position(|byte| !byte.is_ascii());
                self.pending.truncate(cut.map_or(0, |first| first + 1));
                self.end = Some(End::Break);
            }
            Step::Reasoning(text) => {
                self.tally.reasoning += 1;
                self.write(|dialect, tally| dialect.reasoning(&text, tally));
            }
            Step::Signature(signature) => {
                self.write(|dialect, tally| dialect.signature(signature, tally));
            }
            Step::Tool(call) => self.write(|dialect, tally| dialect.tool(&call, tally)),
            Step::Half(escape) => {
                self.tally.answer += 1;
                self.write(|dialect, tally| dialect.text(PLACEHOLDER, tally).replace(PLACEHOLDER, escape));
            }
            Step::Data(data) => self.write(|dialect, _| dialect.data(&data)),
            Step::OddEnds => {
                self.odd_ends = true;
                self.pending = Bytes::from_static("\u{feff}".as_bytes());
            }
            Step::Finish(finish) => self.write(|dialect, tally| dialect.finish(finish, tally)),
            Step::Block => self.write(|dialect, tally| dialect.block(tally)),
            Step::Fail(fault) => self.write(|dialect, _| dialect.fail(fault)),
        }
        // Known together with the last write, lest a client that leaves after it seems to leave too early.
        if self.steps.as_slice().is_empty() {
            self.end.get_or_insert(End::Clean);
        }
    }

    fn write(&mut self, encode: impl FnOnce(&mut dyn Dialect, &Tally) -> String) {
        let opened = std::mem::replace(&mut self.opened, true);
        let mut text = if opened { String::new() } else { self.dialect.open() };
        text += &encode(self.dialect.as_mut(), &self.tally);
        if self.odd_ends {
            text = self.dialect.odd_ends(text);
        }
        let mut bytes = Vec::from(std::mem::take(&mut self.pending));
        bytes.extend(text.into_bytes());
        self.pending = Bytes::from(bytes);
    }
}

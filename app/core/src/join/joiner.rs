//! The join, while the rest streams.

use super::cut::Cut;
use super::lines::{fence, weight};
use super::place::{self, Place};
use crate::brief::Language;
use crate::extract::extract;

/// What is held back at most before a place is chosen. Lines that stand in the text already are held on, because nothing of them
/// is new.
const MAX_LINES: usize = 20;
const MAX_BYTES: usize = 4_096;
/// Lines that must have been equal before a cut line that was written twice counts as such.
const PROOF: usize = 8;

/// A change of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// How many bytes of the text so far stay: of the answer that was cut off and what was appended. A character boundary.
    pub keep: usize,
    /// What follows them.
    pub append: String,
}

/// How the rest was joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seam {
    /// It repeated this many lines up to the cut, the cut one included: the join is proven.
    Checked { lines: usize },
    /// It repeated nothing and was put behind the last character.
    Plain,
    /// It began at a line further up and wrote what follows differently: this many lines were replaced, the cut one included.
    Replaced { lines: usize },
}

/// Joins a rest to an answer that was cut off. The result does not depend on the pieces.
#[derive(Debug, Clone)]
pub struct Joiner {
    cut: Cut,
    /// What came and has no place yet.
    held: String,
    /// Up to here `held` has no line feed that was not looked at.
    searched: usize,
    /// Line feeds in `held`, while reading.
    feeds: usize,
    state: State,
    /// The text so far, in bytes.
    length: usize,
    seam: Option<Seam>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// The first lines, which have no place yet.
    Reading,
    /// Lines that stand in the text.
    Following(Follow),
    /// Lines that stand in place of those from `keep` on, once they are more than those.
    Replacing { keep: usize, at: usize, line: usize },
    Through,
}

#[derive(Debug, Clone, Copy)]
struct Follow {
    /// The line it began with.
    first: usize,
    /// Where that stands in `held`.
    from: usize,
    /// The line that is next.
    line: usize,
    /// Where what is compared with it begins in `held`.
    at: usize,
}

impl Joiner {
    /// `text` is the answer in `wanted` that was cut off, as it was passed to [`resume`](super::resume).
    pub fn new(text: &str, wanted: Language) -> Self {
        Self {
            cut: Cut::new(text, wanted),
            held: String::new(),
            searched: 0,
            feeds: 0,
            state: State::Reading,
            length: text.len(),
            seam: None,
        }
    }

    /// Takes a piece of the rest. `None` while nothing is certain.
    pub fn push(&mut self, piece: &str) -> Option<Splice> {
        if matches!(self.state, State::Through) {
            return (!piece.is_empty()).then(|| self.splice(self.length, piece.to_owned()));
        }
        self.held.push_str(piece);
        self.advance(false)
    }

    /// The rest is over, or was cut off again: what is still held gets its place. `None` if nothing new came since.
    pub fn finish(&mut self) -> Option<Splice> {
        self.advance(true)
    }

    /// How the rest was joined, once that is certain. `None` at the end means that nothing new came.
    pub fn seam(&self) -> Option<Seam> {
        self.seam
    }

    fn advance(&mut self, ended: bool) -> Option<Splice> {
        if let State::Reading = self.state {
            self.read(ended)?;
        }
        match self.state {
            State::Following(follow) => self.follow(follow, ended),
            State::Replacing { keep, at, line } => self.replace(keep, at, line, ended),
            State::Reading | State::Through => self.pass(),
        }
    }

    /// Chooses the place once enough is known.
    fn read(&mut self, ended: bool) -> Option<()> {
        let limit = self.limit();
        if limit.is_none() && !ended {
            return None;
        }
        let view = &self.held[..limit.unwrap_or(self.held.len())];
        if view.is_empty() {
            return None;
        }
        match place::find(&self.cut, view) {
            Place::Line { from, line } => {
                self.state = State::Following(Follow { first: line, from, line, at: from });
                self.searched = from;
            }
            Place::Border { from } => self.settle(self.length, from, "", Seam::Checked { lines: 1 }),
            Place::End { from, own_line } => {
                self.settle(self.length, from, if own_line { "\n" } else { "" }, Seam::Plain);
            }
        }
        Some(())
    }

    /// How much of `held` the place is chosen by: the same whatever the pieces. `None` if more is needed.
    fn limit(&mut self) -> Option<usize> {
        while let Some(at) = self.held[self.searched..].find('\n') {
            self.searched += at + 1;
            self.feeds += 1;
            if self.searched > MAX_BYTES {
                break;
            }
            let view = &self.held[..self.searched];
            if self.feeds == MAX_LINES || place::is_as_asked(&self.cut, view) {
                return Some(self.searched);
            }
        }
        self.searched = self.held.len();
        (self.held.len() >= MAX_BYTES).then(|| self.held.floor_char_boundary(MAX_BYTES))
    }

    /// Goes on comparing lines, up to the cut or the first difference.
    fn follow(&mut self, mut follow: Follow, ended: bool) -> Option<Splice> {
        while follow.line < self.cut.count() {
            let feed = self.held[self.searched..].find('\n').map(|at| self.searched + at);
            self.searched = feed.map_or(self.held.len(), |feed| feed + 1);
            let found = self.held[follow.at..feed.unwrap_or(self.held.len())].trim();
            let known = self.cut.line(follow.line);
            if feed.is_none() {
                if !ended || known.starts_with(found) {
                    self.state = State::Following(follow);
                    return None;
                }
            } else if found == known {
                follow.line += 1;
                follow.at = self.searched;
                continue;
            }
            return self.differ(follow, ended);
        }
        self.state = State::Following(follow);
        self.meet(follow, ended)
    }

    /// All complete lines were repeated: joins at the cut line.
    fn meet(&mut self, mut follow: Follow, ended: bool) -> Option<Splice> {
        let stem = self.cut.stem();
        let rest = &self.held[follow.at..];
        // Nothing behind this can change what the line begins with.
        let enough = stem.len() + MAX_BYTES;
        let known = rest.len() > enough || ended;
        self.searched = self.searched.max(follow.at);
        let feed = self.held[self.searched..].find('\n').map(|at| self.searched + at);
        let raw = &self.held[follow.at..feed.unwrap_or(self.held.len())];
        let raw = &raw[..raw.floor_char_boundary(enough)];
        let lines = self.cut.count() - follow.first + usize::from(!stem.is_empty());
        let keep = self.cut.partial + stem.len();
        if raw.starts_with(stem) {
            if raw.trim_end().len() > stem.len() || weight(stem) < PROOF {
                self.settle(keep, follow.at + stem.len(), "", Seam::Checked { lines });
                return self.pass_new();
            }
            // The cut line as it was asked for, and perhaps below it the whole one.
            let Some(feed) = feed else {
                if known {
                    self.settle(keep, follow.at + stem.len(), "", Seam::Checked { lines });
                    return self.pass_new();
                }
                return None;
            };
            let below = &self.held[feed + 1..];
            let again = below.starts_with(stem);
            let next = below[..below.len().min(0)].len();
            let _ = (again, next);
            follow.at += 0;
        }
        None
    }
}

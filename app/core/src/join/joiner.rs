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
    /// Lines from `at` on that stand in place of those from number `line` on, at `keep`, once they are more than those.
    Replacing { keep: usize, at: usize, line: usize },
    /// Everything goes to the end of the text.
    Through(Seam),
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
        if let State::Through(seam) = self.state {
            return self.splice(self.length, piece.to_owned(), seam);
        }
        self.held.push_str(piece);
        self.advance(false)
    }

    /// The rest is over, or was cut off again: what is still held gets its place. `None` if nothing is to be added.
    pub fn finish(&mut self) -> Option<Splice> {
        self.advance(true)
    }

    /// How the rest was joined, once that is certain. `None` at the end means that nothing new came.
    pub fn seam(&self) -> Option<Seam> {
        self.seam
    }

    fn advance(&mut self, ended: bool) -> Option<Splice> {
        match self.state {
            State::Reading => self.read(ended),
            State::Following(follow) => self.follow(follow, ended),
            State::Replacing { keep, at, line } => self.replace(keep, at, line, ended),
            State::Through(_) => None,
        }
    }

    /// Chooses the place once enough is known.
    fn read(&mut self, ended: bool) -> Option<Splice> {
        let known = self.enough().or_else(|| ended.then_some(self.held.len()))?;
        match place::find(&self.cut, &self.held[..known]) {
            Place::Line { from, line } => {
                self.searched = from;
                self.follow(Follow { first: line, from, line, at: from }, ended)
            }
            Place::Border { from } => {
                let keep = self.cut.partial + self.cut.stem().len();
                self.settle(keep, from, "", Seam::Checked { lines: 1 })
            }
            Place::End { from, own_line } => {
                self.settle(self.length, from, if own_line { "\n" } else { "" }, Seam::Plain)
            }
        }
    }

    /// How much of `held` the place is chosen by, the same whatever the pieces. `None` if more is needed.
    fn enough(&mut self) -> Option<usize> {
        while let Some(feed) = self.next_feed() {
            self.searched = feed + 1;
            self.feeds += 1;
            if self.searched > MAX_BYTES {
                break;
            }
            if self.feeds == MAX_LINES || place::is_as_asked(&self.cut, &self.held[..self.searched]) {
                return Some(self.searched);
            }
        }
        (self.held.len() >= MAX_BYTES).then(|| self.held.floor_char_boundary(MAX_BYTES))
    }

    /// The next line feed that was not looked at.
    fn next_feed(&mut self) -> Option<usize> {
        let feed = self.held[self.searched..].find('\n').map(|at| self.searched + at);
        if feed.is_none() {
            self.searched = self.held.len();
        }
        feed
    }

    /// Goes on comparing lines, up to the cut or the first difference.
    fn follow(&mut self, mut follow: Follow, ended: bool) -> Option<Splice> {
        while follow.line < self.cut.count() {
            let feed = self.next_feed();
            if feed.is_none() && !ended {
                self.state = State::Following(follow);
                return None;
            }
            let found = self.held[follow.at..feed.unwrap_or(self.held.len())].trim();
            let known = self.cut.line(follow.line);
            match feed {
                Some(feed) if found == known => {
                    self.searched = feed + 1;
                    follow.line += 1;
                    follow.at = feed + 1;
                }
                // It ended before it came to the cut.
                None if known.starts_with(found) => return None,
                _ => return self.differ(follow, ended),
            }
        }
        self.state = State::Following(follow);
        self.meet(follow, ended)
    }

    /// A line differs before the cut. What began anew, or came all but to the cut, replaces what it repeats; else the lines were
    /// equal by chance.
    fn differ(&mut self, follow: Follow, ended: bool) -> Option<Splice> {
        if self.cut.is_head(follow.first) || place::is_last_asked(&self.cut, follow.line, follow.first) {
            return self.replace(self.cut.start(follow.line), follow.at, follow.line, ended);
        }
        self.settle(self.length, follow.from, "", Seam::Plain)
    }

    /// All complete lines stand in both: joins at the cut line.
    fn meet(&mut self, follow: Follow, ended: bool) -> Option<Splice> {
        let feed = self.next_feed();
        let stem = self.cut.stem();
        let (at, keep) = (follow.at, self.cut.partial + stem.len());
        let complete = self.cut.count() - follow.first;
        let lines = complete + usize::from(!stem.is_empty());
        // More of the line changes nothing.
        let enough = stem.len() + MAX_BYTES;
        let certain = ended || feed.is_some() || self.held.len() - at > enough;
        let rest = &self.held[at..];
        if rest.is_empty() || (rest.len() < stem.len() && !certain) {
            return None;
        }
        let line = &self.held[at..feed.unwrap_or(self.held.len())];
        let line = &line[..line.floor_char_boundary(enough)];
        if !certain && !line.starts_with(stem) {
            return None;
        }
        // Not before this: it reads the whole cut line.
        let proven = lines > 1 || weight(stem) >= PROOF;
        let seam = if proven { Seam::Checked { lines } } else { Seam::Plain };
        if line.starts_with(stem) {
            let longer = line.trim_end().len() > stem.len() || weight(stem) < PROOF;
            if !longer && !certain {
                return None;
            }
            // As it was asked for, and perhaps once more below, in full.
            if !longer && let Some(feed) = feed {
                let below = &self.held[feed + 1..];
                let below = &below[..below.floor_char_boundary(enough)];
                let below =
                    below.find('\n').map_or((below, below.len() == enough), |end| (&below[..end], true));
                if below.0.starts_with(stem) && below.0.trim_end().len() > stem.len() {
                    return self.settle(keep, feed + 1 + stem.len(), "", seam);
                }
                let open =
                    below.0.len() < stem.len() && stem.starts_with(below.0) || below.0.starts_with(stem);
                if open && !below.1 && !ended {
                    return None;
                }
            }
            return self.settle(keep, at + stem.len(), "", seam);
        }
        let (own, text) = (line.len() - line.trim_start().len(), line.trim_start());
        let start = [stem.trim_start(), stem.trim()].into_iter().find(|start| text.starts_with(start));
        if let Some(start) = start.filter(|start| !start.is_empty()) {
            return self.settle(keep, at + own + start.len(), "", seam);
        }
        if feed.is_none() && ended && stem.trim_start().starts_with(text.trim_end()) {
            return None;
        }
        if fence(line).is_some() && !stem.trim().is_empty() {
            // Nothing more to the cut line, only the end of the block.
            return self.settle(self.length, at, "\n", Seam::Checked { lines: complete });
        }
        self.replace(self.cut.partial, at, follow.line, ended)
    }

    /// Puts what came from `at` on in place of what stands from `keep` on, unless that would lose more than it brings.
    fn replace(&mut self, keep: usize, at: usize, line: usize, ended: bool) -> Option<Splice> {
        self.state = State::Replacing { keep, at, line };
        let more = self.held.len() - at > self.cut.text.len() - keep;
        if more || (ended && self.is_whole(keep, at)) {
            let lines = self.cut.count() - line + usize::from(!self.cut.stem().is_empty());
            return self.settle(keep, at, "", Seam::Replaced { lines });
        }
        None
    }

    /// True if the code has an end once what came from `at` on stands behind `keep`.
    fn is_whole(&self, keep: usize, at: usize) -> bool {
        let text = format!("{}{}", &self.cut.text[..keep], &self.held[at..]);
        extract(&text, self.cut.wanted).is_some_and(|found| !found.truncated)
    }

    /// Everything from `from` on has its place, behind `keep` and `glue`.
    fn settle(&mut self, keep: usize, from: usize, glue: &str, seam: Seam) -> Option<Splice> {
        self.state = State::Through(seam);
        let held = std::mem::take(&mut self.held);
        self.splice(keep, format!("{glue}{}", &held[from..]), seam)
    }

    fn splice(&mut self, keep: usize, append: String, seam: Seam) -> Option<Splice> {
        self.length = keep + append.len();
        if append.is_empty() {
            return None;
        }
        self.seam = Some(seam);
        Some(Splice { keep, append })
    }
}

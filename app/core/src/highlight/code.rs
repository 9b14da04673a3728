//! The walk over a line of code by a [`Grammar`].
//!
//! It looks at bytes and cuts only beside ASCII ones, so that every piece is whole characters: bytes from 0x80 up belong to
//! the name or the string they stand in.

use super::Tone;
use super::grammar::{Extra, Grammar, Quote};
use super::pieces::Pieces;
use super::state::{Mode, State, Tag};
use super::words::Words;

/// Colours bytes `from..to` of the line. A range, because a page embeds code in the middle of a line.
pub(super) fn run(state: &mut State, grammar: &Grammar, out: &mut Pieces<'_>, from: usize, to: usize) {
    let text = &out.line().as_bytes()[..to];
    let mut walk = Walk { state, grammar, text, from, at: from, value: false, unclosed: 0, next: None };
    if let Mode::HereDoc(tag) = walk.state.mode {
        if tag.is(out.line()[from..to].trim_matches([' ', '\t', ';', ',', ')']).as_bytes()) {
            walk.state.mode = Mode::Code;
        }
        return out.put(Tone::Text, from, to);
    }
    while walk.at < to {
        walk.step(out);
    }
    let Walk { state, next, .. } = walk;
    match state.mode {
        Mode::Text { rule } if !grammar.strings[usize::from(rule)].multiline => state.mode = Mode::Code,
        Mode::Code => state.mode = next.map_or(Mode::Code, Mode::HereDoc),
        _ => {}
    }
}

pub(super) struct Walk<'a> {
    pub(super) state: &'a mut State,
    pub(super) grammar: &'a Grammar,
    pub(super) text: &'a [u8],
    pub(super) from: usize,
    pub(super) at: usize,
    /// The last token was a value, so `/` divides.
    pub(super) value: bool,
    /// Bit per kind of string that is known to have no end on the rest of the line: looking again would cost
    /// the line's length each time.
    pub(super) unclosed: u16,
    /// A here-document that begins with the next line.
    pub(super) next: Option<Tag>,
}

impl Walk<'_> {
    fn step(&mut self, out: &mut Pieces<'_>) {
        match self.state.mode {
            Mode::Comment { depth } => self.comment(depth, self.at, out),
            Mode::Text { rule } => self.string(rule, self.at, out),
            Mode::Raw { hashes } => self.until(Tone::Text, out, |rest| {
                let close = rest.first() == Some(&b'"')
                    && rest.len() > usize::from(hashes)
                    && rest[1..=usize::from(hashes)].iter().all(|b| *b == b'#');
                close.then(|| 1 + usize::from(hashes))
            }),
            Mode::Delimited(tag) => self.until(Tone::Text, out, |rest| {
                let end = usize::from(tag.len) + 1;
                let close =
                    rest.first() == Some(&b')') && rest.get(end) == Some(&b'"') && tag.is(&rest[1..end]);
                close.then_some(end + 1)
            }),
            Mode::Dollar(tag) => self.until(Tone::Text, out, |rest| {
                let end = usize::from(tag.len);
                (rest.first() == Some(&b'$') && rest.len() >= end && tag.is(&rest[..end])).then_some(end)
            }),
            Mode::Code | Mode::HereDoc(_) | Mode::Scalar { .. } | Mode::Fence { .. } => self.token(out),
        }
    }

    pub(super) fn rest(&self) -> &[u8] {
        &self.text[self.at..]
    }

    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// One token of code: at least one byte.
    fn token(&mut self, out: &mut Pieces<'_>) {
        let byte = self.byte(0);
        if byte.is_ascii_whitespace() {
            self.at += 1;
        } else if self.starts_comment() {
            out.put(Tone::Comment, self.at, self.text.len());
            self.at = self.text.len();
        } else if let Some(block) = self.grammar.block.as_ref().filter(|b| self.starts(b.open)) {
            let from = self.at;
            self.at += block.open.len();
            self.comment(1, from, out);
        } else if self.special(byte, out) || self.starts_string(out) {
        } else if byte.is_ascii_digit() {
            self.number(out);
        } else if is_name(byte) || self.grammar.name_bytes.contains(&byte) {
            self.name(out);
        } else {
            self.punctuation(byte, out);
        }
    }

    pub(super) fn starts(&self, mark: &str) -> bool {
        self.rest().starts_with(mark.as_bytes())
    }

    fn starts_comment(&self) -> bool {
        let apart = !self.grammar.spaced_comments
            || self.at == self.from
            || matches!(self.text[self.at - 1], b' ' | b'\t' | b';');
        apart && self.grammar.comments.iter().any(|mark| self.starts(mark))
    }

    /// On from `self.at` in a comment whose colour begins at `from`.
    fn comment(&mut self, mut depth: u8, from: usize, out: &mut Pieces<'_>) {
        let Some(block) = &self.grammar.block else {
            self.state.mode = Mode::Code;
            return;
        };
        while self.at < self.text.len() && depth > 0 {
            if self.starts(block.close) {
                depth -= 1;
                self.at += block.close.len();
            } else if block.nests && self.starts(block.open) {
                depth = depth.saturating_add(1);
                self.at += block.open.len();
            } else {
                self.at += 1;
            }
        }
        out.put(Tone::Comment, from, self.at);
        self.state.mode = if depth > 0 { Mode::Comment { depth } } else { Mode::Code };
    }

    fn starts_string(&mut self, out: &mut Pieces<'_>) -> bool {
        let strings = self.grammar.strings;
        let Some(rule) = strings.iter().position(|quote| self.starts(quote.open)) else {
            return false;
        };
        let quote = &strings[rule];
        if quote.lenient {
            let bit = 1 << rule;
            let begin = self.at + quote.open.len();
            if self.unclosed & bit != 0 || close_of(quote, self.text, begin).is_none() {
                self.unclosed |= bit;
                self.at = begin;
                return true;
            }
        }
        let from = self.at;
        self.at += quote.open.len();
        // Tables are short; `u8` always holds their indexes.
        self.string(rule as u8, from, out);
        true
    }

    /// On from `self.at` in a string whose colour begins at `from`.
    fn string(&mut self, rule: u8, from: usize, out: &mut Pieces<'_>) {
        let quote = &self.grammar.strings[usize::from(rule)];
        self.state.mode = Mode::Text { rule };
        while self.at < self.text.len() {
            if quote.escapes && self.byte(0) == b'\\' {
                self.at = (self.at + 2).min(self.text.len());
            } else if self.starts(quote.close) {
                self.at += quote.close.len();
                self.state.mode = Mode::Code;
                break;
            } else if quote.holes && self.starts("${") && self.state.holes.enter(rule) {
                self.at += 2;
                self.state.mode = Mode::Code;
                self.value = false;
                out.put(Tone::Text, from, self.at);
                return;
            } else {
                self.at += 1;
            }
        }
        let key = self.grammar.extra == Extra::Keys
            && self.rest().trim_ascii_start().first() == Some(&b':')
            && self.state.mode == Mode::Code;
        out.put(if key { Tone::Type } else { Tone::Text }, from, self.at);
        self.value = true;
    }

    /// Colours up to the end that `close` finds (it tells its length), else the rest of the line.
    fn until(&mut self, tone: Tone, out: &mut Pieces<'_>, close: impl Fn(&[u8]) -> Option<usize>) {
        let from = self.at;
        while self.at < self.text.len() {
            if let Some(len) = close(self.rest()) {
                self.at += len;
                self.state.mode = Mode::Code;
                break;
            }
            self.at += 1;
        }
        self.value = true;
        out.put(tone, from, self.at);
    }

    fn number(&mut self, out: &mut Pieces<'_>) {
        let from = self.at;
        while self.at < self.text.len() {
            let byte = self.byte(0);
            let part = byte.is_ascii_alphanumeric()
                || byte == b'_'
                || (byte == b'.' && self.byte(1).is_ascii_digit())
                || (matches!(byte, b'+' | b'-')
                    && matches!(self.text[self.at - 1], b'e' | b'E')
                    && !self.text[from..].starts_with(b"0x"));
            if !part {
                break;
            }
            self.at += 1;
        }
        out.put(Tone::Number, from, self.at);
        self.value = true;
    }

    fn name(&mut self, out: &mut Pieces<'_>) {
        let from = self.at;
        let extra = self.grammar.name_bytes;
        self.at += 1;
        while self.at < self.text.len() && (is_name(self.byte(0)) || extra.contains(&self.byte(0))) {
            self.at += 1;
        }
        let word = &out.line()[from..self.at];
        // A member is no keyword, whatever it is called; `..` is a range.
        let member = self.text[..from].ends_with(b".") && !self.text[..from].ends_with(b"..");
        let keyword = !member && self.contains(self.grammar.keywords, word);
        let tone = if keyword {
            Tone::Keyword
        } else if self.contains(self.grammar.types, word) || (self.grammar.capital_types && is_type(word)) {
            Tone::Type
        } else {
            Tone::Plain
        };
        out.put(tone, from, self.at);
        self.value = !keyword || matches!(word, "this" | "self" | "super" | "null" | "true" | "false");
    }

    fn contains(&self, words: Words, word: &str) -> bool {
        if !self.grammar.any_case {
            return words.contains(word.as_bytes());
        }
        let mut buffer = [0; 24];
        let Some(upper) = buffer.get_mut(..word.len()) else { return false };
        upper.copy_from_slice(word.as_bytes());
        upper.make_ascii_uppercase();
        words.contains(upper)
    }

    fn punctuation(&mut self, byte: u8, out: &mut Pieces<'_>) {
        self.at += 1;
        match byte {
            b'{' => self.state.holes.brace(),
            b'}' => {
                if let Some(rule) = self.state.holes.close() {
                    return self.string(rule, self.at - 1, out);
                }
            }
            _ => {}
        }
        self.value = matches!(byte, b')' | b']' | b'}');
    }
}

/// Where a string's content ends on this line, if it does.
fn close_of(quote: &Quote, text: &[u8], mut at: usize) -> Option<usize> {
    while at < text.len() {
        if quote.escapes && text[at] == b'\\' {
            at += 1;
        } else if text[at..].starts_with(quote.close.as_bytes()) {
            return Some(at);
        }
        at += 1;
    }
    None
}

pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// `Vec`, `T`, but not `MAX`.
fn is_type(word: &str) -> bool {
    let capital = word.as_bytes().first().is_some_and(u8::is_ascii_uppercase);
    capital && (word.len() == 1 || word.bytes().any(|b| b.is_ascii_lowercase()))
}

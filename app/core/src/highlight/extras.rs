//! What single languages have beyond tables: regular expressions, raw strings, lifetimes, end marks of the author's choice.

use super::Tone;
use super::code::{Walk, is_name};
use super::grammar::Extra;
use super::pieces::Pieces;
use super::state::{Mode, Tag};

/// Bit of regular expressions in [`Walk::unclosed`]; strings have the bits below.
const REGEX: u16 = 1 << 15;

impl Walk<'_> {
    /// What only this language has; false if it is not that.
    pub(super) fn special(&mut self, byte: u8, out: &mut Pieces<'_>) -> bool {
        match self.grammar.extra {
            Extra::Regex if byte == b'/' && !self.value => self.regex(out),
            Extra::Rust => match byte {
                b'r' => self.raw(1, out),
                b'b' | b'c' if self.byte(1) == b'r' => self.raw(2, out),
                b'\'' => self.quoted_char(out),
                _ => false,
            },
            Extra::Cpp if byte == b'R' && self.byte(1) == b'"' => {
                let begin = self.at + 2;
                let len = self.text[begin..].iter().take(17).position(|b| *b == b'(');
                let Some(tag) = len.and_then(|len| Tag::of(&self.text[begin..begin + len])) else {
                    return false;
                };
                let from = self.at;
                self.at = begin + usize::from(tag.len) + 1;
                out.put(Tone::Text, from, self.at);
                self.state.mode = Mode::Delimited(tag);
                true
            }
            Extra::Cpp if byte == b'#' => {
                let len = self.rest()[1..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
                out.put(Tone::Keyword, self.at, self.at + 1 + len);
                self.at += 1 + len;
                true
            }
            Extra::Dollar if byte == b'$' => {
                let len = self.rest()[1..].iter().take_while(|b| is_name(**b)).count();
                if self.byte(1 + len) != b'$' {
                    return false;
                }
                let Some(tag) = Tag::of(&self.rest()[..len + 2]) else { return false };
                out.put(Tone::Text, self.at, self.at + len + 2);
                self.at += len + 2;
                self.state.mode = Mode::Dollar(tag);
                true
            }
            Extra::HereDoc { mark, capitals } if self.starts(mark) => {
                self.heredoc(mark.len(), capitals);
                true
            }
            _ => false,
        }
    }

    /// `<<TAG`, `<<-TAG`, `<<~TAG`, with the tag in quotes or not: the next line begins the text.
    fn heredoc(&mut self, mark: usize, capitals: bool) {
        self.at += mark;
        let lead = self.rest().iter().take_while(|b| matches!(b, b'-' | b'~' | b'"' | b'\'')).count();
        let name = &self.rest()[lead..];
        let len = name.iter().take_while(|b| is_name(**b)).count();
        let word = name.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
        if word && (!capitals || name[0].is_ascii_uppercase()) && self.next.is_none() {
            self.next = Tag::of(&name[..len]);
        }
        self.at += lead + if word { len } else { 0 };
        let quoted = lead > 0 && matches!(self.byte(0), b'"' | b'\'');
        self.at += usize::from(quoted);
    }

    fn raw(&mut self, prefix: usize, out: &mut Pieces<'_>) -> bool {
        let hashes = self.rest()[prefix..].iter().take_while(|b| **b == b'#').count();
        let (Ok(count), b'"') = (u8::try_from(hashes), self.byte(prefix + hashes)) else {
            return false;
        };
        let from = self.at;
        self.at += prefix + hashes + 1;
        out.put(Tone::Text, from, self.at);
        self.state.mode = Mode::Raw { hashes: count };
        true
    }

    /// `'x'`, `'\n'`, `'\u{1F600}'`; else it is a lifetime.
    fn quoted_char(&mut self, out: &mut Pieces<'_>) -> bool {
        let rest = &self.rest()[1..];
        let close = if rest.first() == Some(&b'\\') {
            rest.iter().take(12).skip(2).position(|b| *b == b'\'').map(|p| p + 2)
        } else {
            // One character is at most four bytes.
            rest.iter()
                .take(5)
                .skip(1)
                .position(|b| *b == b'\'')
                .map(|p| p + 1)
                .filter(|p| *p == 1 || !rest[0].is_ascii())
        };
        let len =
            close.map_or_else(|| 1 + rest.iter().take_while(|b| is_name(**b)).count(), |close| close + 2);
        let tone = if close.is_some() { Tone::Text } else { Tone::Plain };
        out.put(tone, self.at, self.at + len);
        self.at += len;
        self.value = true;
        true
    }

    fn regex(&mut self, out: &mut Pieces<'_>) -> bool {
        // `</` ends a tag of JSX, `/>` an empty one.
        let tag = (self.at > self.from && self.text[self.at - 1] == b'<') || self.byte(1) == b'>';
        if tag || self.unclosed & REGEX != 0 {
            return false;
        }
        let (mut class, mut end) = (false, self.at + 1);
        while let Some(byte) = self.text.get(end) {
            match byte {
                b'\\' => end += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => break,
                _ => {}
            }
            end += 1;
        }
        if end >= self.text.len() {
            self.unclosed |= REGEX;
            return false;
        }
        let flags = self.text[end + 1..].iter().take_while(|b| b.is_ascii_lowercase()).count();
        out.put(Tone::Text, self.at, end + 1 + flags);
        self.at = end + 1 + flags;
        self.value = true;
        true
    }
}

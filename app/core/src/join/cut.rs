//! The end of the text that was cut off: its lines, whether it ends inside code, which lines are asked for again.

use super::lines::{lines, weight};
use crate::brief::Language;
use crate::extract::extract;

/// Fewest lines that are asked for, blank ones not counted, and the least they weigh.
const QUOTE_LINES: usize = 3;
const QUOTE_WEIGHT: usize = 12;
/// More are asked for only where these stand in the text more than once.
const MAX_QUOTE_LINES: usize = 12;
const MAX_QUOTE: usize = 1_500;
/// Of a cut line longer than this only the end is asked for.
const LONG_LINE: usize = 400;
const LONG_LINE_TAIL: usize = 200;

/// A text and where it was cut off.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    pub(super) text: String,
    pub(super) wanted: Language,
    /// Start and end of each complete line, without the space around it.
    lines: Vec<(usize, usize)>,
    /// Where the cut line begins; the end of the text if it was cut off between lines.
    pub(super) partial: usize,
    /// The number of the first line of the code, from 0, if the text ends inside code.
    pub(super) code: Option<usize>,
    /// The number of the first line that is asked for, from 0; that of the cut line if no complete one is.
    pub(super) quote: usize,
    /// Where what is asked for begins; inside the cut line if that is long.
    pub(super) quote_at: usize,
}

impl Cut {
    pub(super) fn new(text: &str, wanted: Language) -> Self {
        let partial = text.rfind('\n').map_or(0, |at| at + 1);
        let found = lines(&text[..partial]);
        let lines: Vec<_> = found
            .iter()
            .map(|line| {
                let start = line.start + line.raw.len() - line.raw.trim_start().len();
                (start, start + line.text().len())
            })
            .collect();
        let count = lines.len();
        let code = lines_of_code(&text[..partial], wanted).map(|code| count.saturating_sub(code));
        let mut cut =
            Self { text: text.to_owned(), wanted, lines, partial, code, quote: count, quote_at: partial };
        cut.choose_quote();
        cut
    }

    /// Complete lines.
    pub(super) fn count(&self) -> usize {
        self.lines.len()
    }

    /// A complete line without the space around it.
    pub(super) fn line(&self, number: usize) -> &str {
        let (start, end) = self.lines[number];
        &self.text[start..end]
    }

    /// Where a line begins, the space in front of it included; for the number behind the last complete one, the cut line.
    pub(super) fn start(&self, number: usize) -> usize {
        let Some((start, _)) = self.lines.get(number) else { return self.partial };
        self.text[..*start].rfind('\n').map_or(0, |at| at + 1)
    }

    /// What there is of the cut line. The carriage return of a line end that was cut in two is not part of it.
    pub(super) fn stem(&self) -> &str {
        let stem = &self.text[self.partial..];
        stem.strip_suffix('\r').unwrap_or(stem)
    }

    /// True for the lines at which a model begins that begins anew.
    pub(super) fn is_head(&self, number: usize) -> bool {
        number == 0 || self.code.is_some_and(|code| number == code || number + 1 == code)
    }

    /// The last lines, as many as tell one place of the text from all others.
    fn choose_quote(&mut self) {
        let stem = self.text.len() - self.partial;
        if stem > LONG_LINE {
            self.quote_at = self.text.ceil_char_boundary(self.text.len() - LONG_LINE_TAIL);
            return;
        }
        let (mut filled, mut heavy) = (0, 0);
        let first = self.code.unwrap_or(0);
        while self.quote > first && self.count() - self.quote < MAX_QUOTE_LINES {
            let next = self.quote - 1;
            if self.text.len() - self.start(next) > MAX_QUOTE {
                break;
            }
            self.quote = next;
            filled += usize::from(!self.line(next).is_empty());
            heavy += weight(self.line(next));
            if filled >= QUOTE_LINES && heavy >= QUOTE_WEIGHT && self.is_unique(next) {
                break;
            }
        }
        self.quote_at = self.start(self.quote);
    }

    /// True if the lines from `from` to the last stand nowhere else and do not end as they begin: else what follows could be like them.
    fn is_unique(&self, from: usize) -> bool {
        let size = self.count() - from;
        let same = |one: usize, other: usize, size: usize| {
            (0..size).all(|line| self.line(one + line) == self.line(other + line))
        };
        let ends_as_begins = |size: usize| {
            let heavy = (from..from + size).any(|line| weight(self.line(line)) > 0);
            heavy && same(from, self.count() - size, size)
        };
        !(0..from).any(|other| same(other, from, size)) && !(1..size).any(ends_as_begins)
    }
}

/// How many lines of code stand before the cut line, if that is code too. Asked of the extraction by one more line: so it also
/// tells the first line of a block from one of its introduction.
fn lines_of_code(complete: &str, wanted: Language) -> Option<usize> {
    const PROBE: &str = "x";
    let found = extract(&format!("{complete}{PROBE}"), wanted)?;
    let inside = found.truncated && found.code.ends_with(PROBE);
    inside.then(|| found.code.matches('\n').count())
}

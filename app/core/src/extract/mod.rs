//! Code out of an answer: once the answer is complete ([`extract`]), and while it still arrives ([`LiveExtract`]).
//!
//! Answers are Markdown by habit, not by grammar: fences are nested at the same length, closed with text behind them, opened
//! after a colon, or forgotten. So this is a line scanner of its own. `fence` reads a line, `nest` decides what a fence line
//! inside a block means, `scan` finds the blocks of an answer, `choose` takes one of them; `bare` knows code without fences,
//! `name` finds file names, `live` does the same piece by piece, without looking ahead.
//!
//! Every step costs time in the size of the answer.

mod bare;
mod choose;
mod fence;
mod live;
mod name;
mod nest;
mod scan;

#[cfg(test)]
mod live_tests;
#[cfg(test)]
mod tests;

use crate::brief::Language;

pub use live::{LiveExtract, LiveOp};

/// The code of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extraction {
    /// The code as the answer has it, without the line end before the closing fence.
    pub code: String,
    /// The language the answer named for it, if any.
    pub language: Option<Language>,
    /// A file name the answer gave it: the last part of its path, in letters, digits, `.`, `_`, `-`, never hidden.
    /// Still the choice of a model, so its ending may belong to another language.
    pub file_name: Option<String>,
    /// True if the answer ended inside the code.
    pub truncated: bool,
    /// True if the code is a diff, not a file. A diff is taken only where there is nothing else.
    pub diff: bool,
    /// What was done, as sentences ("Removed 2 lines of introduction.").
    pub notes: Vec<String>,
}

/// Says of a text whether it is whole in a language; `None` if nobody can tell.
pub type Accepts<'a> = &'a dyn Fn(&str, Language) -> Option<bool>;

/// The code of a complete answer, or `None` if there is none.
pub fn extract(answer: &str, wanted: Language) -> Option<Extraction> {
    extract_with(answer, wanted, &|_, _| None)
}

/// Like [`extract`], with a parser's word on where a block ends and which block is whole. It is asked a bounded number of times
/// for each block, and only where more than one answer is possible.
pub fn extract_with(answer: &str, wanted: Language, accepts: Accepts<'_>) -> Option<Extraction> {
    let scan = scan::scan(answer, wanted, accepts);
    let text = scan.after_reasoning.unwrap_or(answer);
    if bare::is_whole(text, wanted) {
        return Some(bare::extraction(text, wanted, scan.after_reasoning.is_some()));
    }
    choose::choose(&scan, wanted, accepts)
}

/// Lines with their place: `(start, end)` without the line end, which is `\n` or `\r\n`.
fn lines(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let len = rest.find('\n').unwrap_or(rest.len());
        let line = rest[..len].strip_suffix('\r').filter(|_| len < rest.len()).unwrap_or(&rest[..len]);
        let found = (start, start + line.len());
        start += len + 1;
        Some(found)
    })
}

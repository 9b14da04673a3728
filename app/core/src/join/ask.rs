//! The request to go on.

use super::cut::Cut;
use super::lines::fence;
use crate::brief::Language;

/// Longest answer that is given back whole, in bytes.
const MAX_SAID: usize = 12_000;
/// Of a longer one its beginning, for the style and the names it uses, and its end.
const HEAD: usize = 3_000;
const TAIL: usize = 8_000;
/// Stands where lines were left out.
const GAP: &str = "[…]";

/// What to send to get the rest of an answer: behind the request, as the model's turn and the next one of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// The model's own words: all of them up to 12,000 bytes, else their beginning and their end. Empty if there are none; then there
    /// is nothing to go on from.
    pub said: String,
    /// The request to go on.
    pub ask: String,
    /// The line of the code, from 1, that the rest is asked to begin with. `None` if the answer was cut off outside of its code.
    pub line: Option<usize>,
}

/// What to ask for after `text`, an answer in `wanted` that was cut off.
pub fn resume(text: &str, wanted: Language) -> Resume {
    let cut = Cut::new(text, wanted);
    let said = said(text);
    let mut ask = "Your answer was cut off before its end.".to_owned();
    if said.len() < text.len() {
        ask.push_str(" It is kept; where ");
        ask.push_str(GAP);
        ask.push_str(" stands, lines are left out here only.");
    }
    let quote = &text[cut.quote_at..];
    if !quote.trim().is_empty() {
        // Longer than any mark in the quote.
        let mark = "`".repeat(longest_run(quote).max(3) + 1);
        let begin = if cut.quote_at > cut.partial {
            " Begin with these characters, its last ones, exactly as they stand"
        } else {
            " Begin with these lines, its last ones, exactly as they stand"
        };
        for part in [begin, ", and go on from there:\n\n", &mark, "\n", quote] {
            ask.push_str(part);
        }
        if !quote.ends_with('\n') {
            ask.push('\n');
        }
        ask.push_str(&mark);
        ask.push('\n');
        if !cut.stem().trim().is_empty() {
            ask.push_str("\nThe last line is incomplete: write it once, in full.");
        }
    }
    ask.push_str(if cut.code.is_some() {
        " You are inside the code block: open no new one, write the code to its end and close the block."
    } else {
        " Write everything up to the end of the answer."
    });
    ask.push_str(" No greeting, no explanation; do not start the file again.");
    Resume { said, ask, line: cut.code.map(|code| cut.quote - code + 1) }
}

/// Cut at line ends, where there are any.
fn said(text: &str) -> String {
    if text.len() <= MAX_SAID {
        return text.to_owned();
    }
    let head = &text[..text.floor_char_boundary(HEAD)];
    let head = head.rfind('\n').map_or(head, |at| &head[..=at]);
    let tail = &text[text.ceil_char_boundary(text.len() - TAIL)..];
    // A line end far behind would leave too little.
    let tail = tail.find('\n').filter(|at| *at < TAIL / 2).map_or(tail, |at| &tail[at + 1..]);
    let line_end = if head.ends_with('\n') { "" } else { "\n" };
    format!("{head}{line_end}{GAP}\n{tail}")
}

/// The longest mark at the beginning of a line.
fn longest_run(text: &str) -> usize {
    let marks = text.lines().filter(|line| fence(line).is_some());
    marks.map(|line| line.trim().bytes().take_while(|byte| *byte == b'`').count()).max().unwrap_or(0)
}

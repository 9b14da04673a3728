//! What a fence line inside a block means: the block's end, a nested block, or just text.
//!
//! The rule of Markdown (the first bare fence ends the block) is wrong for a README in a fence and for a fence in a string. So
//! the block's code is read along: inside a string or a comment a fence is text that wants its own closing fence.

use super::fence::{Fence, InfoKind};
use crate::brief::Language;
use crate::highlight::Highlighter;

/// The meaning of a fence line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Part of the code.
    Content,
    /// Opens or closes something nested; part of the code too.
    Nested,
    /// Ends the block.
    End,
    /// Begins another block: the end of this one was forgotten.
    NextBlock,
}

/// Follows the lines of one block.
#[derive(Debug, Clone)]
pub(super) struct Nest {
    code: Highlighter,
    document: bool,
    /// A whole page, which no fence ends before its end tag.
    page: Page,
    depth: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    /// Nothing but blank lines so far.
    Unknown,
    No,
    Open,
}

impl Nest {
    pub(super) fn new(language: Language) -> Self {
        let document = language == Language::Markdown;
        let page = if language == Language::Html { Page::Unknown } else { Page::No };
        Self { code: Highlighter::new(language), document, page, depth: 0 }
    }

    /// A fence line, before [`Nest::line`] gets it. `runs_on` tells that text follows right below and another bare fence later;
    /// asked only where it matters.
    pub(super) fn meet(&mut self, fence: &Fence, runs_on: impl FnOnce() -> bool) -> Step {
        let inside = self.code.is_open() || self.page == Page::Open;
        match fence.info.kind {
            InfoKind::Named if self.document || inside || self.depth > 0 => {
                self.depth += 1;
                Step::Nested
            }
            InfoKind::Named => Step::NextBlock,
            InfoKind::Prose if inside || self.depth > 0 => Step::Content,
            InfoKind::Bare if self.depth > 0 => {
                self.depth -= 1;
                Step::Nested
            }
            // In a document a fence that opens has its text right below; one that closes has a blank line.
            InfoKind::Bare if inside || (self.document && runs_on()) => {
                self.depth += 1;
                Step::Nested
            }
            InfoKind::Bare | InfoKind::Prose => Step::End,
        }
    }

    /// True if the lines so far leave something open that a fence would not end.
    pub(super) fn is_inside(&self) -> bool {
        self.depth > 0 || self.code.is_open() || self.page == Page::Open
    }

    /// A line of the code.
    pub(super) fn line(&mut self, line: &str) {
        if !self.document {
            self.code.line(line, |_, _| {});
        }
        match self.page {
            Page::Unknown if starts_page(line) => self.page = Page::Open,
            Page::Unknown if !line.trim().is_empty() => self.page = Page::No,
            _ => {}
        }
        if self.page == Page::Open && end_of_page(line).is_some() {
            self.page = Page::No;
        }
    }
}

/// True for the first line of a whole HTML document.
pub(super) fn starts_page(line: &str) -> bool {
    let text = line.trim_start().as_bytes();
    ["<!doctype html", "<html"]
        .iter()
        .any(|start| text.len() >= start.len() && text[..start.len()].eq_ignore_ascii_case(start.as_bytes()))
}

/// Where in a line the last `</html>` ends.
pub(super) fn end_of_page(line: &str) -> Option<usize> {
    const TAG: &[u8] = b"</html>";
    let at = line.as_bytes().windows(TAG.len()).rposition(|window| window.eq_ignore_ascii_case(TAG))?;
    Some(at + TAG.len())
}

//! Inside a block: a line is held back only while it could still be a fence.

use super::{Apply, LiveExtract, LiveOp, Place};
use crate::extract::fence::{self, Fence};
use crate::extract::nest::{self, Nest, Step};

#[derive(Debug, Clone)]
pub(super) struct Inside {
    pub(super) fence: Fence,
    pub(super) kind: Kind,
    pub(super) nest: Nest,
    /// On display; a block that is no better than an earlier one is not.
    pub(super) show: bool,
    pub(super) at: At,
    /// A line of the block has ended, and its line end goes out with the next line only: before the closing fence there is none.
    pub(super) ended: bool,
    /// The answer ends its lines with `\r\n`.
    pub(super) windows: bool,
    /// A `\r` waits for what follows it.
    pub(super) carriage: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Fenced,
    /// Code without a fence.
    Bare,
    /// A page without a fence.
    Page,
}

/// Where in a line of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Nothing but what could become a fence.
    Start,
    /// In what is a fence unless its end shows that it is none.
    Fence,
    /// In the code.
    Code,
}

impl Inside {
    pub(super) fn new(fence: Fence, kind: Kind, nest: Nest, show: bool) -> Self {
        Self { fence, kind, nest, show, at: At::Start, ended: false, windows: false, carriage: false }
    }

    /// The answer ends in the middle of what would have been the closing mark.
    pub(super) fn is_cut_mark(&self, line: &str) -> bool {
        let mark = line.trim_start();
        !mark.is_empty() && mark.len() < self.fence.len && mark.bytes().all(|byte| byte == self.fence.byte)
    }
}

impl LiveExtract {
    /// Takes up to the next point where something is decided; returns what is left of the piece.
    pub(super) fn feed_block<'t>(&mut self, text: &'t str, apply: Apply<'_>) -> &'t str {
        let Place::Inside(inside) = &mut self.place else { return text };
        match inside.at {
            At::Start => {
                let (mark, quotes) = (inside.fence.byte, inside.fence.quotes);
                let could = |b: &u8| *b == b' ' || *b == mark || (*b == b'>' && quotes > 0);
                let len = text.bytes().take_while(|b| could(b)).count();
                self.line.push_str(&text[..len]);
                let spaces = || self.line.bytes().take_while(|b| *b == b' ').count();
                let too_far = quotes == 0 && spaces() > inside.fence.indent + 3;
                match text.as_bytes().get(len) {
                    Some(b'\n') => self.end_of_line_start(apply),
                    None if !too_far => return "",
                    _ if !too_far && fence::inner(&self.line, &inside.fence).is_some() => {
                        inside.at = At::Fence;
                        return &text[len..];
                    }
                    _ => {
                        self.leave_line_start(apply);
                        return &text[len..];
                    }
                }
                &text[len + 1..]
            }
            At::Fence => {
                let end = text.find('\n');
                self.line.push_str(&text[..end.unwrap_or(text.len())]);
                let Some(end) = end else { return "" };
                self.end_of_line_start(apply);
                &text[end + 1..]
            }
            At::Code => self.feed_code(text, apply),
        }
    }

    fn feed_code<'t>(&mut self, text: &'t str, apply: Apply<'_>) -> &'t str {
        let Place::Inside(inside) = &mut self.place else { return text };
        if inside.carriage && !text.starts_with('\n') {
            self.line.push('\r');
            if inside.show {
                self.shown = true;
                apply(LiveOp::Append("\r"));
            }
        }
        inside.carriage = false;
        let windows = inside.windows;
        let len = text.find(|c| c == '\n' || (windows && c == '\r')).unwrap_or(text.len());
        self.line.push_str(&text[..len]);
        if inside.show && len > 0 {
            self.shown = true;
            apply(LiveOp::Append(&text[..len]));
        }
        match text.as_bytes().get(len) {
            Some(b'\r') => inside.carriage = true,
            Some(_) => self.end_line(),
            None => return "",
        }
        &text[len + 1..]
    }

    /// A line ended in which nothing was shown yet.
    fn end_of_line_start(&mut self, apply: Apply<'_>) {
        let line = std::mem::take(&mut self.line);
        self.line_of_block(&line, apply);
        self.keep_room(line);
    }

    /// A whole line of a block, nothing of it shown yet.
    pub(super) fn line_of_block(&mut self, raw: &str, apply: Apply<'_>) {
        let Place::Inside(inside) = &mut self.place else { return };
        let line = if inside.windows { raw.strip_suffix('\r').unwrap_or(raw) } else { raw };
        let Some(content) = fence::content(line, &inside.fence) else {
            self.place = Place::Outside;
            return self.line_outside(raw, apply);
        };
        if let Some(mark) = fence::inner(line, &inside.fence) {
            let step = inside.nest.meet(&mark, || false);
            match step {
                Step::End if inside.kind == Kind::Fenced => {
                    self.place = Place::Outside;
                    return;
                }
                // Without a fence there is none to close: this one opens.
                Step::End | Step::NextBlock => {
                    self.place = Place::Outside;
                    return self.line_outside(raw, apply);
                }
                Step::Content | Step::Nested => {}
            }
        }
        self.start_code(content, apply);
        self.line.push_str(content);
        self.end_line();
    }

    /// What was held back of this line is code.
    fn leave_line_start(&mut self, apply: Apply<'_>) {
        let mut line = std::mem::take(&mut self.line);
        let Place::Inside(inside) = &self.place else { return };
        if let Some(content) = fence::content(&line, &inside.fence) {
            let skip = line.len() - content.len();
            self.start_code(&line[skip..], apply);
            line.drain(..skip);
        } else {
            self.place = Place::Outside;
        }
        self.line = line;
    }

    /// Shows the first text of a line.
    pub(super) fn start_code(&mut self, text: &str, apply: Apply<'_>) {
        let Place::Inside(inside) = &mut self.place else { return };
        inside.at = At::Code;
        let ended = std::mem::take(&mut inside.ended);
        if inside.show {
            if ended {
                apply(LiveOp::Append("\n"));
            }
            if !text.is_empty() {
                apply(LiveOp::Append(text));
            }
            self.shown |= ended || !text.is_empty();
        }
    }

    pub(super) fn end_line(&mut self) {
        let Place::Inside(inside) = &mut self.place else { return };
        inside.nest.line(&self.line);
        inside.at = At::Start;
        inside.ended = true;
        let over = inside.kind == Kind::Page
            && nest::end_of_page(&self.line).is_some_and(|end| self.line[end..].trim().is_empty());
        self.line.clear();
        if over {
            self.place = Place::Outside;
            self.fenced = true;
        }
    }
}

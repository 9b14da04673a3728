//! Lines of a continuation, and what a line is worth as proof.

/// A line of what came so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Where it begins.
    pub(super) start: usize,
    /// Without its line feed; a carriage return is part of it.
    pub(super) raw: &'a str,
    /// Its line feed is there.
    pub(super) whole: bool,
}

impl<'a> Line<'a> {
    /// What is compared.
    pub(super) fn text(&self) -> &'a str {
        self.raw.trim()
    }
}

/// All lines of `text`; no empty one behind the last line feed.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let raw = line.strip_suffix('\n').unwrap_or(line);
            let found = Line { start, raw, whole: raw.len() < line.len() };
            start += line.len();
            found
        })
        .collect()
}

/// How much it proves that a text stands in two places: its letters and digits. Punctuation is the same everywhere.
pub(super) fn weight(text: &str) -> usize {
    text.bytes().filter(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80).count()
}

/// The info string of a line that is nothing but a fence.
pub(super) fn fence(line: &str) -> Option<&str> {
    let text = line.trim();
    let info = text.trim_start_matches(['`', '~']);
    let mark = &text[..text.len() - info.len()];
    let same = mark.bytes().all(|byte| mark.starts_with(char::from(byte)));
    (mark.len() >= 3 && same && !info.contains('`')).then_some(info.trim())
}

/// True for a sentence such as "Sure, here is the rest:".
pub(super) fn is_preamble(line: &str) -> bool {
    let text = line.trim();
    text.starts_with(char::is_alphabetic)
        && text.ends_with([':', '.', '!', '…', '：', '。', '！'])
        && (text.contains(' ') || !text.is_ascii())
}

/// Columns of space in front.
pub(super) fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

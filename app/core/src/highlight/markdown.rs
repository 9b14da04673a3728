//! Markdown: headings, fences, code in a line, quotes.

use super::Tone;
use super::pieces::Pieces;
use super::state::{Mode, State};

pub(super) fn line(state: &mut State, out: &mut Pieces<'_>) {
    let line = out.line();
    let text = line.trim_start();
    let indent = line.len() - text.len();
    let byte = text.bytes().next().unwrap_or(b' ');
    let run = text.bytes().take_while(|b| *b == byte).count();
    let fence = matches!(byte, b'`' | b'~') && run >= 3;
    if let Mode::Fence { byte: open, len } = state.mode {
        if fence && byte == open && run >= usize::from(len) && text[run..].trim().is_empty() {
            state.mode = Mode::Code;
            return out.put(Tone::Comment, indent, line.len());
        }
        return out.put(Tone::Text, 0, line.len());
    }
    if fence && (byte == b'~' || !text[run..].contains('`')) {
        state.mode = Mode::Fence { byte, len: u8::try_from(run).unwrap_or(u8::MAX) };
        return out.put(Tone::Comment, indent, line.len());
    }
    match byte {
        b'#' if run <= 6 && matches!(text.as_bytes().get(run), None | Some(b' ')) => {
            out.put(Tone::Keyword, indent, line.len());
        }
        b'>' => out.put(Tone::Comment, indent, line.len()),
        _ => spans(out, line, indent),
    }
}

/// Code between backticks, and the mark of a list.
fn spans(out: &mut Pieces<'_>, line: &str, indent: usize) {
    let mut at = indent;
    let digits = line[at..].bytes().take_while(u8::is_ascii_digit).count();
    if line[at..].starts_with("- ") || line[at..].starts_with("* ") {
        out.put(Tone::Number, at, at + 1);
        at += 1;
    } else if digits > 0 && line[at + digits..].starts_with(". ") {
        out.put(Tone::Number, at, at + digits + 1);
        at += digits + 1;
    }
    while let Some(open) = line[at..].find('`').map(|p| at + p) {
        let Some(close) = line[open + 1..].find('`').map(|p| open + 2 + p) else { return };
        out.put(Tone::Text, open, close);
        at = close;
    }
}

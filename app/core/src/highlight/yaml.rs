//! YAML: keys and block scalars; values go by the table.

use super::Tone;
use super::pieces::Pieces;
use super::state::{Mode, State};
use super::{code, grammar};

pub(super) fn line(state: &mut State, out: &mut Pieces<'_>) {
    let line = out.line();
    let indent = line.bytes().take_while(|b| *b == b' ').count();
    if let Mode::Scalar { indent: parent } = state.mode {
        if indent > usize::from(parent) || line.trim().is_empty() {
            return out.put(Tone::Text, indent.min(line.len()), line.len());
        }
        state.mode = Mode::Code;
    }
    let mut at = indent;
    while line[at..].starts_with("- ") {
        at += 2;
    }
    if state.mode == Mode::Code
        && let Some(len) = key_len(&line[at..])
    {
        out.put(Tone::Type, at, at + len);
        at += len + 1;
    }
    let value = line[at..].trim_start();
    if value.starts_with(['|', '>'])
        && value[1..].trim_start_matches(['-', '+', '0', '1', '2', '4']).trim().is_empty()
    {
        // An indent no `u8` holds is never left again, which no human file has.
        state.mode = Mode::Scalar { indent: u8::try_from(indent).unwrap_or(u8::MAX) };
        return;
    }
    code::run(state, &grammar::YAML, out, at, line.len());
}

/// Length of a bare key: a name before a colon that ends the line or has a space after it.
fn key_len(text: &str) -> Option<usize> {
    let colon = text.find(':').filter(|at| matches!(text.as_bytes().get(at + 1), None | Some(b' ')))?;
    let name =
        text[..colon].bytes().all(|b| code::is_name(b) || matches!(b, b'-' | b'.' | b'/' | b' ' | b'$'));
    (colon > 0 && name).then_some(colon)
}

//! Style sheets: a name is a property, a selector or a value by where it stands.

use super::Tone;
use super::code::is_name;
use super::pieces::Pieces;
use super::state::{Mode, State};

/// Colours bytes `from..to` of the line.
pub(super) fn run(state: &mut State, out: &mut Pieces<'_>, from: usize, to: usize) {
    let text = &out.line().as_bytes()[..to];
    let mut at = from;
    // A declaration's value follows its colon, up to `;` or the line's end.
    let mut value = false;
    while at < to {
        let begin = at;
        if matches!(state.mode, Mode::Comment { .. }) {
            let close = find(&text[at..], b"*/");
            at = close.map_or(to, |close| at + close + 2);
            state.mode = if close.is_some() { Mode::Code } else { Mode::Comment { depth: 1 } };
            out.put(Tone::Comment, begin, at);
            continue;
        }
        match text[at] {
            b'/' if text[at..].starts_with(b"/*") => {
                at += 2;
                let close = find(&text[at..], b"*/");
                at = close.map_or(to, |close| at + close + 2);
                if close.is_none() {
                    state.mode = Mode::Comment { depth: 1 };
                }
                out.put(Tone::Comment, begin, at);
            }
            mark @ (b'"' | b'\'') => {
                at += 1;
                while at < to && text[at] != mark {
                    at += if text[at] == b'\\' { 2 } else { 1 };
                }
                at = (at + 1).min(to);
                out.put(Tone::Text, begin, at);
            }
            b'{' => {
                state.braces = state.braces.saturating_add(1);
                value = false;
                at += 1;
            }
            b'}' => {
                state.braces = state.braces.saturating_sub(1);
                value = false;
                at += 1;
            }
            b';' => {
                value = false;
                at += 1;
            }
            b'@' => {
                at = names_end(text, at + 1);
                out.put(Tone::Keyword, begin, at);
            }
            b'#' if value && text.get(at + 1).is_some_and(u8::is_ascii_hexdigit) => {
                at = names_end(text, at + 1);
                out.put(Tone::Number, begin, at);
            }
            b'0'..=b'9' => {
                at = number_end(text, at);
                out.put(Tone::Number, begin, at);
            }
            byte if is_name(byte) || byte == b'-' => {
                at = names_end(text, at + 1);
                let colon = text[at..].trim_ascii_start().first() == Some(&b':');
                if colon && !value && state.braces > 0 {
                    value = true;
                    out.put(Tone::Type, begin, at);
                } else if state.braces == 0 && !value {
                    out.put(Tone::Keyword, begin, at);
                }
            }
            _ => at += 1,
        }
    }
}

fn names_end(text: &[u8], from: usize) -> usize {
    from + text[from..].iter().take_while(|b| is_name(**b) || **b == b'-').count()
}

fn number_end(text: &[u8], from: usize) -> usize {
    from + text[from..].iter().take_while(|b| is_name(**b) || matches!(b, b'.' | b'%')).count()
}

fn find(text: &[u8], mark: &[u8]) -> Option<usize> {
    text.windows(mark.len()).position(|window| window == mark)
}

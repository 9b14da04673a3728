//! HTML: tags, attributes, comments, and the scripts and styles in between.

use super::Tone;
use super::pieces::Pieces;
use super::state::{Content, Page, State};
use super::{code, css, grammar};

pub(super) fn line(state: &mut State, out: &mut Pieces<'_>) {
    let text = out.line().as_bytes();
    let mut at = 0;
    while at < text.len() {
        at = match state.page {
            Page::Text => in_text(state, out, text, at),
            Page::Comment => in_comment(state, out, text, at, at),
            Page::Tag(content) => in_tag(state, out, text, at, content),
            Page::Value(content, mark) => in_value(state, out, text, at, at, content, mark),
            Page::Inside(content) => inside(state, out, text, at, content),
        };
    }
}

fn in_text(state: &mut State, out: &mut Pieces<'_>, text: &[u8], from: usize) -> usize {
    let Some(at) = text[from..].iter().position(|b| *b == b'<').map(|p| from + p) else {
        return text.len();
    };
    if text[at..].starts_with(b"<!--") {
        return in_comment(state, out, text, at, at + 4);
    }
    let closing = text.get(at + 1) == Some(&b'/');
    let name = at + 1 + usize::from(closing || text.get(at + 1) == Some(&b'!'));
    if !text.get(name).is_some_and(u8::is_ascii_alphabetic) {
        return at + 1;
    }
    let end = name_end(text, name);
    out.put(Tone::Keyword, name, end);
    let content = match &text[name..end] {
        _ if closing => Content::Markup,
        tag if tag.eq_ignore_ascii_case(b"script") => Content::Script,
        tag if tag.eq_ignore_ascii_case(b"style") => Content::Style,
        _ => Content::Markup,
    };
    state.page = Page::Tag(content);
    end
}

fn in_comment(state: &mut State, out: &mut Pieces<'_>, text: &[u8], begin: usize, from: usize) -> usize {
    let close = text[from..].windows(3).position(|window| window == b"-->");
    let end = close.map_or(text.len(), |close| from + close + 3);
    state.page = if close.is_some() { Page::Text } else { Page::Comment };
    out.put(Tone::Comment, begin, end);
    end
}

fn in_tag(state: &mut State, out: &mut Pieces<'_>, text: &[u8], at: usize, content: Content) -> usize {
    match text[at] {
        b'>' => {
            state.page = if content == Content::Markup { Page::Text } else { Page::Inside(content) };
            at + 1
        }
        mark @ (b'"' | b'\'') => in_value(state, out, text, at, at + 1, content, mark),
        byte if code::is_name(byte) || matches!(byte, b'@' | b':') => {
            let end = name_end(text, at + 1);
            let value = at > 0 && text[at - 1] == b'=';
            out.put(if value { Tone::Text } else { Tone::Type }, at, end);
            end
        }
        _ => at + 1,
    }
}

fn in_value(
    state: &mut State,
    out: &mut Pieces<'_>,
    text: &[u8],
    begin: usize,
    from: usize,
    content: Content,
    mark: u8,
) -> usize {
    let close = text[from..].iter().position(|b| *b == mark);
    let end = close.map_or(text.len(), |close| from + close + 1);
    state.page = if close.is_some() { Page::Tag(content) } else { Page::Value(content, mark) };
    out.put(Tone::Text, begin, end);
    end
}

/// Script and style go on to their end tag, whatever strings they have open: so does the browser.
fn inside(state: &mut State, out: &mut Pieces<'_>, text: &[u8], from: usize, content: Content) -> usize {
    let tag: &[u8] = if content == Content::Script { b"</script" } else { b"</style" };
    let close = text[from..].windows(tag.len()).position(|window| window.eq_ignore_ascii_case(tag));
    let end = close.map_or(text.len(), |close| from + close);
    match content {
        Content::Style => css::run(state, out, from, end),
        Content::Script | Content::Markup => code::run(state, &grammar::JAVASCRIPT, out, from, end),
    }
    if close.is_some() {
        state.reset_code();
        state.page = Page::Text;
    }
    end
}

fn name_end(text: &[u8], from: usize) -> usize {
    from + text[from..].iter().take_while(|b| code::is_name(**b) || matches!(b, b'-' | b':' | b'.')).count()
}

//! One line as a fence: its mark, its container, its info string.

use super::name;
use crate::brief::Language;

/// A line that is a fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fence {
    pub(super) byte: u8,
    /// Bytes of the mark, at least 3.
    pub(super) len: usize,
    /// Columns before the mark, those of a quote not counted; the lines of the block lose up to as many.
    pub(super) indent: usize,
    /// Quote signs before it.
    pub(super) quotes: usize,
    pub(super) info: Info,
}

/// What stands behind a mark.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Info {
    pub(super) kind: InfoKind,
    pub(super) language: Option<Language>,
    /// A path it names, as written.
    pub(super) path: Option<String>,
    /// The first word, in lower case.
    pub(super) word: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum InfoKind {
    #[default]
    Bare,
    /// A language, a path, or a word that could be one.
    Named,
    /// Words of a sentence: the fence closes and the text goes on in the same line.
    Prose,
}

/// A line outside a block that opens one.
pub(super) fn opener(line: &str) -> Option<Fence> {
    let (quotes, rest) = split_quotes(line, usize::MAX);
    let text = rest.trim_start_matches([' ', '\t']);
    let text = after_list_mark(text);
    at_mark(text, rest.len() - text.len(), quotes).or_else(|| after_prose(text))
}

/// A line inside a block that could end it, or begin a nested one: its mark must be of the same kind and at least as long.
pub(super) fn inner(line: &str, outer: &Fence) -> Option<Fence> {
    let (quotes, rest) = split_quotes(line, outer.quotes);
    let text = rest.trim_start_matches(' ');
    let indent = rest.len() - text.len();
    if indent > outer.indent + 3 {
        return None;
    }
    at_mark(text, indent, quotes).filter(|fence| fence.byte == outer.byte && fence.len >= outer.len)
}

/// The line as it is in the code: without quote signs and the block's indent. `None` if the quote it stood in is over.
pub(super) fn content<'a>(line: &'a str, outer: &Fence) -> Option<&'a str> {
    let (quotes, rest) = split_quotes(line, outer.quotes);
    if quotes < outer.quotes {
        return None;
    }
    let indent = rest.bytes().take(outer.indent).take_while(|b| *b == b' ').count();
    Some(&rest[indent..])
}

/// Takes up to `most` quote signs off, each with the space behind it.
fn split_quotes(line: &str, most: usize) -> (usize, &str) {
    let (mut quotes, mut rest) = (0, line);
    while quotes < most {
        let text = rest.trim_start_matches(' ');
        let Some(quoted) = text.strip_prefix('>').filter(|_| rest.len() - text.len() <= 3) else { break };
        rest = quoted.strip_prefix(' ').unwrap_or(quoted);
        quotes += 1;
    }
    (quotes, rest)
}

/// `- `, `* `, `1. `, `12) ` in front of a fence.
fn after_list_mark(text: &str) -> &str {
    let digits = text.bytes().take(9).take_while(u8::is_ascii_digit).count();
    let mark = &text[digits..];
    let item = if digits > 0 { mark.strip_prefix(['.', ')']) } else { mark.strip_prefix(['-', '*', '+']) };
    match item.map(|item| (item, item.trim_start_matches(' '))) {
        Some((item, fence)) if item.len() > fence.len() && run(fence).is_some() => fence,
        _ => text,
    }
}

/// Byte and length of the mark a text begins with.
fn run(text: &str) -> Option<(u8, usize)> {
    let byte = *text.as_bytes().first().filter(|b| matches!(b, b'`' | b'~'))?;
    let len = text.bytes().take_while(|b| *b == byte).count();
    (len >= 3).then_some((byte, len))
}

fn at_mark(text: &str, indent: usize, quotes: usize) -> Option<Fence> {
    let (byte, len) = run(text)?;
    let info = text[len..].trim();
    // With a backtick in it, it is code in a line of text.
    let fence = byte == b'~' || !info.contains('`');
    fence.then(|| Fence { byte, len, indent, quotes, info: Info::read(info) })
}

/// `Here it is: ```python` at the end of a line.
fn after_prose(text: &str) -> Option<Fence> {
    let at = text.find("```").filter(|at| *at > 0)?;
    let fence = at_mark(&text[at..], 0, 0)?;
    let prose = text[..at].trim_end();
    let opens = match fence.info.kind {
        InfoKind::Bare => prose.ends_with(':'),
        InfoKind::Named => fence.info.language.is_some(),
        InfoKind::Prose => false,
    };
    opens.then_some(fence)
}

/// Names of fences that are no language of a brief, but no prose either.
const OTHER_NAMES: &[&str] = &[
    "asm",
    "assembly",
    "bat",
    "batch",
    "clojure",
    "cmd",
    "cmake",
    "conf",
    "console",
    "csv",
    "dart",
    "diff",
    "docker",
    "dockerfile",
    "dotenv",
    "elixir",
    "elm",
    "env",
    "erlang",
    "fish",
    "fsharp",
    "gitignore",
    "glsl",
    "gradle",
    "graphql",
    "groovy",
    "haskell",
    "hcl",
    "http",
    "ini",
    "julia",
    "kql",
    "latex",
    "less",
    "log",
    "lua",
    "make",
    "makefile",
    "matlab",
    "mermaid",
    "nginx",
    "nix",
    "objc",
    "objectivec",
    "ocaml",
    "output",
    "pascal",
    "patch",
    "perl",
    "plain",
    "plaintext",
    "powershell",
    "prisma",
    "properties",
    "proto",
    "protobuf",
    "ps1",
    "pwsh",
    "r",
    "scala",
    "scss",
    "sass",
    "solidity",
    "svelte",
    "svg",
    "terminal",
    "terraform",
    "tex",
    "text",
    "toml",
    "txt",
    "vb",
    "vim",
    "vue",
    "wasm",
    "xml",
    "zig",
];

impl Info {
    pub(super) fn read(info: &str) -> Self {
        let mut words = info.split_whitespace();
        let Some(first) = words.next() else { return Self::default() };
        let first = first.trim_matches(['{', '}']).trim_start_matches('.');
        let (head, tail) = first.split_once([':', '=']).unwrap_or((first, ""));
        let head = head.split([',', '{']).next().unwrap_or_default();
        let named = Language::from_name(head);
        let mut path = name::path_in_info(first).or_else(|| name::path_in_info(tail));
        let mut prose = false;
        for word in words {
            let attribute = word.contains('=') || word.starts_with(['{', '[', '"', '\'', '#']);
            path = path.or_else(|| name::path_in_info(word));
            prose |=
                !attribute && name::path_in_info(word).is_none() && !word.bytes().all(|b| b.is_ascii_digit());
        }
        let language = named.or_else(|| path.and_then(name::language_of));
        let word = head.to_ascii_lowercase();
        let known = language.is_some() || OTHER_NAMES.contains(&word.as_str());
        // A word nobody knows may still be a language, but those are written small.
        let could_be = known || path.is_some() || (word == head && word.len() <= 20 && !word.is_empty());
        let kind = if prose || !could_be { InfoKind::Prose } else { InfoKind::Named };
        let language = language.filter(|_| kind == InfoKind::Named);
        let path = path.filter(|_| kind == InfoKind::Named).map(str::to_owned);
        Self { kind, language, path, word }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(info: &str, kind: InfoKind, language: Option<Language>, path: Option<&str>) {
        let read = Info::read(info);
        assert_eq!((read.kind, read.language, read.path.as_deref()), (kind, language, path), "{info}");
    }

    #[test]
    fn info_strings_name_languages_and_paths() {
        check("", InfoKind::Bare, None, None);
        check("json", InfoKind::Named, Some(Language::Json), None);
        check("C++", InfoKind::Named, Some(Language::Cpp), None);
        check("C#", InfoKind::Named, Some(Language::CSharp), None);
        check("rust,ignore", InfoKind::Named, Some(Language::Rust), None);
        check("python:src/a.py", InfoKind::Named, Some(Language::Python), Some("src/a.py"));
        check("tsx title=\"App.tsx\"", InfoKind::Named, Some(Language::Tsx), Some("App.tsx"));
        check("js {1,3} filename=a.js", InfoKind::Named, Some(Language::JavaScript), Some("a.js"));
        check("src/main.rs", InfoKind::Named, Some(Language::Rust), Some("src/main.rs"));
        check("zig", InfoKind::Named, None, None);
    }

    #[test]
    fn words_behind_a_mark_are_no_info_string() {
        check("Hope", InfoKind::Prose, None, None);
        check("Go ahead and run it.", InfoKind::Prose, None, None);
        check("hope this helps", InfoKind::Prose, None, None);
    }

    #[track_caller]
    fn opens(line: &str, expect: Option<(usize, usize, usize)>) {
        assert_eq!(opener(line).map(|fence| (fence.len, fence.indent, fence.quotes)), expect, "{line}");
    }

    #[test]
    fn blocks_open_in_lists_quotes_and_after_prose() {
        opens("```js", Some((3, 0, 0)));
        opens("~~~~", Some((4, 0, 0)));
        opens("   ```", Some((3, 3, 0)));
        opens("1. ```js", Some((3, 3, 0)));
        opens("> > ```", Some((3, 0, 2)));
        opens("Here it is: ```python", Some((3, 0, 0)));
        opens("Here it is: ```", Some((3, 0, 0)));
    }

    #[test]
    fn code_in_a_line_opens_nothing() {
        opens("``", None);
        opens("```a``` is code", None);
        opens("Use ```a``` here", None);
        opens("It is fenced by ```", None);
        opens("It ends with ```Hope so", None);
    }
}

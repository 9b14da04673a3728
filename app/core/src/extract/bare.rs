//! Code that stands in an answer without a fence.

use super::choose::count;
use super::{Extraction, fence, name, nest};
use crate::brief::Language;
use crate::highlight::{Highlighter, Tone};

/// True if the answer as a whole is code of the wanted language, and not prose around fences. A page is found by its tags instead.
pub(super) fn is_whole(answer: &str, wanted: Language) -> bool {
    let mut filled = answer.lines().skip_while(|line| line.trim().is_empty());
    let Some(first) = filled.next() else { return false };
    if !begins(first, wanted) || nest::starts_page(first) {
        return false;
    }
    if wanted == Language::Markdown {
        return true;
    }
    let mut highlighter = Highlighter::new(wanted);
    highlighter.line(first, |_, _| {});
    let (mut code, mut all) = (1, 1);
    for line in filled {
        let inside = highlighter.is_open();
        if !inside && fence::opener(line).is_some() {
            return false;
        }
        if !line.trim().is_empty() {
            all += 1;
            code += usize::from(inside || line.starts_with([' ', '\t']) || is_code(line, wanted));
        }
        highlighter.line(line, |_, _| {});
    }
    code * 5 >= all * 3
}

/// True if an answer that begins with this line begins with code.
pub(super) fn begins(line: &str, wanted: Language) -> bool {
    if fence::opener(line).is_some() {
        return false;
    }
    nest::starts_page(line) || is_code(line, wanted)
}

/// The whole answer as code, without sentences behind it.
pub(super) fn extraction(answer: &str, wanted: Language, reasoned: bool) -> Extraction {
    let text = answer.trim_end().trim_start_matches(['\n', '\r']);
    let mut end = text.len();
    let mut removed = 0;
    if wanted != Language::Markdown {
        for (at, line) in text.rmatch_indices('\n').map(|(at, _)| (at, &text[at + 1..])) {
            let line = line.lines().next().unwrap_or_default();
            if !line.trim().is_empty() {
                if !is_sentence(line, wanted) {
                    break;
                }
                removed += 1;
            }
            end = at;
        }
    }
    let code = text[..end].trim_end();
    let whole = is_balanced(code, wanted);
    let mut notes = Vec::new();
    if reasoned {
        notes.push("Removed the reasoning.".to_owned());
    }
    notes.push("The answer is code without a fence.".to_owned());
    if removed > 0 {
        notes.push(format!("Removed {} after the code.", count(removed, "line")));
    }
    if !whole {
        notes.push("The code ends with something open.".to_owned());
    }
    Extraction {
        file_name: code.lines().next().and_then(name::path_in_comment).and_then(name::sanitised),
        code: code.replace("\r\n", "\n"),
        language: None,
        truncated: !whole,
        diff: false,
        notes,
    }
}

fn is_sentence(line: &str, wanted: Language) -> bool {
    let words = line.split_whitespace().count();
    !line.starts_with([' ', '\t']) && words >= 3 && !is_code(line, wanted)
}

/// True if all brackets, strings and comments are closed. Never false for what has no brackets.
pub(super) fn is_balanced(code: &str, language: Language) -> bool {
    let mut highlighter = Highlighter::new(language);
    let brackets = !matches!(language, Language::Markdown | Language::Html | Language::Yaml | Language::Bash);
    let mut depth = 0_isize;
    for line in code.lines() {
        highlighter.line(line, |tone, piece| {
            if tone == Tone::Plain && brackets {
                for byte in piece.bytes() {
                    match byte {
                        b'(' | b'[' | b'{' => depth += 1,
                        b')' | b']' | b'}' => depth -= 1,
                        _ => {}
                    }
                }
            }
        });
    }
    depth <= 0 && !highlighter.is_open()
}

/// True if a line reads as code. Asked of single lines, so it looks for what sentences do not have.
fn is_code(line: &str, wanted: Language) -> bool {
    let text = line.trim();
    let Some(first) = text.chars().next() else { return false };
    match wanted {
        Language::Markdown => return text.starts_with("# ") || text.starts_with("---") || first == '<',
        Language::Json => return "{}[]\"".contains(first) || first.is_ascii_digit(),
        Language::Html => return first == '<' || text.ends_with('>'),
        Language::Yaml => return text == "---" || first == '#' || text.starts_with("- ") || has_key(text),
        _ => {}
    }
    let comment: &[&str] = match wanted {
        Language::Python | Language::Ruby | Language::Bash => &["#", "\"\"\"", "'''"],
        Language::Sql => &["--", "/*"],
        Language::Php => &["<?", "//", "/*", "#", "$"],
        Language::C | Language::Cpp => &["#include", "#define", "#pragma", "#if", "#e", "//", "/*", "*/"],
        Language::Css => &["/*", "*/", "@", ":root", ".", "*"],
        _ => &["//", "/*", "*/", "#!", "#[", "@", "'use ", "\"use "],
    };
    if comment.iter().any(|mark| text.starts_with(mark)) && !is_markup(text) {
        return true;
    }
    if text.ends_with([';', '{', '}', '(', '[', '\\']) || "})]<".contains(first) || text.ends_with("=>") {
        return true;
    }
    let word = text.split(|c: char| !(c.is_alphanumeric() || "_$".contains(c))).next().unwrap_or_default();
    let after = &text[word.len()..];
    let assigned = after.trim_start().trim_start_matches([':', '+', '-']).starts_with('=');
    if !word.is_empty()
        && (assigned || after.starts_with(['(', '.', '[']) && after.len() > 1 && !after.starts_with(". "))
    {
        return true;
    }
    // A reserved word, written as code writes it, in a line that does not end like a sentence.
    let capitalised = first.is_uppercase() && word.chars().nth(1).is_some_and(char::is_lowercase);
    let mut keyword = false;
    Highlighter::new(wanted).line(word, |tone, _| keyword |= matches!(tone, Tone::Keyword | Tone::Type));
    let short = text.split_whitespace().count() <= 6 || text.contains(['(', '=', '{', '*', '<', ',']);
    keyword
        && !capitalised
        && short
        && !text.ends_with(['.', '!', '?'])
        && (!text.ends_with(':') || wanted == Language::Python)
}

/// Markdown that begins like a comment or a rule: headings, bold words, lists.
fn is_markup(text: &str) -> bool {
    text.starts_with("**") || text.starts_with("##") || text.starts_with("* ") || text.starts_with("--- ")
}

fn has_key(text: &str) -> bool {
    let key = text.split(':').next().unwrap_or_default();
    key.len() < text.len() && !key.is_empty() && !key.contains(' ')
}

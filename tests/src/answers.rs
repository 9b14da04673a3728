//! What the fake models say: the fixture corpus, and code generated to any size.
//!
//! The Markdown files live in `tests/fixtures/answers`, so that tests in other languages can read the same
//! bytes that a model streams.

use std::fmt::Write as _;

/// One answer of the corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// File name below `tests/fixtures/answers`.
    pub file: &'static str,
    /// The whole answer: prose and fences.
    pub text: &'static str,
}

impl Answer {
    /// The content of the longest fenced block, with its last line end; `None` where there is no fence.
    pub fn code(&self) -> Option<String> {
        longest_fence(self.text)
    }
}

macro_rules! answer {
    ($file:literal) => {
        Answer { file: $file, text: include_str!(concat!("../fixtures/answers/", $file)) }
    };
}

/// Three different answers to the same request; `seed` modulo three chooses.
pub const PARSE_DURATION: [Answer; 3] = [
    answer!("parse-duration-scanner.md"),
    answer!("parse-duration-regex.md"),
    answer!("parse-duration-result.md"),
];
/// A complete page in one `html` fence.
pub const HTML_PAGE: Answer = answer!("html-page.md");
/// Prose without any fence.
pub const NO_CODE: Answer = answer!("no-code.md");
/// Code whose bodies were left for later.
pub const STUBBED: Answer = answer!("stubbed.md");
/// Six fences of five languages; the function asked for is the longest.
pub const MANY_FENCES: Answer = answer!("many-fences.md");
/// Code with characters of one to four bytes.
pub const UNICODE: Answer = answer!("unicode.md");
/// What the thinking model says to itself first.
pub const REASONING: Answer = answer!("reasoning.md");

/// The `parseDuration` answer that belongs to a seed.
pub fn parse_duration(seed: u64) -> Answer {
    PARSE_DURATION[(seed % PARSE_DURATION.len() as u64) as usize]
}

/// Where a fixture of `tests/fixtures/joins` is cut.
const CUT_MARK: char = '\u{2038}';

/// A text to be cut and continued, without the mark in it, and the characters before that mark. Read when asked
/// for, so that a new fixture needs no line here.
pub fn join(name: &str) -> Option<(String, usize)> {
    let path = format!("{}/fixtures/joins/{name}.md", env!("CARGO_MANIFEST_DIR"));
    unmarked(&std::fs::read_to_string(path).ok()?)
}

fn unmarked(text: &str) -> Option<(String, usize)> {
    let (before, after) = text.split_once(CUT_MARK)?;
    Some((format!("{before}{after}"), before.chars().count()))
}

/// Prose around one `typescript` fence.
pub fn fenced(code: &str) -> String {
    format!("Here is the code you asked for.\n\n```typescript\n{code}```\n\nIt has no dependencies.\n")
}

/// Valid TypeScript of exactly `lines` lines, the same for the same seed.
pub fn generated_code(lines: usize, seed: u64) -> String {
    let mut numbers = Numbers(seed);
    let mut code = String::with_capacity(lines * 40);
    let mut left = lines;
    while left >= 5 {
        let (n, factor, offset) = (lines - left + 1, numbers.below(90) + 10, numbers.below(1_000));
        let _ = write!(
            code,
            "/** Scales a duration by {factor} and shifts it by {offset} ms. */\n\
             export function scale{n}(milliseconds: number): number {{\n  \
             const scaled = milliseconds * {factor};\n  return scaled + {offset};\n}}\n"
        );
        left -= 5;
    }
    for n in (lines - left + 1)..=lines {
        let _ = writeln!(code, "export const limit{n} = {};", numbers.below(100_000));
    }
    code
}

/// Valid TypeScript of `lines` lines, each exactly `columns` characters long before its line end.
pub fn wide_code(lines: usize, columns: usize, seed: u64) -> String {
    let mut numbers = Numbers(seed);
    let mut code = String::with_capacity(lines * (columns + 1));
    for n in 1..=lines {
        let end = code.len() + columns;
        let _ = write!(code, "export const table{n} = [");
        while code.len() + 12 < end {
            let _ = write!(code, "{}, ", numbers.below(100_000));
        }
        code.push_str("0];");
        let missing = end.saturating_sub(code.len());
        let _ = writeln!(code, "{:/<missing$}", "");
    }
    code
}

fn longest_fence(text: &str) -> Option<String> {
    let mut longest: Option<String> = None;
    let mut open: Option<(char, usize, String)> = None;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        let mark = bare.chars().next().filter(|mark| matches!(mark, '`' | '~'));
        let width = mark.map_or(0, |mark| bare.chars().take_while(|c| *c == mark).count());
        open = match (open, mark) {
            (None, Some(mark)) if width >= 3 => Some((mark, width, String::new())),
            (Some((opener, min, code)), Some(mark))
                if mark == opener && width >= min && width == bare.len() =>
            {
                if longest.as_ref().is_none_or(|best| best.len() < code.len()) {
                    longest = Some(code);
                }
                None
            }
            (Some((opener, min, mut code)), _) => {
                code.push_str(line);
                Some((opener, min, code))
            }
            (None, _) => None,
        };
    }
    longest
}

/// A small generator, so that a seed names the same text on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_code(answer: Answer, first: &str, last: &str) {
        let code = answer.code().expect("the answer has a fence");
        assert_eq!((code.lines().next(), code.lines().last()), (Some(first), Some(last)), "{}", answer.file);
    }

    #[test]
    fn the_longest_fence_is_the_code() {
        check_code(
            PARSE_DURATION[0],
            "/** Milliseconds in each unit that `parseDuration` understands. */",
            "}",
        );
        check_code(PARSE_DURATION[2], "export type Parsed =", "}");
        check_code(HTML_PAGE, "<!DOCTYPE html>", "</html>");
        let map = "const UNIT_MS = new Map([[\"s\", 1_000], [\"m\", 60_000], [\"h\", 3_600_000], \
                   [\"d\", 86_400_000]]);";
        check_code(MANY_FENCES, map, "}");
        assert_eq!(NO_CODE.code(), None);
    }

    #[test]
    fn a_mark_says_where_a_text_is_cut() {
        assert_eq!(unmarked("合計‸ = 1;\n"), Some(("合計 = 1;\n".to_owned(), 2)));
        assert_eq!(unmarked("no mark"), None);
    }

    #[test]
    fn generated_code_has_the_lines_asked_for() {
        for lines in [1, 4, 5, 80, 2_000] {
            assert_eq!(generated_code(lines, 7).lines().count(), lines);
        }
        assert_eq!(generated_code(80, 7), generated_code(80, 7));
        assert_ne!(generated_code(80, 7), generated_code(80, 8));
    }

    #[test]
    fn wide_code_has_the_columns_asked_for() {
        assert!(wide_code(3, 4_000, 1).lines().all(|line| line.len() == 4_000));
    }
}

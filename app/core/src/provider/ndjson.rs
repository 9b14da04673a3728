//! Newline-delimited JSON: bytes into lines that hold something.
//!
//! Only LF ends a line: other line separators of Unicode are legal inside JSON strings. It knows no JSON beyond that.

use std::ops::ControlFlow;

use super::lines::{LineEnd, Lines, MAX_LINE, TooLong};

/// Line reader that skips blank lines.
#[derive(Debug)]
pub struct Ndjson {
    lines: Lines,
}

impl Ndjson {
    pub fn new() -> Self {
        Self { lines: Lines::new(LineEnd::Lf, MAX_LINE) }
    }

    /// Calls `line` for each line that `bytes` completes, until it breaks.
    ///
    /// # Errors
    /// [`TooLong`], once a line exceeds [`MAX_LINE`].
    pub fn push(
        &mut self,
        bytes: &[u8],
        mut line: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), TooLong> {
        self.lines.push(bytes, |text| match text.trim_ascii() {
            [] => ControlFlow::Continue(()),
            text => line(text),
        })
    }

    /// The body ended: the last line, if its end was missing.
    pub fn finish(self) -> Option<Vec<u8>> {
        let last = self.lines.finish();
        (!last.trim_ascii().is_empty()).then_some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expect: &[&str]) {
        for cut in 0..=input.len() {
            let (head, tail) = input.as_bytes().split_at(cut);
            let mut seen = Vec::new();
            let mut note = |line: &[u8]| {
                seen.push(String::from_utf8_lossy(line).into_owned());
                ControlFlow::Continue(())
            };
            let mut reader = Ndjson::new();
            reader.push(head, &mut note).unwrap();
            reader.push(tail, &mut note).unwrap();
            if let Some(last) = reader.finish() {
                let _ = note(&last);
            }
            assert_eq!(seen, expect, "cut at {cut}");
        }
    }

    #[test]
    fn blank_lines_are_skipped_and_cr_is_white_space() {
        check("{}\r\n\r\n  \n[]\n\n", &["{}", "[]"]);
    }

    #[test]
    fn the_last_line_needs_no_end() {
        check("{}\n[1]", &["{}", "[1]"]);
    }

    #[test]
    fn unicode_separators_do_not_cut_lines() {
        check("\"a\u{2028}b\u{85}\"\n", &["\"a\u{2028}b\u{85}\""]);
    }
}

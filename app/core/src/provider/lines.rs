//! Bytes into lines, whatever the pieces they come in.
//!
//! Works on bytes, because a piece may end inside a UTF-8 sequence; line ends are ASCII, so cutting there is safe. What is
//! kept between pieces is the unfinished line alone, and it is never scanned twice. It does not know what a line means.

use std::ops::ControlFlow;

/// Longest line taken, in bytes. Whole images and tool arguments travel in one line, so the limit is generous.
pub const MAX_LINE: usize = 16 * 1024 * 1024;

/// What ends a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnd {
    /// LF alone; a CR before it stays in the line (white space to JSON).
    Lf,
    /// LF, CR, or CR LF, mixed at will, as in server-sent events.
    Any,
}

/// A line grew beyond the limit; the stream cannot be read on.
#[derive(Debug, PartialEq, Eq)]
pub struct TooLong;

/// Splitter. Lines come out without their end; one byte order mark at the very start is dropped.
#[derive(Debug)]
pub struct Lines {
    end: LineEnd,
    limit: usize,
    partial: Vec<u8>,
    /// The last byte was a CR that ended a line: a LF that follows belongs to it.
    after_cr: bool,
    at_start: bool,
}

impl Lines {
    /// `limit` is the longest line in bytes, in practice [`MAX_LINE`].
    pub fn new(end: LineEnd, limit: usize) -> Self {
        Self { end, limit, partial: Vec::new(), after_cr: false, at_start: true }
    }

    /// Calls `line` for each line that `bytes` completes, until it breaks.
    ///
    /// # Errors
    /// [`TooLong`], once the line in progress exceeds the limit.
    pub fn push(
        &mut self,
        mut bytes: &[u8],
        mut line: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), TooLong> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let Some(end) = bytes.iter().position(|byte| self.ends(*byte)) else {
                return self.keep(bytes);
            };
            let (head, rest) = (&bytes[..end], &bytes[end + 1..]);
            self.after_cr = bytes[end] == b'\r';
            let flow = if self.partial.is_empty() && head.len() <= self.limit {
                line(without_mark(head, &mut self.at_start))
            } else {
                self.keep(head)?;
                let flow = line(without_mark(&self.partial, &mut self.at_start));
                self.partial.clear();
                flow
            };
            if flow.is_break() {
                return Ok(());
            }
            bytes = rest;
        }
        Ok(())
    }

    /// What stands after the last line end.
    pub fn finish(mut self) -> Vec<u8> {
        let mark = self.partial.len() - without_mark(&self.partial, &mut self.at_start).len();
        self.partial.drain(..mark);
        self.partial
    }

    fn ends(&self, byte: u8) -> bool {
        byte == b'\n' || (byte == b'\r' && self.end == LineEnd::Any)
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.partial.len() + bytes.len() > self.limit {
            self.partial = Vec::new();
            return Err(TooLong);
        }
        self.partial.extend_from_slice(bytes);
        Ok(())
    }
}

/// The UTF-8 byte order mark.
pub const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

fn without_mark<'a>(line: &'a [u8], at_start: &mut bool) -> &'a [u8] {
    if std::mem::take(at_start) { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `input` whole and cut at every offset; `|` in `expect` separates lines, the last one is the leftover.
    #[track_caller]
    fn check(end: LineEnd, input: &[u8], expect: &str) {
        for cut in 0..=input.len() {
            let (head, tail) = input.split_at(cut);
            assert_eq!(read(end, &[head, tail]), expect, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = input.chunks(1).collect();
        assert_eq!(read(end, &bytes), expect, "byte by byte");
    }

    fn read(end: LineEnd, pieces: &[&[u8]]) -> String {
        let mut lines = Lines::new(end, MAX_LINE);
        let mut seen = Vec::new();
        for piece in pieces {
            lines
                .push(piece, |line| {
                    seen.push(String::from_utf8(line.to_vec()).unwrap());
                    ControlFlow::Continue(())
                })
                .unwrap();
        }
        seen.push(String::from_utf8(lines.finish()).unwrap());
        seen.join("|")
    }

    #[test]
    fn any_mix_of_line_ends_gives_the_same_lines() {
        check(LineEnd::Any, b"a\nb\rc\r\nd", "a|b|c|d");
        check(LineEnd::Any, b"\r\n\r\n", "||");
        check(LineEnd::Any, b"a\n\rb\r\r\nc\n", "a||b||c|");
    }

    #[test]
    fn only_lf_ends_a_json_line() {
        check(LineEnd::Lf, b"{\r}\r\n{}", "{\r}\r|{}");
        check(LineEnd::Lf, "\"\u{2028}\"\n\u{85}\n".as_bytes(), "\"\u{2028}\"|\u{85}|");
    }

    #[test]
    fn one_byte_order_mark_at_the_start_is_dropped() {
        check(LineEnd::Any, "\u{feff}a\n\u{feff}b".as_bytes(), "a|\u{feff}b");
        check(LineEnd::Any, "\u{feff}\u{feff}a".as_bytes(), "\u{feff}a");
        check(LineEnd::Lf, "\u{feff}".as_bytes(), "");
    }

    #[test]
    fn characters_survive_cuts_inside_them() {
        check(LineEnd::Any, "é🎉\n漢".as_bytes(), "é🎉|漢");
    }

    #[test]
    fn a_break_leaves_the_rest_unread() {
        let mut seen = 0;
        let pushed = Lines::new(LineEnd::Lf, MAX_LINE).push(b"a\nb\nc\n", |_| {
            seen += 1;
            ControlFlow::Break(())
        });
        assert_eq!((pushed, seen), (Ok(()), 1));
    }

    #[test]
    fn a_line_beyond_the_limit_fails_however_it_is_cut() {
        for size in 1..=6 {
            let mut lines = Lines::new(LineEnd::Lf, 4);
            let mut seen = Vec::new();
            let pushed = b"1234\n12345\n".chunks(size).try_for_each(|piece| {
                lines.push(piece, |line| {
                    seen.push(line.to_vec());
                    ControlFlow::Continue(())
                })
            });
            assert_eq!((pushed, seen), (Err(TooLong), vec![b"1234".to_vec()]), "pieces of {size}");
        }
    }
}

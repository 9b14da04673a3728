//! Server-sent events: bytes into frames.
//!
//! Follows the `WHATWG` stream grammar (<https://html.spec.whatwg.org/multipage/server-sent-events.html>, read 2026-11), with
//! one difference: what stands unfinished at the end of the body is handed out rather than dropped, since model servers are
//! often cut off right there. It knows no JSON.

use std::ops::ControlFlow;

use super::lines::{LineEnd, Lines, MAX_LINE, TooLong};

/// One dispatched event.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The event was named `error`.
    pub error: bool,
    /// Its `data` lines, joined by LF.
    pub data: &'a [u8],
}

/// The fields of the grammar; comments apart.
const FIELDS: [&[u8]; 4] = [b"data", b"event", b"id", b"retry"];
/// Most bytes kept of text outside any field.
const MAX_STRAY: usize = 64 * 1024;

/// Frame reader.
#[derive(Debug)]
pub struct Sse {
    lines: Lines,
    event: Event,
}

/// The event in progress.
#[derive(Debug, Default)]
struct Event {
    error: bool,
    /// `None` until a `data` field came: such an event is not dispatched.
    data: Option<Vec<u8>>,
    /// Something was dispatched, so that this is an event stream indeed.
    framed: bool,
    /// Text that belongs to no field: an error object written raw into the stream, or a body that is no event stream at all.
    stray: Vec<u8>,
}

impl Sse {
    pub fn new() -> Self {
        Self { lines: Lines::new(LineEnd::Any, MAX_LINE), event: Event::default() }
    }

    /// Calls `frame` for each event that `bytes` completes, until it breaks.
    ///
    /// # Errors
    /// [`TooLong`], once a line or the joined data of an event exceeds [`MAX_LINE`].
    pub fn push(
        &mut self,
        bytes: &[u8],
        mut frame: impl FnMut(Frame<'_>) -> ControlFlow<()>,
    ) -> Result<(), TooLong> {
        let event = &mut self.event;
        let mut too_long = Ok(());
        self.lines.push(bytes, |line| match event.line(line, MAX_LINE, &mut frame) {
            Ok(flow) => flow,
            Err(error) => {
                too_long = Err(error);
                ControlFlow::Break(())
            }
        })?;
        too_long
    }

    /// The body ended: hands out an unfinished event, and returns the text outside any field.
    pub fn finish(mut self, mut frame: impl FnMut(Frame<'_>) -> ControlFlow<()>) -> Vec<u8> {
        let mut last = self.lines.finish();
        if FIELDS.iter().any(|field| field.starts_with(&last)) {
            // The name of a field, cut off: no text of its own.
            last.clear();
        }
        // What would be too long now is as lost as a cut event; and an empty line would dispatch, as the end does.
        if last.is_empty() || self.event.line(&last, MAX_LINE, &mut frame).is_ok() {
            let _ = self.event.dispatch(&mut frame);
        }
        self.event.stray
    }
}

impl Event {
    fn line(
        &mut self,
        line: &[u8],
        limit: usize,
        frame: &mut impl FnMut(Frame<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, TooLong> {
        if line.is_empty() {
            return Ok(self.dispatch(frame));
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &line[line.len()..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => self.append(value, limit)?,
            b"event" => self.error = value == b"error",
            b"" | b"id" | b"retry" => {}
            _ => self.keep_stray(line),
        }
        Ok(ControlFlow::Continue(()))
    }

    fn append(&mut self, value: &[u8], limit: usize) -> Result<(), TooLong> {
        match &mut self.data {
            Some(data) if data.len() + 1 + value.len() > limit => return Err(TooLong),
            Some(data) => {
                data.push(b'\n');
                data.extend_from_slice(value);
            }
            None => self.data = Some(value.to_vec()),
        }
        Ok(())
    }

    /// Unknown fields are ignored, unless they look like the start of JSON or nothing but them has come.
    fn keep_stray(&mut self, line: &[u8]) {
        let wanted = match line.trim_ascii_start().first() {
            None => false,
            Some(first) => matches!(first, b'{' | b'[') || !self.framed || !self.stray.is_empty(),
        };
        if wanted {
            let room = MAX_STRAY.saturating_sub(self.stray.len());
            self.stray.extend_from_slice(&line[..line.len().min(room)]);
            self.stray.push(b'\n');
        }
    }

    fn dispatch(&mut self, frame: &mut impl FnMut(Frame<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        let error = std::mem::take(&mut self.error);
        let Some(data) = self.data.take() else { return ControlFlow::Continue(()) };
        if !self.framed {
            // An event stream after all: the unknown fields before were just that.
            self.framed = true;
            self.stray.clear();
        }
        frame(Frame { error, data: &data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `input` cut at every offset; frames are written `data` or `error:data`, then `+stray` if any.
    #[track_caller]
    fn check(input: &str, expect: &[&str]) {
        for cut in 0..=input.len() {
            let (head, tail) = input.as_bytes().split_at(cut);
            let mut seen = Vec::new();
            let mut note = |frame: Frame<'_>| {
                let data = String::from_utf8_lossy(frame.data);
                seen.push(if frame.error { format!("error:{data}") } else { data.into_owned() });
                ControlFlow::Continue(())
            };
            let mut sse = Sse::new();
            sse.push(head, &mut note).unwrap();
            sse.push(tail, &mut note).unwrap();
            let stray = sse.finish(&mut note);
            if !stray.is_empty() {
                seen.push(format!("+{}", String::from_utf8_lossy(&stray)));
            }
            assert_eq!(seen, expect, "cut at {cut}");
        }
    }

    #[test]
    fn events_end_at_blank_lines_of_any_kind() {
        check("data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n\r\n", &["a", "b", "c", "d"]);
    }

    #[test]
    fn data_lines_join_with_lf() {
        check("data: {\ndata:  \"a\"\ndata\ndata:}\n\n", &["{\n \"a\"\n\n}"]);
    }

    #[test]
    fn exactly_one_space_after_the_colon_is_removed() {
        check("data:a\n\ndata:  b \n\n", &["a", " b "]);
    }

    #[test]
    fn comments_ids_and_unknown_fields_are_ignored() {
        check(": ping\n\nid: 7\nretry: 5\nfoo: bar\ndata: a\nDATA: b\n\nx\n", &["a"]);
    }

    #[test]
    fn an_event_without_data_is_not_dispatched_and_its_name_does_not_stick() {
        check("event: error\n\ndata: a\n\n", &["a"]);
    }

    #[test]
    fn error_events_are_told_apart() {
        check("event: error\ndata: x\n\nevent: message\ndata: y\n\n", &["error:x", "y"]);
    }

    #[test]
    fn an_unfinished_event_at_the_end_is_handed_out() {
        check("data: a\n\ndata: b\n", &["a", "b"]);
        check("data: a\n\ndata: b", &["a", "b"]);
    }

    #[test]
    fn raw_json_after_events_is_kept_apart() {
        check(
            "data: a\n\n{\n  \"error\": {\n\"code\": 503}\n}",
            &["a", "+{\n  \"error\": {\n\"code\": 503}\n}\n"],
        );
    }

    #[test]
    fn a_body_without_any_event_is_kept() {
        check("upstream connect error\n", &["+upstream connect error\n"]);
    }

    #[test]
    fn a_field_name_cut_off_is_no_text() {
        check("data: a\n\nda", &["a"]);
        check("dat", &[]);
        check("da\n", &["+da\n"]);
    }

    #[test]
    fn blank_lines_are_no_text() {
        check(" \n\t\n", &[]);
    }

    #[test]
    fn stray_text_is_bounded() {
        let mut sse = Sse::new();
        let line = [b"{".as_slice(), &[b'x'; 1000], b"\n"].concat();
        for _ in 0..100 {
            sse.push(&line, |_| ControlFlow::Continue(())).unwrap();
        }
        assert!(sse.finish(|_| ControlFlow::Continue(())).len() <= MAX_STRAY + 200);
    }

    #[test]
    fn joined_data_beyond_the_limit_fails() {
        let mut event = Event::default();
        let mut nobody = |_: Frame<'_>| ControlFlow::Continue(());
        assert!(event.line(b"data: 1234", 8, &mut nobody).is_ok());
        assert_eq!(event.line(b"data: 5678", 8, &mut nobody), Err(TooLong));
    }
}

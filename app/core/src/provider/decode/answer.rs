//! Frames into events: the rules that hold for every provider.
//!
//! Text first, then at most one end; an error is the last word; broken frames are skipped up to a limit; a stream without end
//! mark is an error.

use std::ops::ControlFlow;

use serde_json::Value;

use super::{
    calls::{CallPiece, Calls},
    chunk::{Chunk, End, Event, Piece},
    fault, json, raw,
    think::Think,
};
use crate::provider::{
    BlockStage, ErrorClass, FinishReason, ProviderError, ProviderKind, StreamEvent, Usage, error::excerpt,
    protocol::Framing, sse::Frame,
};

/// Most frames that may be unreadable before the stream counts as broken.
const MAX_MALFORMED: usize = 8;
/// Most bytes kept of unreadable frames.
const MAX_STRAY: usize = 64 * 1024;

/// State of one answer.
#[derive(Debug)]
pub struct Answer {
    kind: ProviderKind,
    /// Length of the caller's events when the piece at hand came: what lies before is not touched.
    piece_start: usize,
    started: bool,
    usage: Usage,
    refusal: String,
    think: Think,
    calls: Calls,
    /// The provider's own parts, and whether one of them must come back.
    parts: Vec<String>,
    keep_parts: bool,
    /// The end mark seen last, held back until the stream is over, since text and counters may follow it.
    end: Option<StreamEvent>,
    /// Something was understood.
    understood: bool,
    malformed: usize,
    stray: Vec<u8>,
    over: bool,
}

impl Answer {
    pub fn new(kind: ProviderKind) -> Self {
        Self {
            kind,
            piece_start: 0,
            started: false,
            usage: Usage::default(),
            refusal: String::new(),
            think: Think::default(),
            calls: Calls::default(),
            parts: Vec::new(),
            keep_parts: false,
            end: None,
            understood: false,
            malformed: 0,
            stray: Vec::new(),
            over: false,
        }
    }

    pub fn kind(&self) -> ProviderKind {
        self.kind
    }

    pub fn is_over(&self) -> bool {
        self.over
    }

    /// A new piece of the body is about to be read.
    pub fn begin_piece(&mut self, events: &[StreamEvent]) {
        self.piece_start = events.len();
    }

    /// A server-sent event.
    pub fn frame(&mut self, frame: Frame<'_>, events: &mut Vec<StreamEvent>) -> ControlFlow<()> {
        if !self.read(frame.data, frame.error, events) {
            self.skip(frame.data, events);
        }
        self.flow()
    }

    /// The event that the end of the body cut off or left without its blank line. If it cannot be read, it was cut.
    pub fn last_frame(&mut self, frame: Frame<'_>, events: &mut Vec<StreamEvent>) -> ControlFlow<()> {
        self.read(frame.data, frame.error, events);
        self.flow()
    }

    /// A line of newline-delimited JSON.
    pub fn line(&mut self, line: &[u8], events: &mut Vec<StreamEvent>) -> ControlFlow<()> {
        if !self.read(line, false, events) {
            self.skip(line, events);
        }
        self.flow()
    }

    /// The line that the end of the body left without its line end; what is no JSON at all comes back.
    pub fn last_line(&mut self, line: Vec<u8>, events: &mut Vec<StreamEvent>) -> Vec<u8> {
        // With unreadable lines before, it may be the last line of one JSON text that was laid out over several.
        let cut = line.trim_ascii_start().starts_with(b"{") && self.stray.is_empty();
        if self.read(&line, false, events) || cut { Vec::new() } else { line }
    }

    /// The call failed; nothing follows.
    pub fn fail(&mut self, error: ProviderError, events: &mut Vec<StreamEvent>) {
        self.flush(events);
        events.push(if error.class == ErrorClass::Withheld {
            let stage = if self.started { BlockStage::Output } else { BlockStage::Prompt };
            StreamEvent::Blocked { stage, reason: error.code.unwrap_or(error.message) }
        } else {
            StreamEvent::Error(error)
        });
        self.over = true;
    }

    /// The body ended. `stray` is what it held outside any frame.
    pub fn end(&mut self, stray: &[u8], events: &mut Vec<StreamEvent>) {
        if self.over {
            return;
        }
        // By itself, or together with unreadable lines before, if it was laid out over several.
        let alone = raw_error(self.kind, stray);
        self.keep_stray(stray);
        if let Some(error) = alone.or_else(|| raw_error(self.kind, &self.stray)) {
            return self.fail(error, events);
        }
        if self.end.is_none() && !self.understood && !self.stray.is_empty() {
            let words = excerpt(&String::from_utf8_lossy(&self.stray));
            let stray = ProviderError::new(ErrorClass::Malformed, words);
            return self.fail(ProviderError { verbatim: true, ..stray }, events);
        }
        self.close(events);
    }

    fn flow(&self) -> ControlFlow<()> {
        if self.over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Reads one frame. False if it is not readable.
    fn read(&mut self, data: &[u8], marked_error: bool, events: &mut Vec<StreamEvent>) -> bool {
        let data = data.trim_ascii();
        if data.is_empty() {
            return true;
        }
        if data == b"[DONE]" {
            // Where the provider has no such mark it is a relay's and means nothing.
            if self.kind.facts().framing == (Framing::Events { done_mark: true }) {
                self.close(events);
            }
            return true;
        }
        let read = json::read(data).map(|(json, text)| (fault::unwrapped(json), text));
        let (event, text) = match read {
            Some((event @ Value::Object(_), text)) => (event, text),
            _ if marked_error => (Value::String(fault::words_of(data)), "".into()),
            _ => return false,
        };
        if let Some(error) = fault::in_stream(self.kind, &event, marked_error) {
            self.fail(error, events);
            return true;
        }
        self.understood = true;
        // The one element of an array, as its value was unwrapped.
        let text = raw::items(&text).next().unwrap_or(&text);
        let chunk = self.kind.protocol().read_chunk(Event { json: &event, text });
        self.take(chunk, events);
        true
    }

    fn take(&mut self, chunk: Chunk<'_>, events: &mut Vec<StreamEvent>) {
        if !self.started && (chunk.model.is_some() || !chunk.pieces.is_empty()) {
            self.started = true;
            events.push(StreamEvent::Start { model: chunk.model.map(ToOwned::to_owned) });
        }
        for piece in chunk.pieces {
            match piece {
                Piece::Text(text) => {
                    let start = self.piece_start;
                    self.think.push(text, &mut |text, reasoning| append(events, start, text, reasoning));
                }
                Piece::Reasoning(text) => append(events, self.piece_start, text, true),
                Piece::Refusal(text) => self.refusal.push_str(text),
                Piece::Call(piece) => self.call(&piece, events),
                Piece::Part { text, keep } => {
                    self.parts.push(text.into());
                    self.keep_parts |= keep;
                }
            }
        }
        let before = self.usage;
        self.usage.merge(chunk.usage);
        if self.usage != before {
            events.push(StreamEvent::Usage(self.usage));
        }
        if let Some(end) = chunk.end {
            self.end = Some(match end {
                End::Finish { reason, raw } => StreamEvent::Finish { reason, raw: raw.into() },
                End::Blocked { stage, reason } => StreamEvent::Blocked { stage, reason: reason.into() },
                End::Failed { class, reason } => {
                    let error = ProviderError::new(class, "the provider broke the answer off");
                    StreamEvent::Error(ProviderError { code: Some(reason.into()), ..error })
                }
            });
        }
        if chunk.last {
            self.close(events);
        }
    }

    fn call(&mut self, piece: &CallPiece<'_>, events: &mut Vec<StreamEvent>) {
        let (index, id, name) = self.calls.take(piece);
        events.push(StreamEvent::ToolCall {
            index,
            id: id.into(),
            name: name.into(),
            arguments: piece.arguments.into(),
        });
    }

    /// The stream is over: says why.
    fn close(&mut self, events: &mut Vec<StreamEvent>) {
        let Some(end) = self.end.take() else {
            let (class, message) = if self.understood || self.malformed > 0 {
                (ErrorClass::Disconnected, "the stream ended without its end mark")
            } else {
                (ErrorClass::Empty, "the stream ended without a word")
            };
            return self.fail(ProviderError::new(class, message), events);
        };
        self.over = true;
        self.flush(events);
        if self.keep_parts {
            events.extend(self.parts.drain(..).map(StreamEvent::Part));
        }
        events.push(match end {
            _ if !self.refusal.is_empty() => {
                StreamEvent::Blocked { stage: BlockStage::Output, reason: excerpt(&self.refusal) }
            }
            // Most have no reason of its own for this. No other reason becomes it: at its limit, a call may be half.
            StreamEvent::Finish { reason: FinishReason::Stop, raw } if self.calls.any() => {
                StreamEvent::Finish { reason: FinishReason::ToolCalls, raw }
            }
            end => end,
        });
    }

    /// Hands out text that was held back.
    fn flush(&mut self, events: &mut Vec<StreamEvent>) {
        let start = self.piece_start;
        self.think.finish(&mut |text, reasoning| append(events, start, text, reasoning));
    }

    fn skip(&mut self, data: &[u8], events: &mut Vec<StreamEvent>) {
        self.malformed += 1;
        self.keep_stray(data);
        if self.malformed > MAX_MALFORMED {
            let message = format!("more than {MAX_MALFORMED} events of the stream could not be read");
            self.fail(ProviderError::new(ErrorClass::Malformed, message), events);
        }
    }

    fn keep_stray(&mut self, data: &[u8]) {
        if !self.stray.is_empty() {
            self.stray.push(b'\n');
        }
        let room = MAX_STRAY.saturating_sub(self.stray.len());
        self.stray.extend_from_slice(&data[..data.len().min(room)]);
    }
}

/// Adds text or reasoning, joined to the same kind before it as far as `start`.
fn append(events: &mut Vec<StreamEvent>, start: usize, text: &str, reasoning: bool) {
    match (events[start..].last_mut(), reasoning) {
        (Some(StreamEvent::Text(before)), false) | (Some(StreamEvent::Reasoning(before)), true) => {
            before.push_str(text);
        }
        (_, false) => events.push(StreamEvent::Text(text.into())),
        (_, true) => events.push(StreamEvent::Reasoning(text.into())),
    }
}

/// An error object written into the body outside any frame.
fn raw_error(kind: ProviderKind, bytes: &[u8]) -> Option<ProviderError> {
    fault::in_stream(kind, &fault::unwrapped(json::parse(bytes)?), false)
}

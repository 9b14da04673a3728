//! One decoder per call: bytes of the provider's stream in, [`StreamEvent`]s out.
//!
//! [`Decoder`] decides what kind of body it has before it (an error, a page, a stream) and frames it; [`answer`] turns
//! frames into events under rules that hold for all providers; [`fault`] reads errors. What a provider's JSON means stands in
//! that provider's own module, which gives a [`chunk::Chunk`] per frame.

mod answer;
pub mod calls;
pub mod chunk;
pub mod fault;
pub mod json;
pub mod raw;
mod think;

use answer::Answer;

use super::{
    ErrorClass, ProviderError, ProviderKind, StreamEvent,
    lines::{BYTE_ORDER_MARK, TooLong},
    ndjson::Ndjson,
    protocol::Framing,
    sse::Sse,
};

/// Most bytes read of a body that is no stream.
const MAX_BODY: usize = 64 * 1024;

/// What is known of an answer before its body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    pub status: u16,
    /// The wait that a header asked for, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// Whether to try again, where a header said so.
    pub should_retry: Option<bool>,
}

/// Push-based decoder. The events do not depend on how the bytes were cut into pieces, except that one piece's adjacent texts
/// come joined.
#[derive(Debug)]
pub struct Decoder {
    head: Head,
    body: Body,
    /// The first byte that tells a page from a stream has come.
    sniffed: bool,
    answer: Answer,
}

#[derive(Debug)]
enum Body {
    Sse(Sse),
    Ndjson(Ndjson),
    /// An error's body or an HTML page: collected, then read at once.
    Whole(Vec<u8>),
}

impl Decoder {
    /// A decoder for one answer. The sample models make no calls; for them, nothing decodes.
    pub fn new(kind: ProviderKind, head: Head) -> Self {
        let body = match kind.facts().framing {
            _ if !is_success(head.status) => Body::Whole(Vec::new()),
            Framing::Events { .. } => Body::Sse(Sse::new()),
            Framing::Lines => Body::Ndjson(Ndjson::new()),
        };
        Self { head, body, sniffed: false, answer: Answer::new(kind) }
    }

    /// Takes the next bytes and appends what they say to `events`.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) {
        if self.is_over() {
            return;
        }
        let bytes = self.sniff(bytes);
        let answer = &mut self.answer;
        answer.begin_piece(events);
        let pushed = match &mut self.body {
            Body::Sse(sse) => sse.push(bytes, |frame| answer.frame(frame, events)),
            Body::Ndjson(lines) => lines.push(bytes, |line| answer.line(line, events)),
            Body::Whole(body) => {
                let room = MAX_BODY - body.len();
                body.extend_from_slice(&bytes[..bytes.len().min(room)]);
                if body.len() == MAX_BODY {
                    // Enough to tell what it is; the rest may never end.
                    answer.fail(whole(&self.head, answer.kind(), body), events);
                }
                Ok(())
            }
        };
        if let Err(TooLong) = pushed {
            let error =
                ProviderError::new(ErrorClass::Malformed, "a line of the stream is longer than 16 MiB");
            answer.fail(error, events);
        }
    }

    /// The body ended: appends what was left, and an error if the end mark never came.
    pub fn finish(self, events: &mut Vec<StreamEvent>) {
        let Self { head, body, mut answer, .. } = self;
        if answer.is_over() {
            return;
        }
        answer.begin_piece(events);
        match body {
            Body::Sse(sse) => {
                let stray = sse.finish(|frame| answer.last_frame(frame, events));
                answer.end(&stray, events);
            }
            Body::Ndjson(lines) => {
                let stray = lines.finish().map_or_else(Vec::new, |line| answer.last_line(line, events));
                answer.end(&stray, events);
            }
            Body::Whole(body) => answer.fail(whole(&head, answer.kind(), &body), events),
        }
    }

    /// True once nothing can follow: after an error, or after a mark that ends the stream for good. The connection can be
    /// closed then without waiting for its end.
    pub fn is_over(&self) -> bool {
        self.answer.is_over()
    }

    /// Looks for the first byte that is not white space: a page in place of a stream begins with `<`.
    fn sniff<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if self.sniffed || matches!(self.body, Body::Whole(_)) {
            return bytes;
        }
        let telling = |byte: &u8| !byte.is_ascii_whitespace() && !BYTE_ORDER_MARK.contains(byte);
        let Some(first) = bytes.iter().position(telling) else { return bytes };
        self.sniffed = true;
        if bytes[first] != b'<' {
            return bytes;
        }
        self.body = Body::Whole(Vec::new());
        &bytes[first..]
    }
}

/// Reads an error body of any shape (object, array, text, HTML).
pub(super) fn classify_body(
    kind: ProviderKind,
    status: u16,
    retry_after_ms: Option<u64>,
    body: &[u8],
) -> ProviderError {
    fault::in_body(kind, status, retry_after_ms, body)
}

fn whole(head: &Head, kind: ProviderKind, body: &[u8]) -> ProviderError {
    if is_success(head.status) {
        let page = ProviderError::new(ErrorClass::Malformed, fault::words_of(body));
        return ProviderError { verbatim: true, ..page };
    }
    let error = classify_body(kind, head.status, head.retry_after_ms, body);
    ProviderError { should_retry: head.should_retry, ..error }
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

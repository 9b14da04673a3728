//! What the targets check, apart from not panicking.

use codecraft_core::provider::{Decoder, Head, ProviderKind, StreamEvent, ToolCalls};

/// An input, taken apart from its end, so that a plain fixture is a meaningful seed too: the last byte chooses a status and
/// how many offsets (two bytes each) stand before it.
pub struct Input<'a> {
    pub status: u16,
    pub body: &'a [u8],
    /// Ascending, each at most the body's length.
    pub cuts: Vec<usize>,
}

impl<'a> Input<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        let (&last, rest) = data.split_last().unwrap_or((&0, data));
        let status = [200, 200, 200, 429][usize::from((last >> 3) & 3)];
        let offsets = (2 * usize::from(last & 7)).min(rest.len() & !1);
        let (body, offsets) = rest.split_at(rest.len() - offsets);
        let mut cuts: Vec<usize> = offsets
            .chunks_exact(2)
            .map(|pair| usize::from(u16::from_le_bytes([pair[0], pair[1]])) % (body.len() + 1))
            .collect();
        cuts.sort_unstable();
        Self { status, body, cuts }
    }

    /// The body, cut.
    pub fn pieces(&self) -> impl Iterator<Item = &'a [u8]> {
        let starts = std::iter::once(0).chain(self.cuts.iter().copied());
        let ends = self.cuts.iter().copied().chain(std::iter::once(self.body.len()));
        starts.zip(ends).map(|(start, end)| &self.body[start..end])
    }
}

/// The events of a body do not depend on its pieces, and exactly one of them is an end, the last.
pub fn check_decoder(kind: ProviderKind, data: &[u8]) {
    let input = Input::new(data);
    let whole = decode(kind, input.status, std::iter::once(input.body));
    assert_eq!(decode(kind, input.status, input.pieces()), whole);
    let ends = |event: &StreamEvent| {
        matches!(event, StreamEvent::Finish { .. } | StreamEvent::Blocked { .. } | StreamEvent::Error(_))
    };
    assert_eq!(whole.iter().position(ends), whole.len().checked_sub(1));
    check_calls(&whole);
}

/// Calls of tools leave out no index, and each has an id of its own in the end.
fn check_calls(events: &[StreamEvent]) {
    let mut calls = ToolCalls::default();
    for event in events {
        if let StreamEvent::ToolCall { index, id, name, arguments } = event {
            assert!(*index <= calls.so_far().len());
            calls.push(*index, id, name, arguments);
        }
    }
    let calls = calls.finish();
    for (index, call) in calls.iter().enumerate() {
        assert!(!call.id.is_empty() && calls[..index].iter().all(|other| other.id != call.id));
    }
}

/// Events with neighbouring texts joined.
fn decode<'a>(kind: ProviderKind, status: u16, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<StreamEvent> {
    let mut decoder = Decoder::new(kind, Head { status, ..Head::default() });
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece, &mut events);
    }
    decoder.finish(&mut events);
    let mut joined: Vec<StreamEvent> = Vec::new();
    for event in events {
        match (joined.last_mut(), event) {
            (Some(StreamEvent::Text(before)), StreamEvent::Text(text))
            | (Some(StreamEvent::Reasoning(before)), StreamEvent::Reasoning(text)) => before.push_str(&text),
            (_, event) => joined.push(event),
        }
    }
    joined
}

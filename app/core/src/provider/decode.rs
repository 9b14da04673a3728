//! One decoder per call: bytes of the provider's stream in, [`StreamEvent`]s out.

use super::{ErrorClass, ProviderError, ProviderKind, StreamEvent};

/// What is known of an answer before its body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    pub status: u16,
    pub content_type: Option<String>,
    /// The `retry-after` header in milliseconds.
    pub retry_after_ms: Option<u64>,
}

/// Push-based decoder. The events do not depend on how the bytes were cut into pieces.
#[derive(Debug)]
pub struct Decoder {
    _kind: ProviderKind,
}

impl Decoder {
    pub fn new(kind: ProviderKind, head: Head) -> Self {
        let _ = head;
        Self { _kind: kind }
    }

    /// Takes the next bytes and appends what they say to `events`.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) {
        let _ = (bytes, events);
    }

    /// The body ended: appends what was left, and an error if the end mark never came.
    pub fn finish(self, events: &mut Vec<StreamEvent>) {
        let _ = events;
    }
}

/// Reads an error body of any shape (object, array, text, HTML).
pub(super) fn classify_body(kind: ProviderKind, status: u16, retry_after_ms: Option<u64>, body: &[u8]) -> ProviderError {
    let _ = (kind, body);
    ProviderError { class: ErrorClass::Other, http: Some(status), code: None, message: String::new(), retry_after_ms }
}

//! One upstream call over a WebSocket to our proxy.
//!
//! Browsers allow six plain HTTP connections per host over all tabs, and eight models would starve every other call.
//! Sockets have a limit of their own.

use codecraft_core::{
    api::{self, StreamFrame, StreamOpen},
    provider::{Call, Decoder, Head, StreamEvent},
    run::Target,
};
use futures_util::{SinkExt, StreamExt};
use gloo_net::websocket::{Message, futures::WebSocket};

use super::http;

/// Sends `call` and decodes what comes back, until the end.
pub async fn stream(run: String, target: Target, call: Call, mut sink: impl FnMut(StreamEvent)) {
    let open = StreamOpen {
        provider: target.model.provider.clone(),
        method: call.method.as_str().into(),
        path: call.path,
        run: Some(run),
        body: call.body,
    };
    let Ok(mut socket) = WebSocket::open(&http::socket_url(api::STREAM_PATH)) else {
        return sink(StreamEvent::Error(http::no_server()));
    };
    let first = serde_json::to_string(&open).expect("strings and no maps always serialise");
    if socket.send(Message::Text(first)).await.is_err() {
        return sink(StreamEvent::Error(http::why_no_socket().await));
    }

    let mut decoder: Option<Decoder> = None;
    let mut events = Vec::new();
    while let Some(message) = socket.next().await {
        match message {
            Ok(Message::Bytes(bytes)) => {
                if let Some(decoder) = &mut decoder {
                    decoder.push(&bytes, &mut events);
                }
            }
            Ok(Message::Text(text)) => match StreamFrame::read(text.as_bytes()) {
                Some(StreamFrame::Head { status, retry_after, retry_after_ms, should_retry, .. }) => {
                    let retry_after_ms =
                        retry_after_ms.or(retry_after.map(|seconds| u64::from(seconds) * 1000));
                    decoder = Some(Decoder::new(target.kind, Head { status, retry_after_ms, should_retry }));
                }
                Some(StreamFrame::End) => break,
                Some(StreamFrame::Error { error }) => {
                    // An answer may have ended before its connection broke; then it is whole.
                    if let Some(decoder) = decoder {
                        decoder.finish(&mut events);
                    }
                    if matches!(events.last(), Some(StreamEvent::Error(_))) {
                        events.pop();
                    }
                    let whole = matches!(
                        events.last(),
                        Some(StreamEvent::Finish { .. } | StreamEvent::Blocked { .. })
                    );
                    events.drain(..).for_each(&mut sink);
                    if !whole {
                        sink(StreamEvent::Error(error.into()));
                    }
                    return;
                }
                // A frame of a newer server: what we do not know, we do not need.
                None => {}
            },
            // The decoder says what a stream without an end means.
            Err(_) => break,
        }
        events.drain(..).for_each(&mut sink);
        if decoder.as_ref().is_some_and(Decoder::is_over) {
            // Nothing can follow: leaving here drops the socket, and that closes the call.
            break;
        }
    }
    match decoder {
        Some(decoder) => {
            decoder.finish(&mut events);
            events.drain(..).for_each(&mut sink);
        }
        None => sink(StreamEvent::Error(http::why_no_socket().await)),
    }
}

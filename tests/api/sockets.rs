//! The protocol of `/api/stream`.

use std::time::Duration;

use codecraft_core::api::{Code, StreamFrame};
use tokio_tungstenite::tungstenite::{Bytes, Message, protocol::frame::coding::CloseCode};

use crate::support::{
    PATIENCE, Server, Socket, Step, Upstream, config, settings,
    upstream::{answer, chunk, end, head},
};

async fn silent() -> (Server, Upstream) {
    let upstream = Upstream::answering(vec![Step::Hang]).await;
    (Server::before(&upstream).await, upstream)
}

#[tokio::test]
async fn a_call_is_head_bytes_end() {
    let script =
        vec![head("text/event-stream; charset=utf-8"), chunk("data: a\n\n"), chunk("data: b\n\n"), end()];
    let upstream = Upstream::answering(script).await;
    let server = Server::before(&upstream).await;
    let heard = Socket::call(server.addr, "box", "v1/chat/completions", "{}").await.finish().await;
    let head = StreamFrame::Head {
        status: 200,
        content_type: Some("text/event-stream".into()),
        retry_after: None,
        retry_after_ms: None,
        should_retry: None,
    };
    assert_eq!(heard.frames, [head, StreamFrame::End]);
    assert_eq!(heard.bytes, b"data: a\n\ndata: b\n\n");
    assert_eq!(heard.close, Some(CloseCode::Normal));
}

#[tokio::test]
async fn an_error_of_the_upstream_passes_as_it_came() {
    let headers = "content-type: application/json\r\nretry-after: 3\r\nretry-after-ms: 2500\r\nx-should-retry: true\r\n";
    let body = r#"{"error":{"message":"slow down"}}"#;
    let upstream = Upstream::answering(answer("429 Too Many Requests", headers, body)).await;
    let server = Server::before(&upstream).await;
    let heard = Socket::call(server.addr, "openai", "v1/chat/completions", "{}").await.finish().await;
    let head = StreamFrame::Head {
        status: 429,
        content_type: Some("application/json".into()),
        retry_after: Some(3),
        retry_after_ms: Some(2500),
        should_retry: Some(true),
    };
    assert_eq!(heard.frames, [head, StreamFrame::End]);
    assert_eq!(heard.bytes, body.as_bytes());
}

#[tokio::test]
async fn a_first_frame_that_is_no_call_is_refused() {
    let (server, upstream) = silent().await;
    let frame = |method: &str, provider: &str, path: &str| {
        Message::text(format!(r#"{{"provider":"{provider}","method":"{method}","path":"{path}"}}"#))
    };
    for (first, code) in [
        (Message::text(""), Code::BadRequest),
        (Message::text("{}"), Code::BadRequest),
        (Message::text("[1]"), Code::BadRequest),
        (Message::text(r#"{"provider":"ollama","method":"GET"}"#), Code::BadRequest),
        (Message::text(r#"{"provider":"ollama","method":"GET","path":7}"#), Code::BadRequest),
        (Message::binary(r#"{"provider":"ollama","method":"GET","path":"api/tags"}"#), Code::BadRequest),
        (frame("GET", "nobody", "api/tags"), Code::ProviderUnknown),
        (frame("GET", "../ollama", "api/tags"), Code::ProviderUnknown),
        (frame("GET", "ollama", "api/pull"), Code::PathNotAllowed),
        (frame("GET", "ollama", "/api/tags"), Code::PathNotAllowed),
        (frame("POST", "ollama", "api/tags"), Code::MethodNotAllowed),
        (frame("DELETE", "ollama", "api/tags"), Code::MethodNotAllowed),
        (frame("get", "ollama", "api/tags"), Code::MethodNotAllowed),
        (frame("GET\\r\\nx: y", "ollama", "api/tags"), Code::MethodNotAllowed),
        (Message::text("x".repeat(3 << 20)), Code::BodyTooLarge),
    ] {
        let mut socket = Socket::connect(server.addr).await;
        socket.send(first.clone()).await;
        let heard = socket.finish().await;
        assert_eq!(heard.code(), Some(code), "{first:?}");
        assert_eq!((heard.frames.len(), heard.close), (1, Some(CloseCode::Error)));
    }
    assert!(upstream.seen().is_empty());
    assert!(server.log().contains("code=bad_request") && !server.log().contains("nobody"));
}

#[tokio::test]
async fn a_socket_carries_one_call_only() {
    for second in [Message::text("{}"), Message::binary("x")] {
        let (server, mut upstream) = silent().await;
        let mut socket = Socket::call(server.addr, "ollama", "api/tags", "").await;
        upstream.arrival().await;
        socket.send(second).await;
        assert_eq!(socket.finish().await.code(), Some(Code::BadRequest));
        upstream.closed(std::time::Instant::now()).await;
    }
}

#[tokio::test]
async fn a_client_that_says_nothing_is_asked_to_leave() {
    let upstream = Upstream::answering(vec![]).await;
    let mut config = config(&settings(&upstream.base()));
    config.timeouts.first_frame = Duration::from_millis(50);
    let server = Server::start(&config).await;
    assert_eq!(Socket::connect(server.addr).await.finish().await.code(), Some(Code::BadRequest));
}

#[tokio::test]
async fn pings_keep_a_quiet_call_and_end_one_whose_client_is_gone() {
    let mut upstream = Upstream::answering(vec![Step::Hang]).await;
    let mut config = config(&settings(&upstream.base()));
    config.timeouts.ping = Duration::from_millis(100);
    let server = Server::start(&config).await;
    // This client never reads, so it never answers a ping.
    let socket = Socket::call(server.addr, "ollama", "api/tags", "").await;
    upstream.arrival().await;
    assert!(upstream.closed(std::time::Instant::now()).await < PATIENCE);
    drop(socket);

    let mut socket = Socket::call(server.addr, "ollama", "api/tags", "").await;
    upstream.arrival().await;
    // This one reads for many pings' time, and so answers them.
    assert!(tokio::time::timeout(Duration::from_secs(1), socket.next()).await.is_err());
    assert_eq!(server.state.open_streams(), 1);
    socket.send(Message::Ping(Bytes::from_static(b"still here"))).await;
    socket.close().await;
    server.idle().await;
}

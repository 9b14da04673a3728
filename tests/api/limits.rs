//! Sizes and numbers that are bounded, and that nobody waits for somebody else.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use codecraft_core::api::{Code, StreamFrame};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{
    Server, Socket, Step, Upstream,
    client::post_bytes,
    config, exchange, get, post, settings, soon,
    upstream::{answer, chunk, end, head},
};

const CHAT: &str = "/api/providers/ollama/api/chat";
const MAX: usize = 1 << 20;

async fn echoing() -> (Server, Upstream) {
    let upstream = Upstream::answering(answer("200 OK", "content-type: application/json\r\n", "{}")).await;
    (Server::before(&upstream).await, upstream)
}

#[tokio::test]
async fn px5_only_plain_json_bodies_are_taken() {
    let (server, upstream) = echoing().await;
    for (headers, status) in [
        ("content-type: application/json\r\n", 200),
        ("Content-Type: Application/JSON; charset=utf-8\r\n", 200),
        ("", 415),
        ("content-type: text/plain\r\n", 415),
        ("content-type: application/x-www-form-urlencoded\r\n", 415),
        ("content-type: multipart/form-data; boundary=x\r\n", 415),
        ("content-type: application/jsonp\r\n", 415),
        ("content-type: text/plain, application/json\r\n", 415),
        ("content-type: application/json\r\ncontent-encoding: gzip\r\n", 415),
    ] {
        let before = upstream.seen().len();
        let request = format!(
            "POST {CHAT} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{headers}content-length: 2\r\n\r\n{{}}",
            server.addr
        );
        let answer = exchange(server.addr, request).await;
        assert_eq!(answer.status, status, "{headers}");
        assert_eq!(upstream.seen().len() - before, usize::from(status == 200), "{headers}");
    }
}

#[tokio::test]
async fn px5_a_body_may_have_a_mebibyte_and_no_byte_more() {
    let (server, upstream) = echoing().await;
    let chunked = |length: usize| {
        format!(
            "POST {CHAT} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             transfer-encoding: chunked\r\n\r\n{length:x}\r\n{}\r\n0\r\n\r\n",
            server.addr,
            "x".repeat(length)
        )
    };
    for (length, fits) in [(MAX, true), (MAX + 1, false), (3 * MAX, false)] {
        let body = "x".repeat(length);
        for answer in [post(server.addr, CHAT, &body).await, exchange(server.addr, chunked(length)).await] {
            assert_eq!(answer.code(), (!fits).then_some(Code::BodyTooLarge), "{length}");
        }
        let heard = Socket::call(server.addr, "ollama", "api/chat", &body).await.finish().await;
        assert_eq!(heard.code(), (!fits).then_some(Code::BodyTooLarge), "{length}");
    }
    // Line ends take two bytes in a frame, and still only the body itself counts.
    let heard = Socket::call(server.addr, "ollama", "api/chat", &"\n".repeat(MAX)).await.finish().await;
    assert_eq!(heard.code(), None);
    assert_eq!(upstream.seen().len(), 4);
    let announced = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\
         connection: close\r\n\r\n",
        server.addr
    );
    assert_eq!(exchange(server.addr, announced).await.code(), Some(Code::BodyTooLarge), "without reading it");
}

#[tokio::test]
async fn px5_a_body_may_nest_64_levels_and_no_more() {
    let (server, upstream) = echoing().await;
    for (body, fits) in [
        (format!("{}1{}", "[".repeat(64), "]".repeat(64)), true),
        (format!("{}1{}", "[".repeat(65), "]".repeat(65)), false),
        ("[".repeat(MAX), false),
        (format!("{}1{}", "{\"a\":".repeat(64), "}".repeat(64)), true),
        ("{\"a\":".repeat(100_000), false),
        (format!("{{\"prompt\":\"{}\"}}", "[{\\\"".repeat(1000)), true),
        // Whether it is JSON at all is for the upstream to say.
        ("]]]".to_owned(), true),
    ] {
        let before = upstream.seen().len();
        let answer = post(server.addr, CHAT, &body).await;
        let code = (!fits).then_some(Code::BadRequest);
        assert_eq!((answer.status, answer.code()), (if fits { 200 } else { 400 }, code));
        let heard = Socket::call(server.addr, "ollama", "api/chat", &body).await.finish().await;
        assert_eq!(heard.code(), code);
        assert_eq!(upstream.seen().len() - before, if fits { 2 } else { 0 });
        if fits {
            assert!(upstream.seen().iter().rev().take(2).all(|seen| seen.body == body.as_bytes()));
        }
    }
}

#[tokio::test]
async fn px5_a_body_that_stops_is_given_up() {
    let upstream = Upstream::answering(vec![]).await;
    let mut config = config(&settings(&upstream.base()));
    config.timeouts.body = Duration::from_millis(50);
    let server = Server::start(&config).await;
    let request = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\
         connection: close\r\n\r\n{{}}",
        server.addr
    );
    assert_eq!(exchange(server.addr, request).await.code(), Some(Code::BadRequest));
    assert!(upstream.seen().is_empty());
}

#[tokio::test]
async fn one_stream_too_many_is_refused_and_places_come_back() {
    let gate = Arc::new(Semaphore::new(0));
    let wait = gate.clone();
    let mut upstream = Upstream::start(move |_| {
        vec![head("text/event-stream"), Step::Wait(wait.clone()), chunk("late"), end()]
    })
    .await;
    let mut settings = settings(&upstream.base());
    settings.insert("CODECRAFT_MAX_STREAMS", "2".into());
    let server = Server::start(&config(&settings)).await;
    let socket = Socket::call(server.addr, "ollama", "api/chat", "{}").await;
    upstream.arrival().await;
    let mut tcp = TcpStream::connect(server.addr).await.unwrap();
    tcp.write_all(post_bytes(server.addr, CHAT, "{}").as_bytes()).await.unwrap();
    upstream.arrival().await;

    let refused = post(server.addr, CHAT, "{}").await;
    assert_eq!((refused.status, refused.code()), (429, Some(Code::TooManyStreams)));
    assert_eq!(refused.header("retry-after"), Some("1"));
    let heard = Socket::connect(server.addr).await.finish().await;
    let [StreamFrame::Error { error }] = &heard.frames[..] else { panic!("{heard:?}") };
    assert_eq!((error.code, error.retry_after_ms), (Code::TooManyStreams, Some(1000)));
    assert_eq!(get(server.addr, "/api/config").await.status, 200);

    gate.add_permits(2);
    assert_eq!(socket.finish().await.bytes, b"late");
    let mut rest = Vec::new();
    soon(tcp.read_to_end(&mut rest)).await.unwrap();
    assert!(String::from_utf8(rest).unwrap().contains("late"));
    server.idle().await;
    gate.add_permits(1);
    assert_eq!(post(server.addr, CHAT, "{}").await.status, 200);
    assert_eq!(upstream.seen().len(), 3, "refused calls reach no upstream");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_streams_run_at_once_and_the_configuration_still_answers() {
    let gate = Arc::new(Semaphore::new(0));
    let wait = gate.clone();
    let mut upstream = Upstream::start(move |seen| {
        let body = String::from_utf8(seen.body.clone()).unwrap();
        vec![head("text/event-stream"), chunk(&body), Step::Wait(wait.clone()), chunk(&body), end()]
    })
    .await;
    let server = Server::before(&upstream).await;
    let mut sockets = Vec::new();
    for n in 0..40 {
        let body = format!("{{\"stream\":{n}}}");
        let mut socket = Socket::call(server.addr, "box", "v1/chat/completions", &body).await;
        upstream.arrival().await;
        assert!(matches!(socket.next().await, Some(Message::Text(_))), "the head of stream {n}");
        assert_eq!(socket.next().await, Some(Message::binary(body.clone())), "a chunk of stream {n}");
        sockets.push((socket, body));
    }
    assert_eq!(server.state.open_streams(), 40);
    let mut fastest = Duration::MAX;
    for _ in 0..5 {
        let asked = Instant::now();
        assert_eq!(get(server.addr, "/api/config").await.status, 200);
        fastest = fastest.min(asked.elapsed());
    }
    assert!(fastest < Duration::from_millis(100), "{fastest:?}");
    gate.add_permits(40);
    for (socket, body) in sockets {
        let heard = socket.finish().await;
        assert_eq!((heard.bytes, heard.frames), (body.into_bytes(), vec![StreamFrame::End]));
    }
    server.idle().await;
}

#[tokio::test]
async fn silent_clients_are_closed() {
    let upstream = Upstream::answering(vec![]).await;
    let mut config = config(&settings(&upstream.base()));
    config.timeouts.header = Duration::from_millis(50);
    let server = Server::start(&config).await;
    for opening in ["", "P", "GET / HTTP/1.1\r\nhost: x\r\n", "GET /healthz HTTP/1.1\r\nhost: HOST\r\n\r\n"] {
        // Without `connection: close`, so it is the server that ends this.
        exchange(server.addr, opening.replace("HOST", &server.addr.to_string())).await;
    }
}

#[tokio::test]
async fn a_client_that_takes_no_bytes_loses_its_stream() {
    let flood = "x".repeat(64 * 1024);
    let script: Vec<Step> = std::iter::once(head("text/event-stream"))
        .chain((0..400).map(|_| chunk(&flood)))
        .chain([Step::Hang])
        .collect();
    let mut upstream = Upstream::answering(script).await;
    let mut config = config(&settings(&upstream.base()));
    config.timeouts.write_stall = Duration::from_millis(50);
    let server = Server::start(&config).await;
    let mut tcp = TcpStream::connect(server.addr).await.unwrap();
    tcp.write_all(post_bytes(server.addr, CHAT, "{}").as_bytes()).await.unwrap();
    upstream.arrival().await;
    let socket = Socket::call(server.addr, "ollama", "api/chat", "{}").await;
    upstream.arrival().await;
    server.idle().await;
    drop((tcp, socket));
}

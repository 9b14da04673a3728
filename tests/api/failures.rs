//! Upstreams that fail, and a server that goes down: each is told in a way the client can read.

use std::time::{Duration, Instant};

use codecraft_core::api::{self, Code, StreamFrame};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::support::{
    Server, Socket, Step, Upstream,
    client::{Heard, post_bytes},
    config, post, settings, soon,
    upstream::{chunk, end, head, send},
};

const CHAT: &str = "/api/providers/ollama/api/chat";

async fn heard(server: &Server) -> Heard {
    Socket::call(server.addr, "ollama", "api/chat", "{}").await.finish().await
}

#[tokio::test]
async fn an_upstream_that_gives_no_answer_has_a_code_for_why() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let server = Server::start(&config(&settings(&format!("http://{closed}")))).await;
    assert_eq!(post(server.addr, CHAT, "{}").await.code(), Some(Code::UpstreamUnreachable));
    assert_eq!(heard(&server).await.code(), Some(Code::UpstreamUnreachable));
    assert!(!server.log().contains(&closed.to_string()), "{}", server.log());

    for script in
        [vec![], vec![Step::Reset], vec![send("HTTP/1.1 200"), Step::Reset], vec![send("nonsense\r\n\r\n")]]
    {
        let upstream = Upstream::answering(script).await;
        let server = Server::before(&upstream).await;
        let answer = post(server.addr, CHAT, "{}").await;
        assert_eq!((answer.status, answer.code()), (502, Some(Code::UpstreamBroke)));
        assert_eq!(heard(&server).await.code(), Some(Code::UpstreamBroke));
    }

    let upstream = Upstream::answering(vec![Step::Hang]).await;
    let mut config = config(&settings(&upstream.base()));
    config.timeouts.first_byte = Duration::from_millis(50);
    let server = Server::start(&config).await;
    let answer = post(server.addr, CHAT, "{}").await;
    assert_eq!((answer.status, answer.code()), (504, Some(Code::UpstreamTimeout)));
    assert_eq!(heard(&server).await.code(), Some(Code::UpstreamTimeout));
    assert_eq!(
        server.log().matches("warn upstream_timeout provider=ollama").count(),
        2,
        "one line per failure"
    );
}

/// Begin and end of the last words of a stream that broke; `None` where it just breaks.
type Told = Option<(&'static str, &'static str)>;

/// Where a stream broke: who sent it, as what and how far, and how the clients of the provider's protocol are told, after
/// what they got.
const BREAKS: [(&str, &str, &str, &str, Told); 6] = [
    (
        "gemini",
        "v1beta/models/a:streamGenerateContent",
        "text/event-stream",
        "data: {\"a\":",
        Some(("\n\ndata: {\"error\":{\"code\":502,", "\"status\":\"upstream_broke\"}}\n\n")),
    ),
    (
        "openai",
        "v1/chat/completions",
        "text/event-stream",
        "data: {\"a\":",
        Some(("\n\ndata: {\"error\":{\"code\":\"upstream_broke\",", "}}\n\n")),
    ),
    (
        "box",
        "v1/chat/completions",
        "text/event-stream; charset=utf-8",
        "",
        Some(("\n\ndata: {\"error\":{\"code\":\"upstream_broke\",", "}}\n\n")),
    ),
    (
        "ollama",
        "api/chat",
        "application/x-ndjson",
        "{\"a\":",
        Some(("\n{\"code\":\"upstream_broke\",\"error\":\"The connection to ollama broke", "}\n")),
    ),
    ("ollama", "api/chat", "application/x-ndjson", "{}\n", Some(("{\"code\":\"upstream_broke\",", "}\n"))),
    ("ollama", "api/chat", "application/json", "{\"a\":", None),
];

#[tokio::test]
async fn a_break_in_mid_stream_is_told_in_the_stream_s_own_form() {
    for (provider, path, media, part, told) in BREAKS {
        for broken in [Step::Reset, send("no chunk size\r\n")] {
            let sent = if part.is_empty() { vec![] } else { vec![chunk(part)] };
            let script = [vec![head(media)], sent, vec![broken]].concat();
            let upstream = Upstream::answering(script).await;
            let server = Server::before(&upstream).await;
            let answer = post(server.addr, &format!("/api/providers/{provider}/{path}"), "{}").await;
            assert_eq!(answer.status, 200, "{provider}");
            let text = answer.text();
            if let Some((begin, end)) = told {
                let tail = text.strip_prefix(part).unwrap();
                assert!(answer.whole && tail.starts_with(begin) && tail.ends_with(end), "{text:?}");
                let json = tail.trim().trim_start_matches("data: ");
                let error: serde_json::Value = serde_json::from_str(json).unwrap();
                assert_eq!(api::own_error(&error).and_then(api::code_name), Some("upstream_broke"));
            } else {
                assert!(!answer.whole && text == part, "{text}");
            }
            let heard = Socket::call(server.addr, provider, path, "{}").await.finish().await;
            assert_eq!(heard.code(), Some(Code::UpstreamBroke));
            assert_eq!((heard.bytes, heard.close), (part.as_bytes().to_vec(), Some(CloseCode::Error)));
            assert_eq!(server.log().matches("warn upstream_broke").count(), 2, "{}", server.log());
        }
    }
}

#[tokio::test]
async fn a_stream_that_falls_silent_is_ended_and_its_upstream_closed() {
    for (script, first_byte, idle) in [
        (vec![head("text/event-stream"), Step::Hang], 50, 60_000),
        (vec![head("text/event-stream"), chunk("data: x\n\n"), Step::Hang], 60_000, 50),
    ] {
        let mut upstream = Upstream::answering(script).await;
        let mut config = config(&settings(&upstream.base()));
        config.timeouts.first_byte = Duration::from_millis(first_byte);
        config.timeouts.idle = Duration::from_millis(idle);
        let server = Server::start(&config).await;
        let answer = post(server.addr, CHAT, "{}").await;
        assert!(answer.text().contains("upstream_timeout"), "{}", answer.text());
        upstream.closed(Instant::now()).await;
        assert_eq!(heard(&server).await.code(), Some(Code::UpstreamTimeout));
        upstream.closed(Instant::now()).await;
    }
}

#[tokio::test]
async fn a_server_that_goes_down_says_so_in_every_open_stream() {
    let script = vec![head("text/event-stream"), chunk("data: x\n\n"), Step::Hang];
    let mut upstream = Upstream::answering(script).await;
    let mut server = Server::before(&upstream).await;
    let mut socket = Socket::call(server.addr, "ollama", "api/chat", "{}").await;
    upstream.arrival().await;
    let waiting = Socket::connect(server.addr).await;
    let mut tcp = tokio::net::TcpStream::connect(server.addr).await.unwrap();
    tcp.write_all(post_bytes(server.addr, CHAT, "{}").as_bytes()).await.unwrap();
    upstream.arrival().await;
    for _ in 0..2 {
        assert!(socket.next().await.is_some(), "head and chunk");
    }
    let mut seen = Vec::new();
    while !seen.ends_with(b"data: x\n\n\r\n") {
        assert_ne!(soon(tcp.read_buf(&mut seen)).await.unwrap(), 0);
    }
    let began = Instant::now();
    server.begin_shutdown();

    let last = socket.finish().await;
    assert_eq!((last.code(), last.close), (Some(Code::ShuttingDown), Some(CloseCode::Away)));
    assert_eq!(waiting.finish().await.code(), Some(Code::ShuttingDown));
    let mut rest = Vec::new();
    soon(tcp.read_to_end(&mut rest)).await.unwrap();
    let rest = String::from_utf8(rest).unwrap();
    assert!(rest.contains("shutting_down") && rest.ends_with("0\r\n\r\n"), "{rest}");
    server.ended().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_server_with_nothing_to_do_goes_down_at_once_and_takes_no_more() {
    let upstream = Upstream::answering(vec![head("text/event-stream"), end()]).await;
    let mut server = Server::before(&upstream).await;
    let addr = server.addr;
    let mut idle = tokio::net::TcpStream::connect(addr).await.unwrap();
    idle.write_all(format!("GET /healthz HTTP/1.1\r\nhost: {addr}\r\n\r\n").as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"ok\n") {
        assert_ne!(soon(idle.read_buf(&mut seen)).await.unwrap(), 0);
    }
    let began = Instant::now();
    server.begin_shutdown();
    server.ended().await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn a_refusal_before_the_call_has_no_head() {
    let upstream = Upstream::answering(vec![]).await;
    let server = Server::before(&upstream).await;
    let heard = Socket::call(server.addr, "nobody", "x", "{}").await.finish().await;
    assert!(matches!(&heard.frames[..], [StreamFrame::Error { .. }]), "{heard:?}");
}

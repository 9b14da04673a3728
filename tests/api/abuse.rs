//! Clients and upstreams that would hold on to the server for ever: others are served meanwhile, and what they took comes back.
//! How fast others are served is for the benchmarks (`node tests/bench/run.mjs abuse`).

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};

use codecraft_core::api::{self, Code};
use codecraft_server::{AppState, Log, serve};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinSet,
    time::sleep,
};
use tokio_tungstenite::tungstenite::{Message, protocol::frame::coding::CloseCode};

use crate::support::{
    Server, Socket, Step, Upstream,
    client::post_bytes,
    config, exchange, get, many_files, post, settings, soon,
    upstream::{chunk, head},
};

const CHAT: &str = "/api/providers/ollama/api/chat";
const SSE: &str = "text/event-stream";
const NDJSON: &str = "application/x-ndjson";
/// More than the system's socket buffers between upstream and client hold, in bytes.
const BUFFERS: usize = 48 << 20;

/// What everybody else does meanwhile: all of it is answered.
async fn others_are_served(server: &Server) {
    for path in ["/healthz", "/api/config", "/api/providers/ollama/api/tags"] {
        for _ in 0..5 {
            assert_eq!(get(server.addr, path).await.status, 200, "{path}");
        }
    }
}

/// An upstream that does `abuse` for a `POST` and answers a `GET` at once.
async fn before(abuse: Vec<Step>) -> Upstream {
    Upstream::start(move |seen| {
        if seen.line().starts_with("GET ") {
            crate::support::upstream::answer("200 OK", "content-type: application/json\r\n", "{}")
        } else {
            abuse.clone()
        }
    })
    .await
}

/// Sends a call over plain HTTP and reads until its answer holds `awaited`.
async fn call_until(server: &Server, awaited: &[u8]) -> (TcpStream, Vec<u8>) {
    let mut tcp = TcpStream::connect(server.addr).await.unwrap();
    tcp.write_all(post_bytes(server.addr, CHAT, "{}").as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while !seen.windows(awaited.len()).any(|window| window == awaited) {
        assert_ne!(soon(tcp.read_buf(&mut seen)).await.unwrap(), 0, "{}", String::from_utf8_lossy(&seen));
    }
    (tcp, seen)
}

/// Connects to `server` as another machine would: from an address that is not the server's own.
async fn from_elsewhere(server: &Server) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    socket.connect(server.addr).await.unwrap()
}

#[cfg(target_os = "linux")] // Elsewhere only one address of loopback is there.
#[tokio::test]
async fn px24_one_address_cannot_take_all_connections() {
    many_files();
    let upstream = before(vec![]).await;
    let mut config = config(&settings(&upstream.base()));
    config.timeouts.header = Duration::from_mins(10);
    let server = Server::start(&config).await;
    let mut silent = Vec::new();
    for _ in 0..1100 {
        let mut tcp = from_elsewhere(&server).await;
        // Who is over the bound has been closed, maybe before this.
        let _ = tcp.write_all(b"GET / HT").await;
        silent.push(tcp);
    }
    others_are_served(&server).await;
    let last = soon(silent.last_mut().unwrap().read(&mut [0])).await;
    assert!(matches!(last, Ok(0) | Err(_)), "closed");
    drop(silent);
    let request = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", server.addr);
    soon(async {
        loop {
            let mut tcp = from_elsewhere(&server).await;
            let _ = tcp.write_all(request.as_bytes()).await;
            let mut answer = String::new();
            if tcp.read_to_string(&mut answer).await.is_ok() && answer.starts_with("HTTP/1.1 200 ") {
                return;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn px24_who_has_yet_to_sign_in_may_not_be_slow() {
    let mut settings = settings("http://127.0.0.1:1");
    settings.insert("CODECRAFT_AUTH", "users".into());
    settings.insert("CODECRAFT_USERS", "/nowhere/users".into());
    let mut config = config(&settings);
    assert!(config.timeouts.sign_in <= Duration::from_secs(5));
    config.timeouts.sign_in = Duration::from_millis(100);
    config.timeouts.body = Duration::from_mins(10);
    let server = Server::start(&config).await;
    for path in [api::LOGIN_PATH, api::SETUP_PATH] {
        let whole = post_bytes(server.addr, path, &" ".repeat(1000));
        let answer = exchange(server.addr, &whole[..whole.len() - 1]).await;
        assert!(answer.text().contains("did not arrive in time"), "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn px24_a_connection_is_waited_for_from_the_moment_it_was_accepted() {
    let config = config(&settings("http://127.0.0.1:1"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let state = AppState::new(&config, addr, Log::to(|_| {}), None).unwrap();
    let (held, mut client) = (state.clone(), None);
    // The server ends as soon as it has accepted the one client: a connection holds on to the state.
    let until = poll_fn(|cx| {
        cx.waker().wake_by_ref();
        let holders = Arc::strong_count(&held);
        let (idle, _) = client.get_or_insert_with(|| (holders, std::net::TcpStream::connect(addr).unwrap()));
        if holders > *idle { Poll::Ready(()) } else { Poll::Pending }
    });
    soon(serve(listener, state, until)).await;
    assert_eq!(Arc::strong_count(&held), 1, "nothing of the connection is left");
}

#[tokio::test]
async fn px24_five_hundred_clients_with_half_a_head_are_thrown_out_and_nobody_else() {
    many_files();
    let upstream = before(vec![]).await;
    let mut config = config(&settings(&upstream.base()));
    config.timeouts.header = Duration::from_secs(1);
    let server = Server::start(&config).await;
    let mut slow = JoinSet::new();
    for _ in 0..500 {
        let mut tcp = TcpStream::connect(server.addr).await.unwrap();
        slow.spawn(async move {
            // A byte now and then must not buy more time.
            let head =
                b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ".iter().copied().chain(std::iter::repeat(b'x'));
            for byte in head {
                if tcp.write_all(&[byte]).await.is_err() {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
        });
    }
    others_are_served(&server).await;
    while let Some(ended) = soon(slow.join_next()).await {
        ended.unwrap();
    }
    others_are_served(&server).await;
}

#[tokio::test]
async fn px5_a_hundred_megabytes_without_length_are_not_even_read() {
    let upstream = before(vec![]).await;
    let server = Server::before(&upstream).await;
    let mut tcp = TcpStream::connect(server.addr).await.unwrap();
    let head = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        server.addr
    );
    tcp.write_all(head.as_bytes()).await.unwrap();
    let piece = format!("100000\r\n{}\r\n", "x".repeat(1 << 20));
    let mut sent = 0;
    while sent < 100 && soon(tcp.write_all(piece.as_bytes())).await.is_ok() {
        sent += 1;
    }
    assert!(sent << 20 < BUFFERS, "the server took {sent} MiB");
    server.idle().await;
    assert!(server.log().contains("code=body_too_large"), "{}", server.log());
    assert!(upstream.seen().is_empty());
    others_are_served(&server).await;
}

#[tokio::test]
async fn px24_what_a_stopped_reader_does_not_take_is_not_read_from_the_upstream() {
    let count = Arc::new(AtomicUsize::new(0));
    let flood =
        Step::Repeat(format!("10000\r\n{}\r\n", "x".repeat(1 << 16)).into(), Duration::ZERO, count.clone());
    let mut upstream = before(vec![head(SSE), flood]).await;
    let mut config = config(&settings(&upstream.base()));
    config.timeouts.write_stall = Duration::from_secs(1);
    let server = Server::start(&config).await;
    for by_socket in [false, true] {
        count.store(0, Ordering::Relaxed);
        let (plain, socket) = if by_socket {
            (None, Some(Socket::call(server.addr, "ollama", "api/chat", "{}").await))
        } else {
            (Some(call_until(&server, b"xxx").await), None)
        };
        others_are_served(&server).await;
        upstream.closed(Instant::now()).await;
        let taken = count.load(Ordering::Relaxed);
        assert!((1..BUFFERS).contains(&taken), "by socket {by_socket}: {taken} bytes");
        server.idle().await;
        drop((plain, socket));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn px22_a_thousand_idle_streams_leave_room_for_others_and_give_their_places_back() {
    many_files();
    let mut upstream = before(vec![head(SSE), chunk("data: x\n\n"), Step::Hang]).await;
    let mut settings = settings(&upstream.base());
    settings.insert("CODECRAFT_MAX_STREAMS", "1001".into());
    let server = Server::start(&config(&settings)).await;
    let (mut plain, mut sockets) = (Vec::new(), Vec::new());
    for _ in 0..500 {
        plain.push(call_until(&server, b"data: x\n\n").await.0);
        let mut socket = Socket::call(server.addr, "ollama", "api/chat", "{}").await;
        for _ in 0..2 {
            assert!(socket.next().await.is_some(), "head and event");
        }
        sockets.push(socket);
    }
    assert_eq!(server.state.open_streams(), 1000);
    others_are_served(&server).await;
    let one_more = call_until(&server, b"data: x\n\n").await;
    assert_eq!(post(server.addr, CHAT, "{}").await.code(), Some(Code::TooManyStreams));
    assert_eq!(get(server.addr, "/api/config").await.status, 200);
    drop((plain, sockets, one_more));
    server.idle().await;
    for _ in 0..1001 {
        upstream.closed(Instant::now()).await;
    }
}

#[tokio::test]
async fn px24_one_byte_at_a_time_passes_byte_by_byte_until_the_call_s_time_is_over() {
    let bytes = Step::Repeat(b"1\r\n.\r\n".into(), Duration::from_millis(20), Arc::default());
    let mut upstream = before(vec![head(SSE), bytes]).await;
    let mut config = config(&settings(&upstream.base()));
    config.timeouts.stream = Duration::from_secs(2);
    let server = Server::start(&config).await;
    let (mut tcp, mut seen) = call_until(&server, b"1\r\n.\r\n").await;
    let mut socket = Socket::call(server.addr, "ollama", "api/chat", "{}").await;
    assert!(matches!(socket.next().await, Some(Message::Text(_))), "the head");
    assert_eq!(socket.next().await, Some(Message::binary(".")), "what has come does not wait for more");
    others_are_served(&server).await;
    soon(tcp.read_to_end(&mut seen)).await.unwrap();
    assert!(String::from_utf8(seen).unwrap().contains(r#""code":"stream_too_long""#));
    assert_eq!(socket.finish().await.code(), Some(Code::StreamTooLong));
    for _ in 0..2 {
        upstream.closed(Instant::now()).await;
    }
    server.idle().await;
}

#[tokio::test]
async fn px24_a_call_that_never_ends_is_ended_and_says_so_in_every_form() {
    // As fast as it is taken, and slowly.
    for pause in [Duration::ZERO, Duration::from_millis(30)] {
        for media in [SSE, NDJSON, "application/json"] {
            let line = "9\r\n{\"a\":\"b\"}\r\n1\r\n\n\r\n";
            let mut upstream =
                before(vec![head(media), Step::Repeat(line.into(), pause, Arc::default())]).await;
            let mut config = config(&settings(&upstream.base()));
            config.timeouts.stream = Duration::from_millis(200);
            let server = Server::start(&config).await;

            let answer = post(server.addr, CHAT, "{}").await;
            let text = answer.text();
            assert!(text.starts_with("{\"a\":\"b\"}\n"), "what came stays");
            // Where there is no room for an error the connection breaks.
            assert_eq!((answer.status, answer.whole), (200, media != "application/json"));
            if answer.whole {
                let last = text.trim_end().lines().next_back().unwrap();
                let last: Value = serde_json::from_str(last.strip_prefix("data: ").unwrap_or(last)).unwrap();
                assert_eq!(
                    api::own_error(&last).and_then(api::code_name),
                    Some("stream_too_long"),
                    "{media}"
                );
                assert!(last["error"].as_str().unwrap().contains("can be asked to go on"), "{last}");
            }
            upstream.closed(Instant::now()).await;

            let heard = Socket::call(server.addr, "ollama", "api/chat", "{}").await.finish().await;
            assert_eq!((heard.code(), heard.close), (Some(Code::StreamTooLong), Some(CloseCode::Error)));
            assert!(heard.bytes.starts_with(b"{\"a\":\"b\"}\n"), "{media}");
            upstream.closed(Instant::now()).await;
            server.idle().await;
            assert_eq!(
                server.log().matches("stream_too_long provider=ollama").count(),
                2,
                "{}",
                server.log()
            );
        }
    }
}

#[tokio::test]
async fn px24_an_upstream_that_says_nothing_is_not_waited_for_longer_than_a_call_may_last() {
    for script in [vec![Step::Hang], vec![head(SSE), Step::Hang]] {
        let mut upstream = before(script).await;
        let mut config = config(&settings(&upstream.base()));
        config.timeouts.stream = Duration::from_millis(100);
        let server = Server::start(&config).await;
        let answer = post(server.addr, CHAT, "{}").await;
        assert!(answer.text().contains("upstream_timeout"), "{}", answer.text());
        upstream.closed(Instant::now()).await;
        server.idle().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn px24_two_hundred_open_streams_each_hear_that_the_server_goes_down() {
    many_files();
    let upstream = Upstream::start(|seen| {
        let media = if seen.line().contains("/api/chat") { NDJSON } else { SSE };
        vec![head(media), chunk("{\"a\":1}\n"), Step::Hang]
    })
    .await;
    let mut server = Server::before(&upstream).await;
    let (mut plain, mut sockets) = (Vec::new(), Vec::new());
    for index in 0..200 {
        let (provider, path) = [("ollama", "api/chat"), ("openai", "v1/chat/completions")][index % 2];
        if index % 10 < 2 {
            let mut socket = Socket::call(server.addr, provider, path, "{}").await;
            for _ in 0..2 {
                assert!(socket.next().await.is_some(), "head and chunk");
            }
            sockets.push(socket);
        } else {
            let mut tcp = TcpStream::connect(server.addr).await.unwrap();
            let request = post_bytes(server.addr, &format!("/api/providers/{provider}/{path}"), "{}");
            tcp.write_all(request.as_bytes()).await.unwrap();
            let mut seen = Vec::new();
            while !seen.ends_with(b"{\"a\":1}\n\r\n") {
                assert_ne!(soon(tcp.read_buf(&mut seen)).await.unwrap(), 0);
            }
            plain.push(tcp);
        }
    }
    assert_eq!(server.state.open_streams(), 200);
    server.begin_shutdown();
    for mut tcp in plain {
        let mut rest = Vec::new();
        soon(tcp.read_to_end(&mut rest)).await.unwrap();
        let rest = String::from_utf8(rest).unwrap();
        assert!(rest.contains("\"shutting_down\"") && rest.ends_with("0\r\n\r\n"), "{rest}");
    }
    for socket in sockets {
        let heard = socket.finish().await;
        assert_eq!((heard.code(), heard.close), (Some(Code::ShuttingDown), Some(CloseCode::Away)));
    }
    assert!(!server.log().contains("shutdown_cut"), "each ended within the grace period: {}", server.log());
    server.ended().await;
}

//! A client that goes away takes its upstream call with it, at once, in every phase of the call.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    Server, Socket, Step, Upstream,
    client::post_bytes,
    soon,
    upstream::{chunk, head},
};

/// Bar for the time from the client's close to the one the upstream sees, on loopback.
const BAR: Duration = Duration::from_millis(100);
/// A busy machine may be late; the fastest of this many tries counts.
const TRIES: usize = 5;

/// What the upstream does before it hangs, and what the client has seen by then.
#[derive(Clone, Copy, Debug)]
enum Window {
    BeforeHeaders,
    BeforeFirstToken,
    MidStream,
}

const WINDOWS: [Window; 3] = [Window::BeforeHeaders, Window::BeforeFirstToken, Window::MidStream];

fn script(window: Window, media: &str) -> Vec<Step> {
    match window {
        Window::BeforeHeaders => vec![Step::Hang],
        Window::BeforeFirstToken => vec![head(media), Step::Hang],
        Window::MidStream => vec![head(media), chunk("token"), Step::Hang],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn px23_an_http_client_that_leaves_closes_the_upstream() {
    for media in ["text/event-stream", "application/x-ndjson"] {
        for window in WINDOWS {
            let mut upstream = Upstream::answering(script(window, media)).await;
            let server = Server::before(&upstream).await;
            let mut fastest = Duration::MAX;
            for _ in 0..TRIES {
                let mut tcp = TcpStream::connect(server.addr).await.unwrap();
                let request = post_bytes(server.addr, "/api/providers/ollama/api/chat", "{}");
                tcp.write_all(request.as_bytes()).await.unwrap();
                upstream.arrival().await;
                let awaited: &[u8] = match window {
                    Window::BeforeHeaders => b"",
                    Window::BeforeFirstToken => b"\r\n\r\n",
                    Window::MidStream => b"token",
                };
                let mut seen = Vec::new();
                while !awaited.is_empty() && !seen.windows(awaited.len()).any(|window| window == awaited) {
                    assert_ne!(soon(tcp.read_buf(&mut seen)).await.unwrap(), 0);
                }
                let left = Instant::now();
                drop(tcp);
                fastest = fastest.min(upstream.closed(left).await);
            }
            assert!(fastest < BAR, "{media} {window:?}: {fastest:?}");
            server.idle().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn px23_a_socket_that_closes_closes_the_upstream() {
    for politely in [true, false] {
        for window in WINDOWS {
            let mut upstream = Upstream::answering(script(window, "text/event-stream")).await;
            let server = Server::before(&upstream).await;
            let mut fastest = Duration::MAX;
            for _ in 0..TRIES {
                let mut socket = Socket::call(server.addr, "openai", "v1/chat/completions", "{}").await;
                upstream.arrival().await;
                let messages = match window {
                    Window::BeforeHeaders => 0,
                    Window::BeforeFirstToken => 1,
                    Window::MidStream => 2,
                };
                for _ in 0..messages {
                    assert!(socket.next().await.is_some());
                }
                let left = Instant::now();
                if politely {
                    socket.close().await;
                } else {
                    drop(socket);
                }
                fastest = fastest.min(upstream.closed(left).await);
            }
            assert!(fastest < BAR, "{window:?}, politely {politely}: {fastest:?}");
            server.idle().await;
        }
    }
}

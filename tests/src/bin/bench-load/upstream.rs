//! The upstream: raw HTTP/1.1 over TCP, so that next to nothing of what is measured is its own.

use std::{io, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, MissedTickBehavior, interval_at, sleep},
};

use crate::client::now;

/// What a call asks for in its body.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Script {
    pub shape: Shape,
    /// Events until the end; 0 for a stream without end.
    pub events: usize,
    /// Time between two events, or between two bytes.
    pub period_us: u64,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Server-sent events of [`EVENT`] bytes, each with the time it was sent.
    Events,
    /// One event, then nothing.
    Silent,
    /// One event, then one byte at a time.
    Bytes,
    /// One event, then as much as the other side takes.
    Flood,
}

/// Length of an event: what a token of a chat stream takes.
const EVENT: usize = 220;
const EVENT_END: &str = "\"}}]}\n\n";
/// One piece of a flood.
const FLOOD: usize = 16 * 1024;

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\ntransfer-encoding: chunked\r\n\r\n";
const MODELS: &str = r#"{"object":"list","data":[{"id":"bench","object":"model"}]}"#;

pub async fn serve(listener: TcpListener) {
    while let Ok((tcp, _)) = listener.accept().await {
        let _ = tcp.set_nodelay(true);
        // A client that leaves ends its connection; that is no failure here.
        tokio::spawn(async move { drop(converse(tcp).await) });
    }
}

/// All calls of one connection, one after the other.
async fn converse(mut tcp: TcpStream) -> io::Result<()> {
    let mut bytes = Vec::new();
    while let Some((head, body)) = request(&mut tcp, &mut bytes).await? {
        if head.starts_with("POST ") {
            let script = serde_json::from_slice(&body)?;
            stream(&mut tcp, &script).await?;
        } else {
            let length = MODELS.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{MODELS}"
            );
            tcp.write_all(answer.as_bytes()).await?;
        }
        if head.contains("connection: close") {
            break;
        }
    }
    Ok(())
}

/// Head and body of the next request; `None` once the other side has closed.
async fn request(tcp: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<Option<(String, Vec<u8>)>> {
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if tcp.read_buf(bytes).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let whole = end + length.unwrap_or(0);
    while bytes.len() < whole {
        if tcp.read_buf(bytes).await? == 0 {
            return Ok(None);
        }
    }
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let body = bytes[end..whole].to_vec();
    bytes.drain(..whole);
    Ok(Some((head, body)))
}

async fn stream(tcp: &mut TcpStream, script: &Script) -> io::Result<()> {
    let period = Duration::from_micros(script.period_us.max(1));
    // The first event leaves with the head: the runtime's timers are a millisecond late.
    tcp.write_all(&[HEAD.as_bytes(), &event()].concat()).await?;
    let mut clock = interval_at(Instant::now() + period, period);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    match script.shape {
        Shape::Events => {
            let mut sent = 1;
            while script.events == 0 || sent < script.events {
                clock.tick().await;
                tcp.write_all(&event()).await?;
                sent += 1;
            }
        }
        Shape::Silent => closed(tcp).await?,
        Shape::Bytes => loop {
            clock.tick().await;
            tcp.write_all(b"1\r\n:\r\n").await?;
        },
        Shape::Flood => {
            let piece = format!("{FLOOD:x}\r\n{}\r\n", "x".repeat(FLOOD));
            loop {
                tcp.write_all(piece.as_bytes()).await?;
                sleep(Duration::from_millis(1)).await;
            }
        }
    }
    tcp.write_all(b"0\r\n\r\n").await
}

/// Waits for the other side to close.
async fn closed(tcp: &mut TcpStream) -> io::Result<()> {
    let mut rest = [0; 64];
    while tcp.read(&mut rest).await? > 0 {}
    Ok(())
}

/// An event as one chunk, with the time at which it leaves.
fn event() -> Vec<u8> {
    let text = format!(
        r#"data: {{"t":{:>20},"object":"chat.completion.chunk","choices":[{{"delta":{{"content":""#,
        now()
    );
    let fill = EVENT.saturating_sub(text.len() + EVENT_END.len());
    format!("{EVENT:x}\r\n{text}{:x<fill$}{EVENT_END}\r\n", "").into_bytes()
}

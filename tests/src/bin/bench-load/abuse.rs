//! What a proxy has to bear while it serves others.

use std::{io, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::sleep,
};

use crate::{
    Target,
    client::{Stream, open, split},
    upstream::{Script, Shape},
};

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 500 clients that send their request's head a byte a second, and come again when they are thrown out.
    SlowHeaders,
    /// 50 clients that ask for a flood and read nothing of it.
    StoppedReaders,
    /// A client that sends 100 MB without saying so, and again when it is refused.
    EndlessBody,
    /// 1,000 streams on which nothing comes.
    IdleStreams,
    /// 100 streams on which the upstream sends a byte a second.
    Trickle,
    /// 20 streams that never end, 50 events a second.
    Endless,
}

/// Something that goes on until it is dropped.
pub struct Abuse {
    #[expect(dead_code, reason = "dropping the set ends its tasks")]
    tasks: JoinSet<()>,
    #[expect(dead_code, reason = "held open")]
    streams: Vec<Stream>,
}

impl Abuse {
    /// Resolves when it is in full swing.
    pub async fn start(kind: Kind, target: &Target) -> io::Result<Self> {
        let mut tasks = JoinSet::new();
        let script = |shape, period_us| Script { shape, events: 0, period_us };
        let mut streams = Vec::new();
        match kind {
            Kind::SlowHeaders => {
                for _ in 0..500 {
                    let target = target.clone();
                    tasks.spawn(async move { while slow_head(&target).await.is_ok() {} });
                }
            }
            Kind::EndlessBody => {
                let target = target.clone();
                tasks.spawn(async move { while endless_body(&target).await.is_ok() {} });
            }
            Kind::StoppedReaders => streams = open(target, &script(Shape::Flood, 0), 50).await?,
            Kind::IdleStreams => streams = open(target, &script(Shape::Silent, 0), 1000).await?,
            Kind::Trickle | Kind::Endless => {
                let (script, count) = if matches!(kind, Kind::Trickle) {
                    (script(Shape::Bytes, 1_000_000), 100)
                } else {
                    (script(Shape::Events, 20_000), 20)
                };
                for stream in open(target, &script, count).await? {
                    tasks.spawn(async move { stream.swallow().await });
                }
            }
        }
        Ok(Self { tasks, streams })
    }
}

/// Sends a head byte by byte until the server has had enough.
async fn slow_head(target: &Target) -> io::Result<()> {
    let (authority, path) = split(&target.url)?;
    let mut tcp = TcpStream::connect(authority).await?;
    for byte in format!("GET {path} HTTP/1.1\r\nhost: {authority}\r\nx-slow: {}", "x".repeat(1000)).bytes() {
        if tcp.write_all(&[byte]).await.is_err() {
            break;
        }
        sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

/// Sends 100 MB in chunks until the server refuses them.
async fn endless_body(target: &Target) -> io::Result<()> {
    let (authority, path) = split(&target.url)?;
    let mut tcp = TcpStream::connect(authority).await?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {authority}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    tcp.write_all(head.as_bytes()).await?;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..1600 {
        if tcp.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    // The refusal may be lost where the server closes with bytes unread.
    drop(tcp.read_to_end(&mut answer).await);
    // Nobody is let in at once again.
    sleep(Duration::from_millis(20)).await;
    Ok(())
}

//! A scripted upstream: plain bytes over TCP, so that it can also do what no HTTP library would.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    time::sleep,
};

use super::soon;

/// What an upstream does on one connection, after it has read the request.
#[derive(Clone)]
pub enum Step {
    Send(Vec<u8>),
    /// Waits until the test adds a permit.
    Wait(Arc<Semaphore>),
    /// Sends these bytes again and again, with this pause, for as long as the other side lives, and counts them.
    Repeat(Vec<u8>, Duration, Arc<AtomicUsize>),
    /// Sends nothing more and waits for the other side to close.
    Hang,
    /// Closes with a reset instead of an end.
    Reset,
}

/// Bytes as a step.
pub fn send(bytes: impl AsRef<[u8]>) -> Step {
    Step::Send(bytes.as_ref().to_vec())
}

/// A whole answer with its length; the connection closes behind it.
pub fn answer(status: &str, headers: &str, body: &str) -> Vec<Step> {
    let length = body.len();
    vec![send(format!(
        "HTTP/1.1 {status}\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    ))]
}

/// The head of a chunked answer of this media type.
pub fn head(content_type: &str) -> Step {
    send(format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    ))
}

/// One chunk.
pub fn chunk(text: &str) -> Step {
    send(format!("{:x}\r\n{text}\r\n", text.len()))
}

/// The end of a chunked answer.
pub fn end() -> Step {
    send("0\r\n\r\n")
}

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Request line and headers.
    pub head: String,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// Names of all headers, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| Some(line.split_once(':')?.0.to_ascii_lowercase()))
            .collect();
        names.sort();
        names
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let value = |line: &'_ str| -> Option<(usize, usize)> {
            let (key, _) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some((key.len() + 1, line.len()))
        };
        self.head.lines().find_map(|line| value(line).map(|(from, to)| line[from..to].trim()))
    }
}

pub struct Upstream {
    pub addr: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    arrivals: mpsc::UnboundedReceiver<()>,
    closes: mpsc::UnboundedReceiver<Instant>,
}

impl Upstream {
    /// An upstream that plays `script` for each request.
    pub async fn start(script: impl Fn(&Seen) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (arrived, arrivals) = mpsc::unbounded_channel();
        let (closed, closes) = mpsc::unbounded_channel();
        let script = Arc::new(script);
        let log = seen.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (script, log, arrived, closed) =
                    (script.clone(), log.clone(), arrived.clone(), closed.clone());
                tokio::spawn(async move { play(tcp, &*script, &log, &arrived, &closed).await });
            }
        });
        Self { addr, seen, arrivals, closes }
    }

    /// An upstream that answers every request alike.
    pub async fn answering(steps: Vec<Step>) -> Self {
        Self::start(move |_| steps.clone()).await
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits for the next request.
    pub async fn arrival(&mut self) {
        soon(self.arrivals.recv()).await.unwrap();
    }

    /// Waits until the other side has closed a connection that hangs, and says how long after `since` that was.
    pub async fn closed(&mut self, since: Instant) -> Duration {
        soon(self.closes.recv()).await.unwrap().saturating_duration_since(since)
    }
}

async fn play(
    mut tcp: TcpStream,
    script: &(impl Fn(&Seen) -> Vec<Step> + Sync),
    log: &Mutex<Vec<Seen>>,
    arrived: &mpsc::UnboundedSender<()>,
    closed: &mpsc::UnboundedSender<Instant>,
) {
    let Some(request) = read(&mut tcp).await else { return };
    log.lock().unwrap().push(request.clone());
    let _ = arrived.send(());
    for step in script(&request) {
        match step {
            Step::Send(bytes) => {
                if tcp.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Step::Wait(gate) => gate.acquire().await.unwrap().forget(),
            Step::Repeat(bytes, pause, count) => {
                while tcp.write_all(&bytes).await.is_ok() {
                    count.fetch_add(bytes.len(), Ordering::Relaxed);
                    sleep(pause).await;
                }
                let _ = closed.send(Instant::now());
            }
            Step::Hang => {
                let mut rest = [0; 64];
                while matches!(tcp.read(&mut rest).await, Ok(1..)) {}
                let _ = closed.send(Instant::now());
            }
            Step::Reset => {
                // Closing with a lingering time of zero sends a reset.
                tcp.set_zero_linger().unwrap();
                return;
            }
        }
    }
    let _ = tcp.shutdown().await;
    // Reading to the end keeps unread bytes from turning the close into a reset.
    let mut rest = [0; 1024];
    while matches!(tcp.read(&mut rest).await, Ok(1..)) {}
}

async fn read(tcp: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if tcp.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut seen =
        Seen { head: String::from_utf8(bytes[..end].to_vec()).unwrap(), body: bytes.split_off(end + 4) };
    let length: usize = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
    while seen.body.len() < length {
        if tcp.read_buf(&mut seen.body).await.ok()? == 0 {
            return None;
        }
    }
    Some(seen)
}

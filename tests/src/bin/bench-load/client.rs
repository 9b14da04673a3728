//! The clients: they ask for streams and note when each event comes.

use std::{
    io,
    sync::LazyLock,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    time::{MissedTickBehavior, interval},
};

use crate::{
    Call, Target,
    upstream::{Script, Shape},
};

/// Connections that are being opened at once.
const OPENING: usize = 64;

/// Nanoseconds on the clock of upstream and clients.
pub fn now() -> u64 {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGAN.elapsed().as_nanos() as u64
}

/// What one stream had, in microseconds.
#[derive(Default)]
struct Heard {
    /// From the request to the first event.
    first: f64,
    /// From the sending of each further event to its arrival.
    events: Vec<f64>,
}

/// One stream after the other.
pub async fn turns(target: &Target, streams: usize, events: usize, period: Duration) -> io::Result<Value> {
    let script = Script { shape: Shape::Events, events, period_us: period.as_micros() as u64 };
    let heard: Vec<Heard> = stream::iter(0..streams)
        .then(async |_| Stream::open(target, &script).await?.finish(events).await)
        .try_collect()
        .await?;
    let first: Vec<_> = heard.iter().map(|one| one.first).collect();
    let events: Vec<_> = heard.into_iter().flat_map(|one| one.events).collect();
    Ok(json!({ "first": first, "events": events }))
}

/// Many streams at once, spread over the period.
pub async fn together(target: &Target, streams: usize, events: usize, period: Duration) -> io::Result<Value> {
    let script = Script { shape: Shape::Events, events, period_us: period.as_micros() as u64 };
    let mut open = open(target, &script, streams).await?;
    println!("{}", json!({ "open": open.len() }));
    let tasks: Vec<_> = open.drain(..).map(|stream| tokio::spawn(stream.finish(events))).collect();
    let mut late = Vec::new();
    for task in tasks {
        late.extend(task.await??.events);
    }
    late.sort_unstable_by(f64::total_cmp);
    let share = |share: f64| late[((late.len() as f64 * share) as usize).min(late.len() - 1)];
    Ok(json!({ "events": late.len() + streams, "p50": share(0.5), "p99": share(0.99) }))
}

/// Opens streams, a few at a time, and reads the first event of each.
pub async fn open(target: &Target, script: &Script, streams: usize) -> io::Result<Vec<Stream>> {
    stream::iter(0..streams)
        .map(async |_| Stream::open(target, script).await)
        .buffer_unordered(OPENING)
        .try_collect()
        .await
}

/// Small requests at a steady pace, whether or not earlier ones have been answered.
pub async fn normal(url: &str, requests: usize, period: Duration) -> io::Result<Value> {
    let (authority, path) = split(url)?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n");
    let mut clock = interval(period);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut asked = Vec::with_capacity(requests);
    for _ in 0..requests {
        clock.tick().await;
        let (authority, request) = (authority.to_owned(), request.clone());
        asked.push(tokio::spawn(async move {
            let asked = Instant::now();
            let mut tcp = TcpStream::connect(authority).await?;
            tcp.write_all(request.as_bytes()).await?;
            let mut answer = Vec::new();
            tcp.read_to_end(&mut answer).await?;
            if !answer.starts_with(b"HTTP/1.1 200 ") {
                return Err(io::Error::other("A normal request was not answered as it should be."));
            }
            Ok(asked.elapsed().as_secs_f64() * 1e6)
        }));
    }
    let mut late = Vec::with_capacity(requests);
    for task in asked {
        late.push(task.await??);
    }
    Ok(json!({ "late": late }))
}

/// Authority and path of `http://authority/path`.
pub fn split(url: &str) -> io::Result<(&str, &str)> {
    let rest = url.strip_prefix("http://").and_then(|rest| Some((rest, rest.find('/')?)));
    rest.map(|(rest, slash)| rest.split_at(slash))
        .ok_or_else(|| io::Error::other(format!("{url} is no address.")))
}

/// One open stream.
pub struct Stream {
    tcp: TcpStream,
    heard: Heard,
    rest: Vec<u8>,
}

impl Stream {
    /// Asks for a stream and reads until its first event.
    pub async fn open(target: &Target, script: &Script) -> io::Result<Self> {
        static PLACES: Semaphore = Semaphore::const_new(OPENING);
        let _place = PLACES.acquire().await.map_err(io::Error::other)?;
        let (authority, path) = split(&target.url)?;
        let body = serde_json::to_string(script)?;
        let mut tcp = TcpStream::connect(authority).await?;
        tcp.set_nodelay(true)?;
        let request = match &target.socket {
            None => format!(
                "POST {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\ncontent-type: application/json\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes(),
            Some(call) => {
                shake_hands(&mut tcp, authority, path).await?;
                frame(call, &body)
            }
        };
        let asked = Instant::now();
        tcp.write_all(&request).await?;
        let mut stream = Self { tcp, heard: Heard::default(), rest: Vec::with_capacity(1024) };
        while stream.heard.events.is_empty() {
            if stream.read().await? == 0 {
                let said = String::from_utf8_lossy(&stream.rest).into_owned();
                return Err(io::Error::other(format!("No stream: {said}")));
            }
        }
        stream.heard.first = asked.elapsed().as_secs_f64() * 1e6;
        // The first event waited for the head; it counts as the first byte and not as an event on its way.
        stream.heard.events.remove(0);
        Ok(stream)
    }

    /// Reads what has come, and notes the events in it.
    async fn read(&mut self) -> io::Result<usize> {
        let count = self.tcp.read_buf(&mut self.rest).await?;
        let arrived = now();
        let mut done = 0;
        while let Some(length) = self.rest[done..].windows(2).position(|pair| pair == b"\n\n") {
            let event = &self.rest[done..done + length];
            let sent = event.windows(4).position(|key| key == b"\"t\":").and_then(|at| {
                let digits = event[at + 4..].split(|byte| *byte == b',').next()?;
                std::str::from_utf8(digits).ok()?.trim().parse::<u64>().ok()
            });
            if let Some(sent) = sent {
                self.heard.events.push(arrived.saturating_sub(sent) as f64 / 1e3);
            }
            done += length + 2;
        }
        self.rest.drain(..done);
        Ok(count)
    }

    /// Reads whatever comes until the end, and keeps nothing of it.
    pub async fn swallow(mut self) {
        while self.read().await.is_ok_and(|count| count > 0) {
            self.heard.events.clear();
        }
    }

    /// Reads to the end, which has to come after `events` events.
    async fn finish(mut self, events: usize) -> io::Result<Heard> {
        let ended = |rest: &[u8]| rest.windows(12).any(|text| text == br#""type":"end""#);
        while !ended(&self.rest) && self.read().await? > 0 {}
        if self.heard.events.len() + 1 != events {
            let message = format!("{} of {events} events came.", self.heard.events.len() + 1);
            return Err(io::Error::other(message));
        }
        Ok(self.heard)
    }
}

async fn shake_hands(tcp: &mut TcpStream, authority: &str, path: &str) -> io::Result<()> {
    let upgrade = format!(
        "GET {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    );
    tcp.write_all(upgrade.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if tcp.read_buf(&mut head).await? == 0 {
            return Err(io::Error::other("The upgrade was refused."));
        }
    }
    Ok(())
}

/// The first frame of a socket: text with a length of two bytes, masked with zeros, which leaves it as it is.
fn frame(call: &Call, body: &str) -> Vec<u8> {
    let open =
        json!({ "provider": call.provider, "method": "POST", "path": call.path, "body": body }).to_string();
    let length = u16::try_from(open.len()).expect("a first frame of the benchmarks is short");
    let [high, low] = length.to_be_bytes();
    let mut frame = vec![0x81, 0xfe, high, low, 0, 0, 0, 0];
    frame.extend_from_slice(open.as_bytes());
    frame
}

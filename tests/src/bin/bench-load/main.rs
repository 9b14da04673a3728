//! `bench-load`: what the benchmarks of the proxy put behind it and in front of it.
//!
//! One process is both: the upstream, which writes events that carry the time of their sending, and the clients, which read them
//! through whatever stands between. So both read the same clock. Each has a thread of its own, or a direct call would need no
//! switch of threads at all and every proxy would look worse than it is.
//!
//! It prints `bench-load is at http://…`, the upstream's address, then reads one [`Order`] per line of JSON from its input and
//! answers each with one line of JSON, when it is done. It ends with its input.

mod abuse;
mod client;
mod upstream;

use std::{
    error::Error,
    io::{self, BufRead as _},
    thread,
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime, sync::mpsc, time::timeout};

use self::abuse::Abuse;

/// Longest time that an order may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the clients are asked to do.
#[derive(Debug, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
enum Order {
    /// One stream after the other; answers with every latency.
    Turns { target: Target, streams: usize, events: usize, period_us: u64 },
    /// Many streams at once. Prints `{"open":…}` once each has its first event, and the rest at the end.
    Together { target: Target, streams: usize, events: usize, period_us: u64 },
    /// Small `GET` requests at a steady pace, each on a connection of its own; answers with every latency.
    Normal { url: String, requests: usize, period_us: u64 },
    /// Starts something that a proxy has to bear. It goes on until [`Order::Mend`].
    Abuse { kind: abuse::Kind, target: Target },
    /// Ends what [`Order::Abuse`] started.
    Mend,
}

/// Where streams are asked for.
#[derive(Debug, Clone, Deserialize)]
struct Target {
    /// `http://host:port/path` of a `POST`; for a socket, of the socket.
    url: String,
    /// The call in a socket's first frame; plain HTTP without it.
    #[serde(default)]
    socket: Option<Call>,
}

#[derive(Debug, Clone, Deserialize)]
struct Call {
    provider: String,
    path: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let server = runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = server.block_on(TcpListener::bind("127.0.0.1:0"))?;
    println!("bench-load is at http://{}", listener.local_addr()?);
    thread::spawn(move || server.block_on(upstream::serve(listener)));

    let (send, mut orders) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    let clients = runtime::Builder::new_current_thread().enable_all().build()?;
    clients.block_on(async {
        let mut running = None;
        while let Some(line) = orders.recv().await {
            println!("{}", timeout(PATIENCE, obey(serde_json::from_str(&line)?, &mut running)).await??);
        }
        Ok(())
    })
}

/// Does as ordered and gives the answer.
async fn obey(order: Order, running: &mut Option<Abuse>) -> io::Result<Value> {
    match order {
        Order::Turns { target, streams, events, period_us } => {
            client::turns(&target, streams, events, Duration::from_micros(period_us)).await
        }
        Order::Together { target, streams, events, period_us } => {
            client::together(&target, streams, events, Duration::from_micros(period_us)).await
        }
        Order::Normal { url, requests, period_us } => {
            client::normal(&url, requests, Duration::from_micros(period_us)).await
        }
        Order::Abuse { kind, target } => {
            *running = Some(Abuse::start(kind, &target).await?);
            Ok(json!({ "begun": kind }))
        }
        Order::Mend => {
            *running = None;
            Ok(json!({ "mended": true }))
        }
    }
}

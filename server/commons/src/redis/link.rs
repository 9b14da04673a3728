//! One connection to the store, and what is known about it.
//!
//! A task of its own connects, probes the store every second, and connects again when it does not answer. Operations
//! share that connection. While the store is away they fail at once, and only the task knocks. A connection whose
//! answers stay out is given up at the first of them: TCP itself would go on hoping for a quarter of an hour.

use std::{error::Error, io, sync::Arc, time::Duration};

use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError, RedisResult, aio::MultiplexedConnection};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::keys;
use crate::Unavailable;

/// How long an operation may take: with what its caller adds, less than a second.
const PATIENCE: Duration = Duration::from_millis(900);
/// How much of that it may spend waiting for a connection that is being made.
const REACH: Duration = Duration::from_millis(500);
/// How long connecting may take, with all that is said before the first operation.
const CONNECT: Duration = Duration::from_secs(1);
/// Between two tries to connect, and between two probes.
const PAUSE: Duration = Duration::from_millis(500);
const BEAT: Duration = Duration::from_secs(1);

const SILENT: Unavailable = Unavailable::new("Redis does not answer.");
const CLUSTER: Unavailable =
    Unavailable::new("Redis is a node of a cluster, where a single server or its failover pair is needed.");

/// The connection, for those who use it.
pub struct Link(watch::Sender<State>);

enum State {
    /// The first try is under way, or the first after a connection broke.
    Trying,
    Up {
        connection: MultiplexedConnection,
        /// Which connection this is, counted from the first.
        number: u64,
    },
    Away(Unavailable),
}

impl Link {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(State::Trying)))
    }

    /// Keeps the connection, for as long as this is polled.
    pub async fn keep(&self, client: Client) {
        let mut number = 0;
        loop {
            let began = Instant::now();
            match timeout(CONNECT, connect(&client)).await {
                Ok(Ok(connection)) => {
                    number += 1;
                    self.0.send_replace(State::Up { connection: connection.clone(), number });
                    self.watch(connection, number).await;
                    // What breaks at once is not tried in haste.
                    sleep((began + PAUSE).saturating_duration_since(Instant::now())).await;
                }
                Ok(Err(cause)) => self.away(cause).await,
                Err(_) => self.away(SILENT).await,
            }
        }
    }

    async fn away(&self, cause: Unavailable) {
        self.0.send_replace(State::Away(cause));
        sleep(PAUSE).await;
    }

    /// Returns when the connection is of no more use.
    async fn watch(&self, mut connection: MultiplexedConnection, number: u64) {
        let mut state = self.0.subscribe();
        loop {
            tokio::select! {
                _ = state.wait_for(|state| !state.is(number)) => return,
                () = sleep(BEAT) => {}
            }
            if !matches!(timeout(PATIENCE, probe(&mut connection)).await, Ok(Ok(()))) {
                return self.broke(number);
            }
        }
    }

    /// Gives a connection up, unless it has long been replaced.
    fn broke(&self, number: u64) {
        self.0.send_if_modified(|state| {
            let current = state.is(number);
            if current {
                *state = State::Trying;
            }
            current
        });
    }

    /// Does something with the connection; fails in less than a second.
    pub async fn run<T, F>(&self, work: impl FnOnce(MultiplexedConnection) -> F) -> Result<T, Unavailable>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let deadline = Instant::now() + PATIENCE;
        let (connection, number) = self.connection().await?;
        match timeout_at(deadline, work(connection)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                // What the store has to say against an operation is no fault of the connection.
                if error.code().is_none() {
                    self.broke(number);
                }
                Err(cause(&error))
            }
            Err(_) => {
                self.broke(number);
                Err(SILENT)
            }
        }
    }

    async fn connection(&self) -> Result<(MultiplexedConnection, u64), Unavailable> {
        let mut state = self.0.subscribe();
        let known = timeout(REACH, state.wait_for(|state| !matches!(state, State::Trying))).await;
        match known.as_ref().map(|known| known.as_deref()) {
            Ok(Ok(State::Up { connection, number })) => Ok((connection.clone(), *number)),
            Ok(Ok(State::Away(cause))) => Err(cause.clone()),
            _ => Err(SILENT),
        }
    }

    /// Waits for another connection than that of this number, and gives its number.
    pub async fn renewed(&self, number: u64) -> u64 {
        let other = |state: &State| matches!(state, State::Up { number: other, .. } if *other != number);
        match self.0.subscribe().wait_for(other).await.as_deref() {
            Ok(State::Up { number, .. }) => *number,
            _ => number,
        }
    }
}

impl State {
    fn is(&self, connection: u64) -> bool {
        matches!(self, Self::Up { number, .. } if *number == connection)
    }
}

async fn connect(client: &Client) -> Result<MultiplexedConnection, Unavailable> {
    let reached = async {
        // Both have limits here that also hold for what the library does between.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        if is_cluster(&mut connection).await? {
            return Ok(Err(CLUSTER));
        }
        probe(&mut connection).await?;
        Ok(Ok(connection))
    };
    reached.await.unwrap_or_else(|error| Err(cause(&error)))
}

/// Whether the store is a node of a cluster, of which one connection reaches a part only. One that does not say so to us
/// is taken for none.
async fn is_cluster(connection: &mut MultiplexedConnection) -> RedisResult<bool> {
    match redis::cmd("INFO").arg("cluster").query_async::<String>(connection).await {
        Ok(info) => Ok(info.lines().any(|line| line == "cluster_enabled:1")),
        Err(error) if error.code().is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

/// A write: a store that is loading, a replica, or out of memory would answer a ping as if all were well.
async fn probe(connection: &mut MultiplexedConnection) -> RedisResult<()> {
    redis::cmd("SET").arg(keys::PROBE).arg(1).arg("PX").arg(1000).exec_async(connection).await
}

/// The cause without anything that the store or the system wrote freely: that could name hosts and users.
fn cause(error: &RedisError) -> Unavailable {
    let refused = Unavailable::new("Redis refuses the name or the password.");
    match error.code() {
        Some("LOADING") => return Unavailable::new("Redis is loading its data."),
        Some("READONLY") => return Unavailable::new("Redis is a replica that takes no writes."),
        Some("NOAUTH" | "WRONGPASS") => return refused,
        Some("OOM") => return Unavailable::new("Redis is out of memory."),
        Some(code) => return Unavailable(format!("Redis answers {code}.").into()),
        None if error.kind() == ErrorKind::AuthenticationFailed => return refused,
        None => {}
    }
    match io_error(error) {
        Some(io) if io.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<rustls::Error>) => {
            Unavailable::new("Redis shows a certificate that is not trusted here.")
        }
        Some(io) => Unavailable(format!("Redis cannot be reached ({}).", io.kind()).into()),
        None => Unavailable::new("Redis does not speak its protocol."),
    }
}

/// The system's error in one of the library, which hands it out together with its `Arc`.
fn io_error(error: &RedisError) -> Option<&io::Error> {
    error.source()?.downcast_ref::<Arc<dyn Error + Send + Sync>>()?.downcast_ref()
}

//! How many connections there may be: in all, and from one network, so that nobody can take them all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections that may be open at once, unless more streams than this are allowed.
const MAX_CONNECTIONS: usize = 1024;
/// Connections beyond the streams, for pages and short calls.
const SPARE_CONNECTIONS: usize = 256;
/// Files that are open for other things than clients and streams: the log, the store, the users, pooled connections.
const OTHER_FILES: usize = 64;
/// What a process may usually open where nobody can be asked.
const USUAL_FILES: u64 = 1024;
/// One network may have this part of all connections.
const SHARE: usize = 4;

type Counts = Arc<Mutex<HashMap<String, usize>>>;

/// The room for connections.
pub struct Room {
    all: Arc<Semaphore>,
    share: usize,
    /// Connections of each network that has any.
    networks: Counts,
}

/// Keeps one connection counted, also after it became a WebSocket.
#[derive(Clone)]
pub struct Connection(
    #[expect(dead_code, reason = "held for what goes back when the last clone is dropped")]
    Arc<(OwnedSemaphorePermit, Option<Place>)>,
);

/// A place among the connections of one network.
struct Place {
    networks: Counts,
    network: String,
}

impl Room {
    /// Room for the clients of so many streams and of pages. Lets the process open as many files as the system permits, and
    /// takes that for a bound.
    pub fn new(streams: usize) -> Self {
        // Where the system does not let us, the connections have to do with what there is.
        let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(USUAL_FILES);
        Self::of(max_connections(streams, usize::try_from(files).unwrap_or(usize::MAX)))
    }

    fn of(size: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(size)),
            share: (size / SHARE).max(1),
            networks: Counts::default(),
        }
    }

    /// Resolves when there is room for one more connection.
    pub async fn wait(&self) -> OwnedSemaphorePermit {
        self.all.clone().acquire_owned().await.expect("this semaphore is never closed")
    }

    /// Counts a connection from `network`, a text that stands for it, unless that has its share already. `None` stands for
    /// peers without such a bound.
    pub fn admit(&self, permit: OwnedSemaphorePermit, network: Option<String>) -> Option<Connection> {
        let place = match network {
            None => None,
            Some(network) => {
                let mut counts = lock(&self.networks);
                let count = counts.entry(network.clone()).or_default();
                if *count >= self.share {
                    return None;
                }
                *count += 1;
                Some(Place { networks: self.networks.clone(), network })
            }
        };
        Some(Connection(Arc::new((permit, place))))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = lock(&self.networks);
        if let Some(count) = counts.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.network);
            }
        }
    }
}

fn lock(counts: &Mutex<HashMap<String, usize>>) -> MutexGuard<'_, HashMap<String, usize>> {
    // Counts are whole between any two statements.
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Every stream needs a file for its upstream, besides that of its client.
fn max_connections(streams: usize, files: usize) -> usize {
    let room = files.saturating_sub(streams + OTHER_FILES).max(files / 4).max(1);
    MAX_CONNECTIONS.max(streams + SPARE_CONNECTIONS).min(room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_and_their_upstreams_fit_the_files_that_may_be_open() {
        for (streams, files, connections) in [
            (256, usize::MAX, 1024),
            (16_384, usize::MAX, 16_640),
            (256, 1024, 704),
            (16_384, 20_000, 5000),
            (256, 256, 64),
            (1, 1, 1),
        ] {
            assert_eq!(max_connections(streams, files), connections, "{streams} {files}");
        }
    }

    #[tokio::test]
    async fn a_network_has_a_quarter_and_gets_back_what_it_left() {
        let room = Room::of(8);
        let (a, b) = ("2001:db8::/64".to_owned(), "192.0.2.1".to_owned());
        let first = room.admit(room.wait().await, Some(a.clone())).unwrap();
        let second = room.admit(room.wait().await, Some(a.clone()));
        assert!(room.admit(room.wait().await, Some(a.clone())).is_none());
        assert_eq!(room.all.available_permits(), 6, "who is refused takes nothing");
        let other = room.admit(room.wait().await, Some(b));
        let exempt: Vec<_> = [room.wait().await, room.wait().await, room.wait().await]
            .map(|permit| room.admit(permit, None).unwrap())
            .into();
        assert_eq!(room.all.available_permits(), 2);
        let socket = first.clone();
        drop(first);
        assert!(room.admit(room.wait().await, Some(a.clone())).is_none(), "it is a socket now");
        drop(socket);
        drop(room.admit(room.wait().await, Some(a.clone())).unwrap());
        drop((second, other, exempt));
        assert_eq!((room.all.available_permits(), lock(&room.networks).len()), (8, 0));
    }
}

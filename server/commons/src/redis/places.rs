//! The open streams of this process, as places in the store.
//!
//! A place in the store ends by itself after [`LIFE`]; a task of its own renews all that are open here, in one go, and
//! gives back those that were closed. So the places of a process that died come back, and those of one that lives are
//! not lost with the store's memory. Renewing and giving back happen one after the other, on one connection: what is
//! given back is not renewed any more. If the store is away just then, the place ends by itself.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use redis::Script;
use tokio::{
    sync::{mpsc, oneshot},
    time::{MissedTickBehavior, interval, timeout},
};

use super::{link::Link, millis};
use crate::Unavailable;

/// How long a place lasts after it was taken or renewed.
const LIFE: Duration = Duration::from_secs(15);
const RENEW: Duration = Duration::from_secs(5);
/// How long the end of the process waits for the store.
const SETTLE: Duration = Duration::from_secs(1);
/// Users whose places are renewed with one exchange.
const BATCH: usize = 256;

const RENEWAL: &str = include_str!("scripts/renew.lua");
static LEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/lease.lua")));

/// All places of this process.
pub struct Places {
    link: Arc<Link>,
    /// What sets the places of this process apart from those of others.
    process: u64,
    taken: AtomicU64,
    /// By the user's key.
    held: Mutex<HashMap<Arc<str>, HashSet<String>>>,
    errands: mpsc::UnboundedSender<Errand>,
}

/// What the task has to do.
pub enum Errand {
    GiveBack {
        user: Arc<str>,
        id: String,
    },
    /// Says when everything before it is done.
    Tell(oneshot::Sender<()>),
}

/// A place of one open stream, or the attempt to get one. It goes back when this is dropped.
pub struct Place {
    places: Arc<Places>,
    user: Arc<str>,
    id: String,
    /// False if the store has nothing to take back.
    asked: bool,
}

impl Places {
    /// The places, and what [`Places::keep`] needs.
    pub fn new(link: Arc<Link>) -> (Arc<Self>, mpsc::UnboundedReceiver<Errand>) {
        let (errands, todo) = mpsc::unbounded_channel();
        // The standard library's hashers are seeded by the system's random numbers.
        let process = RandomState::new().hash_one(0);
        (Arc::new(Self { link, process, taken: AtomicU64::new(0), held: Mutex::default(), errands }), todo)
    }

    /// Asks the store for a place of the user with this key.
    pub async fn take(self: &Arc<Self>, user: String, most: u32) -> Result<Option<Place>, Unavailable> {
        // Made before the store is asked: a place that it gives to a caller who has gone in the meantime goes back, too.
        let mut place = self.place(user.into());
        let mut lease = LEASE.key(&*place.user);
        lease.arg(most).arg(millis(LIFE)).arg(&place.id);
        let taken: bool =
            self.link.run(|mut connection| async move { lease.invoke_async(&mut connection).await }).await?;
        if !taken {
            place.asked = false;
            return Ok(None);
        }
        place.hold();
        Ok(Some(place))
    }

    /// A place that the store learns of when it is there again, if this process has not `most` of this user's.
    pub fn take_unasked(self: &Arc<Self>, user: String, most: u32) -> Option<Place> {
        let open = self.lock().get(user.as_str()).map_or(0, HashSet::len);
        (open < most as usize).then(|| {
            let place = self.place(user.into());
            place.hold();
            place
        })
    }

    fn place(self: &Arc<Self>, user: Arc<str>) -> Place {
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        Place { places: self.clone(), user, id: format!("{:016x}-{number:x}", self.process), asked: true }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, HashSet<String>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the store has learned of everything that was given back so far, or cannot be told.
    pub async fn settle(&self) {
        let (tell, told) = oneshot::channel();
        if self.errands.send(Errand::Tell(tell)).is_ok() {
            let _ = timeout(SETTLE, told).await;
        }
    }

    /// Renews and gives back, for as long as this is polled.
    pub async fn keep(&self, mut todo: mpsc::UnboundedReceiver<Errand>) {
        let mut beat = interval(RENEW);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut connection = 0;
        loop {
            tokio::select! {
                Some(errand) = todo.recv() => {
                    let more = std::iter::from_fn(|| todo.try_recv().ok());
                    let errands = std::iter::once(errand).chain(more).collect();
                    self.give_back(errands).await;
                }
                _ = beat.tick() => self.renew().await,
                // The store may have forgotten everything.
                number = self.link.renewed(connection) => {
                    connection = number;
                    self.renew().await;
                }
            }
        }
    }

    async fn give_back(&self, errands: Vec<Errand>) {
        let mut pipe = redis::pipe();
        let mut waiting = Vec::new();
        for errand in errands {
            match errand {
                Errand::GiveBack { user, id } => pipe.zrem(&*user, id).ignore(),
                Errand::Tell(tell) => {
                    waiting.push(tell);
                    continue;
                }
            };
        }
        self.send(pipe).await;
        for tell in waiting {
            let _ = tell.send(());
        }
    }

    async fn renew(&self) {
        let held: Vec<_> =
            self.lock().iter().map(|(user, ids)| (user.clone(), Vec::from_iter(ids.clone()))).collect();
        for users in held.chunks(BATCH) {
            let mut pipe = redis::pipe();
            for (user, ids) in users {
                // With its text, not its digest: in a pipe there is no second try after the store has lost its scripts.
                pipe.cmd("EVAL").arg(RENEWAL).arg(1).arg(&**user).arg(millis(LIFE)).arg(ids).ignore();
            }
            self.send(pipe).await;
        }
    }

    async fn send(&self, pipe: redis::Pipeline) {
        if !pipe.is_empty() {
            // If the store is away, renewing has another try, and what was to be given back ends by itself.
            let _ =
                self.link.run(|mut connection| async move { pipe.exec_async(&mut connection).await }).await;
        }
    }
}

impl Place {
    fn hold(&self) {
        self.places.lock().entry(self.user.clone()).or_default().insert(self.id.clone());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.asked {
            return;
        }
        let mut held = self.places.lock();
        if let Some(ids) = held.get_mut(&self.user) {
            ids.remove(&self.id);
            if ids.is_empty() {
                held.remove(&self.user);
            }
        }
        drop(held);
        let (user, id) = (self.user.clone(), std::mem::take(&mut self.id));
        let _ = self.places.errands.send(Errand::GiveBack { user, id });
    }
}

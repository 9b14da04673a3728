//! What all replicas of a server have in common: limits, open streams and sessions, in memory or in Redis.
//!
//! One [`Commons`] answers for all of them, so that any number of replicas behind any load balancer act as one. A single
//! server keeps it in memory; several share a Redis or Valkey. Both follow the same [`rules`].
//!
//! | what | kept for | bound |
//! |---|---|---|
//! | generations of a user | 60 s | the limit that the caller names |
//! | runs that a call may belong to | 10 min, 24 calls | as many as generations |
//! | open streams of a user | as long as they are open; 15 s after their replica died | the limit that the caller names |
//! | sessions | 7 days unused, 30 days in all | in memory 100,000; the oldest are forgotten |
//! | failed attempts to sign in | 1 h after the last | in memory 100,000 names; then the oldest are forgotten |
//!
//! Nobody waits for a store that is away: every operation answers within a second, with [`Unavailable`], and at once
//! while the store is known to be away.

mod expiring;
mod memory;
mod redis;
pub mod rules;

use std::{borrow::Cow, fmt, num::NonZeroU32, time::Duration};

use crate::{memory::Memory, redis::Redis};

/// What replicas share. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct Commons(Store);

#[derive(Clone)]
enum Store {
    Memory(Memory),
    Redis(Redis),
}

/// The answer to [`Commons::admit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    Admitted,
    Refused {
        /// Until the oldest counted generation leaves the window and makes room for one.
        wait: Duration,
    },
}

/// The answer to [`Commons::allowance`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Generations that may begin now; `u32::MAX` where there is no limit.
    pub remaining: u32,
    /// Until one more may begin than now; zero if none is counted.
    pub next: Duration,
}

/// Somebody who has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub user: String,
    /// The caller's own mark, to be compared when the session is used: another one of the same user means that
    /// something has changed since, such as the password.
    pub stamp: String,
}

/// One open stream. Its place goes back when this is dropped.
pub struct Lease {
    _place: Place,
}

#[expect(dead_code, reason = "held to be dropped")]
enum Place {
    Memory(memory::Place),
    Redis(redis::Place),
}

/// The store did not answer, or does not do what is asked of it. Shown, it is the cause in a sentence without address,
/// name or password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable(Cow<'static, str>);

impl Unavailable {
    const fn new(sentence: &'static str) -> Self {
        Self(Cow::Borrowed(sentence))
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unavailable {}

/// The text is no URL of a store. Shown, it goes on after the name of the setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadUrl;

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must look like redis://name:password@host:6379/0, or rediss:// for TLS.")
    }
}

impl std::error::Error for BadUrl {}

impl Commons {
    /// Kept by this process alone, and gone when it ends.
    pub fn memory() -> Self {
        Self(Store::Memory(Memory::default()))
    }

    /// Kept in the Redis or Valkey at `url`: `redis://`, or `rediss://` for TLS with the system's certificates.
    ///
    /// Connects in the background, now and whenever the connection was lost; needs a Tokio runtime to be entered.
    pub fn redis(url: &str) -> Result<Self, BadUrl> {
        Redis::new(url).map(|redis| Self(Store::Redis(redis)))
    }

    /// While the store is away, lets this process admit generations and streams by itself: its share, one of `replicas`,
    /// of each limit, rounded up. Sessions and sign-ins stay unavailable. Changes nothing for memory.
    pub fn degrade_to(self, replicas: NonZeroU32) -> Self {
        match self.0 {
            Store::Redis(redis) => Self(Store::Redis(redis.degrade_to(replicas))),
            Store::Memory(_) => self,
        }
    }

    /// Waits until the store knows of every stream that was closed so far, for a second at most. For the end of the
    /// process: otherwise their places come back some seconds later.
    pub async fn settle(&self) {
        if let Store::Redis(redis) = &self.0 {
            redis.settle().await;
        }
    }

    /// Whether the store answers now.
    pub async fn ready(&self) -> Result<(), Unavailable> {
        match &self.0 {
            Store::Memory(_) => Ok(()),
            Store::Redis(redis) => redis.ready().await,
        }
    }

    /// Counts one call of `user` towards `limit` generations per minute; 0 is any number.
    ///
    /// Calls with the same `run` are one generation, within the bounds of [`rules`]. A run is the client's own word:
    /// one that was made up, used up or taken from somebody else is a new generation, and so is none at all.
    pub async fn admit(&self, user: &str, run: Option<&str>, limit: u32) -> Result<Admission, Unavailable> {
        if limit == 0 {
            return Ok(Admission::Admitted);
        }
        let run = run.filter(|run| rules::is_run(run));
        match &self.0 {
            Store::Memory(memory) => Ok(memory.admit(user, run, limit)),
            Store::Redis(redis) => redis.admit(user, run, limit).await,
        }
    }

    /// What `user` may still do of `limit` generations per minute. Counts nothing.
    pub async fn allowance(&self, user: &str, limit: u32) -> Result<Allowance, Unavailable> {
        if limit == 0 {
            return Ok(Allowance { remaining: u32::MAX, next: Duration::ZERO });
        }
        match &self.0 {
            Store::Memory(memory) => Ok(memory.allowance(user, limit)),
            Store::Redis(redis) => redis.allowance(user, limit).await,
        }
    }

    /// A place for one more open stream of `user`, or `None` if as many as `most` are open.
    pub async fn lease(&self, user: &str, most: u32) -> Result<Option<Lease>, Unavailable> {
        let place = match &self.0 {
            Store::Memory(memory) => memory.lease(user, most).map(Place::Memory),
            Store::Redis(redis) => redis.lease(user, most).await?.map(Place::Redis),
        };
        Ok(place.map(|place| Lease { _place: place }))
    }

    /// Begins a session. `key` is opaque and must be secret and new: the digest of a random token.
    pub async fn put_session(&self, key: &str, session: &Session) -> Result<(), Unavailable> {
        match &self.0 {
            Store::Memory(memory) => {
                memory.put_session(key, session);
                Ok(())
            }
            Store::Redis(redis) => redis.put_session(key, session).await,
        }
    }

    /// The session of this key, if there is one. Counts as use of it. A key that is not known stays so.
    pub async fn session(&self, key: &str) -> Result<Option<Session>, Unavailable> {
        match &self.0 {
            Store::Memory(memory) => Ok(memory.session(key)),
            Store::Redis(redis) => redis.session(key).await,
        }
    }

    /// Ends one session, on all replicas.
    pub async fn end_session(&self, key: &str) -> Result<(), Unavailable> {
        match &self.0 {
            Store::Memory(memory) => {
                memory.end_session(key);
                Ok(())
            }
            Store::Redis(redis) => redis.end_session(key).await,
        }
    }

    /// Ends every session of `user`, on all replicas and at once.
    pub async fn end_sessions(&self, user: &str) -> Result<(), Unavailable> {
        match &self.0 {
            Store::Memory(memory) => {
                memory.end_sessions(user);
                Ok(())
            }
            Store::Redis(redis) => redis.end_sessions(user).await,
        }
    }

    /// Asks whether somebody may try to sign in, under all of `names` at once, such as the account and the network. A name
    /// that begins with [`rules::NETWORK`] is a network, and has more failures that are free.
    ///
    /// If one of them has to wait, nothing is counted and the answer is the longest wait. Otherwise a failure is counted
    /// for each in advance, so that parallel attempts cannot slip through; [`Commons::forgive`] and
    /// [`Commons::take_back`] correct that after a success.
    pub async fn attempt(&self, names: &[&str]) -> Result<Result<(), Duration>, Unavailable> {
        match &self.0 {
            Store::Memory(memory) => Ok(memory.attempt(names)),
            Store::Redis(redis) => redis.attempt(names).await,
        }
    }

    /// Forgets all failures of these names. After a success, for the account.
    pub async fn forgive(&self, names: &[&str]) -> Result<(), Unavailable> {
        match &self.0 {
            Store::Memory(memory) => {
                memory.forgive(names);
                Ok(())
            }
            Store::Redis(redis) => redis.forgive(names).await,
        }
    }

    /// Takes back the last failure of each of these names, which is the one that [`Commons::attempt`] has counted in
    /// advance: how many failures there are, since when one has to wait and when they are forgotten is as it was before.
    /// After a success, for the network: many may sign in from there, but nobody may clear it by signing in as themselves.
    ///
    /// Attempts of one name that overlap are not told apart: which of them succeeded moves the last failure by no more
    /// than the time between them.
    pub async fn take_back(&self, names: &[&str]) -> Result<(), Unavailable> {
        match &self.0 {
            Store::Memory(memory) => {
                memory.take_back(names);
                Ok(())
            }
            Store::Redis(redis) => redis.take_back(names).await,
        }
    }
}

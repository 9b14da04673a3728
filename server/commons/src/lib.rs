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
//! | sessions | 7 days unused, 30 days in all | who can sign in |
//! | failed attempts to sign in | 24 h after the last | in memory 100,000 names; then the oldest are forgotten |
//!
//! Nobody waits for a store that is away: every operation answers within a second, with [`Unavailable`], and at once
//! while the store is known to be away.

mod expiring;
mod memory;
pub mod rules;

use std::{fmt, time::Duration};

use crate::memory::Memory;

/// What replicas share. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct Commons(Memory);

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
    _place: memory::Place,
}

/// The store did not answer, or does not do what is asked of it. Shown, it is the cause in a sentence without address,
/// name or password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable(std::borrow::Cow<'static, str>);

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unavailable {}

impl Commons {
    /// Kept by this process alone, and gone when it ends.
    pub fn memory() -> Self {
        Self(Memory::default())
    }

    /// Whether the store answers now.
    #[expect(clippy::unused_async, reason = "memory is always at hand; a store asks over the network")]
    pub async fn ready(&self) -> Result<(), Unavailable> {
        Ok(())
    }

    /// Counts one call of `user` towards `limit` generations per minute; 0 is any number.
    ///
    /// Calls with the same `run` are one generation, within the bounds of [`rules`]. A run is the client's own word:
    /// one that was made up, used up or taken from somebody else is a new generation, and so is none at all.
    #[expect(clippy::unused_async, reason = "memory is always at hand; a store asks over the network")]
    pub async fn admit(&self, user: &str, run: Option<&str>, limit: u32) -> Result<Admission, Unavailable> {
        if limit == 0 {
            return Ok(Admission::Admitted);
        }
        Ok(self.0.admit(user, run.filter(|run| rules::is_run(run)), limit))
    }

    /// What `user` may still do of `limit` generations per minute. Counts nothing.
    #[expect(clippy::unused_async, reason = "memory is always at hand; a store asks over the network")]
    pub async fn allowance(&self, user: &str, limit: u32) -> Result<Allowance, Unavailable> {
        if limit == 0 {
            return Ok(Allowance { remaining: u32::MAX, next: Duration::ZERO });
        }
        Ok(self.0.allowance(user, limit))
    }

    /// A place for one more open stream of `user`, or `None` if as many as `most` are open.
    #[expect(clippy::unused_async, reason = "memory is always at hand; a store asks over the network")]
    pub async fn lease(&self, user: &str, most: u32) -> Result<Option<Lease>, Unavailable> {
        Ok(self.0.lease(user, most).map(|place| Lease { _place: place }))
    }

    /// Begins a session. `key` is opaque and must be secret and new: the digest of a random token.
    #[expect(clippy::unused_async, reason = "memory is always at hand; a store asks over the network")]
    pub async fn put_session(&self, key: &str, session: &Session) -> Result<(), Unavailable> {
        self.0.put_session(key, session);
        Ok(())
    }

    /// The session of this key, if there is one. Counts as use of it. A key that is not known stays so.
    #[expect(clippy::unused_async, reason = "memory is always at hand; a store asks over the network")]
    pub async fn session(&self, key: &str) -> Result<Option<Session>, Unavailable> {
        Ok(self.0.session(key))
    }

    /// Ends one session, on all replicas.
    #[expect(clippy::unused_async, reason = "memory is always at hand; a store asks over the network")]
    pub async fn end_session(&self, key: &str) -> Result<(), Unavailable> {
        self.0.end_session(key);
        Ok(())
    }

    /// Ends every session of `user`, on all replicas and at once.
    #[expect(clippy::unused_async, reason = "memory is always at hand; a store asks over the network")]
    pub async fn end_sessions(&self, user: &str) -> Result<(), Unavailable> {
        self.0.end_sessions(user);
        Ok(())
    }

    /// Asks whether somebody may try to sign in, under all of `names` at once, such as the account and the network.
    ///
    /// If one of them has to wait, nothing is counted and the answer is the longest wait. Otherwise a failure is counted
    /// for each in advance, so that parallel attempts cannot slip through; [`Commons::forgive`] and
    /// [`Commons::take_back`] correct that after a success.
    #[expect(clippy::unused_async, reason = "memory is always at hand; a store asks over the network")]
    pub async fn attempt(&self, names: &[&str]) -> Result<Result<(), Duration>, Unavailable> {
        Ok(self.0.attempt(names))
    }

    /// Forgets all failures of these names. After a success, for the account.
    #[expect(clippy::unused_async, reason = "memory is always at hand; a store asks over the network")]
    pub async fn forgive(&self, names: &[&str]) -> Result<(), Unavailable> {
        self.0.forgive(names);
        Ok(())
    }

    /// Takes back the one failure that [`Commons::attempt`] has counted in advance for each of these names. After a
    /// success, for the network: many may sign in from there, but nobody may clear it by signing in as themselves.
    #[expect(clippy::unused_async, reason = "memory is always at hand; a store asks over the network")]
    pub async fn take_back(&self, names: &[&str]) -> Result<(), Unavailable> {
        self.0.take_back(names);
        Ok(())
    }
}

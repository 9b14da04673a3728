//! What is shared, in the memory of one process.

mod generations;
mod places;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use self::{generations::Generations, places::Places};
use crate::{
    Admission, Allowance, Session,
    expiring::Expiring,
    rules::{FAILURE_LIFE, MOST_FAILURES, RUN_LIFE, SESSION_IDLE, SESSION_LIFE, delay, free_failures},
};

pub use places::Place;

/// Everything, each behind a lock that is held for one step and never across a wait.
#[derive(Clone, Default)]
pub struct Memory(Arc<Tables>);

#[derive(Default)]
struct Tables {
    generations: Mutex<Expiring<Generations>>,
    places: Arc<Places>,
    sessions: Mutex<Expiring<Kept>>,
    failures: Mutex<Expiring<Failures>>,
}

/// A session and when it ends at the latest.
struct Kept {
    session: Session,
    until: Instant,
}

/// When attempts to sign in under one name failed, the last at the end.
#[derive(Default)]
struct Failures(VecDeque<Instant>);

impl Failures {
    fn wait(&self, free: u32) -> Duration {
        let delay = delay(self.0.len() as u32, free);
        self.0.back().map_or(Duration::ZERO, |last| delay.saturating_sub(last.elapsed()))
    }
}

impl Memory {
    pub fn admit(&self, user: &str, run: Option<&str>, limit: u32) -> Admission {
        lock(&self.0.generations).get_or_default(user, RUN_LIFE).admit(run, limit)
    }

    pub fn allowance(&self, user: &str, limit: u32) -> Allowance {
        match lock(&self.0.generations).get(user) {
            Some(generations) => generations.allowance(limit),
            None => Allowance { remaining: limit, next: Duration::ZERO },
        }
    }

    pub fn lease(&self, user: &str, most: u32) -> Option<Place> {
        self.0.places.take(user, most)
    }

    pub fn put_session(&self, key: &str, session: &Session) {
        let kept = Kept { session: session.clone(), until: Instant::now() + SESSION_LIFE };
        lock(&self.0.sessions).put(key, kept, SESSION_IDLE);
    }

    pub fn session(&self, key: &str) -> Option<Session> {
        let mut sessions = lock(&self.0.sessions);
        let kept = sessions.get(key)?;
        let (session, left) = (kept.session.clone(), kept.until.duration_since(Instant::now()));
        sessions.keep(key, left.min(SESSION_IDLE));
        Some(session)
    }

    pub fn end_session(&self, key: &str) {
        lock(&self.0.sessions).remove(key);
    }

    pub fn end_sessions(&self, user: &str) {
        lock(&self.0.sessions).retain(|kept| kept.session.user != user);
    }

    pub fn attempt(&self, names: &[&str]) -> Result<(), Duration> {
        let mut failures = lock(&self.0.failures);
        let wait = names.iter().filter_map(|name| Some(failures.get(name)?.wait(free_failures(name)))).max();
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        for name in names {
            let Failures(times) = failures.get_or_default(name, FAILURE_LIFE);
            times.push_back(Instant::now());
            if times.len() > MOST_FAILURES as usize {
                times.pop_front();
            }
        }
        Ok(())
    }

    pub fn forgive(&self, names: &[&str]) {
        let mut failures = lock(&self.0.failures);
        for name in names {
            failures.remove(name);
        }
    }

    pub fn take_back(&self, names: &[&str]) {
        let mut failures = lock(&self.0.failures);
        for name in names {
            let Some(Failures(times)) = failures.get(name) else { continue };
            times.pop_back();
            match times.back().map(Instant::elapsed) {
                Some(age) => failures.keep(name, FAILURE_LIFE.saturating_sub(age)),
                None => failures.remove(name),
            }
        }
    }
}

/// The table, also after a panic elsewhere: every step leaves it whole.
fn lock<T>(table: &Mutex<T>) -> MutexGuard<'_, T> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

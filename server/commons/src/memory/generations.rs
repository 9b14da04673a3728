//! The generations of one user: a sliding log, and the runs whose further calls are free.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    Admission, Allowance,
    rules::{RUN_CALLS, RUN_LIFE, WINDOW},
};

/// Each run stands for a generation that was counted, so there are never more than ten minutes may have.
#[derive(Default)]
pub struct Generations {
    /// When each generation of the last minute began, oldest first.
    log: VecDeque<Instant>,
    runs: HashMap<String, Run>,
}

struct Run {
    began: Instant,
    calls: u32,
}

impl Generations {
    pub fn admit(&mut self, run: Option<&str>, limit: u32) -> Admission {
        let now = Instant::now();
        self.forget(now);
        if let Some(run) = run.and_then(|run| self.runs.get_mut(run))
            && run.calls < RUN_CALLS
        {
            run.calls += 1;
            return Admission::Admitted;
        }
        if self.log.len() >= limit as usize {
            return Admission::Refused { wait: self.next(now, limit) };
        }
        self.log.push_back(now);
        if let Some(run) = run {
            self.runs.insert(run.to_owned(), Run { began: now, calls: 1 });
        }
        Admission::Admitted
    }

    pub fn allowance(&mut self, limit: u32) -> Allowance {
        let now = Instant::now();
        self.forget(now);
        Allowance { remaining: limit.saturating_sub(self.log.len() as u32), next: self.next(now, limit) }
    }

    /// Until one more may begin than now. After a limit was lowered, several have to leave the window first.
    fn next(&self, now: Instant, limit: u32) -> Duration {
        let leaving = self.log.get(self.log.len().saturating_sub(limit as usize));
        leaving.map_or(Duration::ZERO, |began| *began + WINDOW - now)
    }

    fn forget(&mut self, now: Instant) {
        while self.log.front().is_some_and(|began| *began + WINDOW <= now) {
            self.log.pop_front();
        }
        self.runs.retain(|_, run| now < run.began + RUN_LIFE);
    }
}

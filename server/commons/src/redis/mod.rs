//! What is shared, in a Redis or Valkey that all replicas ask.
//!
//! Every decision is one script, which the store runs without anything between, by its own clock: replicas need not
//! agree about the time. One exchange per operation.

mod keys;
mod link;
mod places;

use std::{
    num::NonZeroU32,
    sync::{Arc, LazyLock},
    time::Duration,
};

use redis::{Client, FromRedisValue, IntoConnectionInfo, Script, ScriptInvocation, io::tcp::TcpSettings};
use tokio::task::JoinSet;

use self::{link::Link, places::Places};
use crate::{
    Admission, Allowance, BadUrl, Session, Unavailable,
    memory::Memory,
    rules::{
        FAILURE_LIFE, FIRST_DELAY, LONGEST_DELAY, MOST_FAILURES, RUN_CALLS, RUN_LIFE, SESSION_IDLE,
        SESSION_LIFE, WINDOW, free_failures,
    },
};

pub use places::Place;

macro_rules! scripts {
    ($($name:ident: $file:literal)+) => {
        $(static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(include_str!(concat!("scripts/", $file, ".lua"))));)+
    };
}

scripts! {
    ADMIT: "admit"
    ALLOWANCE: "allowance"
    PUT_SESSION: "put_session"
    SESSION: "session"
    ATTEMPT: "attempt"
    TAKE_BACK: "take_back"
}

/// A store and this process's connection to it.
#[derive(Clone)]
pub struct Redis {
    link: Arc<Link>,
    places: Arc<Places>,
    /// What to do without the store.
    degraded: Option<Degraded>,
    /// Ended with the last clone.
    _tasks: Arc<JoinSet<()>>,
}

/// This process's share of the limits, kept by itself.
#[derive(Clone)]
struct Degraded {
    memory: Memory,
    replicas: NonZeroU32,
}

impl Degraded {
    /// Rounded up, so that a limit never becomes none or nothing.
    fn share(&self, limit: u32) -> u32 {
        limit.div_ceil(self.replicas.get())
    }
}

impl Redis {
    pub fn new(url: &str) -> Result<Self, BadUrl> {
        let schemes = ["redis://", "rediss://", "valkey://", "valkeys://"];
        if url.contains('#') || !schemes.iter().any(|scheme| url.starts_with(scheme)) {
            return Err(BadUrl);
        }
        // Small commands of many callers must not wait for each other's acknowledgement.
        let tcp = TcpSettings::default().set_nodelay(true);
        let info = url.into_connection_info().map_err(|_| BadUrl)?.set_tcp_settings(tcp);
        let client = Client::open(info).map_err(|_| BadUrl)?;
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Fails only if somebody else was quicker, which is as good.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        let link = Link::new();
        let (places, todo) = Places::new(link.clone());
        let mut tasks = JoinSet::new();
        let (keeper, renewer) = (link.clone(), places.clone());
        tasks.spawn(async move { keeper.keep(client).await });
        tasks.spawn(async move { renewer.keep(todo).await });
        Ok(Self { link, places, degraded: None, _tasks: Arc::new(tasks) })
    }

    pub fn degrade_to(mut self, replicas: NonZeroU32) -> Self {
        self.degraded = Some(Degraded { memory: Memory::default(), replicas });
        self
    }

    async fn call<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, Unavailable> {
        self.link.run(|mut connection| async move { script.invoke_async(&mut connection).await }).await
    }

    pub async fn ready(&self) -> Result<(), Unavailable> {
        self.link
            .run(|mut connection| async move { redis::cmd("PING").exec_async(&mut connection).await })
            .await
    }

    pub async fn settle(&self) {
        self.places.settle().await;
    }

    pub async fn admit(&self, user: &str, run: Option<&str>, limit: u32) -> Result<Admission, Unavailable> {
        let mut script = ADMIT.key(keys::generations(user));
        if let Some(run) = run {
            script.key(keys::run(user, run));
        }
        script.arg(limit).arg(millis(WINDOW)).arg(RUN_CALLS).arg(millis(RUN_LIFE));
        match (self.call::<i64>(&script).await, &self.degraded) {
            (Ok(wait), _) => Ok(match u64::try_from(wait) {
                Ok(wait) => Admission::Refused { wait: Duration::from_millis(wait) },
                Err(_) => Admission::Admitted,
            }),
            (Err(_), Some(alone)) => Ok(alone.memory.admit(user, run, alone.share(limit))),
            (Err(away), None) => Err(away),
        }
    }

    pub async fn allowance(&self, user: &str, limit: u32) -> Result<Allowance, Unavailable> {
        let mut script = ALLOWANCE.key(keys::generations(user));
        script.arg(limit).arg(millis(WINDOW));
        match (self.call::<(u32, u64)>(&script).await, &self.degraded) {
            (Ok((count, next)), _) => {
                Ok(Allowance { remaining: limit.saturating_sub(count), next: Duration::from_millis(next) })
            }
            (Err(_), Some(alone)) => Ok(alone.memory.allowance(user, alone.share(limit))),
            (Err(away), None) => Err(away),
        }
    }

    pub async fn lease(&self, user: &str, most: u32) -> Result<Option<Place>, Unavailable> {
        let user = keys::streams(user);
        match (self.places.take(user.clone(), most).await, &self.degraded) {
            (Err(_), Some(alone)) => Ok(self.places.take_unasked(user, alone.share(most))),
            (taken, _) => taken,
        }
    }

    pub async fn put_session(&self, key: &str, session: &Session) -> Result<(), Unavailable> {
        let mut script = PUT_SESSION.key(keys::session(key));
        script.key(keys::SERIES).arg(&session.user).arg(&session.stamp);
        script.arg(millis(SESSION_IDLE)).arg(millis(SESSION_LIFE));
        self.call(&script).await
    }

    pub async fn session(&self, key: &str) -> Result<Option<Session>, Unavailable> {
        let mut script = SESSION.key(keys::session(key));
        script.key(keys::SERIES).arg(millis(SESSION_IDLE));
        let found: Option<(String, String)> = self.call(&script).await?;
        Ok(found.map(|(user, stamp)| Session { user, stamp }))
    }

    pub async fn end_session(&self, key: &str) -> Result<(), Unavailable> {
        self.delete(vec![keys::session(key)]).await
    }

    pub async fn end_sessions(&self, user: &str) -> Result<(), Unavailable> {
        self.link
            .run(|mut connection| async move {
                redis::cmd("HDEL").arg(keys::SERIES).arg(user).exec_async(&mut connection).await
            })
            .await
    }

    pub async fn attempt(&self, names: &[&str]) -> Result<Result<(), Duration>, Unavailable> {
        let mut script = ATTEMPT.key(keys::failures(names));
        script
            .arg(millis(FIRST_DELAY))
            .arg(millis(LONGEST_DELAY))
            .arg(millis(FAILURE_LIFE))
            .arg(MOST_FAILURES);
        for name in names {
            script.arg(free_failures(name));
        }
        let wait: u64 = self.call(&script).await?;
        Ok(if wait == 0 { Ok(()) } else { Err(Duration::from_millis(wait)) })
    }

    pub async fn forgive(&self, names: &[&str]) -> Result<(), Unavailable> {
        self.delete(keys::failures(names)).await
    }

    pub async fn take_back(&self, names: &[&str]) -> Result<(), Unavailable> {
        self.call(TAKE_BACK.key(keys::failures(names)).arg(millis(FAILURE_LIFE))).await
    }

    async fn delete(&self, keys: Vec<String>) -> Result<(), Unavailable> {
        self.link
            .run(
                |mut connection| async move { redis::cmd("DEL").arg(keys).exec_async(&mut connection).await },
            )
            .await
    }
}

fn millis(time: Duration) -> u64 {
    time.as_millis() as u64
}

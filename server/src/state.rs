//! What all requests share: made once at start, never changed.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::http::HeaderValue;
use codecraft_accounts::Proxies;
use codecraft_commons::Commons;
use codecraft_redaction::Secrets;
use codecraft_telemetry::{Log, Telemetry, Traces};
use tokio::sync::Semaphore;

use crate::{
    assets,
    auth::Auth,
    config::{Config, ConfigError, Limits, Secret, Timeouts},
    edge,
    guard::Guard,
    router::Readiness,
    shutdown::Shutdown,
    upstream::Upstreams,
};

/// How often an HTTP/2 connection to an upstream is probed while calls are open on it.
const HTTP2_PING: Duration = Duration::from_secs(20);
/// How long the upstream may take to answer a probe.
const HTTP2_PONG: Duration = Duration::from_secs(10);

/// The shared state of one server.
pub struct AppState {
    pub(crate) upstreams: Upstreams,
    /// One connection pool for all upstreams.
    pub(crate) client: reqwest::Client,
    pub(crate) guard: Guard,
    pub(crate) auth: Auth,
    pub(crate) proxies: Proxies,
    pub(crate) secrets: Secrets,
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    pub(crate) log: Log,
    pub(crate) telemetry: Telemetry,
    pub(crate) metrics_token: Option<Secret>,
    pub(crate) shutdown: Shutdown,
    /// The app's Content-Security-Policy.
    pub(crate) policy: HeaderValue,
    /// What is counted over all replicas.
    pub(crate) commons: Commons,
    pub(crate) readiness: Readiness,
    /// A place per open upstream call of this process.
    pub(crate) streams: Arc<Semaphore>,
}

impl AppState {
    /// State for a server that listens on `addr`, which decides the host names it answers to.
    pub fn new(
        config: &Config,
        addr: SocketAddr,
        log: Log,
        traces: Option<Traces>,
    ) -> Result<Arc<Self>, ConfigError> {
        let secrets = Secrets::new(config.providers.iter().filter_map(|provider| provider.key.as_ref()));
        let log = log.masking({
            let secrets = secrets.clone();
            move |text| secrets.scrub(text)
        });
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .tcp_nodelay(true)
            .connect_timeout(config.timeouts.connect)
            // Streams share an HTTP/2 connection; one that died unnoticed would leave new calls waiting on it.
            .http2_keep_alive_interval(HTTP2_PING)
            .http2_keep_alive_timeout(HTTP2_PONG)
            .build()
            .map_err(|_| ConfigError::new("The system's TLS certificates cannot be read."))?;
        let upstreams = Upstreams::new(&config.providers);
        let proxies = Proxies::new(&config.trusted_proxies);
        let commons = commons(config)?;
        Ok(Arc::new(Self {
            upstreams,
            client,
            guard: Guard::new(addr, &config.allowed_hosts, &config.allowed_origins),
            telemetry: Telemetry::new(env!("CARGO_PKG_VERSION"), log.clone(), traces),
            auth: Auth::new(config, &proxies, &commons, log.clone())?,
            proxies,
            log,
            metrics_token: config.metrics_token.clone(),
            secrets,
            limits: config.limits,
            timeouts: config.timeouts,
            shutdown: Shutdown::default(),
            policy: edge::content_security_policy(&assets::inline()),
            commons,
            readiness: Readiness::default(),
            streams: Arc::new(Semaphore::new(config.limits.max_streams as usize)),
        }))
    }

    /// Upstream calls that are open now.
    pub fn open_streams(&self) -> usize {
        self.limits.max_streams as usize - self.streams.available_permits()
    }

    /// What makes the first user, while there is none: for the operator's eyes only.
    pub fn setup_token(&self) -> Option<String> {
        self.auth.setup_token().map(|token| token.expose().to_owned())
    }
}

/// What is counted here alone or, with a Redis, by all replicas together.
fn commons(config: &Config) -> Result<Commons, ConfigError> {
    let Some(redis) = &config.redis else { return Ok(Commons::memory()) };
    let commons = Commons::redis(redis.url.expose())
        .map_err(|wrong| ConfigError::new(format!("CODECRAFT_REDIS_URL {wrong}")))?;
    Ok(match redis.replicas {
        Some(replicas) => commons.degrade_to(replicas),
        None => commons,
    })
}

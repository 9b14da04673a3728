//! What the tests stand on: [`Server`] under test, [`Upstream`] behind it, raw HTTP and WebSocket clients in front.

pub mod client;
pub mod upstream;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use codecraft_server::{AppState, Config, Log, Traces, serve};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};

pub use client::{Socket, exchange, get, post};
pub use upstream::{Step, Upstream};

/// The keys of every test server. They must never be seen in front of it.
pub const GEMINI_KEY: &str = "AIzaCanaryCanaryCanaryCanaryCanary00001";
pub const OPENAI_KEY: &str = "sk-canary-canary-canary-canary-00002";

/// Longest time that anything in these tests may take before it counts as hanging.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for something that has to happen.
#[track_caller]
pub fn soon<F: Future>(what: F) -> impl Future<Output = F::Output> {
    let caller = std::panic::Location::caller();
    async move {
        timeout(PATIENCE, what)
            .await
            .unwrap_or_else(|_| panic!("nothing happened for {PATIENCE:?} at {caller}"))
    }
}

/// Lets this process open as many files as its hard limit allows: the usual soft limit is below what a thousand streams take.
pub fn many_files() {
    rlimit::increase_nofile_limit(8192).unwrap();
}

/// Settings of a server whose providers are all the one at `base`, as `gemini`, `ollama`, `openai` and `box`.
pub fn settings(base: &str) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("CODECRAFT_ADDR", "127.0.0.1:0".to_owned()),
        ("CODECRAFT_RATE_LIMIT", "0".to_owned()),
        ("GOOGLE_API_KEY", GEMINI_KEY.to_owned()),
        ("OPENAI_API_KEY", OPENAI_KEY.to_owned()),
        ("GEMINI_BASE_URL", format!("{base}/gemini")),
        ("OLLAMA_API_URL", format!("{base}/ollama")),
        ("OPENAI_BASE_URL", format!("{base}/openai/v1")),
        ("CODECRAFT_LOCAL", format!("box={base}/box/v1")),
    ])
}

pub fn config(settings: &BTreeMap<&'static str, String>) -> Config {
    Config::read(|name| settings.get(name).cloned(), true).unwrap()
}

/// A server that runs until it is dropped.
pub struct Server {
    pub addr: SocketAddr,
    pub state: Arc<AppState>,
    lines: Arc<Mutex<Vec<String>>>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl Server {
    /// A server in front of `upstream`.
    pub async fn before(upstream: &Upstream) -> Self {
        Self::start(&config(&settings(&upstream.base()))).await
    }

    pub async fn start(config: &Config) -> Self {
        Self::tracing(config, None).await
    }

    /// A server that sends its traces to the collector at `endpoint`.
    pub async fn tracing(config: &Config, endpoint: Option<&str>) -> Self {
        let listener = TcpListener::bind(config.addr).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let log = Log::to({
            let lines = lines.clone();
            move |line| lines.lock().unwrap().push(line.to_owned())
        })
        .in_format(config.log);
        let endpoint =
            |var: &str| endpoint.filter(|_| var == "OTEL_EXPORTER_OTLP_ENDPOINT").map(str::to_owned);
        let traces = Traces::read(endpoint, "0", &log).unwrap();
        let state = AppState::new(config, addr, log, traces).unwrap();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(serve(listener, state.clone(), async {
            let _ = stopped.await;
        }));
        Self { addr, state, lines, stop: Some(stop), running }
    }

    /// Waits until so many requests have been written down, each at its end; a server that logs JSON has a line for each.
    pub async fn requests_logged(&self, count: usize) -> String {
        soon(async {
            loop {
                let log = self.log();
                if log.matches(r#""message":"request""#).count() >= count {
                    return log;
                }
                tokio::task::yield_now().await;
            }
        })
        .await
    }

    /// Everything logged so far.
    pub fn log(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// Tells the server to go down, as a signal would.
    pub fn begin_shutdown(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    /// Resolves when the server has ended.
    pub async fn ended(self) {
        soon(self.running).await.unwrap();
    }

    /// Waits until no upstream call holds a permit any more.
    pub async fn idle(&self) {
        soon(async {
            while self.state.open_streams() > 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

//! Replicas as processes, and their clients.

use std::{
    io::{BufRead, BufReader},
    net::{IpAddr, SocketAddr},
    panic::Location,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use codecraft_core::api::{Code, ErrorBody, RUN_HEADER, StreamFrame, StreamOpen};
use codecraft_tests::{FakeUpstream, redis::Redis};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest},
};

/// Longest time that the store may be back and not be used again.
pub const RECOVERY: Duration = Duration::from_secs(5);
/// Longest time that something without a bound of its own may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

const CHAT: &str = "v1/chat/completions";
/// A model that answers at once, and one that begins its answer and never ends.
const QUICK: &str = "quick@rate=0,lines=1";
const ENDLESS: &str = "stall@tokens=1,rate=0";

/// Two replicas that share a Redis and an upstream.
pub struct Deployment {
    pub replicas: [Replica; 2],
    pub redis: Redis,
    pub upstream: FakeUpstream,
}

impl Deployment {
    /// Starts everything, with further settings for both replicas. The Redis keeps its data when it is stopped.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        let redis = Redis::start(&["--appendonly", "yes", "--appendfsync", "always"]);
        let upstream = codecraft_tests::spawn().await;
        let replicas = [(); 2].map(|()| Replica::start(&redis.url(), &upstream, settings));
        Self { replicas, redis, upstream }
    }

    /// Replica 0 and 1 in turn.
    pub fn turn(&self, n: usize) -> SocketAddr {
        self.replicas[n % 2].addr
    }
}

/// A process of the program.
pub struct Replica {
    pub addr: SocketAddr,
    child: Child,
}

impl Replica {
    pub fn start(redis: &str, upstream: &FakeUpstream, settings: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_codecraft"))
            .env_clear()
            .env("CODECRAFT_ADDR", "127.0.0.1:0")
            .env("CODECRAFT_REDIS_URL", redis)
            .env("OPENAI_API_KEY", "sk-replicas-replicas")
            .env("OPENAI_BASE_URL", upstream.url("openai"))
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let addr = line.trim_end().strip_prefix("CodeCraft is at http://").expect("it says where it is");
        Self { addr: addr.parse().unwrap(), child }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// `kill`, and waits for the end.
    pub fn terminate(&mut self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // One that is gone already needs no killing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a generation went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Answered,
    Refused { code: Code, wait_ms: u64 },
}

impl Outcome {
    pub fn code(self) -> Option<Code> {
        match self {
            Self::Answered => None,
            Self::Refused { code, .. } => Some(code),
        }
    }
}

/// The two ways to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Http,
    Socket,
}

impl Way {
    pub fn turn(n: usize) -> Self {
        if n.is_multiple_of(2) { Self::Http } else { Self::Socket }
    }
}

/// Somebody with an address of their own; loopback has sixteen million.
#[derive(Clone)]
pub struct Client {
    from: IpAddr,
    http: reqwest::Client,
}

/// A stream that is open until this is dropped.
pub enum Held {
    Http(reqwest::Response),
    Socket(Box<WebSocketStream<TcpStream>>),
}

impl Client {
    pub fn at(from: &str) -> Self {
        let from: IpAddr = from.parse().unwrap();
        let http =
            reqwest::Client::builder().no_proxy().local_address(from).timeout(PATIENCE).build().unwrap();
        Self { from, http }
    }

    /// Asks the quick model and reads its answer.
    pub async fn generate(&self, addr: SocketAddr, way: Way, run: Option<&str>) -> Outcome {
        match self.open(addr, way, run, QUICK).await {
            Ok(Held::Http(response)) => {
                assert!(response.text().await.unwrap().contains("[DONE]"));
                Outcome::Answered
            }
            Ok(Held::Socket(mut socket)) => loop {
                let message = timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
                if let Message::Text(text) = message {
                    assert_eq!(serde_json::from_str::<StreamFrame>(&text).unwrap(), StreamFrame::End);
                    return Outcome::Answered;
                }
            },
            Err(refused) => refused,
        }
    }

    /// Opens a stream that does not end by itself.
    pub async fn hold(&self, addr: SocketAddr, way: Way) -> Result<Held, Outcome> {
        self.open(addr, way, None, ENDLESS).await
    }

    async fn open(
        &self,
        addr: SocketAddr,
        way: Way,
        run: Option<&str>,
        model: &str,
    ) -> Result<Held, Outcome> {
        let body = format!(
            r#"{{"model":"{model}","stream":true,"messages":[{{"role":"user","content":"Write code."}}]}}"#
        );
        match way {
            Way::Http => self.open_http(addr, run, body).await,
            Way::Socket => self.open_socket(addr, run, body).await,
        }
    }

    async fn open_http(&self, addr: SocketAddr, run: Option<&str>, body: String) -> Result<Held, Outcome> {
        let mut request = self.http.post(format!("http://{addr}/api/providers/openai/{CHAT}"));
        if let Some(run) = run {
            request = request.header(RUN_HEADER, run);
        }
        let response = request.header("content-type", "application/json").body(body).send().await.unwrap();
        if response.status().is_success() {
            return Ok(Held::Http(response));
        }
        let text = response.text().await.unwrap();
        let ErrorBody { error } = serde_json::from_str(&text).expect(&text);
        Err(Outcome::Refused { code: error.code, wait_ms: error.retry_after_ms.unwrap_or(0) })
    }

    async fn open_socket(&self, addr: SocketAddr, run: Option<&str>, body: String) -> Result<Held, Outcome> {
        let tcp = TcpSocket::new_v4().unwrap();
        tcp.bind(SocketAddr::new(self.from, 0)).unwrap();
        let tcp = tcp.connect(addr).await.unwrap();
        let request = format!("ws://{addr}/api/stream").into_client_request().unwrap();
        let (mut socket, _) = tokio_tungstenite::client_async(request, tcp).await.unwrap();
        let open = StreamOpen {
            provider: "openai".into(),
            method: "POST".into(),
            path: CHAT.into(),
            run: run.map(str::to_owned),
            body,
        };
        socket.send(Message::text(serde_json::to_string(&open).unwrap())).await.unwrap();
        let message = timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
        match serde_json::from_str(message.to_text().unwrap()).unwrap() {
            StreamFrame::Head { status: 200, .. } => Ok(Held::Socket(Box::new(socket))),
            StreamFrame::Error { error } => {
                Err(Outcome::Refused { code: error.code, wait_ms: error.retry_after_ms.unwrap_or(0) })
            }
            frame => panic!("{frame:?}"),
        }
    }

    pub async fn get(&self, addr: SocketAddr, path: &str) -> reqwest::Response {
        self.http.get(format!("http://{addr}{path}")).send().await.unwrap()
    }
}

/// Waits until something holds, and says how long that took.
#[track_caller]
pub fn until(limit: Duration, mut holds: impl AsyncFnMut() -> bool) -> impl Future<Output = Duration> {
    let caller = Location::caller();
    async move {
        let began = Instant::now();
        let waiting = async {
            while !holds().await {
                sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(timeout(limit, waiting).await.is_ok(), "not within {limit:?} at {caller}");
        began.elapsed()
    }
}

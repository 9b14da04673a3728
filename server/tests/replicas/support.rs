//! Replicas as processes, and their clients.

use std::{
    io::{BufRead, BufReader, Write},
    net::IpAddr,
    panic::Location,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use codecraft_accounts::Token;
use codecraft_core::api::{
    Auth, Code, ErrorBody, LOGIN_PATH, LOGOUT_PATH, Login, Logout, ME_PATH, ProxyError, RUN_HEADER,
    STREAM_PATH, StreamFrame, StreamOpen,
};
use codecraft_tests::{FakeUpstream, redis::Redis};
use futures_util::{SinkExt, StreamExt};
use reqwest::{
    ClientBuilder, Method, StatusCode, Upgraded,
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, handshake::client::generate_key, protocol::Role},
};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Longest time that the store may be back and not be used again.
pub const RECOVERY: Duration = Duration::from_secs(5);
/// Longest time that something without a bound of its own may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

const CHAT: &str = "v1/chat/completions";
/// A model that answers at once, and one that begins its answer and never ends.
const QUICK: &str = "quick@rate=0,lines=1";
const ENDLESS: &str = "stall@tokens=1,rate=0";

/// The password of everybody.
pub const PASSWORD: &str = "correct horse battery staple";

/// A folder for one test, gone with it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(Token::random().expose());
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(name).into_os_string().into_string().unwrap()
    }

    /// Makes a certificate of codecraft.example and 127.0.0.1, as `certificate` beside its `key`, and gives its text.
    pub fn certificate(&self) -> String {
        let made = Command::new("openssl")
            .args(["req", "-x509", "-days", "2", "-nodes", "-newkey", "ec"])
            .args(["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=codecraft.example"])
            .args(["-addext", "subjectAltName=DNS:codecraft.example,IP:127.0.0.1"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-keyout", &self.path("key"), "-out", &self.path("certificate")])
            .output()
            .expect("there is openssl");
        assert!(made.status.success(), "{made:?}");
        std::fs::read_to_string(self.path("certificate")).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Two replicas that share a Redis and an upstream.
pub struct Deployment {
    pub replicas: [Replica; 2],
    pub redis: Redis,
    pub upstream: FakeUpstream,
    _folder: Option<Folder>,
}

impl Deployment {
    /// Starts everything, with further settings for both replicas. The Redis keeps its data when it is stopped.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        let redis = Redis::start(&["--appendonly", "yes", "--appendfsync", "always"]);
        let upstream = codecraft_tests::spawn().await;
        let replicas = [(); 2].map(|()| Replica::start(&redis.url(), &upstream, settings));
        for replica in &replicas {
            replica.ready().await;
        }
        Self { replicas, redis, upstream, _folder: None }
    }

    /// The same, where these people sign in with [`PASSWORD`].
    pub async fn of(people: &[&str], settings: &[(&str, &str)]) -> Self {
        let folder = Folder::new();
        let users = folder.path("users");
        for name in people {
            let mut add = Command::new(env!("CARGO_BIN_EXE_codecraft"))
                .args(["user", "add", name, "--stdin"])
                .env_clear()
                .env("CODECRAFT_USERS", &users)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            add.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
            assert!(add.wait().unwrap().success());
        }
        let auth = [("CODECRAFT_AUTH", "users"), ("CODECRAFT_USERS", &*users)];
        Self { _folder: Some(folder), ..Self::start(&[&auth, settings].concat()).await }
    }

    /// Where replica 0 and replica 1 are, in turn.
    pub fn turn(&self, n: usize) -> &str {
        &self.replicas[n % 2].site
    }
}

/// A process of the program.
pub struct Replica {
    /// `http://127.0.0.1:port`
    pub site: String,
    child: Child,
}

impl Replica {
    pub fn start(redis: &str, upstream: &FakeUpstream, settings: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_codecraft"))
            // The tests are the proxies here, so that they can be many clients.
            .arg("--i-know")
            .env_clear()
            .env("CODECRAFT_ADDR", "127.0.0.1:0")
            .env("CODECRAFT_REDIS_URL", redis)
            .env("CODECRAFT_TRUSTED_PROXIES", "127.0.0.0/8")
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
        let site = line.trim_end().strip_prefix("CodeCraft is at ").expect("it says where it is");
        Self { site: site.to_owned(), child }
    }

    /// Waits until it has found the store.
    pub async fn ready(&self) {
        let anybody = Client::at(9);
        until(PATIENCE, async || anybody.get(&self.site, "/api/limits").await.status() != 503).await;
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
    fn refused(error: &ProxyError) -> Self {
        Self::Refused { code: error.code, wait_ms: error.retry_after_ms.unwrap_or(0) }
    }

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

/// Somebody at a browser.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    /// `name=token` of somebody who has signed in.
    pub cookie: String,
}

/// A stream that is open until this is dropped.
pub enum Held {
    Http(reqwest::Response),
    Socket(Box<WebSocketStream<Upgraded>>),
}

impl Client {
    /// Somebody at an address of their own, behind a proxy of their own.
    pub fn at(number: u8) -> Self {
        let address = HeaderValue::from_str(&format!("203.0.113.{number}")).unwrap();
        Self::from(
            Self::builder()
                .local_address(IpAddr::from([127, 0, 0, number]))
                .default_headers(HeaderMap::from_iter([(FORWARDED_FOR, address)])),
        )
    }

    pub fn builder() -> ClientBuilder {
        reqwest::Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE)
    }

    pub fn from(builder: ClientBuilder) -> Self {
        Self { http: builder.build().unwrap(), cookie: String::new() }
    }

    /// Tries to sign in: with the cookie, or the refusal.
    pub async fn try_sign_in(&self, site: &str, user: &str, password: &str) -> Result<Self, Code> {
        let login = Login { user: user.into(), password: password.into(), token: false };
        let response = self.post(site, LOGIN_PATH, &login).await;
        let cookie = response.headers().get("set-cookie").map(|cookie| cookie.to_str().unwrap().to_owned());
        match cookie {
            Some(cookie) => {
                let cookie = cookie.split(';').next().unwrap().to_owned();
                Ok(Self { http: self.http.clone(), cookie })
            }
            None => Err(read::<ErrorBody>(response).await.error.code),
        }
    }

    pub async fn sign_in(&self, site: &str, user: &str) -> Self {
        self.try_sign_in(site, user, PASSWORD).await.map_err(|code| format!("{user}: {code:?}")).unwrap()
    }

    pub async fn sign_out(&self, site: &str, everywhere: bool) {
        assert_eq!(self.post(site, LOGOUT_PATH, &Logout { everywhere }).await.status(), 204);
    }

    /// The user that a replica takes this for, or why it does not know.
    pub async fn me(&self, site: &str) -> Result<String, Code> {
        let response = self.get(site, ME_PATH).await;
        if response.status().is_success() {
            return Ok(read::<Auth>(response).await.user.expect("somebody has signed in"));
        }
        Err(read::<ErrorBody>(response).await.error.code)
    }

    async fn post(&self, site: &str, path: &str, body: &impl Serialize) -> reqwest::Response {
        let body = serde_json::to_string(body).unwrap();
        self.send(Method::POST, site, path, &[("content-type", "application/json")], body).await
    }

    /// Asks the quick model and reads its answer.
    pub async fn generate(&self, site: &str, way: Way, run: Option<&str>) -> Outcome {
        match self.open(site, way, run, QUICK).await {
            Ok(Held::Http(response)) => {
                assert!(response.text().await.unwrap().contains("[DONE]"));
                Outcome::Answered
            }
            Ok(Held::Socket(mut socket)) => loop {
                if let Message::Text(text) = next(&mut socket).await {
                    assert_eq!(serde_json::from_str::<StreamFrame>(&text).unwrap(), StreamFrame::End);
                    return Outcome::Answered;
                }
            },
            Err(refused) => refused,
        }
    }

    /// Asks with a body that is larger than allowed.
    pub async fn generate_large(&self, site: &str) -> Option<Code> {
        let refused = self.open_http(site, None, "x".repeat((1 << 20) + 1)).await.map(drop);
        refused.unwrap_err().code()
    }

    /// Opens a stream that does not end by itself.
    pub async fn hold(&self, site: &str, way: Way) -> Result<Held, Outcome> {
        self.open(site, way, None, ENDLESS).await
    }

    pub async fn open(&self, site: &str, way: Way, run: Option<&str>, model: &str) -> Result<Held, Outcome> {
        let body = format!(
            r#"{{"model":"{model}","stream":true,"messages":[{{"role":"user","content":"Write code."}}]}}"#
        );
        match way {
            Way::Http => self.open_http(site, run, body).await,
            Way::Socket => self.open_socket(site, run, body).await,
        }
    }

    async fn open_http(&self, site: &str, run: Option<&str>, body: String) -> Result<Held, Outcome> {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(run.map(|run| (RUN_HEADER, run)));
        let path = format!("/api/providers/openai/{CHAT}");
        let response = self.send(Method::POST, site, &path, &headers, body).await;
        if response.status().is_success() {
            return Ok(Held::Http(response));
        }
        Err(refusal(response).await)
    }

    async fn open_socket(&self, site: &str, run: Option<&str>, body: String) -> Result<Held, Outcome> {
        let key = generate_key();
        let headers = [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", &key),
        ];
        let response = self.send(Method::GET, site, STREAM_PATH, &headers, String::new()).await;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(refusal(response).await);
        }
        let connection = response.upgrade().await.unwrap();
        let mut socket = WebSocketStream::from_raw_socket(connection, Role::Client, None).await;
        let open = StreamOpen {
            provider: "openai".into(),
            method: "POST".into(),
            path: CHAT.into(),
            run: run.map(str::to_owned),
            body,
        };
        socket.send(Message::text(serde_json::to_string(&open).unwrap())).await.unwrap();
        match serde_json::from_str(next(&mut socket).await.to_text().unwrap()).unwrap() {
            StreamFrame::Head { status: 200, .. } => Ok(Held::Socket(Box::new(socket))),
            StreamFrame::Error { error } => Err(Outcome::refused(&error)),
            frame => panic!("{frame:?}"),
        }
    }

    pub async fn get(&self, site: &str, path: &str) -> reqwest::Response {
        self.send(Method::GET, site, path, &[], String::new()).await
    }

    /// Sends what the app's page would send, but for what `headers` say otherwise.
    pub async fn send(
        &self,
        method: Method,
        site: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> reqwest::Response {
        let mut request = self.http.request(method, format!("{site}{path}")).body(body);
        let mut page = vec![("origin", site), ("sec-fetch-site", "same-origin")];
        if !self.cookie.is_empty() {
            page.push(("cookie", &self.cookie));
        }
        page.retain(|(name, _)| !headers.iter().any(|(other, _)| other == name));
        for (name, value) in headers.iter().copied().chain(page) {
            request = request.header(name, value);
        }
        request.send().await.unwrap()
    }
}

async fn refusal(response: reqwest::Response) -> Outcome {
    Outcome::refused(&read::<ErrorBody>(response).await.error)
}

pub async fn read<T: DeserializeOwned>(response: reqwest::Response) -> T {
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).expect(&text)
}

/// The next message that is no ping.
pub async fn next(socket: &mut WebSocketStream<Upgraded>) -> Message {
    loop {
        let message = timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
        if !message.is_ping() {
            return message;
        }
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

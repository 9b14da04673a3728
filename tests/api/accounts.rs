//! Who may use the server, over real sockets: people with passwords, their sessions, and names that a proxy vouches for.

mod password;
mod programs;
mod proxies;
mod replicas;
mod scope;
mod session;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use codecraft_accounts::{Token, Users};
use codecraft_core::api::{Auth, Config, Session};

use crate::support::{Server, Upstream, client::Answer, config, exchange, settings, soon, upstream::answer};

const PASSWORD: &str = "canary horse battery staple";
const WRONG: &str = "canary staple battery horse";

/// What takes part in a call.
const CHAT: &str = "/api/providers/openai/v1/chat/completions";
const TAGS: &str = "/api/providers/ollama/api/tags";
const LOGIN: &str = "/api/auth/login";
const LOGOUT: &str = "/api/auth/logout";
const SETUP: &str = "/api/auth/setup";
const ME: &str = "/api/auth/me";

/// A server with users of its own; its file of users is gone with it.
struct House {
    server: Server,
    upstream: Upstream,
    folder: PathBuf,
}

impl House {
    /// People with these names, who all have the same password.
    async fn of(names: &[&str]) -> Self {
        Self::with(names, &[]).await
    }

    /// The same, with more settings.
    async fn with(names: &[&str], more: &[(&'static str, &str)]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(Token::random().expose());
        fs::create_dir(&folder).unwrap();
        let file = folder.join("users");
        let users = Users::open(&file, |_| ()).unwrap();
        for name in names {
            users.add(name, PASSWORD).unwrap();
        }
        let mut all = vec![("CODECRAFT_AUTH", "users"), ("CODECRAFT_USERS", file.to_str().unwrap())];
        all.extend_from_slice(more);
        let (server, upstream) = start(&all).await;
        Self { server, upstream, folder }
    }

    /// The file of users, as the operator's commands open it.
    fn users(&self) -> Users {
        Users::open(self.folder.join("users"), |_| ()).unwrap()
    }

    async fn ask(&self, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        ask(&self.server, line, headers, body).await
    }

    async fn sign_in(&self, name: &str, password: &str) -> Answer {
        self.ask(&format!("POST {LOGIN}"), &[], &login(name, password)).await
    }

    /// The cookie of a new session, as a browser sends it back.
    async fn cookie(&self, name: &str) -> String {
        cookie(&self.sign_in(name, PASSWORD).await)
    }

    /// The token of a new session, for a program.
    async fn token(&self, name: &str) -> String {
        let body = format!(r#"{{"user":"{name}","password":"{PASSWORD}","token":true}}"#);
        let answer = self.ask(&format!("POST {LOGIN}"), &[], &body).await;
        let session: Session = serde_json::from_slice(&answer.body).unwrap();
        session.token.unwrap()
    }

    /// The user whose cookie this is; `None` if the server knows nobody by it.
    async fn user(&self, cookie: &str) -> Option<String> {
        let answer = self.ask(&format!("GET {ME}"), &[("cookie", cookie)], "").await;
        if answer.status == 401 {
            return None;
        }
        serde_json::from_slice::<Auth>(&answer.body).unwrap().user
    }

    /// Waits until the server knows nobody by this cookie any more.
    async fn gone(&self, cookie: &str) {
        soon(async { while self.user(cookie).await.is_some() {} }).await;
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A server with these settings beside the usual ones, in front of an upstream that answers everything.
async fn start(more: &[(&'static str, &str)]) -> (Server, Upstream) {
    let upstream = Upstream::answering(answer("200 OK", "content-type: application/json\r\n", "{}")).await;
    let mut settings: BTreeMap<_, _> = settings(&upstream.base());
    settings.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    (Server::start(&config(&settings)).await, upstream)
}

/// Sends `METHOD path`, with JSON if there is any. A `host` or `content-type` among the headers takes the place of the usual.
async fn ask(server: &Server, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let given = |wanted: &str| headers.iter().any(|(name, _)| *name == wanted);
    let mut request = format!("{line} HTTP/1.1\r\nconnection: close\r\n");
    if !given("host") {
        write!(request, "host: {}\r\n", server.addr).unwrap();
    }
    if !given("content-type") {
        request.push_str("content-type: application/json\r\n");
    }
    if !given("transfer-encoding") {
        write!(request, "content-length: {}\r\n", body.len()).unwrap();
    }
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    exchange(server.addr, request + "\r\n" + body).await
}

fn login(name: &str, password: &str) -> String {
    format!(r#"{{"user":"{name}","password":"{password}"}}"#)
}

/// Name and value of the cookie that an answer sets.
#[track_caller]
fn cookie(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

fn settings_of(answer: &Answer) -> Config {
    serde_json::from_slice(&answer.body).unwrap()
}

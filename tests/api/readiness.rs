//! What an operator asks: `codecraft check`, `codecraft health` and `/readyz`.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    path::Path,
    time::{Duration, Instant},
};

use codecraft_accounts::{Token, Users};
use codecraft_server::check::{check, health};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    GEMINI_KEY, OPENAI_KEY, Server, Upstream, client::Answer, config, exchange, get, settings, soon,
    upstream::answer,
};

const JSON: &str = "content-type: application/json\r\n";

/// What `codecraft check` prints, without how long each took.
async fn checked(settings: &BTreeMap<&'static str, String>) -> Vec<String> {
    let findings = check(&config(settings)).await.unwrap();
    let lines = findings.iter().map(ToString::to_string);
    let timeless = |line: String| match line.rsplit_once(" in ") {
        Some((said, time)) if time.ends_with(" ms.") => said.to_owned(),
        _ => line,
    };
    let lines: Vec<_> = lines.map(timeless).collect();
    for canary in [GEMINI_KEY, OPENAI_KEY, "canary"] {
        assert!(!lines.concat().contains(canary), "{lines:#?}");
    }
    lines
}

#[tokio::test]
async fn check_tries_what_is_configured() {
    let upstream = Upstream::start(|seen| {
        let path = seen.line().split(' ').nth(1).unwrap();
        let models = match path.split(['?', '/']).nth(1).unwrap() {
            "gemini" => r#"{"models":[{"name":"models/a","supportedGenerationMethods":["generateContent"]}],"nextPageToken":"x"}"#,
            "ollama" => r#"{"models":[{"name":"a","model":"a"}]}"#,
            "openai" => return answer("401 No", JSON, &format!("{{\"error\":{{\"message\":\"canary {OPENAI_KEY}\"}}}}")),
            _ => "<html>canary</html>",
        };
        answer("200 OK", JSON, models)
    })
    .await;
    let mut settings = settings(&upstream.base());
    settings.insert(
        "CODECRAFT_LOCAL",
        format!("box={0}/box,desk={0}/desk/v1,far=http://127.0.0.1:1", upstream.base()),
    );
    let lines = checked(&settings).await;
    assert_eq!(
        lines,
        [
            "ok          address     127.0.0.1:0 is free to listen on.",
            "ok          gemini      1 or more models",
            "ok          ollama      1 model",
            "failed      openai      The key was refused. See OPENAI_API_KEY.",
            "failed      box         It did not answer with a list of models. See CODECRAFT_LOCAL.",
            "failed      desk        It did not answer with a list of models. See CODECRAFT_LOCAL.",
            "failed      far         far cannot be reached. Cause: Connection refused (os error 111). See CODECRAFT_LOCAL.",
        ]
    );
    let keys: Vec<_> =
        upstream.seen().iter().filter_map(|seen| seen.header("x-goog-api-key").map(str::to_owned)).collect();
    assert_eq!(keys, [GEMINI_KEY], "through the same table, with the same key");
}

#[tokio::test]
async fn check_tells_what_was_left_out_from_what_fails() {
    let mut settings = settings("http://127.0.0.1:1");
    for name in ["GOOGLE_API_KEY", "OPENAI_API_KEY", "CODECRAFT_LOCAL", "OLLAMA_API_URL"] {
        settings.remove(name);
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    settings.insert("CODECRAFT_ADDR", listener.local_addr().unwrap().to_string());
    let lines = checked(&settings).await;
    assert!(
        lines[0].starts_with("failed      address     Another program listens on 127.0.0.1:"),
        "{lines:#?}"
    );
    for (line, id) in [(1, "gemini"), (3, "openai")] {
        assert!(lines[line].starts_with(&format!("not set up  {id}      ")), "{lines:#?}");
        assert!(lines[line].contains("API_KEY"), "{lines:#?}");
    }
    // Nobody asked for Ollama; it may run on this machine all the same.
    assert!(!lines[2].starts_with("failed"), "{lines:#?}");
}

#[tokio::test]
async fn check_and_health_know_a_server_that_runs() {
    let mut settings = settings("http://127.0.0.1:1");
    let mut server = Server::start(&config(&settings)).await;
    settings.insert("CODECRAFT_ADDR", server.addr.to_string());
    let lines = checked(&settings).await;
    assert_eq!(lines[0], format!("ok          address     A server runs at {}.", server.addr));
    let ready = get(server.addr, "/readyz").await;
    let asked = health(server.addr).await;
    assert_eq!(asked, if ready.status == 200 { Ok(()) } else { Err(ready.text()) });
    let addr = server.addr;
    server.begin_shutdown();
    server.ended().await;
    assert_eq!(health(addr).await, Err("Nothing answers.".to_owned()));
}

/// The reasons why a server is not ready, but for those about the app, which need not be built for these tests.
fn reasons(ready: &Answer) -> Vec<String> {
    let body: Value = serde_json::from_slice(&ready.body).unwrap();
    let reasons: Vec<String> = serde_json::from_value(body["reasons"].clone()).unwrap();
    assert_eq!(body["ready"], reasons.is_empty());
    assert_eq!(ready.status, if reasons.is_empty() { 200 } else { 503 });
    reasons.into_iter().filter(|reason| !reason.contains("make build")).collect()
}

#[tokio::test]
async fn readiness_has_reasons() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(Token::random().expose());
    fs::create_dir(&folder).unwrap();
    let file = folder.join("users");
    let mut settings = settings("http://127.0.0.1:1");
    settings.insert("CODECRAFT_AUTH", "users".into());
    settings.insert("CODECRAFT_USERS", file.to_str().unwrap().to_owned());
    let server = Server::start(&config(&settings)).await;
    let ask = async || reasons(&get(server.addr, "/readyz").await);
    let begun = Instant::now();
    assert_eq!(ask().await, [] as [&str; 0], "the first user can be made");
    assert_eq!(
        checked(&settings).await[1],
        "not set up  users       Nobody can sign in; codecraft user add makes a user."
    );
    Users::open(&file, |_| ()).unwrap().add("ada", "correct horse battery").unwrap();
    assert_eq!(ask().await, [] as [&str; 0]);
    assert_eq!(checked(&settings).await[1], "ok          users       1 can sign in.");
    fs::write(&file, "canary:canary\n").unwrap();
    let found = soon(async {
        loop {
            let found = ask().await;
            if !found.is_empty() {
                return found;
            }
        }
    })
    .await;
    assert!(begun.elapsed() >= Duration::from_secs(1), "the answer was remembered");
    let [reason] = &found[..] else { panic!("one reason") };
    assert!(
        reason.contains("Line 1") && reason.contains("file of users") && !reason.contains("canary"),
        "{reason}"
    );
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn reasons_are_for_the_operator() {
    const TOKEN: &str = "canary-of-the-metrics";
    let mut settings = settings("http://127.0.0.1:1");
    settings.insert("CODECRAFT_AUTH", "users".into());
    settings.insert("CODECRAFT_USERS", "/nowhere/users".into());
    settings.insert("CODECRAFT_TRUSTED_PROXIES", "127.0.0.1".into());
    settings.insert("CODECRAFT_METRICS_TOKEN", TOKEN.into());
    settings.insert("CODECRAFT_REDIS_URL", "redis://127.0.0.1:1".into());
    let server = Server::start(&config(&settings)).await;
    let ask = async |headers: &str| {
        let head = format!("GET /readyz HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", server.addr);
        let answer = exchange(server.addr, format!("{head}{headers}\r\n")).await;
        assert_eq!(answer.status, 503);
        answer.text()
    };
    let through_a_proxy = "x-forwarded-for: 203.0.113.9\r\n";
    assert_eq!(ask(through_a_proxy).await, r#"{"ready":false}"#);
    let wrong = format!("{through_a_proxy}authorization: Bearer {TOKEN}s\r\n");
    assert_eq!(ask(&wrong).await, r#"{"ready":false}"#);
    for operator in [String::new(), format!("{through_a_proxy}authorization: Bearer {TOKEN}\r\n")] {
        assert!(ask(&operator).await.contains("Redis cannot be reached"), "{operator}");
    }
}

#[tokio::test]
async fn a_store_that_is_away_is_a_reason_and_a_finding() {
    let mut settings = settings("http://127.0.0.1:1");
    settings.insert("CODECRAFT_REDIS_URL", "redis://canary:canary-password@127.0.0.1:1".into());
    let server = Server::start(&config(&settings)).await;
    let [reason] = &reasons(&get(server.addr, "/readyz").await)[..] else { panic!("one reason") };
    assert!(reason.starts_with("Redis cannot be reached") && !reason.contains("canary"), "{reason}");
    let lines = checked(&settings).await;
    assert!(lines[1].starts_with("failed      redis       Redis cannot be reached"), "{lines:#?}");
    assert!(lines[1].ends_with(" See CODECRAFT_REDIS_URL."), "{lines:#?}");

    let redis = codecraft_tests::redis::Redis::start(&[]);
    settings.insert("CODECRAFT_REDIS_URL", redis.url());
    let server = Server::start(&config(&settings)).await;
    soon(async {
        while !reasons(&get(server.addr, "/readyz").await).is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let lines = checked(&settings).await;
    assert_eq!(lines[1], "ok          redis       Answers");
}

#[tokio::test]
async fn a_server_that_goes_down_says_so_to_whoever_asks_in_that_moment() {
    let mut server = Server::start(&config(&settings("http://127.0.0.1:1"))).await;
    let mut tcp = TcpStream::connect(server.addr).await.unwrap();
    tcp.write_all(b"GET /readyz HTTP/1.1\r\n").await.unwrap();
    // Connections are taken in turn: once a later one was answered, this one is being read.
    get(server.addr, "/healthz").await;
    server.begin_shutdown();
    soon(async {
        while TcpStream::connect(server.addr).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    tcp.write_all(format!("host: {}\r\n\r\n", server.addr).as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon(tcp.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("The server is going down."), "{answer}");
}

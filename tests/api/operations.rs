//! What operators see of the server: metrics, log lines, traces, readiness. And what nobody may find in them.

use std::{fs, path::Path, sync::Arc, time::Duration};

use codecraft_accounts::{Token, Users};
use codecraft_core::api::Code;
use serde_json::Value;
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::Semaphore};

use crate::support::{
    GEMINI_KEY, OPENAI_KEY, Server, Socket, Step, Upstream,
    client::post_bytes,
    config, exchange, get, post, settings, soon,
    upstream::{answer, chunk, end, head},
};

const CHAT: &str = "/api/providers/ollama/api/chat";
const JSON: &str = "content-type: application/json\r\n";
const NDJSON: &str = "application/x-ndjson";

async fn metrics(server: &Server) -> String {
    let answer = get(server.addr, "/metrics").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("application/openmetrics-text; version=1.0.0; charset=utf-8"))
    );
    answer.text()
}

/// Waits until the metrics hold all of these lines: an answer is read before its trail is written down.
async fn counted(server: &Server, lines: &[&str]) {
    let mut text = String::new();
    let all = async {
        loop {
            text = metrics(server).await;
            if lines.iter().all(|line| text.lines().any(|found| found == *line)) {
                return;
            }
        }
    };
    if tokio::time::timeout(Duration::from_secs(5), all).await.is_err() {
        let missing: Vec<_> =
            lines.iter().filter(|line| !text.lines().any(|found| found == **line)).collect();
        panic!("{missing:#?} are not in\n{text}");
    }
}

#[tokio::test]
async fn metrics_tell_what_was_done() {
    let gate = Arc::new(Semaphore::new(0));
    let wait = gate.clone();
    let mut upstream = Upstream::start(move |seen| match seen.line().split(' ').nth(1).unwrap() {
        "/ollama/api/tags" => answer("200 OK", JSON, "0123456789"),
        "/gemini/v1/models" => answer("429 Slow", JSON, "{}"),
        "/openai/v1/models" => vec![head(NDJSON), chunk("0123"), Step::Reset],
        _ => vec![head(NDJSON), chunk("01"), Step::Wait(wait.clone()), chunk("23"), end()],
    })
    .await;
    let server = Server::before(&upstream).await;
    get(server.addr, "/api/providers/ollama/api/tags").await;
    get(server.addr, "/api/providers/ollama/api/tags").await;
    Socket::call(server.addr, "ollama", "api/tags", "").await.finish().await;
    get(server.addr, "/api/providers/gemini/v1/models").await;
    assert!(get(server.addr, "/api/providers/openai/v1/models").await.text().contains("0123"));
    assert_eq!(
        post(server.addr, "/api/providers/ollama/api/pull", "{}").await.code(),
        Some(Code::PathNotAllowed)
    );
    for _ in 0..4 {
        upstream.arrival().await;
    }
    upstream.arrival().await;

    let mut leaver = TcpStream::connect(server.addr).await.unwrap();
    leaver.write_all(post_bytes(server.addr, CHAT, "{}").as_bytes()).await.unwrap();
    let stayer = Socket::call(server.addr, "box", "v1/chat/completions", "{}").await;
    upstream.arrival().await;
    upstream.arrival().await;
    counted(&server, &["codecraft_open_streams 2"]).await;
    drop(leaver);
    counted(&server, &["codecraft_open_streams 1"]).await;
    gate.add_permits(2);
    assert_eq!(stayer.finish().await.bytes, b"0123");

    counted(
        &server,
        &[
            r#"codecraft_requests_total{route="/api/providers/{*path}",status="2xx",code=""} 3"#,
            r#"codecraft_requests_total{route="/api/providers/{*path}",status="4xx",code=""} 1"#,
            r#"codecraft_requests_total{route="/api/providers/{*path}",status="2xx",code="upstream_broke"} 1"#,
            r#"codecraft_requests_total{route="/api/providers/{*path}",status="4xx",code="path_not_allowed"} 1"#,
            r#"codecraft_requests_total{route="/api/stream",status="1xx",code=""} 2"#,
            r#"codecraft_request_duration_seconds_count{route="/api/stream"} 2"#,
            r#"codecraft_upstream_calls_total{provider="ollama",status="200"} 4"#,
            r#"codecraft_upstream_calls_total{provider="gemini",status="429"} 1"#,
            r#"codecraft_upstream_calls_total{provider="openai",status="200"} 1"#,
            r#"codecraft_upstream_calls_total{provider="box",status="200"} 1"#,
            r#"codecraft_relayed_bytes_total{provider="ollama"} 32"#,
            r#"codecraft_relayed_bytes_total{provider="box"} 4"#,
            r#"codecraft_client_aborts_total{provider="ollama"} 1"#,
            r#"codecraft_client_aborts_total{provider="openai"} 0"#,
            r#"codecraft_client_aborts_total{provider="box"} 0"#,
            r#"codecraft_upstream_first_byte_seconds_count{provider="ollama"} 4"#,
            r#"codecraft_upstream_duration_seconds_count{provider="openai"} 1"#,
            "codecraft_open_streams 0",
            "# EOF",
        ],
    )
    .await;
}

#[tokio::test]
async fn metrics_tell_how_sign_ins_end_and_when_the_store_is_away() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(Token::random().expose());
    fs::create_dir(&folder).unwrap();
    let file = folder.join("users");
    Users::open(&file, |_| ()).unwrap().add("ada", "correct horse battery").unwrap();
    let mut house = settings("http://127.0.0.1:1");
    house.insert("CODECRAFT_AUTH", "users".into());
    house.insert("CODECRAFT_USERS", file.to_str().unwrap().to_owned());
    house.insert("CODECRAFT_METRICS_TOKEN", "canary-token".into());
    let server = Server::start(&config(&house)).await;
    let login = async |password: &str| {
        let body = format!(r#"{{"user":"ada","password":"{password}"}}"#);
        post(server.addr, "/api/auth/login", &body).await.code()
    };
    assert_eq!(login("correct horse battery").await, None);
    let mut refused = 0;
    while login("wrong horse battery").await == Some(Code::BadCredentials) {
        refused += 1;
    }
    let request = format!(
        "GET /metrics HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nauthorization: Bearer canary-token\r\n\r\n",
        server.addr
    );
    let text = exchange(server.addr, request).await.text();
    for (status, code, count) in
        [("2xx", "", 1), ("4xx", "bad_credentials", refused), ("4xx", "login_throttled", 1)]
    {
        let line = format!(
            r#"codecraft_requests_total{{route="/api/auth/login",status="{status}",code="{code}"}} {count}"#
        );
        assert!(text.contains(&line), "{line} is not in\n{text}");
    }
    fs::remove_dir_all(&folder).unwrap();

    let mut alone = settings("http://127.0.0.1:1");
    alone.insert("CODECRAFT_REDIS_URL", "redis://127.0.0.1:1".into());
    let server = Server::start(&config(&alone)).await;
    assert_eq!(post(server.addr, CHAT, "{}").await.code(), Some(Code::StoreUnavailable));
    let line =
        r#"codecraft_requests_total{route="/api/providers/{*path}",status="5xx",code="store_unavailable"} 1"#;
    counted(&server, &[line]).await;
}

/// The line of the request with this id, once it is over.
async fn line_of(server: &Server, id: &str) -> Value {
    soon(async {
        loop {
            let log = server.log();
            let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            if let Some(line) =
                lines.into_iter().find(|line| line["message"] == "request" && line["request_id"] == id)
            {
                return line;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

#[tokio::test]
async fn a_request_s_id_is_in_its_answer_and_in_its_line() {
    let upstream = Upstream::answering(answer("429 Slow", JSON, "{}")).await;
    let mut settings = settings(&upstream.base());
    settings.insert("CODECRAFT_LOG", "json".into());
    let server = Server::start(&config(&settings)).await;
    let answer = post(server.addr, CHAT, "{}").await;
    let id = answer.header("x-request-id").unwrap();
    let line = line_of(&server, id).await;
    for (name, value) in [
        ("method", Value::from("POST")),
        ("route", "/api/providers/{*path}".into()),
        ("status", 429.into()),
        ("provider", "ollama".into()),
        ("upstream_status", 429.into()),
        ("bytes", 2.into()),
        ("aborted", false.into()),
    ] {
        assert_eq!(line[name], value, "{name} of {line}");
    }
    let refused = post(server.addr, "/api/nothing", "{}").await;
    let id = refused.header("x-request-id").unwrap();
    assert_eq!(line_of(&server, id).await["code"], "no_route");
    assert!(
        server.log().lines().any(|line| line.contains(r#""refused""#) && line.contains(id)),
        "{}",
        server.log()
    );
    // Whoever the guard turns away learns an id, too; the app's own files get no line.
    let turned =
        exchange(server.addr, "GET /api/config HTTP/1.1\r\nhost: evil\r\nconnection: close\r\n\r\n").await;
    assert_eq!(turned.code(), Some(Code::HostNotAllowed));
    assert_eq!(line_of(&server, turned.header("x-request-id").unwrap()).await["status"], 421);
    let page = get(server.addr, "/robots.txt").await;
    assert!(!server.log().contains(page.header("x-request-id").unwrap()));
}

#[tokio::test]
async fn metrics_are_open_where_the_server_is_and_need_a_token_elsewhere() {
    let open = Server::start(&config(&settings("http://127.0.0.1:1"))).await;
    assert_eq!(get(open.addr, "/metrics").await.status, 200);
    let rebound = "GET /metrics HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n";
    assert_eq!(exchange(open.addr, rebound).await.status, 421);

    let ask = async |server: &Server, header: &str| {
        let request =
            format!("GET /metrics HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{header}\r\n", server.addr);
        let answer = exchange(server.addr, request).await;
        assert_eq!(answer.status == 200, answer.text().contains("codecraft_build_info"), "{}", answer.text());
        answer.status
    };
    for auth in ["off", "users"] {
        let mut settings = settings("http://127.0.0.1:1");
        settings.insert("CODECRAFT_AUTH", auth.into());
        if auth == "users" {
            let server = Server::start(&config(&settings)).await;
            assert_eq!(ask(&server, "").await, 404);
            assert_eq!(ask(&server, "authorization: Bearer \r\n").await, 404);
        }
        settings.insert("CODECRAFT_METRICS_TOKEN", "canary-token".into());
        let server = Server::start(&config(&settings)).await;
        for (header, status) in [
            ("", 401),
            ("authorization: Bearer canary-tokeN\r\n", 401),
            ("authorization: Bearer canary-token2\r\n", 401),
            ("authorization: Bearer\r\n", 401),
            ("authorization: canary-token\r\n", 401),
            ("authorization: Bearer canary-token\r\n", 200),
        ] {
            assert_eq!(ask(&server, header).await, status, "{auth} {header}");
        }
    }
}

/// Every text in the order of its bytes; in protobuf, texts stand as they are.
fn texts(collector: &Upstream) -> String {
    let bodies: Vec<u8> = collector.seen().into_iter().flat_map(|seen| seen.body).collect();
    String::from_utf8_lossy(&bodies).into_owned()
}

/// What a client writes must not come back anywhere, and its address neither.
const CANARIES: [&str; 5] = [GEMINI_KEY, OPENAI_KEY, "canary", "Canary", "127.0.0.1"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn px13_nothing_that_a_client_or_an_upstream_writes_is_in_metrics_logs_or_traces() {
    let collector = Upstream::answering(answer("200 OK", "", "")).await;
    let scripts: [Vec<Step>; 6] = [
        answer("200 OK", JSON, "canary"),
        answer("400 canary", "x-canary: canary\r\ncontent-type: canary\r\n", GEMINI_KEY),
        answer("302 Found", "location: http://canary/\r\n", "canary"),
        vec![head(NDJSON), chunk("canary"), Step::Reset],
        vec![crate::support::upstream::send(format!("HTTP/1.1 200 OK\r\n{OPENAI_KEY}\r\n\r\n"))],
        vec![],
    ];
    for format in ["pretty", "json"] {
        for script in &scripts {
            let upstream = Upstream::answering(script.clone()).await;
            let mut settings = settings(&upstream.base());
            settings.insert("CODECRAFT_LOG", format.into());
            settings.insert("CODECRAFT_TRUSTED_PROXIES", "127.0.0.1".into());
            let mut server = Server::tracing(&config(&settings), Some(&collector.base())).await;
            let addr = server.addr;
            let noise = "user-agent: canary\r\nreferer: http://canary/\r\ncookie: canary=canary\r\nx-canary: canary\r\n\
                         authorization: Bearer canary\r\nforwarded: for=canary\r\nx-forwarded-for: 127.0.0.1\r\n\
                         x-request-id: canary\r\ntraceparent: canary\r\ntracestate: canary=canary\r\n\
                         x-codecraft-run: canary\r\n";
            for line in [
                "POST /api/providers/gemini/v1beta/models/canary:generateContent?key=canary",
                "POST /api/providers/openai/v1/chat/completions",
                "POST /api/providers/openai/v1/canary",
                "POST /api/providers/canary/v1/canary",
                "POST /api/canary?canary=canary",
                "CANARY /api/config",
                "GET /canary?canary",
                "GET /metrics?canary",
            ] {
                let body = format!("{{\"prompt\":\"canary {GEMINI_KEY}\"}}");
                let length = body.len();
                let request = format!(
                    "{line} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\ncontent-type: application/json\r\n{noise}\
                     content-length: {length}\r\n\r\n{body}"
                );
                exchange(addr, request).await;
            }
            for (provider, path) in [
                ("gemini", "v1beta/models/canary:generateContent"),
                ("openai", "v1/canary"),
                ("canary", "canary"),
            ] {
                Socket::call(addr, provider, path, "canary").await.finish().await;
            }
            exchange(addr, "GET / HTTP/1.1\r\nhost: canary\r\nconnection: close\r\n\r\n").await;
            let metrics = metrics(&server).await;
            server.begin_shutdown();
            let log = server.log();
            assert!(!log.is_empty() && metrics.contains("codecraft_upstream_calls_total"));
            for canary in CANARIES {
                assert!(!metrics.contains(canary), "{canary} in {metrics}");
                assert!(!log.contains(canary), "{canary} in {log}");
            }
            server.ended().await;
        }
    }
    let traces = texts(&collector);
    assert_eq!(traces.matches("POST openai").count(), 2 * scripts.len());
    for canary in CANARIES {
        assert!(!traces.contains(canary), "{canary} in {traces}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_is_taken_from_the_operator_s_proxies_and_goes_no_further() {
    let trace =
        [0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c];
    let hex = "0af7651916cd43dd8448eb211c80319c";
    for (trusted, taken) in [("127.0.0.1", true), ("10.0.0.0/8", false)] {
        let collector = Upstream::answering(answer("200 OK", "", "")).await;
        let upstream = Upstream::answering(answer("200 OK", JSON, "{}")).await;
        let mut settings = settings(&upstream.base());
        settings.insert("CODECRAFT_TRUSTED_PROXIES", trusted.into());
        let mut server = Server::tracing(&config(&settings), Some(&collector.base())).await;
        let request = format!(
            "GET /api/providers/ollama/api/tags HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
             traceparent: 00-{hex}-b7ad6b7169203331-01\r\n\r\n",
            server.addr
        );
        assert_eq!(exchange(server.addr, request).await.status, 200);
        server.begin_shutdown();
        server.ended().await;
        let spans = collector.seen();
        assert!(spans[0].line().starts_with("POST /v1/traces "), "{spans:?}");
        let found = spans[0].body.windows(trace.len()).filter(|window| *window == trace).count();
        assert_eq!(found, if taken { 2 } else { 0 }, "both spans belong to the trace, or none");
        assert_eq!(upstream.seen()[0].header("traceparent"), None);
    }
}

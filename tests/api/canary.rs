//! The keys never come out in front: an upstream that repeats what it was called with, in every place that an answer
//! has, and a search through every byte and log line.

use codecraft_server::Config;

use crate::support::{
    GEMINI_KEY, OPENAI_KEY, Server, Socket, Step, Upstream, config, exchange, get, post, settings,
    upstream::{Seen, answer, chunk, end, head, send},
};

const JSON: &str = "content-type: application/json\r\n";
const SSE: &str = "text/event-stream";

/// The key as the upstream got it; both keys for an upstream that gets none but may know them.
fn key(seen: &Seen) -> String {
    let bearer = |value: &str| value.trim_start_matches("Bearer ").to_owned();
    let sent =
        seen.header("x-goog-api-key").map(str::to_owned).or_else(|| seen.header("authorization").map(bearer));
    sent.unwrap_or_else(|| format!("{GEMINI_KEY}{OPENAI_KEY}"))
}

type Script = fn(&str) -> Vec<Step>;

/// Places where a key may be repeated, and whether the client sees something there (then it sees asterisks).
const PLACES: [(&str, bool, Script); 41] = [
    ("body", true, |key| answer("200 OK", JSON, &format!("{{\"key\":\"{key}\"}}"))),
    ("body alone", true, |key| answer("200 OK", JSON, key)),
    ("body twice in a row", true, |key| answer("200 OK", JSON, &format!("{key}{key}"))),
    ("body of a megabyte", true, |key| answer("200 OK", JSON, &format!("{0}{key}{0}", "x".repeat(500_000)))),
    ("body of another type", true, |key| answer("200 OK", "content-type: image/png\r\n", key)),
    ("body of no type", true, |key| answer("200 OK", "", &format!("<{key}>"))),
    ("url in an error", true, |key| answer("400 Bad Request", JSON, &format!("no: https://x/?key={key}&a"))),
    ("error 401", true, |key| answer("401 Unauthorized", JSON, &format!("wrong key {key}"))),
    ("error 500 page", true, |key| {
        answer("500 Oops", "content-type: text/html\r\n", &format!("<b>{key}</b>"))
    }),
    ("partly, before the whole", true, |key| {
        answer("200 OK", JSON, &format!("{}{key}", &key[..key.len() - 1]))
    }),
    ("event", true, |key| vec![head(SSE), chunk(&format!("data: {key}\n\n")), end()]),
    ("line", true, |key| vec![head("application/x-ndjson"), chunk(&format!("{{\"k\":\"{key}\"}}\n")), end()]),
    ("two chunks", true, |key| {
        let (left, right) = key.split_at(key.len() / 2);
        vec![head(SSE), chunk(&format!("data: {left}")), chunk(&format!("{right}\n\n")), end()]
    }),
    ("byte by byte", true, |key| {
        let bytes = key.chars().map(|c| chunk(&c.to_string()));
        std::iter::once(head(SSE)).chain(bytes).chain([end()]).collect()
    }),
    ("last bytes of the stream", true, |key| vec![head(SSE), chunk("data: "), chunk(key), end()]),
    ("before a break", true, |key| vec![head(SSE), chunk(&format!("data: {key}")), Step::Reset]),
    ("cut by a break", true, |key| vec![head(SSE), chunk(&format!("{key} {}", &key[..8])), Step::Reset]),
    ("error in mid-stream", true, |key| {
        vec![
            head(SSE),
            chunk("data: a\n\n"),
            chunk(&format!("data: {{\"error\":\"{key}\"}}\n\n")),
            Step::Reset,
        ]
    }),
    ("error in mid-stream, a line", true, |key| {
        vec![head("application/x-ndjson"), chunk(&format!("{{}}\n{{\"error\":\"{key}\"}}\n")), Step::Reset]
    }),
    ("half a line before a break", true, |key| {
        vec![head("application/x-ndjson"), chunk("{}\n"), chunk(&format!("{{\"error\":\"{key}")), Step::Reset]
    }),
    ("half a document before a break", true, |key| {
        vec![head("application/json"), chunk(&format!("{{\"error\":\"{key}")), Step::Reset]
    }),
    ("shorter than announced", true, |key| {
        vec![send(format!("HTTP/1.1 200 OK\r\n{JSON}content-length: 9999\r\n\r\n{key}")), Step::Reset]
    }),
    ("without a length", true, |key| vec![send(format!("HTTP/1.1 200 OK\r\n{JSON}\r\n{key}"))]),
    ("error in chunks", true, |key| {
        let (left, right) = key.split_at(5);
        let head = "HTTP/1.1 503 Busy\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
        vec![send(head), chunk(left), chunk(right), end()]
    }),
    ("compressed body", false, |key| answer("200 OK", "content-encoding: gzip\r\n", key)),
    ("compressed error", false, |key| answer("500 Oops", "content-encoding: br\r\n", key)),
    ("early hints", false, |key| {
        let hints = send(format!("HTTP/1.1 103 Early Hints\r\nlink: <{key}>\r\n\r\n"));
        [vec![hints], answer("200 OK", JSON, "{}")].concat()
    }),
    ("content-type", false, |key| {
        answer("200 OK", &format!("content-type: application/json; k={key}\r\n"), "{}")
    }),
    ("content-type alone", false, |key| answer("200 OK", &format!("content-type: {key}\r\n"), "{}")),
    ("retry-after", false, |key| answer("429 Slow", &format!("retry-after: {key}\r\n"), "{}")),
    ("cookie", false, |key| answer("200 OK", &format!("set-cookie: k={key}\r\n"), "{}")),
    ("header of any name", false, |key| {
        answer("200 OK", &format!("x-request-id: {key}\r\nx-{key}: a\r\n"), "{}")
    }),
    ("error header", false, |key| answer("400 No", &format!("x-codecraft-error: {key}\r\n"), "{}")),
    ("redirect", false, |key| {
        answer("302 Found", &format!("location: http://127.0.0.1:1/?key={key}\r\n"), "")
    }),
    ("reason", false, |key| answer(&format!("200 {key}"), JSON, "{}")),
    ("content-encoding", false, |key| answer("200 OK", &format!("content-encoding: {key}\r\n"), "{}")),
    ("broken status line", false, |key| vec![send(format!("HTTP/{key} 200\r\n\r\n"))]),
    ("broken header line", false, |key| vec![send(format!("HTTP/1.1 200 OK\r\n{key}\r\n\r\n"))]),
    ("head that ends", false, |key| vec![send(format!("HTTP/1.1 200 OK\r\nx: {key}")), Step::Reset]),
    ("broken chunk size", false, |key| vec![head(SSE), chunk("data: a\n\n"), send(format!("{key}\r\n"))]),
    ("trailer and chunk extension", false, |key| {
        vec![head(SSE), send(format!("1;k={key}\r\na\r\n0\r\nx: {key}\r\n\r\n"))]
    }),
];

const CALLS: [(&str, &str); 3] = [
    ("gemini", "v1beta/models/a:generateContent"),
    ("openai", "v1/chat/completions"),
    ("ollama", "api/chat"),
];

#[track_caller]
fn clean(bytes: &str, place: &str) {
    for key in [GEMINI_KEY, OPENAI_KEY] {
        assert!(!bytes.contains(key), "{place}: {bytes}");
    }
}

/// Settings of a server that writes a line for every request.
fn logging(upstream: &Upstream) -> Config {
    let mut settings = settings(&upstream.base());
    settings.insert("CODECRAFT_LOG", "json".into());
    config(&settings)
}

#[tokio::test]
async fn px12_a_key_that_an_upstream_repeats_does_not_come_out() {
    for (place, visible, script) in PLACES {
        let upstream = Upstream::start(move |seen| script(&key(seen))).await;
        let server = Server::start(&logging(&upstream)).await;
        for (provider, path) in CALLS {
            let http = post(server.addr, &format!("/api/providers/{provider}/{path}"), "{}").await;
            let socket = Socket::call(server.addr, provider, path, "{}").await.finish().await;
            clean(&http.head, place);
            clean(&http.text(), place);
            clean(&socket.raw, place);
            let bytes = String::from_utf8(socket.bytes).unwrap();
            clean(&bytes, place);
            let masked = "*".repeat(OPENAI_KEY.len());
            assert_eq!(http.text().contains(&masked), visible, "{provider} {place}: {}", http.text());
            assert_eq!(bytes.contains(&masked), visible, "{provider} {place}: {bytes}");
        }
        clean(&get(server.addr, "/metrics").await.text(), place);
        clean(&server.requests_logged(2 * CALLS.len()).await, place);
        let seen = upstream.seen();
        assert_eq!(seen.len(), 2 * CALLS.len(), "{place}");
        assert!(seen.iter().any(|seen| seen.head.contains(GEMINI_KEY)), "the key does reach its upstream");
    }
}

/// Secrets of somebody else, which the proxy knows by their form alone.
const FOREIGN: [&str; 5] = [
    "AIzaForeignForeignForeignForeignForeign",
    "sk-foreign-foreign-foreign",
    "Bearer foreign",
    "bearer foreign.foreign/foreign==",
    "key=foreign",
];

#[tokio::test]
async fn px12_what_looks_like_a_key_is_masked_in_errors_and_left_alone_in_answers() {
    for (status, masked) in [
        ("200 OK", false),
        ("201 Created", false),
        ("400 Bad Request", true),
        ("401 Unauthorized", true),
        ("429 Too Many Requests", true),
        ("500 Oops", true),
        ("503 Busy", true),
    ] {
        for secret in FOREIGN {
            let body = format!("{{\"error\":{{\"message\":\"no: {secret}\"}}}}");
            let expect = if masked { body.replace(secret, &"*".repeat(secret.len())) } else { body.clone() };
            let chunks = body.bytes().map(|byte| chunk(&char::from(byte).to_string()));
            let head = send(format!(
                "HTTP/1.1 {status}\r\n{JSON}transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
            ));
            for script in
                [answer(status, JSON, &body), std::iter::once(head).chain(chunks).chain([end()]).collect()]
            {
                let upstream = Upstream::answering(script).await;
                let server = Server::before(&upstream).await;
                let http = post(server.addr, "/api/providers/ollama/api/chat", "{}").await;
                assert_eq!(http.text(), expect, "{status}");
                let socket = Socket::call(server.addr, "openai", "v1/chat/completions", "{}").await;
                assert_eq!(socket.finish().await.bytes, expect.as_bytes(), "{status}");
                assert!(!server.log().contains("oreign"), "{}", server.log());
            }
        }
    }
}

#[tokio::test]
async fn px12_a_key_is_in_no_answer_of_the_proxy_itself() {
    let upstream = Upstream::answering(vec![]).await;
    let settings = settings(&upstream.base());
    let config = config(&settings);
    let panicking = config.clone();
    let panic = std::thread::spawn(move || panic!("{panicking:?} {panicking:#?}")).join().unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("Secret(…)"), "{text}");
    clean(text, "a panic");
    let server = Server::start(&config).await;
    for path in [
        "/",
        "/index.html",
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/config",
        "/api/limits",
        "/api/auth/me",
        "/api/nothing",
        "/api/stream",
        "/api/providers/gemini/x",
        "/api/providers/gemini/v1/models",
    ] {
        let answer = get(server.addr, path).await;
        clean(&answer.head, path);
        clean(&answer.text(), path);
    }
    // A client that knows a key gets it back neither in an answer nor in the log.
    for request in [
        format!("GET /api/providers/gemini/v1/models?key={GEMINI_KEY}&x=1 HTTP/1.1\r\nhost: HOST\r\n"),
        format!("GET /api/providers/{OPENAI_KEY}/v1/models HTTP/1.1\r\nhost: HOST\r\n"),
        format!("GET /api/{OPENAI_KEY} HTTP/1.1\r\nhost: HOST\r\n"),
        format!("GET /api/config HTTP/1.1\r\nhost: {GEMINI_KEY}\r\n"),
        format!("GET /api/config HTTP/1.1\r\nhost: HOST\r\norigin: http://{GEMINI_KEY}\r\n"),
        format!("{GEMINI_KEY} /api/config HTTP/1.1\r\nhost: HOST\r\n"),
        format!("GET /api/config HTTP/{GEMINI_KEY}\r\nhost: HOST\r\n"),
    ] {
        let request = request.replace("HOST", &server.addr.to_string()) + "connection: close\r\n\r\n";
        let answer = exchange(server.addr, &request).await;
        clean(&answer.head, &request);
        clean(&answer.text(), &request);
    }
    let heard = Socket::call(server.addr, GEMINI_KEY, OPENAI_KEY, GEMINI_KEY).await.finish().await;
    clean(&heard.raw, "first frame");
    clean(&server.log(), "log");
    assert!(server.log().contains("refused code=path_not_allowed"), "{}", server.log());
}

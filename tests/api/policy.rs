//! Which headers pass, in both directions.

use crate::support::{
    GEMINI_KEY, OPENAI_KEY, Server, Socket, Upstream, exchange, get, post,
    upstream::{Step, answer, send},
};

#[tokio::test]
async fn px10_upstreams_see_only_headers_that_the_proxy_made() {
    let upstream = Upstream::answering(answer("200 OK", "content-type: application/json\r\n", "{}")).await;
    let server = Server::before(&upstream).await;
    let browser = "origin: http://HOST\r\nreferer: http://HOST/history\r\ncookie: cc=secret\r\nuser-agent: Browser\r\n\
                   accept: text/html\r\naccept-language: de\r\naccept-encoding: gzip, br\r\nsec-fetch-site: same-origin\r\n\
                   sec-ch-ua: x\r\nx-codecraft-run: 5f0c\r\nx-forwarded-for: 10.0.0.1\r\nauthorization: Bearer mine\r\n\
                   x-goog-api-key: mine\r\nte: trailers\r\nvia: x\r\npriority: u=1\r\ndnt: 1\r\nrange: bytes=0-1\r\n";
    let common = ["accept", "accept-encoding", "content-length", "content-type", "host"];
    for (provider, path, key) in [
        ("gemini", "v1beta/models/a:generateContent", Some(("x-goog-api-key", GEMINI_KEY.to_owned()))),
        ("openai", "v1/chat/completions", Some(("authorization", format!("Bearer {OPENAI_KEY}")))),
        ("ollama", "api/chat", None),
        ("box", "v1/chat/completions", None),
    ] {
        let request = format!(
            "POST /api/providers/{provider}/{path} HTTP/1.1\r\nhost: HOST\r\n{browser}connection: close\r\n\
             content-type: application/json; charset=utf-8\r\ncontent-length: 2\r\n\r\n{{}}"
        );
        let request = request.replace("HOST", &server.addr.to_string());
        assert_eq!(exchange(server.addr, request).await.status, 200, "{provider}");
        Socket::call(server.addr, provider, path, "{}").await.finish().await;
        let seen = upstream.seen();
        for seen in &seen[seen.len() - 2..] {
            let mut expect: Vec<&str> =
                common.into_iter().chain(key.as_ref().map(|(name, _)| *name)).collect();
            expect.sort_unstable();
            assert_eq!(seen.names(), expect, "{provider}");
            assert_eq!(seen.header("accept-encoding"), Some("identity"));
            assert_eq!(seen.header("content-type"), Some("application/json"));
            if let Some((name, value)) = &key {
                assert_eq!(seen.header(name), Some(value.as_str()));
            }
        }
    }
    get(server.addr, "/api/providers/ollama/api/tags").await;
    assert_eq!(upstream.seen().pop().unwrap().names(), ["accept", "accept-encoding", "host"]);
}

#[tokio::test]
async fn px10_clients_see_two_headers_of_an_upstream_and_an_id_of_ours() {
    let noise = (0..30).map(|n| format!("x-noise-{n}: v\r\n")).collect::<Vec<_>>().concat();
    let headers = format!(
        "content-type: application/json\r\nretry-after: 7\r\nset-cookie: a=b\r\nserver: evil\r\nalt-svc: h3\r\n\
         access-control-allow-origin: *\r\ncontent-security-policy: none\r\nx-codecraft-error: no_route\r\n\
         x-request-id: theirs\r\n\
         cache-control: public\r\nclear-site-data: \"*\"\r\nrefresh: 0\r\nlink: </x>\r\nwww-authenticate: Basic\r\n{noise}"
    );
    let upstream = Upstream::answering(answer("429 Too Many Requests", &headers, "{}")).await;
    let server = Server::before(&upstream).await;
    let answer = post(server.addr, "/api/providers/ollama/api/chat", "{}").await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7")));
    let mut names: Vec<String> =
        answer.head.lines().skip(1).map(|line| line.split(':').next().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "cache-control",
            "connection",
            "content-security-policy",
            "content-type",
            "cross-origin-opener-policy",
            "cross-origin-resource-policy",
            "date",
            "permissions-policy",
            "referrer-policy",
            "retry-after",
            "transfer-encoding",
            "x-accel-buffering",
            "x-content-type-options",
            "x-request-id",
        ]
    );
    assert_ne!(answer.header("x-request-id"), Some("theirs"));
    assert_eq!(answer.header("cache-control"), Some("no-store, no-transform"));
    assert_ne!(answer.header("content-security-policy"), Some("none"));
}

#[tokio::test]
async fn px11_gemini_s_key_travels_in_its_header_and_in_no_url() {
    let upstream = Upstream::answering(answer("200 OK", "content-type: application/json\r\n", "{}")).await;
    let server = Server::before(&upstream).await;
    for (path, body, native) in [
        ("v1beta/models", "", "v1beta/models"),
        ("v1beta/models?key=mine", "", "v1beta/models"),
        ("v1/models?key=mine&pageSize=5", "", "v1/models?pageSize=5"),
        ("v1beta/models/a?key=mine", "", "v1beta/models/a"),
        ("v1beta/models/a:generateContent?key=mine", "{}", "v1beta/models/a:generateContent"),
        ("v1/models/a:countTokens?key=mine&key=mine", "{}", "v1/models/a:countTokens"),
        (
            "v1beta/models/a:streamGenerateContent?key=mine&alt=sse",
            "{}",
            "v1beta/models/a:streamGenerateContent?alt=sse",
        ),
        (
            "v1beta/models/a:streamGenerateContent?alt=sse&key",
            "{}",
            "v1beta/models/a:streamGenerateContent?alt=sse",
        ),
    ] {
        let method = if body.is_empty() { "GET" } else { "POST" };
        let request = format!(
            "{method} /api/providers/gemini/{path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nx-goog-api-key: mine\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            server.addr,
            body.len()
        );
        assert_eq!(exchange(server.addr, request).await.status, 200, "{path}");
        assert_eq!(
            Socket::call(server.addr, "gemini", path, body).await.finish().await.bytes,
            b"{}",
            "{path}"
        );
        let seen = upstream.seen();
        for seen in &seen[seen.len() - 2..] {
            assert_eq!(seen.line(), format!("{method} /gemini/{native} HTTP/1.1"));
            assert_eq!(seen.header("x-goog-api-key"), Some(GEMINI_KEY));
            assert!(!seen.head.contains("mine"), "{}", seen.head);
        }
    }
}

/// What the client sees of an upstream's header line: over HTTP, and in the head frame of a socket.
async fn passed(line: &str, name: &str) -> (Option<String>, String) {
    let upstream = Upstream::answering(answer("200 OK", &format!("{line}\r\n"), "{}")).await;
    let server = Server::before(&upstream).await;
    let answer = get(server.addr, "/api/providers/ollama/api/tags").await;
    let heard = Socket::call(server.addr, "ollama", "api/tags", "").await.finish().await;
    (answer.header(name).map(str::to_owned), heard.raw)
}

#[tokio::test]
async fn px10_media_types_come_from_a_fixed_list() {
    for (sent, expect) in [
        ("application/json", Some("application/json")),
        ("Application/JSON; charset=UTF-8", Some("application/json")),
        ("text/event-stream;charset=utf-8", Some("text/event-stream")),
        ("application/x-ndjson", Some("application/x-ndjson")),
        ("text/plain", Some("text/plain; charset=utf-8")),
        ("text/html", None),
        ("image/svg+xml", None),
        ("text/javascript", None),
        ("application/json, text/html", None),
        ("", None),
    ] {
        let (http, frames) = passed(&format!("content-type: {sent}"), "content-type").await;
        assert_eq!(http.as_deref(), Some(expect.unwrap_or("application/octet-stream")), "{sent}");
        assert_eq!(frames.contains("content_type"), expect.is_some(), "{frames}");
        assert!(!frames.contains("html"), "{frames}");
    }
}

#[tokio::test]
async fn px10_a_wait_passes_only_as_a_sane_number_of_seconds() {
    for (sent, expect) in [
        ("0", true),
        ("3600", true),
        ("3601", false),
        ("-1", false),
        ("+5", false),
        ("1.5", false),
        ("99999999999999999999", false),
        ("Fri, 20 Nov 2026 10:00:00 GMT", false),
        ("", false),
    ] {
        let (http, frames) = passed(&format!("retry-after: {sent}"), "retry-after").await;
        assert_eq!(http.as_deref(), expect.then_some(sent), "{sent}");
        assert_eq!(frames.contains("retry_after"), expect, "{frames}");
    }
}

#[tokio::test]
async fn px10_a_compressed_answer_is_refused() {
    for coding in ["gzip", "br", "deflate", "zstd", "identity, gzip"] {
        let (_, frames) = passed(&format!("content-encoding: {coding}"), "x").await;
        assert!(frames.contains("upstream_unusable"), "{coding}: {frames}");
    }
    let (_, frames) = passed("content-encoding: identity", "x").await;
    assert!(!frames.contains("upstream_unusable"));
}

#[tokio::test]
async fn bytes_pass_unchanged() {
    let body: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let mut bytes = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len())
        .into_bytes();
    bytes.extend_from_slice(&body);
    let upstream = Upstream::answering(vec![send(bytes), Step::Hang]).await;
    let server = Server::before(&upstream).await;
    assert_eq!(get(server.addr, "/api/providers/ollama/api/tags").await.body, body);
    assert_eq!(Socket::call(server.addr, "ollama", "api/tags", "").await.finish().await.bytes, body);
}

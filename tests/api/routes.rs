//! What is where, and what every answer carries.

use codecraft_core::api::{Code, Config};

use crate::support::{
    GEMINI_KEY, OPENAI_KEY, Server, Socket, Upstream, config, exchange, get, post, settings, upstream::answer,
};

async fn server() -> Server {
    let upstream = Upstream::answering(answer("200 OK", "content-type: application/json\r\n", "{}")).await;
    Server::before(&upstream).await
}

#[tokio::test]
async fn the_configuration_names_providers_without_keys_or_addresses() {
    let upstream = Upstream::answering(vec![]).await;
    let server = Server::before(&upstream).await;
    let answer = get(server.addr, "/api/config").await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    for hidden in [GEMINI_KEY, OPENAI_KEY, &upstream.addr.to_string()] {
        assert!(!answer.text().contains(hidden), "{hidden}");
    }
    let config: Config = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(config.api, 1);
    assert_eq!((config.limits.max_body_bytes, config.limits.max_streams), (1 << 20, 256));
    let providers: Vec<_> =
        config.providers.iter().map(|info| (info.id.as_str(), info.kind, info.ready)).collect();
    assert_eq!(
        providers,
        [
            ("gemini", codecraft_core::provider::gemini::KIND, true),
            ("ollama", codecraft_core::provider::ollama::KIND, true),
            ("openai", codecraft_core::provider::openai::KIND, true),
            ("box", codecraft_core::provider::openai::LOCAL, true),
        ]
    );
}

#[tokio::test]
async fn a_provider_without_its_key_says_what_to_set_and_is_not_called() {
    let upstream = Upstream::answering(vec![]).await;
    let mut settings = settings(&upstream.base());
    settings.remove("GOOGLE_API_KEY");
    settings.remove("OPENAI_API_KEY");
    let server = Server::start(&config(&settings)).await;
    let answer: Config = serde_json::from_slice(&get(server.addr, "/api/config").await.body).unwrap();
    for (id, variable, path) in
        [("gemini", "GOOGLE_API_KEY", "v1beta/models"), ("openai", "OPENAI_API_KEY", "v1/models")]
    {
        let info = answer.providers.iter().find(|info| info.id == id).unwrap();
        assert!(!info.ready && info.reason.as_ref().unwrap().contains(variable));
        let refused = get(server.addr, &format!("/api/providers/{id}/{path}")).await;
        assert_eq!((refused.status, refused.code()), (503, Some(Code::ProviderNotReady)));
    }
    assert!(upstream.seen().is_empty());
}

#[tokio::test]
async fn routes_that_do_not_exist_are_json_errors() {
    let server = server().await;
    for (method, path, status, code) in [
        ("GET", "/api", 404, Code::NoRoute),
        ("GET", "/api/", 404, Code::NoRoute),
        ("GET", "/api/nothing", 404, Code::NoRoute),
        ("DELETE", "/api/nothing/at/all", 404, Code::NoRoute),
        ("GET", "/api/providers", 404, Code::NoRoute),
        ("GET", "/api/providers/", 404, Code::NoRoute),
        ("GET", "/api/providers/ollama", 404, Code::NoRoute),
        ("GET", "/api/providers/nobody/api/tags", 404, Code::ProviderUnknown),
        ("GET", "/api/providers//api/tags", 404, Code::ProviderUnknown),
        ("GET", "/api/providers/sample/x", 404, Code::ProviderUnknown),
        ("POST", "/api/config", 405, Code::MethodNotAllowed),
        ("POST", "/api/stream", 405, Code::MethodNotAllowed),
        ("GET", "/api/stream", 400, Code::BadRequest),
        ("DELETE", "/api/providers/ollama/api/tags", 405, Code::MethodNotAllowed),
        ("PUT", "/api/providers/ollama/api/chat", 405, Code::MethodNotAllowed),
        ("HEAD", "/api/providers/ollama/api/chat", 405, Code::MethodNotAllowed),
    ] {
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", server.addr);
        let answer = exchange(server.addr, request).await;
        assert_eq!(answer.status, status, "{method} {path}");
        if method == "HEAD" {
            assert_eq!(answer.header("x-codecraft-error"), Some("method_not_allowed"));
        } else {
            assert_eq!(answer.code(), Some(code), "{method} {path}");
        }
        assert_eq!(answer.header("allow").is_some(), status == 405, "{method} {path}");
    }
}

/// What a program can do, and some that a page can make a browser do.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FETCH"];

/// All that a `GET` may reach: lists, single models, what runs, versions.
const READS: [(&str, &str); 9] = [
    ("gemini", "v1/models"),
    ("gemini", "v1beta/models"),
    ("gemini", "v1/models/some-model"),
    ("gemini", "v1beta/models/some-model"),
    ("ollama", "api/tags"),
    ("ollama", "api/ps"),
    ("ollama", "api/version"),
    ("openai", "v1/models"),
    ("box", "v1/models"),
];

#[tokio::test]
async fn px4_a_get_reads_and_only_a_post_makes_a_model_work() {
    let upstream = Upstream::answering(answer("200 OK", "content-type: application/json\r\n", "{}")).await;
    let server = Server::before(&upstream).await;
    let answered: Config = serde_json::from_slice(&get(server.addr, "/api/config").await.body).unwrap();
    let mut reads = 0;
    for provider in &answered.providers {
        for route in provider.kind.facts().relay.as_ref().unwrap().routes {
            let path = route.pattern.replace("{id}", "some-model");
            for method in METHODS {
                let request = format!(
                    "{method} /api/providers/{}/{path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
                     content-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}",
                    provider.id, server.addr
                );
                let before = upstream.seen().len();
                let status = exchange(server.addr, request).await.status;
                let own = if route.post { "POST" } else { "GET" };
                let expect = if method == own { 200 } else { 405 };
                assert_eq!(status, expect, "{method} {path}");
                assert_eq!(upstream.seen().len() - before, usize::from(method == own), "{method} {path}");
                if method == "GET" && !route.post {
                    assert!(READS.contains(&(&provider.id, &path)), "{path} is no list and no version");
                    reads += 1;
                }
                let before = upstream.seen().len();
                let mut socket = Socket::connect(server.addr).await;
                socket.open(&provider.id, method, &path, "{}").await;
                let heard = socket.finish().await;
                assert_eq!(
                    heard.code(),
                    (method != own).then_some(Code::MethodNotAllowed),
                    "{method} {path}"
                );
                assert_eq!(upstream.seen().len() - before, usize::from(method == own), "{method} {path}");
            }
        }
    }
    assert!(reads >= 9, "{reads}");
}

#[tokio::test]
async fn px4_a_get_of_our_own_routes_changes_nothing() {
    let upstream = Upstream::answering(vec![]).await;
    let server = Server::before(&upstream).await;
    // Path, and the methods that may do something there.
    for (path, methods) in [
        ("/", &["GET", "HEAD"][..]),
        ("/index.html", &["GET", "HEAD"]),
        ("/healthz", &["GET", "HEAD"]),
        ("/readyz", &["GET", "HEAD"]),
        ("/metrics", &["GET", "HEAD"]),
        ("/api/config", &["GET", "HEAD"]),
        ("/api/limits", &["GET", "HEAD"]),
        ("/api/stream", &[]),
        ("/api/auth/login", &["POST"]),
        ("/api/auth/logout", &["POST"]),
        ("/api/auth/setup", &["POST"]),
        ("/api/nothing", &[]),
        ("/api", &[]),
    ] {
        let config = get(server.addr, "/api/config").await.body;
        for method in METHODS {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\n\
                 content-length: 2\r\n\r\n{{}}",
                server.addr
            );
            let answer = exchange(server.addr, request).await;
            let refused = matches!(answer.status, 400 | 404 | 405);
            // Without a build there are no pages, and where nobody signs in there is no signing in.
            let may_lack = matches!(path, "/" | "/index.html" | "/readyz") || path.starts_with("/api/auth/");
            let works = answer.status == 200 || may_lack;
            let good = if methods.contains(&method) { works } else { refused };
            assert!(good, "{method} {path}: {}", answer.head);
        }
        assert_eq!(get(server.addr, "/api/config").await.body, config, "{path}");
    }
    assert!(upstream.seen().is_empty());
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let server = server().await;
    let mut answers = vec![
        exchange(server.addr, "GET / HTTP/1.1\r\nhost: attacker.com\r\nconnection: close\r\n\r\n").await,
        post(server.addr, "/", "{}").await,
        post(server.addr, "/api/providers/ollama/api/chat", "{}").await,
    ];
    for path in
        ["/", "/history", "/missing.js", "/healthz", "/readyz", "/api/config", "/api/nothing", "/api/stream"]
    {
        answers.push(get(server.addr, path).await);
    }
    for answer in answers {
        let csp = answer.header("content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "connect-src 'self' http://localhost:* http://127.0.0.1:*;",
            "frame-ancestors 'none'",
        ] {
            assert!(csp.contains(part), "{csp}");
        }
        assert!(!csp.contains("unsafe-inline"));
        assert!(answer.header("permissions-policy").unwrap().contains("camera=(), clipboard-read=()"));
        for (name, value) in [
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{}", answer.head);
        }
    }
}

#[tokio::test]
async fn a_running_server_is_alive_and_files_that_do_not_exist_are_not_the_app() {
    let server = server().await;
    assert_eq!(get(server.addr, "/healthz").await.status, 200);
    let ready = get(server.addr, "/readyz").await;
    let body: serde_json::Value = serde_json::from_slice(&ready.body).unwrap();
    let reasons = body["reasons"].as_array().unwrap();
    assert_eq!(body["ready"], reasons.is_empty());
    assert_eq!(ready.status, if reasons.is_empty() { 200 } else { 503 });
    for path in
        ["/missing.js", "/a/b/missing.wasm", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "/..%2fCargo.toml"]
    {
        assert_eq!(get(server.addr, path).await.status, 404, "{path}");
    }
}

//! Where calls go is the operator's decision alone: nothing that a client or an upstream says takes a call or a key elsewhere.

use codecraft_core::api::Code;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{
    GEMINI_KEY, OPENAI_KEY, Server, Socket, Upstream, config, exchange, get, post, settings, upstream::answer,
};

/// Names by which somebody might hope to say where a call goes, who makes it or what goes along.
const STEERING: [&str; 60] = [
    "api_base",
    "api_key",
    "api-key",
    "apiKey",
    "api_version",
    "api_url",
    "authorization",
    "auth",
    "azure_endpoint",
    "base",
    "base_url",
    "baseUrl",
    "baseURL",
    "basepath",
    "callback",
    "custom_llm_provider",
    "deployment",
    "destination",
    "domain",
    "endpoint",
    "extra_headers",
    "extra_query",
    "forward",
    "forwarded",
    "gateway",
    "headers",
    "host",
    "hostname",
    "http_proxy",
    "https_proxy",
    "key",
    "location",
    "method",
    "model",
    "model_list",
    "next",
    "organization",
    "origin",
    "path",
    "port",
    "project",
    "protocol",
    "provider",
    "proxies",
    "proxy",
    "proxy_url",
    "redirect",
    "redirect_uri",
    "referer",
    "region",
    "remote",
    "route",
    "scheme",
    "server",
    "target",
    "upstream",
    "uri",
    "url",
    "webhook",
    "x-forwarded-host",
];

/// What a client calls its key.
const KEY: &str = "a-key-of-the-client";

#[tokio::test]
async fn px6_nothing_a_client_says_changes_where_a_call_goes_or_which_key_goes_along() {
    let evil = Upstream::answering(answer("200 OK", "", "{}")).await;
    let upstream = Upstream::answering(answer("200 OK", "content-type: application/json\r\n", "{}")).await;
    let server = Server::before(&upstream).await;
    let path = "/api/providers/openai/v1/chat/completions";
    for name in STEERING {
        let body = format!(
            "{{ \"{name}\" : \"{0}\",\n\"{name}\":[{{\"{name}\":\"{0}\"}}],\"key\":\"{KEY}\"}} ",
            evil.base()
        );
        let request = |query: &str, headers: &str| {
            format!(
                "POST {path}{query} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n{body}",
                server.addr,
                body.len(),
            )
        };
        let headers = format!(
            "{name}: {0}\r\nx-{name}: {0}\r\nauthorization: Bearer {KEY}\r\nx-goog-api-key: {KEY}\r\n\
             x-forwarded-host: {1}\r\nforwarded: host={1};proto=https\r\nx-original-url: /api/pull\r\n\
             x-rewrite-url: /api/pull\r\nx-http-method-override: DELETE\r\n",
            evil.base(),
            evil.addr,
        );
        let answer = exchange(server.addr, request("", &headers)).await;
        // A second host and a foreign origin are refused by the guard; nothing else has any say.
        let status = match name {
            "host" => 421,
            "origin" => 403,
            _ => 200,
        };
        assert_eq!(answer.status, status, "{name}: {}", answer.head);
        if status == 200 {
            check(&upstream, &body);
        }
        let before = upstream.seen().len();
        let answer = exchange(server.addr, request(&format!("?{name}={}", evil.addr), "")).await;
        // The key that some clients write into the query is dropped; any other parameter is refused.
        assert_eq!(answer.status, if name == "key" { 200 } else { 404 }, "{name}: {}", answer.head);
        assert_eq!(upstream.seen().len() - before, usize::from(name == "key"));

        let socket = Socket::call(server.addr, "openai", "v1/chat/completions", &body).await.finish().await;
        assert_eq!(socket.bytes, b"{}", "{name}");
        check(&upstream, &body);
        // A first frame has its own fields and no others.
        let frame = format!(
            "{{\"provider\":\"openai\",\"method\":\"POST\",\"path\":\"v1/chat/completions\",\"body\":\"{{}}\",\"x\":0,\"{name}\":\"{}\"}}",
            evil.base()
        );
        let mut socket = Socket::connect(server.addr).await;
        socket.send(Message::text(frame)).await;
        if socket.finish().await.code().is_none() {
            check(&upstream, "{}");
        }
    }
    assert!(evil.seen().is_empty());
}

/// The last call went to the one place with the one key and this body.
#[track_caller]
fn check(upstream: &Upstream, body: &str) {
    let seen = upstream.seen().pop().unwrap();
    assert_eq!(seen.line(), "POST /openai/v1/chat/completions HTTP/1.1");
    assert_eq!(seen.header("host"), Some(upstream.addr.to_string().as_str()));
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {OPENAI_KEY}").as_str()));
    assert_eq!(
        seen.names(),
        ["accept", "accept-encoding", "authorization", "content-length", "content-type", "host"]
    );
    assert_eq!(seen.body, body.as_bytes(), "the body is relayed byte for byte");
    assert!(!seen.head.contains(GEMINI_KEY) && !seen.head.contains(KEY));
}

#[tokio::test]
async fn px7_a_redirect_is_not_followed() {
    let evil = Upstream::answering(answer("200 OK", "", "{}")).await;
    for status in [
        "300 Multiple Choices",
        "301 Moved",
        "302 Found",
        "303 See Other",
        "304 Not Modified",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        for location in
            [format!("{}/v1/models", evil.base()), format!("//{}/", evil.addr), "/v1/models".into()]
        {
            let headers = format!("location: {location}\r\nrefresh: 0; url={location}\r\n");
            let upstream = Upstream::answering(answer(status, &headers, "")).await;
            let server = Server::before(&upstream).await;
            for (provider, path, body) in
                [("openai", "v1/models", ""), ("gemini", "v1beta/models/a:generateContent", "{}")]
            {
                let url = format!("/api/providers/{provider}/{path}");
                let answer = if body.is_empty() {
                    get(server.addr, &url).await
                } else {
                    post(server.addr, &url, body).await
                };
                assert_eq!((answer.status, answer.header("location")), (502, None), "{status}");
                assert_eq!(answer.code(), Some(Code::UpstreamUnusable));
                assert!(!answer.head.contains("refresh"), "{}", answer.head);
                let heard = Socket::call(server.addr, provider, path, body).await.finish().await;
                assert_eq!(heard.code(), Some(Code::UpstreamUnusable), "{status}");
            }
            assert_eq!(upstream.seen().len(), 4, "one request per call");
        }
    }
    assert!(evil.seen().is_empty());
}

#[tokio::test]
async fn px7_a_key_goes_to_its_own_upstream_and_to_no_other() {
    let google = Upstream::answering(answer("200 OK", "", "{}")).await;
    let other = Upstream::answering(answer("200 OK", "", "{}")).await;
    let mut settings = settings(&other.base());
    settings.insert("GEMINI_BASE_URL", google.base());
    let server = Server::start(&config(&settings)).await;
    for (provider, path) in [
        ("gemini", "v1beta/models/a:generateContent"),
        ("openai", "v1/chat/completions"),
        ("ollama", "api/chat"),
        ("box", "v1/chat/completions"),
    ] {
        post(server.addr, &format!("/api/providers/{provider}/{path}"), "{}").await;
        Socket::call(server.addr, provider, path, "{}").await.finish().await;
    }
    let heads = |upstream: &Upstream| upstream.seen().into_iter().map(|seen| seen.head).collect::<Vec<_>>();
    let (google, other) = (heads(&google), heads(&other));
    assert_eq!((google.len(), other.len()), (2, 6));
    assert!(google.iter().all(|head| head.contains(GEMINI_KEY) && !head.contains(OPENAI_KEY)));
    assert!(other.iter().all(|head| !head.contains(GEMINI_KEY)));
    let with_key = other.iter().filter(|head| head.contains(OPENAI_KEY)).count();
    assert_eq!(with_key, 2, "a server of one's own and Ollama get no key");
}

/// Ways to write an address of this machine, of its network or of a cloud's metadata service. `PORT` is that of somebody
/// who listens on 127.0.0.1, and would notice.
const ADDRESSES: [&str; 32] = [
    "127.0.0.1:PORT",
    "127.1:PORT",
    "127.0.1:PORT",
    "2130706433:PORT",
    "0x7f000001:PORT",
    "0x7f.1:PORT",
    "017700000001:PORT",
    "0177.0.0.1:PORT",
    "0:PORT",
    "0.0.0.0:PORT",
    "localhost:PORT",
    "LOCALHOST.:PORT",
    "localtest.me:PORT",
    "127.0.0.1.nip.io:PORT",
    "7f000001.c0a80001.rbndr.us:PORT",
    "[::1]:PORT",
    "[::]:PORT",
    "[::ffff:127.0.0.1]:PORT",
    "[::ffff:7f00:1]:PORT",
    "[0:0:0:0:0:ffff:127.0.0.1]:PORT",
    "[64:ff9b::7f00:1]:PORT",
    "169.254.169.254",
    "[::ffff:169.254.169.254]",
    "[fd00:ec2::254]",
    "2852039166",
    "0xa9fea9fe",
    "metadata",
    "metadata.google.internal",
    "instance-data.ec2.internal",
    "100.100.100.200",
    "10.0.0.1:PORT",
    "224.0.0.1:PORT",
];

#[tokio::test]
async fn px8_no_client_can_name_an_address() {
    let local = Upstream::answering(answer("200 OK", "", "{}")).await;
    let upstream = Upstream::answering(answer("200 OK", "content-type: application/json\r\n", "{}")).await;
    let server = Server::before(&upstream).await;
    for address in ADDRESSES {
        let address = address.replace("PORT", &local.addr.port().to_string());
        let encoded = address.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
        // As the id of a provider, in the path, in the query, as the target itself, as a proxy is asked.
        for target in [
            format!("/api/providers/{address}/v1/models"),
            format!("/api/providers/{encoded}/v1/models"),
            format!("/api/providers/http://{address}/v1/models"),
            format!("/api/providers/openai@{address}/v1/models"),
            format!("/api/providers/openai/{address}/v1/models"),
            format!("/api/providers/openai/@{address}/v1/models"),
            format!("/api/providers/openai//{address}/v1/models"),
            format!("/api/providers/openai/http://{address}/v1/models"),
            format!("/api/providers/openai/v1/models?url=http://{address}"),
        ] {
            let request =
                format!("GET {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", server.addr);
            let status = exchange(server.addr, request).await.status;
            assert!(matches!(status, 400 | 404), "{target}: {status}");
        }
        for line in [
            format!("GET http://{address}/api/providers/openai/v1/models"),
            format!("GET http://{address}/"),
            format!("CONNECT {address}"),
        ] {
            for host in [server.addr.to_string(), address.clone()] {
                let request = format!("{line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
                let status = exchange(server.addr, request).await.status;
                assert!(matches!(status, 400 | 421), "{line}, host {host}: {status}");
            }
        }
        let request = format!(
            "GET /api/providers/openai/v1/models HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
        );
        assert_eq!(exchange(server.addr, request).await.status, 421, "{address}");
        for (provider, path) in [
            (address.as_str(), "v1/models"),
            (&format!("http://{address}"), "v1/models"),
            ("openai", &format!("http://{address}/v1/models")),
            ("openai", &format!("@{address}/v1/models")),
            ("openai", &format!("//{address}/v1/models")),
            ("openai", &format!("v1/models?url={address}")),
        ] {
            let heard = Socket::call(server.addr, provider, path, "").await.finish().await;
            assert!(
                matches!(heard.code(), Some(Code::ProviderUnknown | Code::PathNotAllowed)),
                "{provider} {path}"
            );
        }
    }
    // All that a client can reach is what the operator named, and only where nothing was asked otherwise.
    assert!(local.seen().is_empty() && upstream.seen().is_empty());
    assert_eq!(get(server.addr, "/api/providers/openai/v1/models").await.status, 200);
}

//! What the server writes down holds nothing that a client or an upstream said, and nobody's address.

use std::time::Duration;

use codecraft_core::api::Code;
use codecraft_server::Config;
use tokio::net::TcpListener;

use crate::support::{
    Server, Socket, Step, Upstream, config, exchange, get, post, settings,
    upstream::{answer, chunk, head, send},
};

const JSON: &str = "content-type: application/json\r\n";
const CHAT: &str = "/api/providers/ollama/api/chat";

/// A configuration that writes as much as there is: a line per request, as JSON, or only what goes wrong.
fn logging(upstream: &Upstream, format: &str) -> Config {
    let mut settings = settings(&upstream.base());
    settings.insert("CODECRAFT_LOG", format.into());
    config(&settings)
}

#[tokio::test]
async fn px13_a_prompt_and_an_answer_are_in_no_log_line() {
    let prompt = "my-very-private-prompt";
    for script in [
        answer("200 OK", JSON, prompt),
        answer("400 Bad", JSON, prompt),
        vec![head("text/event-stream"), chunk(prompt), Step::Reset],
        vec![send(prompt)],
        vec![],
    ] {
        let upstream = Upstream::answering(script).await;
        let server = Server::start(&logging(&upstream, "json")).await;
        let mut requests = 0;
        for body in [format!("{{\"prompt\":\"{prompt}\"}}"), prompt.to_owned()] {
            post(server.addr, CHAT, &body).await;
            post(server.addr, "/api/providers/ollama/api/pull", &body).await;
            Socket::call(server.addr, "ollama", "api/chat", &body).await.finish().await;
            requests += 3;
        }
        let log = server.requests_logged(requests).await;
        assert!(!log.contains(prompt), "{log}");
        assert!(!get(server.addr, "/metrics").await.text().contains(prompt));
    }
}

/// Stands in everything that a client sends.
const MARK: &str = "azure-heron";
/// An address that a client claims to have.
const CLAIMED: &str = "203.0.113.77";

#[tokio::test]
async fn px13_a_log_line_holds_nothing_of_a_client() {
    for format in ["pretty", "json"] {
        for script in [answer("200 OK", JSON, "{}"), answer("500 Oops", JSON, "{}"), vec![Step::Reset]] {
            let upstream = Upstream::answering(script).await;
            let server = Server::start(&logging(&upstream, format)).await;
            let host = server.addr;
            let headers = format!(
                "connection: close\r\ncookie: cc={MARK}; {MARK}=1\r\nauthorization: Bearer {MARK}\r\n\
                 proxy-authorization: Basic {MARK}\r\nx-api-key: {MARK}\r\nuser-agent: {MARK}\r\n\
                 referer: http://{host}/{MARK}\r\nx-codecraft-run: {MARK}\r\nx-request-id: {MARK}\r\n\
                 traceparent: 00-{MARK}-00\r\nx-{MARK}: 1\r\naccept-language: {MARK}\r\n\
                 x-forwarded-for: {CLAIMED}\r\nforwarded: for={CLAIMED}\r\nx-real-ip: {CLAIMED}\r\n"
            );
            let json = "content-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
            let requests = [
                format!("POST {CHAT} HTTP/1.1\r\nhost: {host}\r\n{headers}{json}"),
                format!("POST {CHAT}?{MARK}={MARK} HTTP/1.1\r\nhost: {host}\r\n{headers}{json}"),
                format!("POST /api/providers/{MARK}/api/chat HTTP/1.1\r\nhost: {host}\r\n{headers}{json}"),
                format!("POST /api/providers/ollama/{MARK} HTTP/1.1\r\nhost: {host}\r\n{headers}{json}"),
                format!("GET /{MARK}.js HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n"),
                format!("GET /api/{MARK} HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n"),
                format!("GET /api/config HTTP/1.1\r\nhost: {MARK}\r\n{headers}\r\n"),
                format!("GET /api/config HTTP/1.1\r\nhost: {host}\r\norigin: http://{MARK}\r\n{headers}\r\n"),
                format!("{MARK} /api/config HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n"),
            ];
            for request in &requests {
                exchange(host, request).await;
            }
            for (provider, path, body) in
                [("ollama", "api/chat", MARK), (MARK, "api/chat", "{}"), ("ollama", MARK, "{}")]
            {
                Socket::call(host, provider, path, body).await.finish().await;
            }
            // A line of its own is proof that there was something to write.
            let answer = post(host, "/api/providers/ollama/api/pull", "{}").await;
            assert_eq!(answer.code(), Some(Code::PathNotAllowed));
            let log = if format == "json" {
                // All but the one for a file, which has no line.
                server.requests_logged(requests.len() - 1 + 4).await
            } else {
                // People get no line per request, so all that is awaited is the last call's end.
                server.idle().await;
                server.log()
            };
            for secret in [MARK, CLAIMED, "127.0.0.1", &host.port().to_string()] {
                assert!(!log.contains(secret), "{secret}: {log}");
            }
        }
    }
}

#[tokio::test]
async fn px12_no_log_line_names_where_an_upstream_is() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let plain = Upstream::answering(vec![send("this is no TLS\r\n")]).await;
    let broken = Upstream::answering(vec![send("HTTP/1.1 200 OK\r\nbroken header\r\n\r\n")]).await;
    let reset = Upstream::answering(vec![Step::Reset]).await;
    let silent = Upstream::answering(vec![Step::Hang]).await;
    let half = Upstream::answering(vec![head("text/event-stream"), chunk("data: x\n\n"), Step::Reset]).await;
    let moved = Upstream::answering(answer("302 Found", "location: http://elsewhere.example/\r\n", "")).await;
    for (base, event) in [
        (format!("http://{closed}"), "upstream_unreachable"),
        (format!("https://{}", plain.addr), "upstream_unreachable"),
        ("http://nowhere-at-all.internal:9".to_owned(), "upstream_unreachable"),
        (broken.base(), "upstream_broke"),
        (reset.base(), "upstream_broke"),
        (silent.base(), "upstream_timeout"),
        (half.base(), "upstream_broke"),
        (moved.base(), "upstream_unusable"),
    ] {
        let mut config = config(&settings(&base));
        config.timeouts.connect = Duration::from_secs(2);
        if event == "upstream_timeout" {
            config.timeouts.first_byte = Duration::from_millis(200);
        }
        let server = Server::start(&config).await;
        let answer = post(server.addr, CHAT, "{}").await;
        let heard = Socket::call(server.addr, "gemini", "v1/models", "").await.finish().await;
        assert!(heard.code().is_some(), "{base}: {heard:?}");
        server.idle().await;
        let log = server.log();
        assert!(log.contains(event), "{base}: {log}");
        let authority = base.split("//").nth(1).unwrap();
        let port = authority.rsplit(':').next().unwrap();
        for text in [&log, &answer.head, &answer.text(), &heard.raw] {
            for hidden in [authority, &format!(":{port}"), "nowhere", "elsewhere"] {
                assert!(!text.contains(hidden), "{hidden}: {text}");
            }
        }
        for hidden in ["://", "/v1", "api/chat"] {
            assert!(!log.contains(hidden), "{hidden}: {log}");
        }
    }
}

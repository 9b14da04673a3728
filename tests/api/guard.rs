//! Who may speak to the server.

use codecraft_core::api::Code;

use crate::support::{Server, Upstream, config, exchange, settings, upstream::answer};

async fn server() -> (Server, Upstream) {
    let upstream = Upstream::answering(answer("200 OK", "content-type: application/json\r\n", "{}")).await;
    let mut settings = settings(&upstream.base());
    settings.insert("CODECRAFT_ALLOWED_HOSTS", "codecraft.example, tool.lan:9000".into());
    settings.insert("CODECRAFT_ALLOWED_ORIGINS", "https://app.example,http://10.0.0.5:8080".into());
    (Server::start(&config(&settings)).await, upstream)
}

/// `PORT` in what is sent stands for the server's port.
async fn status(server: &Server, request: &str) -> u16 {
    let request = request.replace("PORT", &server.addr.port().to_string());
    exchange(server.addr, request).await.status
}

#[tokio::test]
async fn px2_only_requests_for_our_own_host_are_answered() {
    let (server, upstream) = server().await;
    let table = [
        ("/", "Host: localhost:PORT\r\n", true),
        ("/", "Host: 127.0.0.1:PORT\r\n", true),
        ("/", "Host: [::1]:PORT\r\n", true),
        ("/", "Host: LOCALHOST:PORT\r\n", true),
        ("/", "HOST: LocalHost:PORT\r\n", true),
        ("/", "Host: codecraft.example\r\n", true),
        ("/", "Host: CodeCraft.Example:443\r\n", true),
        ("/", "Host: codecraft.example:80\r\n", true),
        ("/", "Host: tool.lan:9000\r\n", true),
        ("http://localhost:PORT/", "Host: localhost:PORT\r\n", true),
        ("/", "", false),
        ("/", "Host: \r\n", false),
        ("/", "Host: attacker.com\r\n", false),
        ("/", "Host: attacker.com:PORT\r\n", false),
        ("/", "Host: localhost\r\n", false),
        ("/", "Host: localhost:80\r\n", false),
        ("/", "Host: localhost:\r\n", false),
        ("/", "Host: localhost:0PORT\r\n", false),
        ("/", "Host: localhost.:PORT\r\n", false),
        ("/", "Host: localhost.attacker.com:PORT\r\n", false),
        ("/", "Host: attacker.com@localhost:PORT\r\n", false),
        ("/", "Host: localhost:PORT@attacker.com\r\n", false),
        ("/", "Host: localhost:PORT, attacker.com\r\n", false),
        ("/", "Host: 127.1:PORT\r\n", false),
        ("/", "Host: 0.0.0.0:PORT\r\n", false),
        ("/", "Host: 2130706433:PORT\r\n", false),
        ("/", "Host: [::ffff:127.0.0.1]:PORT\r\n", false),
        ("/", "Host: codecraft.example:8787\r\n", false),
        ("/", "Host: codecraft.example.\r\n", false),
        ("/", "Host: tool.lan\r\n", false),
        ("/", "Host: localhost:PORT\r\nHost: localhost:PORT\r\n", false),
        ("/", "Host: localhost:PORT\r\nHost: attacker.com\r\n", false),
        ("http://attacker.com/", "Host: localhost:PORT\r\n", false),
        ("http://localhost:PORT/", "Host: attacker.com\r\n", false),
        ("http://attacker.com/", "Host: attacker.com\r\n", false),
    ];
    for (target, host, expect) in table {
        for path in [
            "healthz",
            "api/config",
            "api/stream",
            "api/providers/ollama/api/tags",
            "index.html",
            "missing.js",
        ] {
            let request = format!("GET {target}{path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
            assert_eq!(status(&server, &request).await != 421, expect, "{request}");
        }
    }
    let ours = table.iter().filter(|(_, _, expect)| *expect).count();
    assert_eq!(upstream.seen().len(), ours, "refused requests reach no upstream");
    let old = "GET /healthz HTTP/1.0\r\n\r\n";
    assert_eq!(status(&server, old).await, 421, "HTTP/1.0 without a host");
}

/// The headers of a request, and whether it may reach `/api`.
const ORIGINS: [(&str, bool); 32] = [
    ("", true),
    ("Origin: http://localhost:PORT\r\n", true),
    ("Origin: HTTP://localhost:PORT\r\n", false),
    ("Origin: http://LOCALHOST:PORT\r\n", true),
    ("Sec-Fetch-Site: same-origin\r\n", true),
    ("Sec-Fetch-Site: same-origin\r\nOrigin: http://localhost:PORT\r\n", true),
    ("Origin: https://app.example\r\n", true),
    ("Origin: https://app.example\r\nSec-Fetch-Site: cross-site\r\n", true),
    ("Origin: http://10.0.0.5:8080\r\nSec-Fetch-Site: same-site\r\n", true),
    ("Origin: null\r\n", false),
    ("Origin: null\r\nSec-Fetch-Site: same-origin\r\n", false),
    ("Origin: null\r\nSec-Fetch-Site: cross-site\r\n", false),
    ("Origin: \r\n", false),
    ("Origin: http://127.0.0.1:PORT\r\n", false),
    ("Origin: http://localhost\r\n", false),
    ("Origin: http://localhost:1\r\n", false),
    ("Origin: http://localhost:PORT/\r\n", false),
    ("Origin: http://localhost:PORT.attacker.com\r\n", false),
    ("Origin: http://attacker.com\r\n", false),
    ("Origin: http://attacker.com:PORT\r\n", false),
    ("Origin: http://attacker.com\r\nSec-Fetch-Site: same-origin\r\n", false),
    ("Origin: https://app.example.attacker.com\r\n", false),
    ("Origin: http://app.example\r\n", false),
    ("Origin: https://app.example:8443\r\n", false),
    ("Origin: http://localhost:PORT\r\nOrigin: http://attacker.com\r\n", false),
    ("Origin: http://localhost:PORT\r\nSec-Fetch-Site: cross-site\r\n", false),
    ("Origin: http://localhost:PORT\r\nSec-Fetch-Site: same-site\r\n", false),
    ("Sec-Fetch-Site: cross-site\r\n", false),
    ("Sec-Fetch-Site: same-site\r\n", false),
    ("Sec-Fetch-Site: none\r\n", false),
    ("Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n", false),
    ("Sec-Fetch-Site: SAME-ORIGIN\r\n", false),
];

#[tokio::test]
async fn px3_pages_of_other_sites_reach_nothing_below_api() {
    let (server, upstream) = server().await;
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let json = "Connection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    let requests = [
        ("GET /api/config", "Connection: close\r\n\r\n".to_owned(), 200),
        ("GET /api/nothing", "Connection: close\r\n\r\n".to_owned(), 404),
        ("GET /api/providers/ollama/api/tags", "Connection: close\r\n\r\n".to_owned(), 200),
        ("POST /api/providers/ollama/api/chat", json.to_owned(), 200),
        // What follows is no frame, so that the socket ends.
        ("GET /api/stream", format!("{upgrade}\r\n\u{8}\u{0}"), 101),
    ];
    for (line, rest, accepted) in &requests {
        for (headers, expect) in ORIGINS {
            let request = format!("{line} HTTP/1.1\r\nHost: localhost:PORT\r\n{headers}{rest}");
            let expect = if expect { *accepted } else { 403 };
            assert_eq!(status(&server, &request).await, expect, "{request}");
        }
    }
    let accepted = ORIGINS.iter().filter(|(_, expect)| *expect).count();
    assert_eq!(upstream.seen().len(), 2 * accepted, "refused requests reach no upstream");
}

#[tokio::test]
async fn px3_the_app_itself_may_be_opened_from_anywhere() {
    let (server, _upstream) = server().await;
    for headers in ["Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: none\r\n", "Origin: null\r\n"] {
        let request =
            format!("GET /healthz HTTP/1.1\r\nHost: localhost:PORT\r\n{headers}Connection: close\r\n\r\n");
        assert_eq!(status(&server, &request).await, 200, "{headers}");
    }
}

#[tokio::test]
async fn only_allowed_origins_may_read_answers() {
    let (server, _upstream) = server().await;
    let ask = async |method: &str, origin: &str| {
        let request = format!(
            "{method} /api/config HTTP/1.1\r\nHost: {}\r\nOrigin: {origin}\r\n\
             Access-Control-Request-Method: POST\r\nConnection: close\r\n\r\n",
            server.addr
        );
        exchange(server.addr, request).await
    };
    for method in ["GET", "OPTIONS"] {
        let allowed = ask(method, "https://app.example").await;
        assert!((200..300).contains(&allowed.status), "{method}");
        assert_eq!(allowed.header("access-control-allow-origin"), Some("https://app.example"));
        assert_eq!(allowed.header("access-control-allow-credentials"), None);
        assert_eq!(allowed.header("vary"), Some("origin"));
        let refused = ask(method, "https://attacker.com").await;
        assert_eq!(refused.code(), Some(Code::OriginNotAllowed), "{method}");
        assert_eq!(refused.header("access-control-allow-origin"), None);
    }
    let own = ask("OPTIONS", &format!("http://{}", server.addr)).await;
    assert_eq!(own.code(), Some(Code::MethodNotAllowed), "our own page needs no preflight");
}

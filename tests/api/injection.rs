//! What models, upstreams and clients write is data: it reaches no header, no path, no log line and no page of ours.

use codecraft_core::api::Code;

use crate::support::{
    Server, Socket, Upstream,
    client::{Answer, post_bytes},
    config, exchange, get, post, settings,
    upstream::{Step, answer, chunk, end, head},
};

/// Stands in every entry of the corpus, so that one search finds them all.
const MARK: &str = "px28";

/// Texts that become something else where somebody takes them for more than text.
const CORPUS: [&str; 28] = [
    "<script>alert('px28')</script>",
    "</script><script>alert('px28')</script>",
    "<img src=x onerror=alert('px28')>",
    "<svg/onload=alert('px28')>",
    "<iframe srcdoc=\"<script>parent.px28=1</script>\">",
    "\"><script>px28</script>",
    "' onmouseover='px28",
    "javascript:alert('px28')",
    "data:text/html,<script>px28</script>",
    "<a href=\"javascript:px28\">x</a>",
    "<meta http-equiv=refresh content=\"0;url=//px28.example\">",
    "<base href=//px28.example/>",
    "<style>@import'//px28.example'</style>",
    "<!--><script>px28</script>-->",
    "]]><script>px28</script>",
    "{{px28}} ${px28} #{px28} <%= px28 %>",
    "\u{202e}px28\u{2066}",
    "\u{feff}<script>px28</script>",
    "px28\u{2028}px28\u{2029}",
    "px28\\r\\nset-cookie: px28=1",
    "px28%0d%0aset-cookie:%20px28=1",
    "px28%00.html",
    "../../px28",
    "..\\..\\px28",
    "px28\" level=error message=\"px28",
    "px28\u{1b}[2J\u{1b}]0;px28\u{7}",
    "=px28|'/C calc'!A0",
    "px28`$(px28)`;px28",
];

/// A server that writes a line for every request.
async fn logging(upstream: &Upstream) -> Server {
    let mut settings = settings(&upstream.base());
    settings.insert("CODECRAFT_LOG", "json".into());
    Server::start(&config(&settings)).await
}

/// The answer has no trace of the corpus outside of its body, and its body is nothing that a browser would run.
#[track_caller]
fn inert(answer: &Answer, what: &str) {
    assert!(!answer.head.contains(MARK), "{what}: {}", answer.head);
    assert_eq!(answer.header("set-cookie"), None, "{what}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{what}");
    assert!(answer.header("content-security-policy").unwrap().starts_with("default-src 'none';"), "{what}");
    let media = answer.header("content-type").unwrap_or_default().to_owned();
    let inert = ["application/json", "application/octet-stream", "application/x-ndjson", "text/event-stream"];
    let is_text = media.starts_with("text/plain");
    assert!(is_text || inert.contains(&media.as_str()), "{what}: {media}");
}

/// Nothing of it was written down, and nothing that looks like a line of ours was added.
async fn unwritten(server: &Server, requests: usize) {
    let log = server.requests_logged(requests).await;
    assert!(!log.contains(MARK), "{log}");
    assert!(log.lines().all(|line| line.starts_with(r#"{"time":""#) && line.ends_with('}')), "{log}");
    assert!(!get(server.addr, "/metrics").await.text().contains(MARK));
}

/// Every way in which an upstream says a text.
fn scripts(text: &str) -> Vec<(&'static str, Vec<Step>)> {
    let headers = format!(
        "content-type: application/json; x={MARK}\r\nretry-after: {MARK}\r\nx-request-id: {MARK}\r\n\
         x-codecraft-error: {MARK}\r\nset-cookie: {MARK}=1\r\nlocation: //{MARK}.example\r\n\
         content-disposition: attachment; filename=\"{MARK}.html\"\r\nlink: <//{MARK}.example>\r\n"
    );
    vec![
        ("answer", answer("200 OK", "content-type: application/json\r\n", text)),
        ("page", answer("200 OK", "content-type: text/html\r\n", text)),
        ("picture", answer("200 OK", "content-type: image/svg+xml\r\n", text)),
        ("script", answer("200 OK", "content-type: text/javascript\r\n", text)),
        ("no type", answer("200 OK", "", text)),
        ("error", answer("500 Oops", "content-type: text/html\r\n", text)),
        ("headers", answer("429 Slow", &headers, text)),
        ("reason", answer(&format!("200 {MARK}"), "content-type: application/json\r\n", text)),
        ("stream", vec![head("text/event-stream"), chunk(&format!("data: {text}\n\n")), end()]),
        ("broken stream", vec![head("application/x-ndjson"), chunk(text), Step::Reset]),
    ]
}

#[tokio::test]
async fn px28_what_an_upstream_says_stays_in_the_body() {
    let said: Vec<_> = CORPUS
        .iter()
        .flat_map(|text| scripts(text).into_iter().map(move |(what, script)| (*text, what, script)))
        .collect();
    let all = said.clone();
    // A call's body is the number of the script that it wants to see.
    let upstream = Upstream::start(move |seen| {
        let number: usize = std::str::from_utf8(&seen.body).unwrap().parse().unwrap();
        all[number].2.clone()
    })
    .await;
    let server = logging(&upstream).await;
    for (number, (text, what, _)) in said.iter().enumerate() {
        let number = number.to_string();
        let http = post(server.addr, "/api/providers/ollama/api/chat", &number).await;
        inert(&http, what);
        assert!(http.text().contains(text), "{what}: the text itself is relayed");
        let heard = Socket::call(server.addr, "openai", "v1/chat/completions", &number).await.finish().await;
        assert!(!heard.raw.contains(MARK), "{what}: {}", heard.raw);
        assert!(String::from_utf8_lossy(&heard.bytes).contains(text), "{what}");
    }
    unwritten(&server, 2 * said.len()).await;
}

#[tokio::test]
async fn px28_what_a_client_says_goes_into_the_body_of_a_call_or_nowhere() {
    let upstream = Upstream::answering(answer("200 OK", "content-type: application/json\r\n", "{}")).await;
    let server = logging(&upstream).await;
    let mut requests = 0;
    for text in CORPUS {
        // As model and prompt in a body: relayed as they are.
        let body = serde_json::json!({ "model": text, "messages": [{ "role": "user", "content": text }], "title": text });
        let body = body.to_string();
        let path = "/api/providers/openai/v1/chat/completions";
        inert(&post(server.addr, path, &body).await, text);
        assert_eq!(upstream.seen().pop().unwrap().body, body.as_bytes());
        Socket::call(server.addr, "openai", "v1/chat/completions", &body).await.finish().await;
        assert_eq!(upstream.seen().pop().unwrap().body, body.as_bytes());

        // As a model in a path, a provider, a path, a query: no such thing, and the refusal does not repeat it.
        let before = upstream.seen().len();
        let encoded = text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let plain: String = text.chars().filter(char::is_ascii_graphic).collect();
        // What is left of some is as good a name as any.
        let odd = !plain.bytes().all(|byte| byte.is_ascii_alphanumeric());
        for text in std::iter::once(&encoded).chain(Some(&plain).filter(|_| odd)) {
            for target in [
                format!("/api/providers/gemini/v1beta/models/{text}:generateContent"),
                format!("/api/providers/{text}/v1/chat/completions"),
                format!("/api/providers/openai/{text}"),
                format!("/api/providers/openai/v1/chat/completions?{text}={text}"),
                format!("/api/{text}"),
            ] {
                let answer = exchange(server.addr, post_bytes(server.addr, &target, "{}")).await;
                assert!(matches!(answer.status, 400 | 403 | 404 | 405), "{target}: {}", answer.head);
                assert!(!answer.head.contains(MARK) && !answer.text().contains(MARK), "{target}: {answer:?}");
                requests += usize::from(answer.header("x-request-id").is_some());
            }
        }
        for (provider, path) in [
            ("gemini", format!("v1beta/models/{text}:generateContent")),
            (text, "v1/chat/completions".to_owned()),
            ("openai", text.to_owned()),
        ] {
            let heard = Socket::call(server.addr, provider, &path, "{}").await.finish().await;
            assert!(matches!(heard.code(), Some(Code::ProviderUnknown | Code::PathNotAllowed)), "{heard:?}");
            assert!(!heard.raw.contains(MARK), "{}", heard.raw);
        }
        assert_eq!(upstream.seen().len(), before, "{text}");

        // As the name of a run, or any other header.
        let headers = format!("x-codecraft-run: {plain}\r\nuser-agent: {plain}\r\nx-request-id: {plain}\r\n");
        let request =
            post_bytes(server.addr, path, "{}").replacen("connection", &format!("{headers}connection"), 1);
        inert(&exchange(server.addr, request).await, text);
        assert!(!upstream.seen().pop().unwrap().head.contains(MARK), "{text}");
        requests += 6;
    }
    unwritten(&server, requests).await;
}

//! The whole server over real sockets.

use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use super::*;
use crate::{
    Ended, answers,
    client::{Response, call, open},
};

/// How one provider is asked for a stream.
pub struct Way {
    pub path: String,
    pub header: (&'static str, &'static str),
    pub body: String,
}

pub fn way(provider: &str, model: &str) -> Way {
    let messages = json!([{"role": "user", "content": "parseDuration, please"}]);
    let (path, header, body) = match provider {
        "gemini" => (
            format!("v1beta/models/{model}:streamGenerateContent?alt=sse"),
            ("x-goog-api-key", "key"),
            json!({"contents": [{"role": "user", "parts": [{"text": "parseDuration, please"}]}]}),
        ),
        "ollama" => (
            "api/chat".to_owned(),
            ("accept", "application/x-ndjson"),
            json!({"model": model, "messages": messages}),
        ),
        _ => (
            "v1/chat/completions".to_owned(),
            ("authorization", "Bearer key"),
            json!({"model": model, "messages": messages, "stream": true,
                "stream_options": {"include_usage": true}}),
        ),
    };
    Way { path: format!("/{provider}/{path}"), header, body: body.to_string() }
}

pub async fn stream(upstream: &FakeUpstream, provider: &str, model: &str) -> Response {
    let way = way(provider, model);
    call(upstream, "POST", &way.path, &[way.header], &way.body).await
}

pub const PROVIDERS: [&str; 4] = ["gemini", "ollama", "openai", "local"];

/// Reads a stream the plain way: whole events, and the text that they carry.
pub fn text_of(provider: &str, stream: &str) -> String {
    let (separator, prefix, pointer) = match provider {
        "gemini" => ("\r\n\r\n", "data: ", "/candidates/0/content/parts/0/text"),
        "ollama" => ("\n", "", "/message/content"),
        _ => ("\n\n", "data: ", "/choices/0/delta/content"),
    };
    let events = stream.split_terminator(separator).map(|event| &event[prefix.len()..]);
    events
        .filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str::<Value>(data).expect("an event is JSON"))
        .filter_map(|event| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn every_provider_streams_the_fixture_in_its_dialect() {
    let upstream = spawn().await;
    for provider in PROVIDERS {
        for model in ["fine@rate=0", "unicode@rate=0,chunk=7"] {
            let response = stream(&upstream, provider, model).await;
            assert_eq!((response.status, response.complete), (200, true), "{provider}");
            let expect =
                if model.starts_with("fine") { answers::PARSE_DURATION[0] } else { answers::UNICODE };
            assert_eq!(text_of(provider, &response.text()), expect.text, "{provider} {model}");
        }
    }
    let ended: Vec<_> = upstream.log().iter().map(|call| call.ended).collect();
    assert_eq!(ended, vec![Some(Ended::Complete); 8]);
}

#[tokio::test]
async fn writes_have_the_size_asked_for_and_split_characters() {
    let upstream = spawn().await;
    for provider in PROVIDERS {
        let response = stream(&upstream, provider, "unicode@rate=0").await;
        let (last, all) = response.chunks.split_last().expect("there are chunks");
        assert!(all.iter().all(|chunk| chunk.len() == 5) && last.len() <= 5);
        assert!(all.iter().any(|chunk| std::str::from_utf8(chunk).is_err()), "no character was split");
    }
}

/// What ends a stream: the last chunk of the transfer encoding, and the record.
#[track_caller]
fn check_end(response: &Response, call: &Call, complete: bool, ended: Ended) {
    assert_eq!((response.complete, call.ended), (complete, Some(ended)), "{} {}", call.provider, call.body);
    assert_eq!(call.bytes_sent, response.bytes().len() as u64);
}

#[tokio::test]
async fn broken_streams_break_as_their_names_say() {
    let upstream = spawn().await;
    for provider in PROVIDERS {
        for (model, complete, ended) in [
            ("cut@rate=0", false, Ended::Cut),
            ("cut-in-utf8@rate=0", false, Ended::Cut),
            ("ends-early@rate=0", true, Ended::Complete),
            ("error-mid@rate=0", true, Ended::Complete),
            ("error-tail@rate=0", true, Ended::Complete),
        ] {
            upstream.clear();
            let response = stream(&upstream, provider, model).await;
            let call = upstream.wait_until(|calls| calls[0].ended.is_some()).await.remove(0);
            check_end(&response, &call, complete, ended);
            let bytes = response.bytes();
            let valid = std::str::from_utf8(&bytes).is_ok();
            assert_eq!(valid, model != "cut-in-utf8@rate=0", "{provider} {model}");
            let text = String::from_utf8_lossy(&bytes);
            assert_eq!(text.contains("high demand"), model.starts_with("error"), "{provider} {model}");
            for terminal in ["finishReason", "\"done\":true", "\"finish_reason\":\"", "[DONE]"] {
                assert!(!text.contains(terminal), "{provider} {model} has {terminal}");
            }
        }
    }
}

#[track_caller]
fn check_status(provider: &str, model: &str, response: &Response, expect: u16) {
    assert_eq!(response.status, expect, "{provider} {model}");
}

#[tokio::test]
async fn refusals_have_the_status_of_each_provider() {
    let upstream = spawn().await;
    for (model, statuses) in [
        ("not-found", [404; 4]),
        ("unheard-of", [404; 4]),
        ("fine@speed=3", [404; 4]),
        ("rate-limited", [429; 4]),
        ("quota", [429, 402, 429, 429]),
        ("overloaded", [503; 4]),
        ("bad-key", [400, 401, 401, 401]),
        ("too-long", [400; 4]),
        ("html-error", [502; 4]),
        ("blocked", [200; 4]),
    ] {
        for (provider, expect) in PROVIDERS.into_iter().zip(statuses) {
            let response = stream(&upstream, provider, model).await;
            check_status(provider, model, &response, expect);
            let html = response.header("content-type") == Some("text/html");
            assert_eq!(html, model == "html-error", "{provider} {model}");
            let explained = response.header("x-fake-upstream").is_some();
            assert_eq!(explained, matches!(model, "unheard-of" | "fine@speed=3"), "{provider} {model}");
        }
    }
}

#[tokio::test]
async fn models_that_refuse_once_answer_the_next_call() {
    let upstream = spawn().await;
    for (model, refusal) in [("rate-limited-once@rate=0", 429), ("overloaded-once@rate=0", 503)] {
        for expect in [refusal, 200, 200] {
            let response = stream(&upstream, "openai", model).await;
            check_status("openai", model, &response, expect);
        }
        check_status("local", model, &stream(&upstream, "local", model).await, refusal);
        upstream.clear();
        check_status("openai", model, &stream(&upstream, "openai", model).await, refusal);
    }
}

/// Leaves in the middle of a call and says how long the upstream took to notice, in milliseconds.
async fn leave(upstream: &FakeUpstream, provider: &str, model: &str, seen: fn(&Call) -> bool) -> u64 {
    upstream.clear();
    let way = way(provider, model);
    let socket = open(upstream, "POST", &way.path, &[way.header], &way.body).await;
    let calls = upstream.wait_until(|calls| calls.iter().any(seen)).await;
    assert!(seen(&calls[0]), "{provider} {model} came as far as {calls:?}");
    let left = crate::clock::unix_ms();
    drop(socket);
    let call = upstream.closed(calls[0].id).await.expect("the close is noticed");
    assert_eq!(call.ended, Some(Ended::ClientClosed), "{provider} {model}");
    call.ended_ms.expect("a call that is over has an end").saturating_sub(left)
}

#[tokio::test]
async fn a_client_that_goes_is_noticed_at_once_in_every_window() {
    let upstream = spawn().await;
    let before_headers: fn(&Call) -> bool = |call| !call.body.is_null() && call.status.is_none();
    let before_first_token: fn(&Call) -> bool = |call| call.status.is_some() && call.first_byte_ms.is_none();
    let mid_stream: fn(&Call) -> bool = |call| call.bytes_sent > 250;
    for provider in PROVIDERS {
        for (model, seen) in [
            ("hang", before_headers),
            ("fine@delay=4000", before_headers),
            ("mute", before_first_token),
            ("fine@rate=20", mid_stream),
            ("stall@rate=0", mid_stream),
        ] {
            // The quickest of three, so that a busy machine is not taken for a slow server.
            let mut took = leave(&upstream, provider, model, seen).await;
            for _ in 1..3 {
                took = took.min(leave(&upstream, provider, model, seen).await);
            }
            assert!(took < 20, "{provider} {model}: noticed after {took} ms");
        }
    }
}

#[tokio::test]
async fn the_log_keeps_what_the_client_sent() {
    let upstream = spawn().await;
    let headers = [("x-goog-api-key", "key"), ("X-Twice", "a"), ("x-twice", "b")];
    let body = json!({"contents": [{"parts": [{"text": "hi"}]}]});
    let path = "/gemini/v1/models/quick:streamGenerateContent?alt=sse";
    call(&upstream, "POST", path, &headers, &body.to_string()).await;
    let log = call(&upstream, "GET", "/__log", &[], "").await.json();
    let seen = &log[0];
    assert_eq!(seen["provider"], "gemini");
    assert_eq!((&seen["method"], &seen["query"]), (&json!("POST"), &json!("alt=sse")));
    assert_eq!(seen["path"], "/gemini/v1/models/quick:streamGenerateContent");
    assert_eq!(
        (&seen["headers"]["x-goog-api-key"], &seen["headers"]["x-twice"]),
        (&json!("key"), &json!("a, b"))
    );
    assert_eq!((&seen["body"], &seen["status"], &seen["ended"]), (&body, &json!(200), &json!("complete")));
    let times = ["started_ms", "first_byte_ms", "ended_ms"].map(|key| seen[key].as_u64().expect("a time"));
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(call(&upstream, "DELETE", "/__log", &[], "").await.status, 204);
    assert_eq!(call(&upstream, "GET", "/__log", &[], "").await.json(), json!([]));
}

#[tokio::test]
async fn the_log_can_be_waited_for() {
    let upstream = spawn().await;
    let way = way("ollama", "hang");
    let waiting = call(&upstream, "GET", "/__log?wait=calls&count=1", &[], "");
    let headers = [way.header];
    let (log, socket) = tokio::join!(waiting, open(&upstream, "POST", &way.path, &headers, &way.body));
    let log = log.json();
    assert_eq!(log[0]["ended"], Value::Null);
    let path = format!("/__log?wait=closed&id={}", log[0]["id"]);
    let (log, ()) = tokio::join!(call(&upstream, "GET", &path, &[], ""), async { drop(socket) });
    assert_eq!(log.json()[0]["ended"], "client_closed");
}

#[track_caller]
fn check_key(response: &Response, status: u16, pointer: &str, expect: &str) {
    assert_eq!((response.status, response.json().pointer(pointer)), (status, Some(&json!(expect))));
}

#[tokio::test]
async fn keys_are_asked_for_where_the_provider_has_them() {
    let upstream = spawn().await;
    let get = async |path: &str, header| call(&upstream, "GET", path, &[header], "").await;
    let none = ("accept", "*/*");
    let (gemini, openai) = ("/gemini/v1beta/models", "/openai/v1/models");
    let reason = "/error/details/0/reason";
    check_key(&get(gemini, none).await, 403, "/error/status", "PERMISSION_DENIED");
    check_key(&get(gemini, ("x-goog-api-key", "bad-key")).await, 400, reason, "API_KEY_INVALID");
    assert_eq!(get(gemini, ("x-goog-api-key", "key")).await.status, 200);
    check_key(&get(openai, none).await, 401, "/error/type", "invalid_request_error");
    check_key(&get(openai, ("authorization", "Bearer bad-key")).await, 401, "/error/code", "invalid_api_key");
    assert_eq!(get(openai, ("authorization", "Bearer key")).await.status, 200);
    assert_eq!(get("/local/v1/models", none).await.status, 200);
    assert_eq!(get("/ollama/api/tags", none).await.status, 200);
    assert_eq!(get("/ollama", none).await.text(), "Ollama is running");
}

#[tokio::test]
async fn ollama_admits_pages_of_this_machine_only() {
    let upstream = spawn().await;
    let tags = "/ollama/api/tags";
    let page = ("origin", "http://localhost:8787");
    let admitted = call(&upstream, "GET", tags, &[page], "").await;
    assert_eq!(admitted.header("access-control-allow-origin"), Some("http://localhost:8787"));
    let preflight = call(&upstream, "OPTIONS", "/ollama/api/chat", &[page], "").await;
    assert_eq!(preflight.status, 204);
    let allowed = preflight.header("access-control-allow-headers").expect("a preflight lists headers");
    assert!(allowed.contains("content-type") && !allowed.contains("x-request-id"), "{allowed}");
    let foreign = call(&upstream, "GET", tags, &[("origin", "https://app.example")], "").await;
    assert_eq!((foreign.status, foreign.header("access-control-allow-origin")), (403, None));
    assert_eq!(call(&upstream, "GET", tags, &[("host", "evil.example")], "").await.status, 403);
}

#[tokio::test]
async fn answers_that_are_not_streamed_come_whole() {
    let upstream = spawn().await;
    let ask = json!([{"role": "user", "content": "hi"}]);
    let key = ("x-goog-api-key", "key");
    let bearer = ("authorization", "Bearer key");
    let model = "thinking@rate=0,seed=0";
    let contents = json!({"contents": [{"parts": [{"text": "hi"}]}]});
    let chat = json!({"model": model, "messages": ask, "stream": false});
    for (path, header, body, pointer) in [
        (
            format!("/gemini/v1beta/models/{model}:generateContent"),
            key,
            contents,
            "/candidates/0/content/parts/0/text",
        ),
        ("/ollama/api/chat".to_owned(), bearer, chat.clone(), "/message/content"),
        ("/openai/v1/chat/completions".to_owned(), bearer, chat, "/choices/0/message/content"),
    ] {
        let response = call(&upstream, "POST", &path, &[header], &body.to_string()).await;
        assert_eq!(response.json().pointer(pointer), Some(&json!(answers::PARSE_DURATION[0].text)), "{path}");
    }
}

#[tokio::test]
async fn events_leave_at_the_pace_asked_for() {
    let upstream = spawn().await;
    let way = way("ollama", "fine@rate=100,lines=5");
    let mut socket = open(&upstream, "POST", &way.path, &[way.header], &way.body).await;
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).await.expect("the stream ends");
    let call = upstream.closed(1).await.expect("the call is over");
    let tokens = bytes.windows(13).filter(|window| window == b"\"done\":false,").count() as u64;
    let took = call.ended_ms.expect("an end") - call.started_ms;
    assert!(tokens > 20 && took >= tokens * 10 - 10, "{tokens} tokens in {took} ms");
}

#[tokio::test]
async fn a_dropped_upstream_gives_its_port_back() {
    let upstream = spawn().await;
    let address = upstream.address();
    let way = way("local", "hang");
    let mut socket = open(&upstream, "POST", &way.path, &[way.header], &way.body).await;
    upstream.wait_until(|calls| calls.len() == 1).await;
    drop(upstream);
    let mut rest = Vec::new();
    // Either end of file or a reset, as long as the connection is over.
    let _ = socket.read_to_end(&mut rest).await;
    assert_eq!(rest, b"");
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

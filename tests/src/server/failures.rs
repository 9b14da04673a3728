//! The failures over real sockets: each scenario does on the wire what its row says.

use serde_json::Value;

use super::{
    tests::{PROVIDERS, stream, text_of, way},
    *,
};
use crate::{
    Ended, answers,
    client::{Response, open},
    scenario::{Class, Scenario, scenarios},
};

/// The texts in a stream, without regard to anything that is no event.
fn lenient_text(provider: &str, bytes: &[u8]) -> String {
    let pointer = match provider {
        "gemini" => "/candidates/0/content/parts/0/text",
        "ollama" => "/message/content",
        _ => "/choices/0/delta/content",
    };
    let lines = bytes.split(|byte| matches!(byte, b'\r' | b'\n'));
    let events = lines.filter_map(|line| {
        let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        serde_json::from_slice::<Value>(line.strip_prefix(b"data: ").unwrap_or(line)).ok()
    });
    events.filter_map(|event| event.pointer(pointer)?.as_str().map(str::to_owned)).collect()
}

/// Whether the model falls silent: then there is no end to wait for.
fn falls_silent(row: &Scenario) -> bool {
    matches!(row.model, "hang" | "mute" | "stall")
}

#[derive(Debug, PartialEq)]
enum Delay {
    Milliseconds(u64),
    Date,
}

/// How long a response asks to wait, in whichever of its forms.
fn told_delay(response: &Response) -> Option<Delay> {
    let seconds = |text: &str| match text.split_once('.') {
        None => text.parse::<u64>().ok().map(|whole| whole * 1_000),
        Some((whole, rest)) => Some(whole.parse::<u64>().ok()? * 1_000 + rest.parse::<u64>().ok()?),
    };
    if let Some(ms) = response.header("retry-after-ms") {
        return ms.parse().ok().map(Delay::Milliseconds);
    }
    if let Some(text) = response.header("retry-after") {
        return Some(seconds(text).map_or(Delay::Date, Delay::Milliseconds));
    }
    let body = response.bytes();
    let body = String::from_utf8_lossy(&body);
    let (_, rest) = body.split_once("\"retryDelay\":\"")?;
    seconds(rest.split_once('s')?.0).map(Delay::Milliseconds)
}

#[tokio::test]
async fn every_scenario_does_what_its_row_says() {
    let upstream = spawn().await;
    for row in scenarios().iter().filter(|row| !falls_silent(row)) {
        // The event of `oversized` has a test of its own.
        if row.model == "oversized" {
            continue;
        }
        let response = stream(&upstream, row.provider, &format!("{}@rate=0", row.model)).await;
        let what = format!("{} {}", row.provider, row.model);
        assert_eq!(Some(response.status), row.status(), "{what}");
        let shown = response.status == 200 && !lenient_text(row.provider, &response.bytes()).is_empty();
        // A prompt that Ollama cannot fit is answered all the same.
        assert_eq!(shown, row.shows_text(), "{what}: {}", String::from_utf8_lossy(&response.bytes()));
        assert_eq!(response.complete, !row.model.starts_with("cut"), "{what}");
        assert_eq!(told_delay(&response).is_some(), row.delay_ms.is_some(), "{what}");
        // A date is told to the second, and time passes.
        if row.model != "rate-limited-date" {
            assert_eq!(told_delay(&response), row.delay_ms.map(Delay::Milliseconds), "{what}");
        }
    }
}

#[tokio::test]
async fn a_failure_with_a_count_gives_way_to_an_answer() {
    let upstream = spawn().await;
    for (provider, failing, status) in [
        ("gemini", "overloaded.times_2.rate_0", 503),
        ("gemini", "deadline@times=2,rate=0", 504),
        ("ollama", "out-of-memory@times=2,rate=0", 500),
        ("openai", "rate-limited-ms@times=2,rate=0", 429),
        ("local", "no-models-loaded@times=2,rate=0", 404),
    ] {
        for expect in [status, status, 200] {
            let response = stream(&upstream, provider, failing).await;
            assert_eq!(response.status, expect, "{provider} {failing}");
            if expect == 200 {
                let text = text_of(provider, &response.text());
                assert_eq!(text, answers::PARSE_DURATION[0].text, "{provider} {failing}");
            }
        }
    }
}

#[track_caller]
fn check_delay(response: &Response, header: &str, expect: Option<&str>) {
    assert_eq!(response.header(header), expect, "{header}");
}

#[tokio::test]
async fn delays_are_told_in_each_of_their_forms() {
    let upstream = spawn().await;
    let ask = async |model: &str| stream(&upstream, "openai", model).await;
    check_delay(&ask("rate-limited-seconds").await, "retry-after", Some("7"));
    check_delay(&ask("rate-limited-seconds@retry=1").await, "retry-after", Some("1"));
    check_delay(&ask("rate-limited-ms").await, "retry-after-ms", Some("1250"));
    check_delay(&ask("rate-limited-ms").await, "retry-after", None);
    let response = ask("rate-limited-date").await;
    let date = response.header("retry-after").expect("a date").to_owned();
    let soon = [14, 15, 16].map(|seconds| crate::clock::http_date(crate::clock::unix_ms() + seconds * 1_000));
    // The client that reads this head has put it into lower case.
    assert!(soon.iter().any(|moment| moment.to_ascii_lowercase() == date), "{date}");
    let body = stream(&upstream, "gemini", "rate-limited-fraction").await.text();
    assert!(body.contains(r#""retryDelay":"12.250s""#), "{body}");
}

#[tokio::test]
async fn silence_comes_before_the_headers_or_before_the_first_token() {
    let upstream = spawn().await;
    for provider in PROVIDERS {
        let way = way(provider, "fine@rate=0,first=60000");
        let socket = open(&upstream, "POST", &way.path, &[way.header], &way.body).await;
        let calls = upstream.wait_until(|calls| calls.last().is_some_and(|call| call.status.is_some())).await;
        let call = calls.last().expect("the call is recorded");
        assert_eq!((call.status, call.first_byte_ms, call.ended), (Some(200), None, None), "{provider}");
        drop(socket);
        let call = upstream.closed(call.id).await.expect("the close is noticed");
        assert_eq!(call.ended, Some(Ended::ClientClosed));
        upstream.clear();
    }
}

#[tokio::test]
async fn bytes_are_as_odd_as_their_names_say() {
    let upstream = spawn().await;
    for provider in PROVIDERS {
        let bytes = stream(&upstream, provider, "odd-ends@rate=0").await.bytes();
        let rest = bytes.strip_prefix("\u{feff}".as_bytes()).expect("it begins with a byte order mark");
        // Lines of JSON may end in CRLF at most.
        assert_eq!(rest.contains(&b'\n'), provider == "ollama", "{provider}");
        assert!(rest.contains(&b'\r'), "{provider}");
        assert_eq!(lenient_text(provider, &bytes), answers::PARSE_DURATION[0].text, "{provider}");

        let text = stream(&upstream, provider, "lone-surrogates@rate=0").await.text();
        let (high, low) = (text.find("\"\\ud83c\""), text.find("\"\\udf89\""));
        assert!(high.is_some_and(|high| low.is_some_and(|low| high < low)), "{provider}");

        let text = stream(&upstream, provider, "garbled-once@rate=0").await.text();
        assert_eq!(lenient_text(provider, text.as_bytes()), answers::PARSE_DURATION[0].text, "{provider}");
        assert_eq!(text.matches("half of an ev").count(), 1, "{provider}");

        let empty = stream(&upstream, provider, "empty").await;
        assert_eq!((empty.status, empty.bytes().len(), empty.complete), (200, 0, true), "{provider}");
        let page = stream(&upstream, provider, "html-under-200").await;
        assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{provider}");
    }
}

#[tokio::test]
async fn an_event_can_be_larger_than_any_client_takes() {
    let upstream = spawn().await;
    let response = stream(&upstream, "ollama", "oversized").await;
    let longest = response.bytes().split(|byte| *byte == b'\n').map(<[u8]>::len).max();
    assert!(longest.is_some_and(|bytes| bytes > 16 << 20));
}

#[tokio::test]
async fn an_error_in_mid_stream_is_worded_by_the_provider() {
    let upstream = spawn().await;
    for row in scenarios().iter().filter(|row| row.class == Class::Disconnected && row.shows_text()) {
        let text = stream(&upstream, row.provider, &format!("{}@rate=0", row.model)).await.bytes();
        let text = String::from_utf8_lossy(&text);
        for terminal in ["finishReason", "\"done\":true", "\"finish_reason\":\"", "[DONE]"] {
            assert!(!text.contains(terminal), "{} {} has {terminal}", row.provider, row.model);
        }
    }
}

//! One request's trail in the log and in the metrics.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use codecraft_telemetry::{Format, Log, Telemetry};
use serde_json::Value;

const RELAY: &str = "/api/providers/{*path}";

/// Telemetry that logs JSON, and its lines.
fn telemetry() -> (Telemetry, impl Fn() -> Vec<Value>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = lines.clone();
    let log = Log::to(move |line| sink.lock().unwrap().push(serde_json::from_str(line).unwrap()));
    (Telemetry::new("1.2.3", log.in_format(Format::Json), None), move || {
        std::mem::take(&mut lines.lock().unwrap())
    })
}

#[track_caller]
fn counts(telemetry: &Telemetry, expect: &[&str]) {
    let text = telemetry.metrics().text();
    for line in expect {
        assert!(text.lines().any(|found| found == *line), "{line} is not in\n{text}");
    }
}

#[test]
fn a_call_is_written_down_when_nobody_works_for_the_request_any_more() {
    let (telemetry, lines) = telemetry();
    let trail = telemetry.begin("POST", Some(RELAY), None);
    let id = trail.id().to_string();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    let mut call = trail.call("box", "POST");
    counts(&telemetry, &["codecraft_open_streams 1"]);
    call.answered(200);
    trail.answered(200, None);
    drop(trail);
    for _ in 0..3 {
        call.received(10);
    }
    call.finished();
    assert_eq!(lines(), [] as [Value; 0]);
    drop(call);
    let [line] = &lines()[..] else { panic!("one line") };
    for (name, value) in [
        ("level", Value::from("info")),
        ("message", "request".into()),
        ("request_id", id.into()),
        ("method", "POST".into()),
        ("route", RELAY.into()),
        ("status", 200.into()),
        ("provider", "box".into()),
        ("upstream_status", 200.into()),
        ("bytes", 30.into()),
        ("aborted", false.into()),
    ] {
        assert_eq!(line[name], value, "{name} of {line}");
    }
    assert!(line["duration_ms"].is_u64() && line["first_byte_ms"].is_u64(), "{line}");
    assert_eq!(line.get("code"), None);
    counts(
        &telemetry,
        &[
            r#"codecraft_requests_total{route="/api/providers/{*path}",status="2xx",code=""} 1"#,
            r#"codecraft_request_duration_seconds_count{route="/api/providers/{*path}"} 1"#,
            "codecraft_open_streams 0",
            r#"codecraft_upstream_calls_total{provider="box",status="200"} 1"#,
            r#"codecraft_upstream_first_byte_seconds_count{provider="box"} 1"#,
            r#"codecraft_upstream_duration_seconds_count{provider="box"} 1"#,
            r#"codecraft_relayed_bytes_total{provider="box"} 30"#,
            r#"codecraft_client_aborts_total{provider="box"} 0"#,
            r#"codecraft_build_info{version="1.2.3"} 1"#,
            "# EOF",
        ],
    );
    assert!(telemetry.metrics().text().contains("\nprocess_start_time_seconds 1"));
}

#[test]
fn a_call_that_is_dropped_was_given_up_by_the_client() {
    let (telemetry, lines) = telemetry();
    let trail = telemetry.begin("GET", Some("/api/stream"), None);
    trail.answered(101, None);
    let mut call = trail.call("box", "POST");
    call.answered(200);
    call.received(7);
    drop(call);
    drop(trail);
    // One whose client did not even wait for the head.
    drop(telemetry.begin("POST", Some(RELAY), None).call("box", "POST"));
    let lines = lines();
    assert_eq!((&lines[0]["aborted"], &lines[0]["bytes"]), (&true.into(), &7.into()));
    assert_eq!((&lines[1]["aborted"], &lines[1]["status"]), (&true.into(), &0.into()));
    counts(
        &telemetry,
        &[
            r#"codecraft_requests_total{route="/api/stream",status="1xx",code=""} 1"#,
            r#"codecraft_requests_total{route="/api/providers/{*path}",status="none",code=""} 1"#,
            r#"codecraft_upstream_calls_total{provider="box",status="200"} 1"#,
            r#"codecraft_upstream_calls_total{provider="box",status="aborted"} 1"#,
            r#"codecraft_client_aborts_total{provider="box"} 2"#,
        ],
    );
}

#[test]
fn a_failure_is_logged_once_with_its_cause_and_counted_under_its_code() {
    let (telemetry, lines) = telemetry();
    let trail = telemetry.begin("POST", Some(RELAY), None);
    let mut call = trail.call("box", "POST");
    call.failed("upstream_unreachable", "connection refused");
    drop(call);
    trail.answered(502, Some("upstream_unreachable"));
    let id = trail.id().to_string();
    drop(trail);
    let lines = lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0]["message"], "upstream_unreachable");
    assert_eq!((&lines[0]["level"], &lines[0]["cause"]), (&"warn".into(), &"connection refused".into()));
    assert_eq!((&lines[0]["request_id"], &lines[1]["request_id"]), (&id.clone().into(), &id.into()));
    assert_eq!(lines[1]["code"], "upstream_unreachable");
    counts(
        &telemetry,
        &[
            r#"codecraft_requests_total{route="/api/providers/{*path}",status="5xx",code="upstream_unreachable"} 1"#,
            r#"codecraft_upstream_calls_total{provider="box",status="upstream_unreachable"} 1"#,
        ],
    );
}

#[test]
fn refusals_of_one_kind_get_a_line_in_a_second() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = Log::to({
        let lines = lines.clone();
        move |line| lines.lock().unwrap().push(line.to_owned())
    });
    let telemetry = Telemetry::new("0", log, None);
    let begun = Instant::now();
    for _ in 0..1000 {
        telemetry.begin("GET", Some("/api/me"), None).answered(401, Some("not_signed_in"));
    }
    telemetry.begin("GET", Some("/api/me"), None).answered(421, Some("host_not_allowed"));
    let most = begun.elapsed().as_secs() as usize + 1;
    let lines = lines.lock().unwrap();
    let count = |code: &str| lines.iter().filter(|line| line.contains(code)).count();
    assert!((1..=most).contains(&count("not_signed_in")), "{lines:?}");
    assert_eq!(count("host_not_allowed"), 1, "of another kind");
    counts(
        &telemetry,
        &[r#"codecraft_requests_total{route="/api/me",status="4xx",code="not_signed_in"} 1000"#],
    );
}

#[test]
fn a_refusal_is_logged_and_counted_under_its_code() {
    let (telemetry, lines) = telemetry();
    telemetry.begin("POST", Some("/api/auth/login"), None).answered(429, Some("login_throttled"));
    let lines = lines();
    assert_eq!(
        (&lines[0]["message"], &lines[0]["code"]),
        (&"refused".into(), &"login_throttled".into()),
        "{lines:?}"
    );
    counts(
        &telemetry,
        &[r#"codecraft_requests_total{route="/api/auth/login",status="4xx",code="login_throttled"} 1"#],
    );
}

#[test]
fn the_apps_files_and_monitors_are_counted_but_not_listed() {
    let (telemetry, lines) = telemetry();
    telemetry.begin("GET", None, None).answered(200, None);
    telemetry.begin("GET", Some("/healthz"), None).answered(200, None);
    assert_eq!(lines(), [] as [Value; 0]);
    counts(
        &telemetry,
        &[
            r#"codecraft_requests_total{route="app",status="2xx",code=""} 1"#,
            r#"codecraft_requests_total{route="/healthz",status="2xx",code=""} 1"#,
        ],
    );
}

#[test]
fn a_method_that_http_does_not_know_is_not_repeated() {
    let (telemetry, lines) = telemetry();
    telemetry.begin("MY-SECRET", Some("/api/x"), None).answered(404, None);
    assert_eq!(lines()[0]["method"], "_OTHER");
}

#[test]
fn an_upstreams_refusal_is_logged_with_its_status() {
    let (telemetry, lines) = telemetry();
    let mut call = telemetry.begin("POST", Some(RELAY), None).call("box", "POST");
    call.answered(429);
    call.finished();
    drop(call);
    let lines = lines();
    assert_eq!((&lines[0]["message"], &lines[0]["status"]), (&"upstream_status".into(), &429.into()));
    assert_eq!(lines[1]["upstream_status"], 429);
}

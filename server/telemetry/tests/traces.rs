//! Spans as a collector gets them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use codecraft_telemetry::{Log, Telemetry, Traces};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1::{Span, span::SpanKind, status::StatusCode},
};
use prost::Message as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

const PATIENCE: Duration = Duration::from_secs(20);
const RELAY: &str = "/api/providers/{*path}";

/// A collector on a free port, and what it was sent.
struct Collector {
    base: String,
    heads: Arc<Mutex<Vec<String>>>,
    requests: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
}

impl Collector {
    async fn start(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let collector = Self { base, heads: Arc::default(), requests: Arc::default() };
        let (heads, requests) = (collector.heads.clone(), collector.requests.clone());
        tokio::spawn(async move {
            while let Ok((mut tcp, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                let end = loop {
                    if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                        break end + 4;
                    }
                    assert!(tcp.read_buf(&mut bytes).await.unwrap() > 0);
                };
                let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
                let length = head.split_once("content-length: ").unwrap().1.split_once("\r\n").unwrap().0;
                let length: usize = length.parse().unwrap();
                while bytes.len() < end + length {
                    assert!(tcp.read_buf(&mut bytes).await.unwrap() > 0);
                }
                requests.lock().unwrap().push(ExportTraceServiceRequest::decode(&bytes[end..]).unwrap());
                heads.lock().unwrap().push(head);
                let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
                tcp.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        collector
    }

    fn spans(&self) -> Vec<Span> {
        let requests = self.requests.lock().unwrap();
        let scopes = requests.iter().flat_map(|request| &request.resource_spans).flat_map(|r| &r.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    fn resource(&self) -> Resource {
        self.requests.lock().unwrap()[0].resource_spans[0].resource.clone().unwrap()
    }
}

fn traces(settings: &[(&str, &str)], log: &Log) -> Option<Traces> {
    let var = |name: &str| {
        settings.iter().find(|(setting, _)| *setting == name).map(|(_, value)| (*value).to_owned())
    };
    Traces::read(var, "1.2.3", log).unwrap()
}

fn silent() -> Log {
    Log::to(|_| {})
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    match attributes.iter().find(|attribute| attribute.key == key)?.value.clone()?.value? {
        Value::StringValue(text) => Some(text),
        Value::IntValue(number) => Some(number.to_string()),
        Value::BoolValue(truth) => Some(truth.to_string()),
        other => panic!("{key} is {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_and_its_call_arrive_as_two_spans_of_one_trace() {
    let collector = Collector::start("200 OK").await;
    let traces = traces(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("{}/", collector.base))], &silent());
    let telemetry = Telemetry::new("1.2.3", silent(), traces);
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let trail = telemetry.begin("POST", Some(RELAY), Some(parent));
    let mut call = trail.call("box", "POST");
    call.answered(200);
    call.received(12);
    call.failed("upstream_broke", "reset");
    drop(call);
    trail.answered(200, None);
    let id = trail.id().to_string();
    drop(trail);
    telemetry.begin("GET", None, None).answered(200, None);
    telemetry.flush(PATIENCE).await;

    assert!(collector.heads.lock().unwrap()[0].starts_with("post /v1/traces http/1.1\r\n"));
    assert!(collector.heads.lock().unwrap()[0].contains("content-type: application/x-protobuf\r\n"));
    let resource = collector.resource().attributes;
    assert_eq!(text(&resource, "service.name").as_deref(), Some("codecraft"));
    assert_eq!(text(&resource, "service.version").as_deref(), Some("1.2.3"));

    let spans = collector.spans();
    assert_eq!(spans.len(), 2, "{spans:?}");
    let server = spans.iter().find(|span| span.kind == SpanKind::Server as i32).unwrap();
    let client = spans.iter().find(|span| span.kind == SpanKind::Client as i32).unwrap();
    assert_eq!(server.name, format!("POST {RELAY}"));
    assert_eq!(server.trace_id, hex("0af7651916cd43dd8448eb211c80319c"));
    assert_eq!(server.parent_span_id, hex("b7ad6b7169203331"));
    for (key, value) in [
        ("http.request.method", "POST"),
        ("http.route", RELAY),
        ("http.response.status_code", "200"),
        ("error.type", "upstream_broke"),
        ("codecraft.request_id", &id),
    ] {
        assert_eq!(text(&server.attributes, key).as_deref(), Some(value), "{key}");
    }
    assert_eq!(client.name, "POST box");
    assert_eq!((&client.trace_id, &client.parent_span_id), (&server.trace_id, &server.span_id));
    for (key, value) in [
        ("http.request.method", "POST"),
        ("http.response.status_code", "200"),
        ("codecraft.provider", "box"),
        ("codecraft.bytes", "12"),
        ("codecraft.aborted", "false"),
        ("error.type", "upstream_broke"),
    ] {
        assert_eq!(text(&client.attributes, key).as_deref(), Some(value), "{key}");
    }
    for span in [server, client] {
        assert_eq!(span.status.as_ref().unwrap().code, StatusCode::Error as i32, "{span:?}");
    }
    let [first] = &client.events[..] else { panic!("{client:?}") };
    assert_eq!(first.name, "first_byte");
    let times = [
        server.start_time_unix_nano,
        client.start_time_unix_nano,
        first.time_unix_nano,
        client.end_time_unix_nano,
        server.end_time_unix_nano,
    ];
    assert!(times.is_sorted() && times[0] > 0, "{times:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_without_a_usable_parent_begins_a_trace() {
    let collector = Collector::start("200 OK").await;
    let own = format!("{}/my/path", collector.base);
    let traces = traces(
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &own),
            ("OTEL_SERVICE_NAME", "desk"),
        ],
        &silent(),
    );
    let telemetry = Telemetry::new("1.2.3", silent(), traces);
    telemetry.begin("GET", Some("/api/config"), None).answered(200, None);
    telemetry.begin("GET", Some("/api/config"), Some("00-nonsense")).answered(404, Some("no_route"));
    telemetry.flush(PATIENCE).await;
    assert!(collector.heads.lock().unwrap()[0].starts_with("post /my/path "));
    assert_eq!(text(&collector.resource().attributes, "service.name").as_deref(), Some("desk"));
    let spans = collector.spans();
    assert_eq!(spans.len(), 2);
    assert!(spans.iter().all(|span| span.parent_span_id.is_empty() && span.trace_id.len() == 16));
    assert_ne!(spans[0].trace_id, spans[1].trace_id);
    // A client's mistake is none of the server's.
    assert!(spans.iter().all(|span| span.status.as_ref().is_none_or(|status| status.code == 0)), "{spans:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_refuses_is_logged_once() {
    let collector = Collector::start("401 Unauthorized").await;
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = lines.clone();
    let log = Log::to(move |line| sink.lock().unwrap().push(line.to_owned()));
    let traces = traces(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.base)], &log);
    let telemetry = Telemetry::new("1.2.3", log, traces);
    // More than one batch.
    for _ in 0..1000 {
        telemetry.begin("GET", Some("/api/config"), None).answered(200, None);
    }
    telemetry.flush(PATIENCE).await;
    assert!(collector.requests.lock().unwrap().len() > 1);
    let lines = lines.lock().unwrap();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].ends_with(r#" warn traces_not_delivered cause="status 401""#), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_silent_holds_nobody_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let traces = traces(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &base)], &silent());
    let telemetry = Telemetry::new("1.2.3", silent(), traces);
    let begun = std::time::Instant::now();
    // Far more than the queue holds.
    for _ in 0..10_000 {
        telemetry.begin("GET", Some("/api/config"), None).answered(200, None);
    }
    assert!(begun.elapsed() < PATIENCE / 4, "{:?}", begun.elapsed());
    telemetry.flush(Duration::from_millis(300)).await;
    assert!(begun.elapsed() < PATIENCE / 2, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn traces_are_off_unless_an_endpoint_is_named() {
    for settings in [
        &[][..],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")],
        &[("OTEL_SERVICE_NAME", "x"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("OTEL_SDK_DISABLED", "TRUE")],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("OTEL_TRACES_EXPORTER", "none")],
    ] {
        assert!(traces(settings, &silent()).is_none(), "{settings:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_followed_is_said_in_a_sentence_without_the_value() {
    let good = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    for (settings, name) in [
        (vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "canary")], "OTEL_EXPORTER_OTLP_ENDPOINT"),
        (vec![("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://canary")], "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        (vec![good, ("OTEL_EXPORTER_OTLP_PROTOCOL", "canary")], "OTEL_EXPORTER_OTLP_PROTOCOL"),
        (vec![good, ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc")], "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"),
        (vec![good, ("OTEL_TRACES_EXPORTER", "canary")], "OTEL_TRACES_EXPORTER"),
    ] {
        let var = |name: &str| {
            settings.iter().find(|(setting, _)| *setting == name).map(|(_, value)| (*value).to_owned())
        };
        let error = Traces::read(var, "1.2.3", &silent()).err().unwrap().to_string();
        assert!(error.starts_with(name) && error.ends_with('.') && !error.contains("canary"), "{error}");
    }
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

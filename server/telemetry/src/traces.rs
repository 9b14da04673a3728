//! Traces for an OpenTelemetry collector, configured by the standard `OTEL_` variables and by nothing else.
//!
//! Off unless an endpoint is named. A request's spans are made when it is over, from its trail; they wait in a bounded
//! queue, from which a thread of its own sends them in batches. A full queue drops spans, and nobody waits for it.
//! Nothing is sent to the upstreams: a trace ends at this server.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant, SystemTime},
};

use async_trait::async_trait;
use opentelemetry::{
    Context, KeyValue,
    propagation::{Extractor, TextMapPropagator as _},
    trace::{
        Event, Span as _, SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _,
        TracerProvider as _,
    },
};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    resource::EnvResourceDetector,
    trace::{SdkTracer, SdkTracerProvider, Span},
};
use tokio::runtime::Handle;

use crate::{
    Log, cause,
    trail::{CallNotes, Notes, Request as Finished},
};

/// `service.name` unless a variable says another.
const SERVICE: &str = "codecraft";
/// How long connecting to the collector may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a batch may take, unless a variable says so.
const EXPORT: Duration = Duration::from_secs(10);

/// Where spans go.
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// A variable that cannot be followed: one sentence that names it, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadSetting(String);

impl fmt::Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadSetting {}

impl Traces {
    /// Reads the variables that decide whether and where to; `None` if traces are off. The SDK itself reads those of
    /// sampling, batches, headers and resource attributes from the process's environment. `version` is the server's,
    /// and `log` hears when the collector cannot be reached.
    ///
    /// Has to be called within the runtime that is to send the spans.
    pub fn read(
        var: impl Fn(&str) -> Option<String>,
        version: &str,
        log: &Log,
    ) -> Result<Option<Self>, BadSetting> {
        let var =
            |name: &str| var(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let Some((name, endpoint)) = endpoint(&var)? else { return Ok(None) };
        let wrong = || BadSetting(format!("{name} must be a URL such as http://127.0.0.1:4318."));
        let url = reqwest::Url::parse(&endpoint).map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong());
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(opentelemetry_otlp::Protocol::HttpBinary)
            .with_http_client(Client::new(timeout(&var), log)?)
            .with_endpoint(endpoint)
            .build()
            .map_err(|_| BadSetting("The OTEL_EXPORTER_OTLP_ variables cannot be followed.".to_owned()))?;
        let mut resource = Resource::builder_empty()
            .with_service_name(SERVICE)
            .with_attribute(KeyValue::new("service.version", version.to_owned()))
            .with_detector(Box::new(EnvResourceDetector::new()));
        if let Some(name) = var("OTEL_SERVICE_NAME") {
            resource = resource.with_service_name(name);
        }
        let provider = SdkTracerProvider::builder()
            .with_resource(resource.build())
            .with_batch_exporter(exporter)
            .build();
        Ok(Some(Self { tracer: provider.tracer(SERVICE), provider }))
    }

    /// Sends what still waits, for `within` at the most. Later spans are dropped.
    pub(crate) async fn shut_down(&self, within: Duration) {
        let provider = self.provider.clone();
        // Failures have been logged by the client.
        let _ = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(within)).await;
    }

    /// Makes the spans of a request that is over: its own and, below it, that of its upstream call.
    pub(crate) fn write(&self, request: &Finished, notes: &Notes, ended: Instant) {
        let clock = Clock { now: SystemTime::now(), ended };
        let context = request
            .parent
            .iter()
            .fold(Context::new(), |context, parent| context.with_remote_span_context(parent.clone()));
        let mut attributes = vec![
            KeyValue::new("http.request.method", request.method),
            KeyValue::new("http.route", request.route.name.clone()),
            KeyValue::new("http.response.status_code", i64::from(notes.status)),
            KeyValue::new("codecraft.request_id", request.id.to_string()),
        ];
        attributes.extend(notes.code.iter().map(|code| KeyValue::new("error.type", code.clone())));
        let mut span = self
            .tracer
            .span_builder(format!("{} {}", request.method, request.route.name))
            .with_kind(SpanKind::Server)
            .with_start_time(clock.at(request.begun))
            .with_attributes(attributes)
            .start_with_context(&self.tracer, &context);
        // A client's mistake is no error of the server's; that is how the conventions have it.
        if notes.status >= 500 || (notes.code.is_some() && notes.status < 400) {
            span.set_status(Status::error(notes.code.clone().unwrap_or_default()));
        }
        let context = context.with_remote_span_context(span.span_context().clone());
        if let Some(call) = &notes.call {
            self.write_call(call, &context, &clock);
        }
        span.end_with_timestamp(clock.at(ended));
    }

    fn write_call(&self, call: &CallNotes, context: &Context, clock: &Clock) {
        let mut attributes = vec![
            KeyValue::new("http.request.method", call.method),
            KeyValue::new("codecraft.provider", call.provider.name.clone()),
            KeyValue::new("codecraft.bytes", i64::try_from(call.bytes).unwrap_or(i64::MAX)),
            KeyValue::new("codecraft.aborted", call.aborted),
        ];
        attributes
            .extend(call.status.map(|status| KeyValue::new("http.response.status_code", i64::from(status))));
        attributes.extend(call.failure.iter().map(|code| KeyValue::new("error.type", code.clone())));
        let first = call.first_byte.map(|first| Event::new("first_byte", clock.at(first), Vec::new(), 0));
        let mut span: Span = self
            .tracer
            .span_builder(format!("{} {}", call.method, call.provider.name))
            .with_kind(SpanKind::Client)
            .with_start_time(clock.at(call.begun))
            .with_attributes(attributes)
            .with_events(first.into_iter().collect())
            .start_with_context(&self.tracer, context);
        if let Some(code) = &call.failure {
            span.set_status(Status::error(code.clone()));
        } else if call.status.is_some_and(|status| status >= 400) {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(clock.at(call.ended));
    }
}

/// Where spans are to go, and the variable that says so; `None` if nowhere.
fn endpoint(var: &impl Fn(&str) -> Option<String>) -> Result<Option<(&'static str, String)>, BadSetting> {
    if var("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    match var("OTEL_TRACES_EXPORTER").as_deref() {
        None | Some("otlp") => {}
        Some("none") => return Ok(None),
        Some(_) => return Err(BadSetting("OTEL_TRACES_EXPORTER must be otlp or none.".to_owned())),
    }
    let own = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    let common = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let found = var(own)
        .map(|url| (own, url))
        .or_else(|| Some((common, format!("{}/v1/traces", var(common)?.trim_end_matches('/')))));
    let protocols = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
    let protocol = protocols.into_iter().find_map(|name| Some((name, var(name)?)));
    match (found, protocol) {
        (Some(_), Some((name, protocol))) if protocol != "http/protobuf" => {
            Err(BadSetting(format!("{name} must be http/protobuf, which is all that this server speaks.")))
        }
        (found, _) => Ok(found),
    }
}

fn timeout(var: &impl Fn(&str) -> Option<String>) -> Duration {
    let names = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
    names.into_iter().find_map(|name| var(name)?.parse().ok()).map_or(EXPORT, Duration::from_millis)
}

/// The trace and span that a `traceparent` header names.
pub(crate) fn parent(header: &str) -> Option<SpanContext> {
    struct One<'a>(&'a str);
    impl Extractor for One<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            (key == "traceparent").then_some(self.0)
        }
        fn keys(&self) -> Vec<&str> {
            vec!["traceparent"]
        }
    }
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &One(header));
    let parent = context.span().span_context().clone();
    parent.is_valid().then_some(parent)
}

/// Turns moments of the monotonic clock into dates.
struct Clock {
    now: SystemTime,
    /// The moment that `now` stands for.
    ended: Instant,
}

impl Clock {
    fn at(&self, moment: Instant) -> SystemTime {
        self.now - self.ended.duration_since(moment)
    }
}

/// Sends batches on the server's runtime. The SDK's thread, which waits for them, has none of its own.
#[derive(Debug)]
struct Client {
    http: reqwest::Client,
    runtime: Handle,
    log: Reports,
}

impl Client {
    fn new(timeout: Duration, log: &Log) -> Result<Self, BadSetting> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(timeout)
            .build()
            .map_err(|_| BadSetting("The system's TLS certificates cannot be read.".to_owned()))?;
        Ok(Self {
            http,
            runtime: Handle::current(),
            log: Reports { log: log.clone(), failing: false.into() },
        })
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let http = self.http.clone();
        let sent = self.runtime.spawn(async move { http.send_bytes(request).await });
        let answer = match sent.await {
            Ok(answer) => answer,
            Err(error) => Err(error.into()),
        };
        self.log.heard(match &answer {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("status {}", answer.status().as_u16())),
            Err(error) => Err(cause(&**error)),
        });
        answer
    }
}

/// Tells the log when deliveries begin to fail, not of each that fails.
struct Reports {
    log: Log,
    failing: AtomicBool,
}

impl fmt::Debug for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reports").field("failing", &self.failing).finish_non_exhaustive()
    }
}

impl Reports {
    fn heard(&self, result: Result<(), String>) {
        let failed_before = self.failing.swap(result.is_err(), Ordering::Relaxed);
        if let (Err(cause), false) = (result, failed_before) {
            self.log.event("traces_not_delivered", &[("cause", &cause)]);
        }
    }
}

//! Counters for Prometheus.
//!
//! Every label has few values: route templates, status classes, codes of the contract, and ids of the operator's own
//! providers. Nothing that a client writes becomes a label.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::{Family, MetricConstructor},
        gauge::{ConstGauge, Gauge},
        histogram::Histogram,
        info::Info,
    },
    registry::{Registry, Unit},
};

/// Media type of [`Metrics::text`].
pub const TEXT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What went to the clients.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Answered {
    pub route: String,
    /// `1xx` (a socket) to `5xx`.
    pub status: &'static str,
    /// The code of a refusal or failure of the server's own, else empty.
    pub code: Cow<'static, str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// How an upstream answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Upstream {
    pub provider: String,
    /// The status, or why there was none: a code, or `aborted` if the client left before.
    pub status: Cow<'static, str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Provider {
    provider: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: String,
}

/// Upper bounds of buckets in seconds: from what a cached answer takes to a long stream.
#[derive(Debug, Clone, Copy)]
struct Seconds(&'static [f64]);

impl MetricConstructor<Histogram> for Seconds {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

const DURATIONS: Seconds =
    Seconds(&[0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0]);
const FIRST_BYTES: Seconds =
    Seconds(&[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0]);

type Histograms<Labels> = Family<Labels, Histogram, Seconds>;

/// All counters of a server.
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    request_duration: Histograms<Route>,
    open_streams: Gauge,
    upstream_calls: Family<Upstream, Counter>,
    upstream_first_byte: Histograms<Provider>,
    upstream_duration: Histograms<Provider>,
    relayed: Family<Provider, Counter>,
    aborts: Family<Provider, Counter>,
}

/// What is counted of a call to an upstream when it is over.
pub(crate) struct CallCounts {
    pub upstream: Upstream,
    pub first_byte: Option<Duration>,
    pub duration: Duration,
    pub bytes: u64,
    pub aborted: bool,
}

impl Metrics {
    pub(crate) fn new(version: &str) -> Self {
        let mut registry = Registry::default();
        let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        registry.register_with_unit(
            "process_start_time",
            "When the process started, since the epoch",
            Unit::Seconds,
            ConstGauge::new(started.as_secs_f64()),
        );
        let ours = registry.sub_registry_with_prefix("codecraft");
        ours.register("build", "The server's version", Info::new(Build { version: version.to_owned() }));
        let requests = Family::default();
        ours.register(
            "requests",
            "Requests by route, status class and code of the refusal or failure",
            requests.clone(),
        );
        let request_duration = Family::new_with_constructor(DURATIONS);
        ours.register_with_unit(
            "request_duration",
            "From a request's head to the last byte of its answer",
            Unit::Seconds,
            request_duration.clone(),
        );
        let open_streams = Gauge::default();
        ours.register("open_streams", "Calls to upstreams that are open", open_streams.clone());
        let upstream_calls = Family::default();
        ours.register("upstream_calls", "Calls to upstreams by provider and status", upstream_calls.clone());
        let upstream_first_byte = Family::new_with_constructor(FIRST_BYTES);
        ours.register_with_unit(
            "upstream_first_byte",
            "From a call to the first byte of its body",
            Unit::Seconds,
            upstream_first_byte.clone(),
        );
        let upstream_duration = Family::new_with_constructor(DURATIONS);
        ours.register_with_unit(
            "upstream_duration",
            "From a call to its end",
            Unit::Seconds,
            upstream_duration.clone(),
        );
        let relayed = Family::default();
        ours.register_with_unit("relayed", "Bytes of bodies from upstreams", Unit::Bytes, relayed.clone());
        let aborts = Family::default();
        ours.register("client_aborts", "Calls whose client left before the end", aborts.clone());
        Self {
            registry,
            requests,
            request_duration,
            open_streams,
            upstream_calls,
            upstream_first_byte,
            upstream_duration,
            relayed,
            aborts,
        }
    }

    /// Everything in the text format of `OpenMetrics`, whose media type is [`TEXT_TYPE`].
    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a String cannot fail");
        text
    }

    pub(crate) fn request(&self, answered: Answered, duration: Duration) {
        self.requests.get_or_create(&answered).inc();
        self.request_duration.get_or_create(&Route { route: answered.route }).observe(duration.as_secs_f64());
    }

    pub(crate) fn call_begins(&self) {
        self.open_streams.inc();
    }

    pub(crate) fn call_ends(&self, counts: CallCounts) {
        self.open_streams.dec();
        self.upstream_calls.get_or_create(&counts.upstream).inc();
        let provider = Provider { provider: counts.upstream.provider };
        if let Some(first_byte) = counts.first_byte {
            self.upstream_first_byte.get_or_create(&provider).observe(first_byte.as_secs_f64());
        }
        self.upstream_duration.get_or_create(&provider).observe(counts.duration.as_secs_f64());
        self.relayed.get_or_create(&provider).inc_by(counts.bytes);
        // Made even if nothing is added: a counter that appears only with its first event hides that event from rates.
        self.aborts.get_or_create(&provider).inc_by(u64::from(counts.aborted));
    }
}

//! Counters for Prometheus.
//!
//! Every label has few values: route templates, status classes, codes of the contract, and ids of the operator's own
//! providers. Nothing that a client writes becomes a label.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::{Duration, Instant, SystemTime},
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

use crate::trail::{CallNotes, Notes};

/// Media type of [`Metrics::text`].
pub const TEXT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What went to the clients.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    /// `1xx` (a socket) to `5xx`.
    status: &'static str,
    /// The code of a refusal or failure of the server's own, else empty.
    code: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabel {
    route: String,
}

/// How an upstream answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Replied {
    provider: String,
    /// The status, or why there was none: a code, or `aborted` if the client left before.
    status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProviderLabel {
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
    request_duration: Histograms<RouteLabel>,
    open_streams: Gauge,
    upstream_calls: Family<Replied, Counter>,
    upstream_first_byte: Histograms<ProviderLabel>,
    upstream_duration: Histograms<ProviderLabel>,
    relayed: Family<ProviderLabel, Counter>,
    aborts: Family<ProviderLabel, Counter>,
    routes: Table<Route>,
    providers: Table<Provider>,
}

/// What was found under a name, so that counting a request does not search for each of its labels again.
type Table<T> = RwLock<HashMap<String, Arc<T>>>;

/// The counters of one route.
pub(crate) struct Route {
    pub name: String,
    duration: Histogram,
    /// Answers without a code, by class of status.
    plain: [OnceLock<Counter>; CLASSES.len()],
}

/// The counters of one provider.
pub(crate) struct Provider {
    pub name: String,
    first_byte: Histogram,
    duration: Histogram,
    relayed: Counter,
    aborts: Counter,
    /// Answers with status 200.
    good: OnceLock<Counter>,
}

/// By the first digit of the status; a request that was given up before its answer had a head has none.
const CLASSES: [&str; 6] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];
/// Status label of a call whose client left before there was a status.
const ABORTED: &str = "aborted";

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
            routes: Table::default(),
            providers: Table::default(),
        }
    }

    /// Everything in the text format of `OpenMetrics`, whose media type is [`TEXT_TYPE`].
    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a String cannot fail");
        text
    }

    pub(crate) fn route(&self, name: &str) -> Arc<Route> {
        found(&self.routes, name, || {
            let label = RouteLabel { route: name.to_owned() };
            Route {
                duration: self.request_duration.get_or_create_owned(&label),
                plain: Default::default(),
                name: label.route,
            }
        })
    }

    pub(crate) fn provider(&self, name: &str) -> Arc<Provider> {
        found(&self.providers, name, || {
            let label = ProviderLabel { provider: name.to_owned() };
            Provider {
                first_byte: self.upstream_first_byte.get_or_create_owned(&label),
                duration: self.upstream_duration.get_or_create_owned(&label),
                relayed: self.relayed.get_or_create_owned(&label),
                aborts: self.aborts.get_or_create_owned(&label),
                good: OnceLock::new(),
                name: label.provider,
            }
        })
    }

    pub(crate) fn request(&self, route: &Route, notes: &Notes, duration: Duration) {
        route.duration.observe(duration.as_secs_f64());
        let class = usize::from(notes.status / 100).min(CLASSES.len() - 1);
        let counter = |code: &str| {
            let (route, code) = (route.name.clone(), code.to_owned());
            self.requests.get_or_create_owned(&Answered { route, status: CLASSES[class], code })
        };
        match &notes.code {
            None => route.plain[class].get_or_init(|| counter("")).inc(),
            Some(code) => counter(code).inc(),
        };
    }

    pub(crate) fn call_begins(&self) {
        self.open_streams.inc();
    }

    pub(crate) fn call_ends(&self, call: &CallNotes) {
        self.open_streams.dec();
        let provider = &call.provider;
        let counter = |status: String| {
            self.upstream_calls.get_or_create_owned(&Replied { provider: provider.name.clone(), status })
        };
        match (call.status, &call.failure) {
            (Some(200), _) => provider.good.get_or_init(|| counter("200".to_owned())).inc(),
            (Some(status), _) => counter(status.to_string()).inc(),
            (None, Some(code)) => counter(code.clone()).inc(),
            (None, None) => counter(ABORTED.to_owned()).inc(),
        };
        let since = |moment: Instant| moment.duration_since(call.begun).as_secs_f64();
        if let Some(first_byte) = call.first_byte {
            provider.first_byte.observe(since(first_byte));
        }
        provider.duration.observe(since(call.ended));
        provider.relayed.inc_by(call.bytes);
        provider.aborts.inc_by(u64::from(call.aborted));
    }
}

fn found<T>(table: &Table<T>, name: &str, make: impl FnOnce() -> T) -> Arc<T> {
    // A table is whole between any two statements, so a panic elsewhere leaves it usable.
    let read = table.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = read.get(name) {
        return known.clone();
    }
    drop(read);
    let mut table = table.write().unwrap_or_else(PoisonError::into_inner);
    table.entry(name.to_owned()).or_insert_with(|| Arc::new(make())).clone()
}

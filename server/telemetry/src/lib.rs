//! What a server says about itself: log lines, metrics and traces, without a prompt, a key or an address in them.
//!
//! Everything that is known of one request is gathered in its [`Trail`], and of the upstream call that it makes in a
//! [`Call`]. At the request's end the trail goes to all three places at once: a line of the [`Log`], counters of the
//! [`Metrics`], spans of the [`Traces`]. So nothing is counted per chunk, and no place can know more than another.
//!
//! What goes in is chosen here, not filtered later: route templates, ids of the operator's own table, status numbers,
//! codes, times and sizes. A path, a header or a body never gets this far.

mod log;
mod metrics;
mod traces;
mod trail;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

pub use log::{Field, Format, Log, cause};
pub use metrics::{Metrics, TEXT_TYPE};
pub use traces::{BadSetting, Traces};
pub use trail::{Call, Trail};

/// The log, the metrics and the traces of one server. Cloning shares them.
#[derive(Clone)]
pub struct Telemetry(Arc<Sinks>);

pub(crate) struct Sinks {
    pub log: Log,
    pub metrics: Metrics,
    pub traces: Option<Traces>,
    /// When a refusal was last logged, by its code.
    pub refusals: Mutex<HashMap<String, Instant>>,
}

impl Telemetry {
    /// `version` is the server's, as `codecraft_build_info` shows it.
    pub fn new(version: &str, log: Log, traces: Option<Traces>) -> Self {
        Self(Arc::new(Sinks { log, metrics: Metrics::new(version), traces, refusals: Mutex::default() }))
    }

    pub fn log(&self) -> &Log {
        &self.0.log
    }

    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Begins the trail of a request. `route` is the template that it matched, `None` for the app's own files.
    /// `parent` is a `traceparent` header of somebody who may decide which trace the request belongs to.
    pub fn begin(&self, method: &str, route: Option<&str>, parent: Option<&str>) -> Trail {
        Trail::new(self.0.clone(), method, route, parent)
    }

    /// Hands over the spans that still wait, for `within` at the most.
    pub async fn flush(&self, within: Duration) {
        if let Some(traces) = &self.0.traces {
            traces.shut_down(within).await;
        }
    }
}

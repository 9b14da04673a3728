//! What is known of one request and of the upstream call that it makes, until both are over.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use opentelemetry::trace::{SpanContext, TraceId};
use opentelemetry_sdk::trace::{IdGenerator as _, RandomIdGenerator};

use crate::{
    Sinks,
    log::Field,
    metrics::{Provider, Route},
};

/// Label and log value of requests for the app's own files.
const APP: &str = "app";
/// Between two lines about refusals with the same code: anybody can be refused as often as they like.
const REFUSAL_PAUSE: Duration = Duration::from_secs(1);

/// The trail of one request. It ends, and is written down, when its last clone is dropped: so whoever still works for
/// the request, such as the body of its answer or its socket, keeps one.
#[derive(Clone)]
pub struct Trail(Arc<Request>);

pub(crate) struct Request {
    sinks: Arc<Sinks>,
    pub id: RequestId,
    pub method: &'static str,
    /// The template that the request matched.
    pub route: Arc<Route>,
    pub begun: Instant,
    pub parent: Option<SpanContext>,
    notes: Mutex<Notes>,
}

/// What becomes known on the way.
#[derive(Default)]
pub(crate) struct Notes {
    pub status: u16,
    pub code: Option<String>,
    pub call: Option<CallNotes>,
}

/// What is left of a [`Call`] when it is over.
pub(crate) struct CallNotes {
    pub provider: Arc<Provider>,
    pub method: &'static str,
    pub begun: Instant,
    pub ended: Instant,
    pub status: Option<u16>,
    pub failure: Option<String>,
    pub first_byte: Option<Instant>,
    pub bytes: u64,
    pub aborted: bool,
}

/// 128 random bits, 32 hexadecimal digits. It tells requests apart and is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(TraceId);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Field for RequestId {}

impl Trail {
    pub(crate) fn new(sinks: Arc<Sinks>, method: &str, route: Option<&str>, parent: Option<&str>) -> Self {
        let parent = sinks.traces.as_ref().and(parent).and_then(crate::traces::parent);
        let route = sinks.metrics.route(route.unwrap_or(APP));
        Self(Arc::new(Request {
            sinks,
            id: RequestId(RandomIdGenerator::default().new_trace_id()),
            method: known(method),
            route,
            begun: Instant::now(),
            parent,
            notes: Mutex::default(),
        }))
    }

    pub fn id(&self) -> RequestId {
        self.0.id
    }

    /// The head of the answer. `code` is that of the server's own refusal or failure, if it is one.
    pub fn answered(&self, status: u16, code: Option<&str>) {
        self.0.notes().status = status;
        if let Some(code) = code {
            self.refused(code);
        }
    }

    /// The server refused the request, or failed at it. Logged here, once in a second for each code, unless it is the
    /// failure of the upstream call.
    pub fn refused(&self, code: &str) {
        let mut notes = self.0.notes();
        if notes.code.as_deref() != Some(code) {
            notes.code = Some(code.to_owned());
            drop(notes);
            if self.0.sinks.logs_refusal(code) {
                self.0.sinks.log.event("refused", &[("code", &code), ("request_id", &self.0.id)]);
            }
        }
    }

    /// Begins the call to the upstream `provider`, an id of the operator's table. A request makes one call at most.
    pub fn call(&self, provider: &str, method: &'static str) -> Call {
        let metrics = &self.0.sinks.metrics;
        metrics.call_begins();
        Call {
            request: self.0.clone(),
            provider: metrics.provider(provider),
            method,
            begun: Instant::now(),
            status: None,
            first_byte: None,
            bytes: 0,
            end: None,
        }
    }
}

/// One call to an upstream, counted as an open stream until it is dropped. Dropped before it has
/// [finished](Self::finished) or [failed](Self::failed), it was given up by the client.
pub struct Call {
    request: Arc<Request>,
    provider: Arc<Provider>,
    method: &'static str,
    begun: Instant,
    status: Option<u16>,
    first_byte: Option<Instant>,
    bytes: u64,
    end: Option<Result<(), String>>,
}

impl Call {
    pub fn provider(&self) -> &str {
        &self.provider.name
    }

    /// The head of the upstream's answer. A status that is no success is logged.
    pub fn answered(&mut self, status: u16) {
        self.status = Some(status);
        if !(200..300).contains(&status) {
            self.log("upstream_status", &[("status", &status)]);
        }
    }

    /// A piece of the upstream's body.
    pub fn received(&mut self, bytes: usize) {
        if self.first_byte.is_none() {
            self.first_byte = Some(Instant::now());
        }
        self.bytes += bytes as u64;
    }

    /// The upstream's body ended by itself.
    pub fn finished(&mut self) {
        self.end = Some(Ok(()));
    }

    /// The call failed, before or in the answer. `code` becomes the request's; `cause` is for the log alone.
    pub fn failed(&mut self, code: &str, cause: &str) {
        self.log(code, &[("cause", &cause)]);
        self.request.notes().code = Some(code.to_owned());
        self.end = Some(Err(code.to_owned()));
    }

    fn log(&self, event: &str, fields: &[(&str, &dyn Field)]) {
        let duration = self.begun.elapsed().as_millis();
        let mut all: Vec<(&str, &dyn Field)> = vec![("provider", &self.provider.name)];
        all.extend_from_slice(fields);
        all.extend_from_slice(&[("duration_ms", &duration), ("request_id", &self.request.id)]);
        self.request.sinks.log.event(event, &all);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let call = CallNotes {
            provider: self.provider.clone(),
            method: self.method,
            begun: self.begun,
            ended: Instant::now(),
            status: self.status,
            aborted: self.end.is_none(),
            failure: self.end.take().and_then(Result::err),
            first_byte: self.first_byte,
            bytes: self.bytes,
        };
        self.request.sinks.metrics.call_ends(&call);
        self.request.notes().call = Some(call);
    }
}

impl Sinks {
    /// Whether a refusal with this code is due for a line. `code` is one of the few that the API has.
    fn logs_refusal(&self, code: &str) -> bool {
        let now = Instant::now();
        let mut last = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.get(code).is_none_or(|last| now.duration_since(*last) >= REFUSAL_PAUSE);
        if due {
            last.insert(code.to_owned(), now);
        }
        due
    }
}

impl Request {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        // Notes are whole between any two statements, so a panic elsewhere leaves them usable.
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True for what belongs in the log and the traces: neither the app's files nor the questions of monitors.
    fn is_api(&self) -> bool {
        self.route.name.starts_with("/api")
    }

    fn log(&self, notes: &Notes, ended: Instant) {
        let duration = ended.duration_since(self.begun).as_millis();
        let mut fields: Vec<(&str, &dyn Field)> = vec![
            ("request_id", &self.id),
            ("method", &self.method),
            ("route", &self.route.name),
            ("status", &notes.status),
            ("duration_ms", &duration),
        ];
        if let Some(code) = &notes.code {
            fields.push(("code", code));
        }
        let first_byte;
        if let Some(call) = &notes.call {
            fields.push(("provider", &call.provider.name));
            if let Some(status) = &call.status {
                fields.push(("upstream_status", status));
            }
            if let Some(first) = call.first_byte {
                first_byte = first.duration_since(self.begun).as_millis();
                fields.push(("first_byte_ms", &first_byte));
            }
            fields.push(("bytes", &call.bytes));
            fields.push(("aborted", &call.aborted));
        }
        self.sinks.log.request(&fields);
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let ended = Instant::now();
        let notes = std::mem::take(self.notes.get_mut().unwrap_or_else(PoisonError::into_inner));
        self.sinks.metrics.request(&self.route, &notes, ended.duration_since(self.begun));
        if !self.is_api() {
            return;
        }
        if self.sinks.log.lists_requests() {
            self.log(&notes, ended);
        }
        if let Some(traces) = &self.sinks.traces {
            traces.write(self, &notes, ended);
        }
    }
}

/// The method, if it is one that HTTP knows; the name for all others is that of the semantic conventions.
fn known(method: &str) -> &'static str {
    ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "CONNECT", "TRACE"]
        .into_iter()
        .find(|name| *name == method)
        .unwrap_or("_OTHER")
}

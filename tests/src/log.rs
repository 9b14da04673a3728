//! What the fake upstream saw: one record per call, kept up to date while the call lasts.
//!
//! A [`Recorder`] rides with each call, first in the handler's future and then in the response body. Whoever
//! drops it before the call is over, which the server does as soon as the peer closes, thereby notes the close.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Error,
    body::{Body, Bytes, HttpBody},
};
use http_body::{Frame, SizeHint};
use serde::Serialize;
use serde_json::Value;
use tokio::{sync::watch, time};

use crate::clock::unix_ms;

/// One call to one provider. Times are milliseconds since the Unix epoch.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// Counts up from 1 and is never used again, not even after the log was cleared.
    pub id: u64,
    /// `gemini`, `ollama`, `openai` or `local`.
    pub provider: String,
    pub method: String,
    /// The path with the provider's prefix.
    pub path: String,
    /// The raw query, empty where there was none.
    pub query: String,
    /// Every header by its lower-case name; repeated ones are joined by `, `.
    pub headers: BTreeMap<String, String>,
    /// The model that was asked for, as the client wrote it; empty where the call names none.
    pub model: String,
    /// The body as JSON; a string where it was no JSON, null where it was empty.
    pub body: Value,
    /// The status that was sent, once it was.
    pub status: Option<u16>,
    /// When the request's head had arrived.
    pub started_ms: u64,
    /// When the first byte of the response body was written.
    pub first_byte_ms: Option<u64>,
    pub ended_ms: Option<u64>,
    pub ended: Option<Ended>,
    /// Bytes of the response body, without the transfer encoding.
    pub bytes_sent: u64,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The response was sent to its end.
    Complete,
    /// The client closed the connection first.
    ClientClosed,
    /// The fake upstream broke the connection, as its script said.
    Cut,
}

/// All calls so far; clones share the same records.
#[derive(Clone)]
pub struct Log {
    calls: Arc<Mutex<Vec<Call>>>,
    next_id: Arc<AtomicU64>,
    changed: watch::Sender<()>,
}

impl Default for Log {
    fn default() -> Self {
        Log { calls: Arc::default(), next_id: Arc::new(AtomicU64::new(1)), changed: watch::Sender::new(()) }
    }
}

impl Log {
    /// A copy of the records, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.lock().clone()
    }

    /// Forgets every record; calls that still run are not recorded any further.
    pub fn clear(&self) {
        self.lock().clear();
        self.changed.send_replace(());
    }

    /// Waits until the records satisfy `enough`, at most `limit`, and returns them as they are then.
    pub async fn wait_until(&self, limit: Duration, enough: impl Fn(&[Call]) -> bool) -> Vec<Call> {
        let mut changed = self.changed.subscribe();
        let watching = async {
            while !enough(&self.lock()) {
                if changed.changed().await.is_err() {
                    return;
                }
            }
        };
        // Running out of time is an answer as well: the caller sees records that do not satisfy it.
        let _ = time::timeout(limit, watching).await;
        self.calls()
    }

    /// Opens the record of a call whose head has just arrived. The body is filled in by [`Recorder::body`].
    pub(crate) fn open(
        &self,
        provider: &str,
        method: &str,
        path: &str,
        query: &str,
        headers: BTreeMap<String, String>,
    ) -> Recorder {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        self.lock().push(Call {
            id,
            provider: provider.to_owned(),
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            model: String::new(),
            body: Value::Null,
            status: None,
            started_ms: unix_ms(),
            first_byte_ms: None,
            ended_ms: None,
            ended: None,
            bytes_sent: 0,
        });
        self.changed.send_replace(());
        Recorder { log: self.clone(), id, over: false }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The model in a path of Gemini, or in the body of all others.
fn model_of(path: &str, body: &Value) -> String {
    let in_path =
        path.split_once("/models/").map(|(_, rest)| rest.rsplit_once(':').map_or(rest, |(id, _)| id));
    in_path.or_else(|| body["model"].as_str()).unwrap_or_default().to_owned()
}

/// Keeps the record of one call; dropped early, it notes that the client has gone.
pub(crate) struct Recorder {
    log: Log,
    id: u64,
    over: bool,
}

impl Recorder {
    pub fn id(&self) -> u64 {
        self.id
    }

    pub fn body(&self, bytes: &[u8]) {
        let body = match serde_json::from_slice(bytes) {
            Ok(value) => value,
            Err(_) if bytes.is_empty() => Value::Null,
            Err(_) => Value::String(String::from_utf8_lossy(bytes).into_owned()),
        };
        self.update(|call| {
            call.model = model_of(&call.path, &body);
            call.body = body;
        });
    }

    pub fn status(&self, status: u16) {
        self.update(|call| call.status = Some(status));
    }

    fn sent(&self, bytes: usize) {
        self.update(|call| {
            call.first_byte_ms.get_or_insert_with(unix_ms);
            call.bytes_sent += bytes as u64;
        });
    }

    fn end(&mut self, ended: Ended) {
        if !std::mem::replace(&mut self.over, true) {
            self.update(|call| {
                call.ended = Some(ended);
                call.ended_ms = Some(unix_ms());
            });
        }
    }

    fn update(&self, change: impl FnOnce(&mut Call)) {
        let mut calls = self.log.lock();
        if let Some(call) = calls.iter_mut().find(|call| call.id == self.id) {
            change(call);
        }
        drop(calls);
        self.log.changed.send_replace(());
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.end(Ended::ClientClosed);
    }
}

/// A response body that reports its progress.
pub(crate) struct Recorded {
    body: Body,
    recorder: Recorder,
}

impl Recorded {
    pub fn new(body: Body, mut recorder: Recorder) -> Self {
        // The server never polls a body that it knows to be empty.
        if body.is_end_stream() {
            recorder.end(Ended::Complete);
        }
        Recorded { body, recorder }
    }
}

impl HttpBody for Recorded {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                self.recorder.sent(frame.data_ref().map_or(0, Bytes::len));
                // With a known length the server stops polling after the last byte.
                if self.body.is_end_stream() {
                    self.recorder.end(Ended::Complete);
                }
            }
            Poll::Ready(Some(Err(_))) => self.recorder.end(Ended::Cut),
            Poll::Ready(None) => self.recorder.end(Ended::Complete),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

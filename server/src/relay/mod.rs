//! The relay: one upstream call, opened and then read chunk by chunk.
//!
//! Plain HTTP ([`http`]) and WebSocket ([`crate::stream`]) are two fronts of this one core. Nothing is parsed, nothing
//! is buffered beyond a chunk, and no task stands between client and upstream: dropping the future of [`open`] or the
//! [`Chunks`] closes the upstream's connection.

mod chunks;
pub mod http;

use std::time::Duration;

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use codecraft_core::api::Code;
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, timeout_at},
};

pub use chunks::Chunks;

use crate::{error::Failure, log, native::Method, state::AppState, upstream::Target};

/// Media types that pass; the client sees them without parameters other than these.
const MEDIA: [(&str, &str); 4] = [
    ("application/json", "application/json"),
    ("text/event-stream", "text/event-stream"),
    ("application/x-ndjson", "application/x-ndjson"),
    ("text/plain", "text/plain; charset=utf-8"),
];
/// Longest wait that an upstream may ask our client for, in seconds.
const MAX_RETRY_AFTER: u32 = 3600;

/// What passes of an upstream's status line and headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub status: StatusCode,
    /// One of a fixed list, else `None`.
    pub content_type: Option<&'static str>,
    /// Seconds.
    pub retry_after: Option<u32>,
}

/// Makes the call and waits for the upstream's head. `body` is sent as JSON for [`Method::Post`] and not at all for
/// [`Method::Get`]; `permit` is kept until the answer's last byte.
pub async fn open(
    state: &AppState,
    target: Target<'_>,
    method: Method,
    body: Bytes,
    permit: OwnedSemaphorePermit,
) -> Result<(Head, Chunks), Failure> {
    let id = target.id;
    let started = Instant::now();
    let result = tokio::select! {
        result = ask(state, target, method, body, started + state.timeouts.first_byte) => result,
        () = state.shutdown.begun() => Err((Failure::shutting_down(), String::new())),
    };
    match result {
        Ok(response) => {
            let head = Head::of(response.status(), response.headers());
            if !head.status.is_success() {
                let duration = millis(started.elapsed());
                state.log.event(
                    "upstream_status",
                    &[("provider", &id), ("status", &head.status.as_u16()), ("duration_ms", &duration)],
                );
            }
            Ok((head, Chunks::new(state, id, response, started, permit)))
        }
        Err((failure, cause)) => {
            log_failure(state, id, &failure, &cause, started.elapsed());
            Err(failure)
        }
    }
}

/// The failure for the client, and its cause for the log.
type Failed = (Failure, String);

async fn ask(
    state: &AppState,
    target: Target<'_>,
    method: Method,
    body: Bytes,
    deadline: Instant,
) -> Result<reqwest::Response, Failed> {
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(header::ACCEPT, target.accept);
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if let Some((name, value)) = target.auth {
        headers.insert(name, value.clone());
    }
    let request = match method {
        Method::Get => state.client.get(target.url),
        Method::Post => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            state.client.post(target.url).body(body)
        }
    };
    let id = target.id;
    let response = match timeout_at(deadline, request.headers(headers).send()).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            let (code, what) = if error.is_connect() {
                (Code::UpstreamUnreachable, "cannot be reached")
            } else {
                (Code::UpstreamBroke, "closed the connection without an answer")
            };
            return Err((Failure::new(code, format!("{id} {what}.")), log::cause(&error)));
        }
        Err(_) => {
            return Err((
                Failure::new(Code::UpstreamTimeout, format!("{id} did not answer in time.")),
                String::new(),
            ));
        }
    };
    if response.status().is_redirection() || response.status().is_informational() {
        let status = response.status().as_u16();
        let message = format!(
            "{id} answered with status {status}, and redirects are not followed; its base URL may be wrong."
        );
        return Err((Failure::new(Code::UpstreamUnusable, message), String::new()));
    }
    // A compressed body could carry the key past the redactor.
    if response.headers().get(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        let message = format!("{id} answered with a compressed body, which was not asked for.");
        return Err((Failure::new(Code::UpstreamUnusable, message), String::new()));
    }
    Ok(response)
}

impl Head {
    fn of(status: StatusCode, headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let essence =
            text(header::CONTENT_TYPE).map(|value| value.split(';').next().unwrap_or_default().trim());
        let content_type = essence.and_then(|essence| {
            MEDIA.iter().find(|(name, _)| essence.eq_ignore_ascii_case(name)).map(|(_, sent)| *sent)
        });
        let retry_after = text(header::RETRY_AFTER)
            .filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|value| value.parse().ok())
            .filter(|seconds| *seconds <= MAX_RETRY_AFTER);
        Self { status, content_type, retry_after }
    }
}

fn log_failure(state: &AppState, provider: &str, failure: &Failure, cause: &str, after: Duration) {
    let event = crate::error::name(failure.error.code);
    state.log.event(event, &[("provider", &provider), ("duration_ms", &millis(after)), ("cause", &cause)]);
}

fn millis(duration: Duration) -> u128 {
    duration.as_millis()
}

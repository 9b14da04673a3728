//! The relay: one upstream call, opened and then read chunk by chunk.
//!
//! Plain HTTP ([`http`]) and WebSocket ([`crate::stream`]) are two fronts of this one core. Nothing is parsed, nothing
//! is buffered beyond a chunk, and no task stands between client and upstream: dropping the future of [`open`] or the
//! [`Chunks`] closes the upstream's connection.

mod chunks;
pub mod http;

use std::time::{Duration, SystemTime};

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};
use codecraft_core::api::Code;
use codecraft_telemetry::{Trail, cause};
use tokio::time::{Instant, timeout_at};

pub use chunks::Chunks;

use crate::{
    error::{self, Failure},
    limits::Permit,
    native::Method,
    state::AppState,
    upstream::Target,
};

/// Media types that pass; the client sees them without parameters other than these.
const MEDIA: [(&str, &str); 4] = [
    ("application/json", "application/json"),
    ("text/event-stream", "text/event-stream"),
    ("application/x-ndjson", "application/x-ndjson"),
    ("text/plain", "text/plain; charset=utf-8"),
];
/// Longest wait that an upstream may ask our client for.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);

/// What passes of an upstream's status line and headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub status: StatusCode,
    /// One of a fixed list, else `None`.
    pub content_type: Option<&'static str>,
    /// Seconds.
    pub retry_after: Option<u32>,
    /// The same in milliseconds, where the upstream said it so exactly, or as a date.
    pub retry_after_ms: Option<u64>,
    /// `x-should-retry`, the upstream's own word on whether to try again.
    pub should_retry: Option<bool>,
}

/// Makes the call and waits for the upstream's head. `body` is sent as JSON for [`Method::Post`] and not at all for
/// [`Method::Get`]; `permit` is kept until the answer's last byte.
pub async fn open(
    state: &AppState,
    trail: &Trail,
    target: Target<'_>,
    method: Method,
    body: Bytes,
    permit: Permit,
) -> Result<(Head, Chunks), Failure> {
    let mut call = trail.call(target.id, method.name());
    let started = Instant::now();
    let result = tokio::select! {
        result = ask(state, target, method, body, started + state.timeouts.to_first_byte()) => result,
        () = state.shutdown.begun() => Err((Failure::shutting_down(), String::new())),
    };
    match result {
        Ok(response) => {
            let head = Head::of(response.status(), response.headers());
            call.answered(head.status.as_u16());
            Ok((head, Chunks::new(state, call, response, started, permit)))
        }
        Err((failure, cause)) => {
            call.failed(&error::name(failure.error.code), &cause);
            Err(failure)
        }
    }
}

/// The failure for the client, and its cause for the log.
pub(crate) type Failed = (Failure, String);

/// Sends the call, and takes the head of its answer.
pub(crate) async fn ask(
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
            return Err((Failure::new(code, format!("{id} {what}.")), cause(&error)));
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
        let wait = Wait::of(text(header::RETRY_AFTER), text(RETRY_AFTER_MS), SystemTime::now());
        let should_retry = match text(SHOULD_RETRY) {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        };
        Self {
            status,
            content_type,
            retry_after: wait.map(|wait| wait.seconds),
            retry_after_ms: wait.and_then(|wait| wait.exact_ms),
            should_retry,
        }
    }
}

/// Two headers of `OpenAI` and of those that follow it.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// A wait that an upstream asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wait {
    /// Rounded up.
    seconds: u32,
    /// In milliseconds, unless the upstream counted in seconds.
    exact_ms: Option<u64>,
}

impl Wait {
    /// Reads `retry-after`, in seconds or as a date, and `retry-after-ms`, which is more exact and goes before it. What is past,
    /// or too far away to wait for, asks for nothing.
    fn of(header: Option<&str>, millis: Option<&str>, now: SystemTime) -> Option<Self> {
        let digits = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
        let exact = |wait: Duration| Self {
            seconds: wait.as_millis().div_ceil(1000) as u32,
            exact_ms: Some(wait.as_millis() as u64),
        };
        let fits = |wait: &Duration| *wait <= MAX_RETRY_AFTER;
        // Some write it with a fraction.
        let millis = millis.map(|text| text.split('.').next().unwrap_or_default()).filter(digits);
        if let Some(wait) = millis.and_then(|text| text.parse().ok()).map(Duration::from_millis).filter(fits)
        {
            return Some(exact(wait));
        }
        let header = header?;
        if digits(&header) {
            let wait = header.parse().ok().map(Duration::from_secs).filter(fits)?;
            return Some(Self { seconds: wait.as_secs() as u32, exact_ms: None });
        }
        let date = httpdate::parse_http_date(header).ok()?;
        date.duration_since(now).ok().filter(fits).map(exact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `now` is 10:00:00; `expect` is seconds and exact milliseconds.
    #[track_caller]
    fn check(header: Option<&str>, millis: Option<&str>, expect: Option<(u32, Option<u64>)>) {
        let now = httpdate::parse_http_date("Fri, 20 Nov 2026 10:00:00 GMT").unwrap();
        let wait = Wait::of(header, millis, now).map(|wait| (wait.seconds, wait.exact_ms));
        assert_eq!(wait, expect, "{header:?} {millis:?}");
    }

    #[test]
    fn a_wait_is_read_in_seconds_milliseconds_or_as_a_date() {
        check(Some("7"), None, Some((7, None)));
        check(Some("7"), Some("1500"), Some((2, Some(1500))));
        check(None, Some("40.7"), Some((1, Some(40))));
        check(Some("Fri, 20 Nov 2026 10:00:47 GMT"), None, Some((47, Some(47_000))));
        check(Some("Friday, 20-Nov-26 10:00:03 GMT"), None, Some((3, Some(3000))));
    }

    #[test]
    fn what_is_past_too_far_or_no_wait_asks_for_nothing() {
        for header in [
            "Fri, 20 Nov 2026 09:59:59 GMT",
            "Fri, 20 Nov 2026 11:00:01 GMT",
            "3601",
            "-1",
            "1.5",
            "",
            "soon",
        ] {
            check(Some(header), None, None);
        }
        check(None, Some("3600001"), None);
        check(Some("5"), Some("x"), Some((5, None)));
        check(None, None, None);
    }
}

//! The relay over plain HTTP: `ANY /api/providers/{id}/{native path}`.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Extension, Request, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use codecraft_core::{
    api::{Code, PROVIDERS_PREFIX, ProxyError, RUN_HEADER, is_too_deep},
    provider::protocol::ErrorForm,
};
use codecraft_telemetry::Trail;
use futures_util::Stream;
use tokio::time::timeout;

use super::{Chunks, Head, open};
use crate::{
    auth::not_signed_in,
    error::{self, Failure},
    native::Method,
    state::AppState,
};

/// Handles one call of the relay.
pub async fn relay(
    State(state): State<Arc<AppState>>,
    Extension(trail): Extension<Trail>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    // The path as it came: nothing may decode it before the table of allowed paths does.
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let Some((id, native)) = path.strip_prefix(PROVIDERS_PREFIX).and_then(|rest| rest.split_once('/')) else {
        let message = "The path must be /api/providers/{id}/{native path}.";
        return Failure::new(Code::NoRoute, message).into_response();
    };
    let errors = state.upstreams.errors(id);
    match answer(&state, &trail, id, native, &parts, body).await {
        Ok((head, chunks)) => respond(head, chunks, errors),
        Err(failure) => failure.written(errors),
    }
}

async fn answer(
    state: &AppState,
    trail: &Trail,
    id: &str,
    native: &str,
    parts: &Parts,
    body: Body,
) -> Result<(Head, Chunks), Failure> {
    let method = Method::named(parts.method.as_str());
    let target = state.upstreams.target(id, method, native)?;
    let who = parts.extensions.get().ok_or_else(not_signed_in)?;
    let permit = state.place(who).await?;
    let (method, body) = match method {
        Some(Method::Post) => {
            (Method::Post, read_body(&parts.headers, body, state.limits.max_body, state.timeouts.body).await?)
        }
        _ => (Method::Get, Bytes::new()),
    };
    if target.generates {
        let run = parts.headers.get(RUN_HEADER).and_then(|run| run.to_str().ok());
        state.count(who, run).await?;
    }
    open(state, trail, target, method, body, permit).await
}

/// A body of plain JSON, of at most `max` bytes, that arrives `within` that time.
pub(crate) async fn read_body(
    headers: &HeaderMap,
    body: Body,
    max: usize,
    within: Duration,
) -> Result<Bytes, Failure> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let json = text(header::CONTENT_TYPE).is_some_and(|value| {
        value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
    });
    if !json || headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Failure::new(Code::UnsupportedMedia, "The body must be plain application/json."));
    }
    let too_large = || Failure::new(Code::BodyTooLarge, format!("The body is larger than {max} bytes."));
    // What announces itself as too large is not even read.
    let announced = text(header::CONTENT_LENGTH).and_then(|value| value.parse::<u64>().ok());
    if announced.is_some_and(|length| length > max as u64) {
        return Err(too_large());
    }
    match timeout(within, to_bytes(body, max)).await {
        Ok(Ok(body)) if is_too_deep(&body) => Err(Failure::too_deep()),
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if is_length_limit(&error) => Err(too_large()),
        Ok(Err(_)) => Err(Failure::new(Code::BadRequest, "The body broke off.")),
        Err(_) => Err(Failure::new(Code::BadRequest, "The body did not arrive in time.")),
    }
}

fn is_length_limit(error: &axum::Error) -> bool {
    std::error::Error::source(error)
        .is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>)
}

fn respond(head: Head, chunks: Chunks, errors: ErrorForm) -> Response {
    let tail = Tail::of(head.content_type);
    let mut response =
        Response::new(Body::from_stream(Answer { chunks: Some(chunks), tail, errors, cut: false }));
    *response.status_mut() = head.status;
    let headers = response.headers_mut();
    let content_type = head.content_type.unwrap_or("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    // No cache may keep an answer, no proxy in front may gather or recode its chunks.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    if let Some(seconds) = head.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// How an error in the middle of an answer is told, when the status has long been sent.
#[derive(Clone, Copy)]
enum Tail {
    /// One more event; the blank line before it ends one that was cut.
    Event,
    /// One more line, behind the end of one that was cut. A blank line would not be JSON.
    Line,
    /// No room for one: the connection breaks, so that nobody takes the answer for whole.
    Break,
}

impl Tail {
    fn of(content_type: Option<&str>) -> Self {
        match content_type {
            Some("text/event-stream") => Self::Event,
            Some("application/x-ndjson") => Self::Line,
            _ => Self::Break,
        }
    }

    /// `cut` tells that the answer ended within a line.
    fn bytes(self, error: &ProxyError, form: ErrorForm, cut: bool) -> Result<Bytes, std::io::Error> {
        match self {
            Self::Event => Ok(format!("\n\ndata: {}\n\n", error::json(error, form)).into()),
            Self::Line => Ok(format!("{}{}\n", if cut { "\n" } else { "" }, error::json(error, form)).into()),
            Self::Break => Err(std::io::Error::other("the upstream broke")),
        }
    }
}

/// The chunks of an answer as a response body.
struct Answer {
    chunks: Option<Chunks>,
    tail: Tail,
    errors: ErrorForm,
    /// The last chunk ended within a line.
    cut: bool,
}

impl Stream for Answer {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(chunks) = &mut self.chunks else { return Poll::Ready(None) };
        let next = ready!(Pin::new(chunks).poll_next(cx));
        if let Some(Ok(chunk)) = &next {
            self.cut = !chunk.ends_with(b"\n");
        } else {
            // Gives the permit back at once, even if the client reads the last bytes slowly.
            self.chunks = None;
        }
        Poll::Ready(next.map(|item| item.or_else(|error| self.tail.bytes(&error, self.errors, self.cut))))
    }
}

//! The body of an upstream's answer, as a stream that knows when to give up.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Bytes;
use codecraft_core::api::{Code, ProxyError};
use codecraft_redaction::Redactor;
use codecraft_telemetry::{Call, cause};
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::{
    config::Timeouts,
    error::{self, Failure},
    limits::Permit,
    state::AppState,
};

type Body = dyn Stream<Item = reqwest::Result<Bytes>> + Send;

/// The bytes of one answer, without secrets. Ends after its first error. Dropping it closes the upstream's connection
/// and gives the stream's permit back.
pub struct Chunks {
    /// `None` once it has ended.
    upstream: Option<Pin<Box<Body>>>,
    redactor: Redactor,
    clock: Clock,
    shutdown: Pin<Box<WaitForCancellationFutureOwned>>,
    /// What is still to be said after the held bytes.
    last_word: Option<ProxyError>,
    call: Call,
    _permit: Permit,
}

impl Chunks {
    pub(super) fn new(
        state: &AppState,
        call: Call,
        response: reqwest::Response,
        started: Instant,
        permit: Permit,
    ) -> Self {
        let secrets = state.secrets.clone();
        let good = response.status().is_success();
        Self {
            redactor: if good { Redactor::for_answer(secrets) } else { Redactor::for_error(secrets) },
            upstream: Some(Box::pin(response.bytes_stream())),
            clock: Clock::new(started, &state.timeouts),
            shutdown: Box::pin(state.shutdown.begun()),
            last_word: None,
            call,
            _permit: permit,
        }
    }

    fn fail(&mut self, failure: Failure, cause: &str) -> ProxyError {
        self.call.failed(&error::name(failure.error.code), cause);
        failure.error
    }

    /// The next chunk; `None` at the end.
    fn poll_upstream(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, ProxyError>>> {
        // Asked first: an upstream that always has more to say would never let the timer speak.
        if self.clock.is_over() {
            return Poll::Ready(Some(Err(self.late(Late::TooLong))));
        }
        let Some(upstream) = &mut self.upstream else { return Poll::Ready(None) };
        match upstream.as_mut().poll_next(cx) {
            Poll::Ready(Some(Ok(chunk))) => {
                self.clock.heard();
                self.call.received(chunk.len());
                return Poll::Ready(Some(Ok(chunk)));
            }
            Poll::Ready(Some(Err(broken))) => {
                let message =
                    format!("The connection to {} broke in the middle of the answer.", self.call.provider());
                let failure = Failure::new(Code::UpstreamBroke, message);
                return Poll::Ready(Some(Err(self.fail(failure, &cause(&broken)))));
            }
            Poll::Ready(None) => {
                self.call.finished();
                return Poll::Ready(None);
            }
            Poll::Pending => {}
        }
        if self.shutdown.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(self.fail(Failure::shutting_down(), ""))));
        }
        let late = ready!(self.clock.poll(cx));
        Poll::Ready(Some(Err(self.late(late))))
    }

    fn late(&mut self, late: Late) -> ProxyError {
        match late {
            Late::Silent => {
                let message = format!("{} stopped sending.", self.call.provider());
                self.fail(Failure::new(Code::UpstreamTimeout, message), "idle")
            }
            Late::TooLong => self.fail(Failure::stream_too_long(self.clock.longest), ""),
        }
    }
}

impl Stream for Chunks {
    type Item = Result<Bytes, ProxyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while self.upstream.is_some() {
            match ready!(self.poll_upstream(cx)) {
                Some(Ok(chunk)) => {
                    let chunk = self.redactor.push(chunk);
                    if !chunk.is_empty() {
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                }
                end => {
                    // The connection is of no more use; an upstream that went silent learns it now.
                    self.upstream = None;
                    self.last_word = end.and_then(Result::err);
                }
            }
        }
        let held = self.redactor.finish();
        if !held.is_empty() {
            return Poll::Ready(Some(Ok(held)));
        }
        Poll::Ready(self.last_word.take().map(Err))
    }
}

/// Notices that nothing came for too long, or that a call runs too long. One timer serves both: bytes only note the time, and the
/// timer moves when it fires, not per chunk.
struct Clock {
    timer: Pin<Box<Sleep>>,
    heard: Instant,
    /// When the upstream counts as silent.
    silent: Instant,
    idle: Duration,
    end: Instant,
    longest: Duration,
}

/// Why the clock ended a call.
enum Late {
    Silent,
    TooLong,
}

impl Clock {
    fn new(started: Instant, timeouts: &Timeouts) -> Self {
        let silent = started + timeouts.to_first_byte();
        Self {
            timer: Box::pin(sleep_until(silent)),
            heard: started,
            silent,
            idle: timeouts.idle,
            end: started + timeouts.stream,
            longest: timeouts.stream,
        }
    }

    /// Notes that bytes came.
    fn heard(&mut self) {
        self.heard = Instant::now();
        self.silent = self.heard + self.idle;
        // Only the step from a long first wait to a shorter idle wait brings the deadline forward.
        if self.silent < self.timer.deadline() {
            self.timer.as_mut().reset(self.silent);
        }
    }

    /// True if the last bytes came after the call's end.
    fn is_over(&self) -> bool {
        self.end <= self.heard
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Late> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            let now = Instant::now();
            if self.silent <= now {
                return Poll::Ready(Late::Silent);
            }
            if self.end <= now {
                return Poll::Ready(Late::TooLong);
            }
            self.timer.as_mut().reset(self.silent.min(self.end));
        }
    }
}

//! `GET /api/stream`: the relay over a WebSocket, one socket per upstream call.
//!
//! A browser opens six HTTP/1.1 connections per host at most, over all tabs; sockets have a limit of their own. The
//! first frame names the call, then come the head, the bytes and the end, as [`codecraft_core::api`] says. At every
//! moment the socket is read as well: when it closes, the upstream call is dropped.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{
        Extension, State, WebSocketUpgrade,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse, Response},
};
use codecraft_connections::Connection;
use codecraft_core::api::{Code, ProxyError, StreamFrame, StreamOpen, is_too_deep};
use codecraft_telemetry::Trail;
use futures_util::StreamExt;
use tokio::time::{Duration, Instant, Interval, MissedTickBehavior, interval_at, timeout};

use crate::{
    auth::Who,
    error::{self, Failure},
    native::Method,
    relay::{self, Chunks, Head},
    state::AppState,
};

/// Room for the first frame beside its body: provider, path, run and the JSON around them.
const FRAME_OVERHEAD: usize = 8 * 1024;
/// A body stands in the first frame as a JSON string, where most of its quotes and line ends take two bytes.
const ESCAPED: usize = 2;
/// Read buffer of a socket in bytes. After the first frame only pongs and the close arrive.
const READ_BUFFER: usize = 4 * 1024;
/// How long a client may take to answer our close frame.
const CLOSE_WAIT: Duration = Duration::from_secs(2);
/// A client that sent nothing, not even a pong, for this many pings is gone.
const MISSED_PINGS: u32 = 3;

/// Upgrades the connection and runs its one call.
pub async fn stream(
    State(state): State<Arc<AppState>>,
    Extension(trail): Extension<Trail>,
    who: Who,
    connection: Option<Extension<Connection>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        return Failure::new(Code::BadRequest, "This path is for WebSockets.").into_response();
    };
    let max_frame = state.limits.max_body * ESCAPED + FRAME_OVERHEAD;
    let token = state.shutdown.token();
    upgrade
        .read_buffer_size(READ_BUFFER)
        // Every frame is written at once.
        .write_buffer_size(0)
        .max_frame_size(max_frame)
        .max_message_size(max_frame)
        .on_upgrade(async move |socket| {
            Session::new(socket, &state).run(&state, trail, &who).await;
            // The socket counted as a connection and as running work until here.
            drop((connection, token));
        })
}

/// Why a call ended before the upstream did.
enum Stop {
    /// The client closed the socket or is gone; nothing more can be said.
    Gone,
    /// The proxy refused or failed; the client is told.
    Failed(ProxyError),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure.into())
    }
}

impl From<axum::Error> for Stop {
    fn from(_: axum::Error) -> Self {
        Self::Gone
    }
}

/// One socket and its keep-alive.
struct Session {
    socket: WebSocket,
    ping: Interval,
    heard: Instant,
}

impl Session {
    fn new(socket: WebSocket, state: &AppState) -> Self {
        let now = Instant::now();
        let mut ping = interval_at(now + state.timeouts.ping, state.timeouts.ping);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { socket, ping, heard: now }
    }

    async fn run(mut self, state: &AppState, trail: Trail, who: &Who) {
        let (frame, code) = match self.call(state, &trail, who).await {
            Ok(()) => (StreamFrame::End, close_code::NORMAL),
            Err(Stop::Gone) => return,
            Err(Stop::Failed(error)) => {
                trail.refused(&error::name(error.code));
                let code =
                    if error.code == Code::ShuttingDown { close_code::AWAY } else { close_code::ERROR };
                (StreamFrame::Error { error }, code)
            }
        };
        let close = Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::from_static("") }));
        // However slowly the client reads, it gets its last frames; a client that takes none is cut by the socket.
        if self.socket.send(text(&frame)).await.is_err() || self.socket.send(close).await.is_err() {
            return;
        }
        drop(trail);
        // Reading on until it has answered keeps the system from discarding what was just written.
        let _ = timeout(CLOSE_WAIT, async { while let Some(Ok(_)) = self.socket.recv().await {} }).await;
    }

    /// The call from first frame to last byte. What it holds, the upstream's connection and the permit, is gone when
    /// it returns.
    async fn call(&mut self, state: &AppState, trail: &Trail, who: &Who) -> Result<(), Stop> {
        let permit = state.place(who).await?;
        let open = self.first_frame(state).await?;
        let method = Method::named(&open.method);
        let target = state.upstreams.target(&open.provider, method, &open.path)?;
        // A path is never allowed for a method that has no name here.
        let method = method.ok_or(Stop::Gone)?;
        if open.body.len() > state.limits.max_body {
            return Err(too_large(state.limits.max_body));
        }
        if is_too_deep(open.body.as_bytes()) {
            return Err(Failure::too_deep().into());
        }
        if target.generates {
            state.count(who, open.run.as_deref()).await?;
        }
        let opening = relay::open(state, trail, target, method, open.body.into(), permit);
        let mut opening = std::pin::pin!(opening);
        let (head, chunks) = loop {
            tokio::select! {
                opened = &mut opening => break opened?,
                event = self.event() => self.handle(event).await?,
            }
        };
        self.socket.send(text(&head_frame(head))).await?;
        self.pass(chunks).await
    }

    /// Passes every chunk as one binary frame.
    async fn pass(&mut self, mut chunks: Chunks) -> Result<(), Stop> {
        loop {
            tokio::select! {
                chunk = chunks.next() => match chunk {
                    Some(Ok(chunk)) => self.socket.send(Message::Binary(chunk)).await?,
                    Some(Err(error)) => return Err(Stop::Failed(error)),
                    None => return Ok(()),
                },
                event = self.event() => self.handle(event).await?,
            }
        }
    }

    async fn first_frame(&mut self, state: &AppState) -> Result<StreamOpen, Stop> {
        let bad = |message: &str| Stop::from(Failure::new(Code::BadRequest, message));
        let begun = state.shutdown.begun();
        let message = tokio::select! {
            message = timeout(state.timeouts.first_frame, self.frame()) => message,
            () = begun => return Err(Failure::shutting_down().into()),
        };
        match message {
            Ok(Ok(Message::Text(text))) => {
                // The parser's own words could repeat the prompt.
                serde_json::from_str(&text).map_err(|_| bad("The first frame is not the JSON of a call."))
            }
            Ok(Ok(_)) => Err(bad("The first frame must be text.")),
            Ok(Err(error)) if is_capacity(&error) => Err(too_large(state.limits.max_body)),
            Ok(Err(_)) => Err(Stop::Gone),
            Err(_) => Err(bad("The first frame did not arrive in time.")),
        }
    }

    /// The next text, binary or close frame.
    async fn frame(&mut self) -> Result<Message, axum::Error> {
        loop {
            match self.socket.recv().await {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_))) | None => return Err(axum::Error::new("closed")),
                Some(other) => return other,
            }
        }
    }

    /// Waits for the client or for the time of the next ping. Cancel-safe.
    async fn event(&mut self) -> Event {
        tokio::select! {
            message = self.socket.recv() => Event::Client(message),
            _ = self.ping.tick() => Event::Ping,
        }
    }

    async fn handle(&mut self, event: Event) -> Result<(), Stop> {
        match event {
            Event::Client(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {
                self.heard = Instant::now();
                Ok(())
            }
            Event::Client(Some(Ok(Message::Text(_) | Message::Binary(_)))) => Err(Failure::new(
                Code::BadRequest,
                "A socket carries one call; nothing may follow its first frame.",
            )
            .into()),
            Event::Client(None | Some(Ok(Message::Close(_)) | Err(_))) => Err(Stop::Gone),
            Event::Ping if self.heard.elapsed() > self.ping.period() * MISSED_PINGS => Err(Stop::Gone),
            Event::Ping => Ok(self.socket.send(Message::Ping(Bytes::new())).await?),
        }
    }
}

enum Event {
    Client(Option<Result<Message, axum::Error>>),
    Ping,
}

fn head_frame(head: Head) -> StreamFrame {
    StreamFrame::Head {
        status: head.status.as_u16(),
        content_type: head.content_type.map(str::to_owned),
        retry_after: head.retry_after,
        retry_after_ms: head.retry_after_ms,
        should_retry: head.should_retry,
    }
}

fn text(frame: &StreamFrame) -> Message {
    Message::Text(serde_json::to_string(frame).expect("strings and numbers always have a JSON form").into())
}

fn too_large(max: usize) -> Stop {
    Failure::new(Code::BodyTooLarge, format!("The body is larger than {max} bytes.")).into()
}

/// True if a frame was refused for its size.
fn is_capacity(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref());
    matches!(source, Some(tungstenite::Error::Capacity(_)))
}

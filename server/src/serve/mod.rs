//! The accept loop: connections in, bounded in number, ended in order.
//!
//! HTTP/1.1 only, with a timer: the usual server loop waits for a request header without limit, so a silent client
//! would keep its socket for ever.

mod socket;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo, http::header};
use codecraft_telemetry::cause;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout_at},
};

use self::socket::Socket;
use crate::{config::Limits, router::router, state::AppState};

/// Connections that may be open at once, unless more streams than this are allowed.
const MAX_CONNECTIONS: usize = 1024;
/// Connections beyond the streams, for pages and short calls.
const SPARE_CONNECTIONS: usize = 256;
/// Largest request head, and largest piece of a body read at once, in bytes.
const MAX_BUFFER: usize = 64 * 1024;
/// What the traces get of the end if the streams took all of it.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Pause when the system has no more sockets.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Keeps one connection counted, also after it became a WebSocket.
#[derive(Clone)]
pub(crate) struct Connection(
    #[expect(dead_code, reason = "held for its permit, which goes back when the last clone is dropped")]
    Arc<OwnedSemaphorePermit>,
);

/// Serves until `until` resolves, then ends all streams and returns, after [`Timeouts::shutdown`] at the latest.
///
/// [`Timeouts::shutdown`]: crate::config::Timeouts::shutdown
pub async fn serve(listener: TcpListener, state: Arc<AppState>, until: impl Future<Output = ()>) {
    let app = router(state.clone());
    let connections = Arc::new(Semaphore::new(max_connections(state.limits)));
    let mut until = std::pin::pin!(until);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = &mut until => break,
        };
        match accepted {
            Ok((tcp, peer, connection)) => {
                tokio::spawn(converse(tcp, peer, connection, app.clone(), state.clone()));
            }
            Err(error) => {
                state.log.event("accept_failed", &[("cause", &cause(&error))]);
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    state.shutdown.begin();
    let deadline = Instant::now() + state.timeouts.shutdown;
    if timeout_at(deadline, state.shutdown.finished()).await.is_err() {
        state.log.event("shutdown_cut", &[("open_streams", &state.open_streams())]);
    }
    // Otherwise the other replicas would count the streams that ended here for some seconds more.
    state.commons.settle().await;
    state.telemetry.flush(deadline.duration_since(Instant::now()).max(LAST_WORDS)).await;
}

/// The address to type: one that listens everywhere is reached here by loopback.
pub fn reachable(addr: SocketAddr) -> SocketAddr {
    if addr.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), addr.port())
    } else {
        addr
    }
}

fn max_connections(limits: Limits) -> usize {
    MAX_CONNECTIONS.max(limits.max_streams as usize + SPARE_CONNECTIONS)
}

/// The next connection, once there is room for one.
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, Connection)> {
    let permit = connections.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (tcp, peer) = listener.accept().await?;
    Ok((tcp, peer, Connection(Arc::new(permit))))
}

/// Everything that happens on one connection until it closes or becomes a WebSocket.
async fn converse(
    tcp: TcpStream,
    peer: SocketAddr,
    connection: Connection,
    app: Router,
    state: Arc<AppState>,
) {
    let _running = state.shutdown.token();
    // Small chunks must not wait for each other.
    let _ = tcp.set_nodelay(true);
    let app = TowerToHyperService::new(app);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        if request.headers().contains_key(header::UPGRADE) {
            request.extensions_mut().insert(connection.clone());
        }
        hyper::service::Service::call(&app, request.map(Body::new))
    });
    let io = TokioIo::new(Socket::new(tcp, state.timeouts.write_stall));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(state.timeouts.header).max_buf_size(MAX_BUFFER);
    let mut conversation = std::pin::pin!(http.serve_connection(io, service).with_upgrades());
    // How a conversation ends is the client's affair: it left, stalled or spoke no HTTP. Failures of calls have been
    // logged where they happened.
    tokio::select! {
        _ = conversation.as_mut() => return,
        () = state.shutdown.begun() => conversation.as_mut().graceful_shutdown(),
    }
    let _ = conversation.await;
}

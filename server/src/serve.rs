//! The accept loop: connections in, bounded in number, ended in order.
//!
//! HTTP/1.1 only, with a timer: the usual server loop waits for a request header without limit, so a silent client
//! would keep its socket for ever.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo, http::header};
use codecraft_accounts::network;
use codecraft_connections::{Connection, Room, Socket, bound_buffers};
use codecraft_telemetry::cause;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::OwnedSemaphorePermit,
    time::{Instant, sleep, timeout_at},
};
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::{router::router, state::AppState};

/// Largest request head, and largest piece of a body read at once, in bytes.
const MAX_BUFFER: usize = 64 * 1024;
/// What the traces get of the end if the streams took all of it.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Pause when the system has no more sockets.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `until` resolves, then ends all streams and returns, after [`Timeouts::shutdown`] at the latest.
///
/// [`Timeouts::shutdown`]: crate::config::Timeouts::shutdown
pub async fn serve(listener: TcpListener, state: Arc<AppState>, until: impl Future<Output = ()>) {
    let app = router(state.clone());
    let room = Room::new(state.limits.max_streams as usize);
    bound_buffers(&listener);
    let mut failing = false;
    let mut until = std::pin::pin!(until);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = &mut until => break,
        };
        match accepted {
            Ok((tcp, peer, permit)) => {
                failing = false;
                // Whoever has its network's share is closed without a word: an answer would cost what is to be saved.
                if let Some(connection) = room.admit(permit, counted(&tcp, peer.ip(), &state)) {
                    // Taken here, so that a connection is waited for although its task has not begun.
                    let running = state.shutdown.token();
                    tokio::spawn(converse(tcp, peer, connection, running, app.clone(), state.clone()));
                }
            }
            Err(error) => {
                if !failing {
                    state.log.event("accept_failed", &[("cause", &cause(&error))]);
                }
                failing = true;
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

/// The network that a connection counts for. Reverse proxies bring everybody's connections and are not counted: those that
/// the operator names, and whoever comes from the very address that it came to, as only a program on this machine can. So
/// the usual proxy at 127.0.0.1 needs no name, and any other address of loopback is an address like all others.
fn counted(tcp: &TcpStream, peer: IpAddr, state: &AppState) -> Option<String> {
    let own = tcp.local_addr().is_ok_and(|own| own.ip() == peer);
    (!own && !state.proxies.trust(peer)).then(|| network(peer))
}

/// The next connection, once there is room for one.
async fn accept(
    listener: &TcpListener,
    room: &Room,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = room.wait().await;
    let (tcp, peer) = listener.accept().await?;
    Ok((tcp, peer, permit))
}

/// Everything that happens on one connection until it closes or becomes a WebSocket.
async fn converse(
    tcp: TcpStream,
    peer: SocketAddr,
    connection: Connection,
    _running: TaskTrackerToken,
    app: Router,
    state: Arc<AppState>,
) {
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

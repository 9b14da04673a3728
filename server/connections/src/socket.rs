//! A TCP socket that holds little for a client, and fails when the client takes no bytes for too long.
//!
//! A client that stops reading would otherwise keep its stream, and the upstream's, open for as long as it likes.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    time::{Sleep, sleep},
};

/// What may wait in the system for one client to take it, in bytes. Some systems, as Linux, double it. By themselves they
/// would hold megabytes for each client that has stopped reading.
const SEND_BUFFER: usize = 256 * 1024;

/// Sets the bound for all sockets that will be accepted: they inherit it. A system that knows none works without.
pub fn bound_buffers(listener: &TcpListener) {
    let _ = SockRef::from(listener).set_send_buffer_size(SEND_BUFFER);
}

/// The socket of one client.
pub struct Socket {
    tcp: TcpStream,
    limit: Duration,
    /// Runs while bytes wait to be taken.
    stall: Option<Pin<Box<Sleep>>>,
}

impl Socket {
    /// `limit` is how long a write may wait.
    pub fn new(tcp: TcpStream, limit: Duration) -> Self {
        Self { tcp, limit, stall: None }
    }

    fn watch(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stall = None;
            return written;
        }
        let limit = self.limit;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(limit)));
        stall.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write(cx, buf);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waits_for_a_client_in_the_system_is_bounded() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        bound_buffers(&listener);
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (tcp, _) = listener.accept().await.unwrap();
        let size = SockRef::from(&tcp).send_buffer_size().unwrap();
        assert!((SEND_BUFFER / 2..=2 * SEND_BUFFER).contains(&size), "{size}");
    }
}

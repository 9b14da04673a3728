//! Starting and stopping the fake upstream.

use std::{io, net::SocketAddr, thread, time::Duration};

use axum::serve::ListenerExt;
use tokio::{net::TcpListener, runtime, sync::oneshot};

use crate::{
    endpoints::{World, router},
    log::{Call, Log},
};

/// How long [`FakeUpstream::closed`] and [`FakeUpstream::wait_until`] hold on.
const WAIT_LIMIT: Duration = Duration::from_secs(5);

/// A running fake upstream; dropping it closes its port and every connection.
///
/// It runs on a thread and a runtime of its own, so that neither a busy test nor one with a paused clock
/// changes what it measures.
pub struct FakeUpstream {
    address: SocketAddr,
    world: World,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Starts a fake upstream on a free port of 127.0.0.1.
///
/// # Panics
///
/// Where the machine refuses a port or a thread, as a test cannot go on without.
pub async fn spawn() -> FakeUpstream {
    FakeUpstream::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .expect("a free port on the loopback interface")
}

impl FakeUpstream {
    /// Starts a fake upstream at an address; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// Where the address cannot be bound or the thread cannot be started.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let world = World::default();
        let (stop, stopped) = oneshot::channel();
        let (ready, bound) = oneshot::channel();
        let served = world.clone();
        let thread = thread::Builder::new().name("fake-upstream".to_owned()).spawn(move || {
            let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = ready.send(Err(error));
                    return;
                }
            };
            runtime.block_on(async {
                let listening = TcpListener::bind(address).await;
                let listener = match listening.and_then(|socket| Ok((socket.local_addr()?, socket))) {
                    Ok((address, listener)) => {
                        let _ = ready.send(Ok(address));
                        listener
                    }
                    Err(error) => {
                        let _ = ready.send(Err(error));
                        return;
                    }
                };
                // Without it the kernel joins small writes, and tokens arrive in bursts.
                let listener = listener.tap_io(|stream| {
                    let _ = stream.set_nodelay(true);
                });
                tokio::select! {
                    _ = axum::serve(listener, router(served)) => {}
                    // Either told to stop, or the owner is gone.
                    _ = stopped => {}
                }
            });
            // Dropping the runtime here drops every connection with it.
        })?;
        let address = bound.await.map_err(io::Error::other)??;
        Ok(FakeUpstream { address, world, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base URL of a provider: `gemini`, `ollama`, `openai` or `local`.
    pub fn url(&self, provider: &str) -> String {
        format!("http://{}/{provider}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The records, for queries that the methods here do not answer.
    pub fn records(&self) -> &Log {
        &self.world.log
    }

    /// Every call so far, oldest first.
    pub fn log(&self) -> Vec<Call> {
        self.world.log.calls()
    }

    /// Forgets all calls, and lets the models that refuse once refuse again.
    pub fn clear(&self) {
        self.world.clear();
    }

    /// Waits until the calls satisfy `enough`, at most five seconds, and returns them as they are then.
    pub async fn wait_until(&self, enough: impl Fn(&[Call]) -> bool) -> Vec<Call> {
        self.world.log.wait_until(WAIT_LIMIT, enough).await
    }

    /// Waits until a call is over, at most five seconds; `None` where it is not, or is unknown.
    pub async fn closed(&self, id: u64) -> Option<Call> {
        let over = |call: &&Call| call.id == id && call.ended.is_some();
        let calls = self.wait_until(|calls| calls.iter().any(|call| over(&call))).await;
        calls.iter().find(over).cloned()
    }
}

impl Drop for FakeUpstream {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic over there was printed already.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;

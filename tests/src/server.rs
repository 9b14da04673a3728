//! Starting and stopping the fake upstream.

use std::{io, net::SocketAddr, thread, time::Duration};

use axum::{Router, serve::ListenerExt};
use tokio::{net::TcpListener, runtime, sync::oneshot};

use crate::{
    endpoints::{World, control::Settings, ollama_router, router},
    log::{Call, Log},
};

/// How long [`FakeUpstream::closed`] and [`FakeUpstream::wait_until`] hold on.
const WAIT_LIMIT: Duration = Duration::from_secs(5);

/// A running fake upstream; dropping it closes its ports and every connection.
///
/// Each port runs on a thread and a runtime of its own, so that neither a busy test nor one with a paused clock
/// changes what it measures.
pub struct FakeUpstream {
    main: Port,
    ollama: Option<Port>,
    world: World,
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
        let main = Port::open(address, router(world.clone())).await?;
        Ok(FakeUpstream { main, ollama: None, world })
    }

    /// Opens a second port on which Ollama stands at the root, for pages that call it without a proxy. Its calls
    /// are in the same log, as those of `ollama`. Returns where it listens.
    ///
    /// # Errors
    ///
    /// Where the address cannot be bound or the thread cannot be started.
    pub async fn open_ollama(&mut self, address: SocketAddr) -> io::Result<SocketAddr> {
        let port = Port::open(address, ollama_router(self.world.clone())).await?;
        let address = port.address;
        self.ollama = Some(port);
        Ok(address)
    }

    /// Closes the port of [`FakeUpstream::open_ollama`] again, as when the daemon is stopped.
    pub fn close_ollama(&mut self) {
        self.ollama = None;
    }

    /// Changes one of the [`Settings`], as `POST /__set` does.
    ///
    /// # Errors
    ///
    /// What cannot be read, as a sentence.
    pub fn set(&self, key: &str, value: &str) -> Result<(), String> {
        let mut settings: Settings = self.world.settings();
        settings.set(key, value)?;
        self.world.set(settings);
        Ok(())
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.main.address)
    }

    /// The base URL of a provider: `gemini`, `ollama`, `openai` or `local`.
    pub fn url(&self, provider: &str) -> String {
        format!("http://{}/{provider}", self.main.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.main.address
    }

    /// The records, for queries that the methods here do not answer.
    pub fn records(&self) -> &Log {
        &self.world.log
    }

    /// Every call so far, oldest first.
    pub fn log(&self) -> Vec<Call> {
        self.world.log.calls()
    }

    /// Forgets all calls and settings, and lets the models that fail a few times fail again.
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

/// A port with a thread that serves it; dropping it ends both.
struct Port {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Port {
    async fn open(address: SocketAddr, app: Router) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (ready, bound) = oneshot::channel();
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
                let app = app.into_make_service_with_connect_info::<SocketAddr>();
                tokio::select! {
                    _ = axum::serve(listener, app) => {}
                    // Either told to stop, or the owner is gone.
                    _ = stopped => {}
                }
            });
            // Dropping the runtime here drops every connection with it.
        })?;
        let address = bound.await.map_err(io::Error::other)??;
        Ok(Port { address, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic over there was printed already.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod failures;
#[cfg(test)]
mod features;
#[cfg(test)]
mod tests;

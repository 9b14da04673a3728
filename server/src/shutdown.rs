//! The end of the server: one signal for all streams, and a count of what still runs.

use tokio_util::{
    sync::{CancellationToken, WaitForCancellationFutureOwned},
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

/// Shared by everything that has to end when the server does.
#[derive(Clone, Default)]
pub struct Shutdown {
    begun: CancellationToken,
    running: TaskTracker,
}

impl Shutdown {
    /// Tells every stream to end.
    pub fn begin(&self) {
        self.begun.cancel();
        self.running.close();
    }

    pub fn has_begun(&self) -> bool {
        self.begun.is_cancelled()
    }

    /// Resolves when the server begins to go down.
    pub fn begun(&self) -> WaitForCancellationFutureOwned {
        self.begun.clone().cancelled_owned()
    }

    /// Counts as running until it is dropped.
    pub fn token(&self) -> TaskTrackerToken {
        self.running.token()
    }

    /// Resolves when it has begun and nothing runs any more.
    pub async fn finished(&self) {
        self.running.wait().await;
    }
}

/// Resolves on Ctrl-C and on SIGTERM. Listens from the call on: whoever has read that the server is there may end it in
/// order, however soon.
#[cfg(unix)]
pub fn signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{Signal, SignalKind, signal};
    async fn heard(signal: std::io::Result<Signal>) {
        match signal {
            Ok(mut signal) => drop(signal.recv().await),
            // Without a handler the system ends the process itself.
            Err(_) => std::future::pending().await,
        }
    }
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async {
        tokio::select! {
            () = heard(interrupt) => {}
            () = heard(terminate) => {}
        }
    }
}

/// Resolves on Ctrl-C.
#[cfg(not(unix))]
pub async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

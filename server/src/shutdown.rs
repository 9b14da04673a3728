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

/// Resolves on Ctrl-C or, where there is such a thing, SIGTERM.
pub async fn signal() {
    let ctrl_c = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler the system ends the process itself.
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return ctrl_c.await };
        tokio::select! {
            () = ctrl_c => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    ctrl_c.await;
}

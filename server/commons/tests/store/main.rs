//! What only a store over the network has to show: several replicas, and the store's own failures.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod away;
mod replicas;

use std::time::{Duration, Instant};

use codecraft_commons::Commons;
use codecraft_tests::redis::Redis;
use tokio::time::{sleep, timeout};

/// Longest time that the store may be back and not be used again.
const RECOVERY: Duration = Duration::from_secs(5);
/// Longest time that something without a bound of its own may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A replica that has found the store.
async fn replica(redis: &Redis) -> Commons {
    let commons = Commons::redis(&redis.url()).unwrap();
    until(RECOVERY, async || commons.ready().await.is_ok()).await;
    commons
}

/// Waits until something holds, and says how long that took.
#[track_caller]
fn until(limit: Duration, mut holds: impl AsyncFnMut() -> bool) -> impl Future<Output = Duration> {
    let caller = std::panic::Location::caller();
    async move {
        let began = Instant::now();
        let waiting = async {
            while !holds().await {
                sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(timeout(limit, waiting).await.is_ok(), "not within {limit:?} at {caller}");
        began.elapsed()
    }
}

//! Several replicas that share a store.

use std::time::Duration;

use codecraft_commons::{Admission, Commons, Lease, Session};
use codecraft_tests::redis::Redis;
use tokio::{task::JoinSet, time::timeout};

use super::{PATIENCE, RECOVERY, replica, until};

/// How many places of open streams the store knows of.
fn places(redis: &Redis) -> usize {
    let keys = redis.tell("KEYS codecraft:*:streams");
    keys.lines()
        .filter(|line| line.starts_with("codecraft:"))
        .map(|key| {
            redis.tell(&format!("ZCARD {key}")).trim().trim_start_matches(':').parse::<usize>().unwrap()
        })
        .sum()
}

async fn open(commons: &Commons, count: usize) -> Vec<Lease> {
    let mut leases = Vec::new();
    for _ in 0..count {
        leases.push(commons.lease("ada", 16).await.unwrap().expect("there is room"));
    }
    leases
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn px20_two_replicas_admit_exactly_what_one_would() {
    let redis = Redis::start(&[]);
    let replicas = [replica(&redis).await, replica(&redis).await];
    let mut calls = JoinSet::new();
    for n in 0..100 {
        let commons = replicas[n % 2].clone();
        calls.spawn(async move { commons.admit("ada", None, 10).await.unwrap() });
    }
    let answers = calls.join_all().await;
    assert_eq!(answers.iter().filter(|answer| **answer == Admission::Admitted).count(), 10);
    assert_eq!(replicas[1].admit("bob", None, 10).await.unwrap(), Admission::Admitted);

    // A run that began at one replica goes on at the other, and ends for both.
    for call in 0..24 {
        assert_eq!(replicas[call % 2].admit("eve", Some("run"), 1).await.unwrap(), Admission::Admitted);
    }
    for commons in &replicas {
        assert!(matches!(commons.admit("eve", Some("run"), 1).await.unwrap(), Admission::Refused { .. }));
    }
}

#[tokio::test]
async fn px20_a_store_that_lost_its_scripts_gets_them_again() {
    let redis = Redis::start(&[]);
    let commons = replica(&redis).await;
    let _lease = open(&commons, 1).await;
    for _ in 0..2 {
        redis.tell("SCRIPT FLUSH");
        assert_eq!(commons.admit("ada", None, 10).await.unwrap(), Admission::Admitted);
    }
    assert_eq!(commons.allowance("ada", 10).await.unwrap().remaining, 8);
}

#[tokio::test]
async fn px20_nothing_stays_for_ever_and_no_name_is_readable() {
    let redis = Redis::start(&[]);
    let commons = replica(&redis).await;
    let session = Session { user: "ada@example.org".into(), stamp: "1".into() };
    commons.admit("ada@example.org", Some("run"), 10).await.unwrap();
    let _lease = commons.lease("ada@example.org", 16).await.unwrap();
    commons.attempt(&["user:ada@example.org"]).await.unwrap().unwrap();
    commons.put_session("0f", &session).await.unwrap();
    let keys = redis.tell("KEYS *");
    let keys: Vec<&str> = keys.lines().filter(|line| line.starts_with("codecraft:")).collect();
    // Log, run, places, failures, session and series; the probe may just have ended.
    assert!(keys.len() >= 6, "{keys:?}");
    for key in keys.into_iter().filter(|key| *key != "codecraft:probe") {
        assert!(!key.contains("ada"), "{key}");
        let left: i64 = redis.tell(&format!("TTL {key}")).trim().trim_start_matches(':').parse().unwrap();
        assert!((0..=30 * 24 * 3600).contains(&left), "{key} ends in {left} s");
    }
}

#[tokio::test]
async fn px15_a_session_holds_on_all_replicas_and_its_end_reaches_all() {
    let redis = Redis::start(&[]);
    let [one, other] = [replica(&redis).await, replica(&redis).await];
    let ada = Session { user: "ada".into(), stamp: "1".into() };
    for key in ["a", "b", "c"] {
        one.put_session(key, &ada).await.unwrap();
        assert_eq!(other.session(key).await.unwrap(), Some(ada.clone()));
    }
    other.end_session("a").await.unwrap();
    assert_eq!(one.session("a").await.unwrap(), None);
    one.end_sessions("ada").await.unwrap();
    for key in ["b", "c"] {
        assert_eq!(other.session(key).await.unwrap(), None);
    }
}

#[tokio::test]
async fn px22_streams_count_over_all_replicas() {
    let redis = Redis::start(&[]);
    let [one, other] = [replica(&redis).await, replica(&redis).await];
    let mut leases = open(&one, 9).await;
    leases.extend(open(&other, 7).await);
    assert!(one.lease("ada", 16).await.unwrap().is_none());
    leases.truncate(15);
    until(RECOVERY, async || places(&redis) == 15).await;
    assert!(one.lease("ada", 16).await.unwrap().is_some());
}

#[test]
fn px22_places_of_a_dead_replica_come_back() {
    let redis = Redis::start(&[]);
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let dies = runtime();
    dies.block_on(async {
        let commons = replica(&redis).await;
        std::mem::forget(open(&commons, 16).await);
        std::mem::forget(commons);
    });
    dies.shutdown_background();
    runtime().block_on(async {
        let commons = replica(&redis).await;
        assert!(commons.lease("ada", 16).await.unwrap().is_none());
        let limit = Duration::from_secs(20);
        until(limit, async || commons.lease("ada", 16).await.unwrap().is_some()).await;
        open(&commons, 16).await;
    });
}

#[tokio::test]
async fn px22_places_of_a_living_replica_stay() {
    let redis = Redis::start(&[]);
    let commons = replica(&redis).await;
    let _leases = open(&commons, 16).await;
    // Longer than a place lasts by itself.
    let until = tokio::time::Instant::now() + Duration::from_secs(17);
    while tokio::time::Instant::now() < until {
        assert!(commons.lease("ada", 16).await.unwrap().is_none());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn px22_streams_outlive_the_store_and_count_again_afterwards() {
    let mut redis = Redis::start(&[]);
    let commons = replica(&redis).await;
    let mut leases = open(&commons, 5).await;
    redis.stop();
    until(RECOVERY, async || commons.ready().await.is_err()).await;
    leases.truncate(3);
    assert!(commons.lease("ada", 16).await.is_err(), "no new stream without the store");
    redis.restart();
    // The three that are left, not the two that were closed meanwhile, nor the one that was not opened.
    let took = until(RECOVERY, async || places(&redis) >= 3).await;
    assert_eq!(places(&redis), 3, "after {took:?}");
    leases.extend(open(&commons, 13).await);
    assert!(commons.lease("ada", 16).await.unwrap().is_none());
    drop(leases);
    until(RECOVERY, async || places(&redis) == 0).await;
}

#[tokio::test]
async fn px22_a_caller_who_leaves_while_asking_keeps_no_place() {
    let redis = Redis::start(&[]);
    let commons = replica(&redis).await;
    redis.freeze();
    let asking = (0..8).map(|_| timeout(Duration::from_millis(50), commons.lease("ada", 16)));
    for asked in futures_util::future::join_all(asking).await {
        assert!(asked.is_err(), "they left before the answer");
    }
    redis.thaw();
    open(&commons, 1).await;
    until(RECOVERY, async || places(&redis) == 0).await;
}

#[tokio::test]
async fn px22_what_was_closed_is_told_before_the_process_ends() {
    let redis = Redis::start(&[]);
    let commons = replica(&redis).await;
    drop(open(&commons, 16).await);
    commons.settle().await;
    assert_eq!(places(&redis), 0);

    drop(open(&commons, 16).await);
    redis.freeze();
    timeout(PATIENCE, commons.settle()).await.expect("a store that is away holds nobody up");
    redis.thaw();
}

#[tokio::test]
async fn px16_what_is_taken_back_leaves_nothing_in_the_store() {
    let redis = Redis::start(&[]);
    let commons = replica(&redis).await;
    let names = ["user:ada", "net:192.0.2.1"];
    assert_eq!(commons.attempt(&names).await.unwrap(), Ok(()));
    assert_eq!(redis.tell("KEYS codecraft:failures:*").matches("failures").count(), 2);
    commons.take_back(&names).await.unwrap();
    assert!(!redis.tell("KEYS codecraft:failures:*").contains("failures"));
}

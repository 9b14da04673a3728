//! A Redis that fails under the replicas.

use std::{
    net::TcpListener,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use codecraft_core::api::Code;
use codecraft_tests::redis::Redis;
use tokio::{task::JoinSet, time::sleep};

use crate::support::{Client, Deployment, Folder, Outcome, RECOVERY, Replica, Way, until};

/// A second for the refusal itself, and one for processes that are not optimised on a machine that is busy.
const REFUSAL: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn px21_a_redis_that_stops_in_the_middle_opens_no_way_around() {
    let mut deployment = Deployment::start(&[]).await;
    let (ada, bob) = (Client::at(1), Client::at(2));
    for n in 0..4 {
        assert_eq!(ada.generate(deployment.turn(n), Way::turn(n), None).await, Outcome::Answered);
    }
    let over = Arc::new(AtomicBool::new(false));
    let away = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicUsize::new(4));
    let mut load = JoinSet::new();
    for n in 0..8 {
        let (ada, site, over, away, answered) =
            (ada.clone(), deployment.turn(n).to_owned(), over.clone(), away.clone(), answered.clone());
        load.spawn(async move {
            let mut unavailable = 0;
            while !over.load(Ordering::SeqCst) {
                let (began, was_away) = (Instant::now(), away.load(Ordering::SeqCst));
                let outcome = ada.generate(&site, Way::turn(n / 2), None).await;
                let is_away = was_away && away.load(Ordering::SeqCst);
                match outcome.code() {
                    None => {
                        assert!(!is_away, "an answer without the store");
                        answered.fetch_add(1, Ordering::SeqCst);
                    }
                    Some(Code::StoreUnavailable) => {
                        unavailable += 1;
                        assert!(began.elapsed() < REFUSAL, "{:?}", began.elapsed());
                    }
                    code => assert_eq!(code, Some(Code::RateLimited)),
                }
                // A pace that a user might have.
                sleep(Duration::from_millis(50)).await;
            }
            unavailable
        });
    }
    until(RECOVERY, async || answered.load(Ordering::SeqCst) >= 6).await;
    for frozen in [false, true] {
        if frozen {
            deployment.redis.freeze();
        } else {
            deployment.redis.stop();
        }
        away.store(true, Ordering::SeqCst);
        let refused = async || bob.generate(deployment.turn(0), Way::Http, None).await.code();
        until(REFUSAL, async || refused().await == Some(Code::StoreUnavailable)).await;
        let began = Instant::now();
        for n in 0..4 {
            let outcome = bob.generate(deployment.turn(n), Way::turn(n / 2), None).await;
            assert_eq!(outcome.code(), Some(Code::StoreUnavailable));
        }
        assert!(began.elapsed() < 4 * REFUSAL, "{:?}", began.elapsed());
        let limits = bob.get(deployment.turn(1), "/api/limits").await;
        assert_eq!(limits.status(), 503);
        assert!(limits.headers().contains_key("retry-after"));
        assert_eq!(bob.get(deployment.turn(1), "/api/config").await.status(), 200, "the app itself is there");

        away.store(false, Ordering::SeqCst);
        if frozen {
            deployment.redis.thaw();
        } else {
            deployment.redis.restart();
        }
        for n in 0..2 {
            until(RECOVERY, async || bob.get(deployment.turn(n), "/api/limits").await.status() == 200).await;
        }
    }
    let refused = async || ada.generate(deployment.turn(0), Way::Http, None).await.code();
    until(RECOVERY, async || refused().await == Some(Code::RateLimited)).await;
    over.store(true, Ordering::SeqCst);
    let unavailable: usize = load.join_all().await.into_iter().sum();
    assert!(unavailable > 0, "the load has felt it");
    // Fewer if the store has counted a call whose answer was lost with it.
    let answered = deployment.upstream.log().len();
    assert!((6..=10).contains(&answered), "{answered}");
}

#[tokio::test]
async fn px21_streams_go_on_without_the_store() {
    let mut deployment =
        Deployment::start(&[("CODECRAFT_RATE_LIMIT", "0"), ("CODECRAFT_USER_STREAMS", "2")]).await;
    let ada = Client::at(1);
    let held = [
        ada.hold(deployment.turn(0), Way::Http).await.map_err(drop).unwrap(),
        ada.hold(deployment.turn(1), Way::Socket).await.map_err(drop).unwrap(),
    ];
    deployment.redis.stop();
    let refused = ada.hold(deployment.turn(0), Way::Http).await.map(drop).unwrap_err();
    assert_eq!(refused.code(), Some(Code::StoreUnavailable));
    deployment.redis.restart();
    until(RECOVERY, async || {
        let refused = ada.hold(deployment.turn(1), Way::Socket).await.map(drop).unwrap_err();
        refused.code() == Some(Code::TooManyStreams)
    })
    .await;
    assert!(
        deployment.upstream.log().iter().all(|call| call.ended.is_none()),
        "both calls are still running"
    );
    drop(held);
    until(RECOVERY, async || ada.hold(deployment.turn(0), Way::Http).await.is_ok()).await;
}

#[tokio::test]
async fn px21_replicas_that_may_go_on_alone_admit_their_share() {
    let mut deployment = Deployment::start(&[("CODECRAFT_REPLICAS", "2")]).await;
    let ada = Client::at(1);
    assert_eq!(ada.generate(deployment.turn(0), Way::Http, None).await, Outcome::Answered);
    deployment.redis.stop();
    for n in 0..2 {
        let mut answered = 0;
        while ada.generate(deployment.turn(n), Way::turn(answered), None).await == Outcome::Answered {
            answered += 1;
        }
        assert_eq!(answered, 5, "half of ten");
    }
}

#[tokio::test]
async fn a_redis_behind_tls_needs_a_certificate_that_is_trusted() {
    let (own, other) = (Folder::new(), Folder::new());
    own.certificate();
    other.certificate();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let [certificate, key] = ["certificate", "key"].map(|name| own.path(name));
    let _redis = Redis::start(&[
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &certificate,
        "--tls-auth-clients",
        "no",
    ]);
    let url = format!("rediss://127.0.0.1:{port}");
    let upstream = codecraft_tests::spawn().await;

    let trusting = Replica::start(&url, &upstream, &[("SSL_CERT_FILE", &certificate)]);
    trusting.ready().await;
    assert_eq!(Client::at(1).generate(&trusting.site, Way::Http, None).await, Outcome::Answered);

    let elsewhere = other.path("certificate");
    let wary = Replica::start(&url, &upstream, &[("SSL_CERT_FILE", &elsewhere)]);
    let outcome = Client::at(1).generate(&wary.site, Way::Http, None).await;
    assert_eq!(outcome.code(), Some(Code::StoreUnavailable));
    let check = Command::new(env!("CARGO_BIN_EXE_codecraft"))
        .arg("check")
        .env_clear()
        .envs([
            ("CODECRAFT_ADDR", "127.0.0.1:0"),
            ("CODECRAFT_REDIS_URL", &url),
            ("SSL_CERT_FILE", &elsewhere),
        ])
        .output()
        .unwrap();
    let said = String::from_utf8(check.stdout).unwrap();
    assert!(said.contains("Redis shows a certificate that is not trusted here."), "{said}");
}

//! People who sign in at one replica and go on at the other.

use std::time::{Duration, Instant};

use codecraft_core::api::Code;
use tokio::task::JoinSet;

use crate::support::{Client, Deployment, Outcome, PASSWORD, RECOVERY, Way, until};

#[tokio::test]
async fn px15_a_session_of_one_replica_is_valid_on_the_other_and_signing_out_reaches_both() {
    let deployment = Deployment::of(&["ada", "bob"], &[]).await;
    let somebody = Client::at(1);
    for replica in 0..2 {
        assert_eq!(somebody.me(deployment.turn(replica)).await, Err(Code::NotSignedIn));
    }
    let ada = somebody.sign_in(deployment.turn(0), "ada").await;
    let bob = Client::at(2).sign_in(deployment.turn(1), "bob").await;
    for replica in 0..2 {
        assert_eq!(ada.me(deployment.turn(replica)).await.as_deref(), Ok("ada"));
        assert_eq!(bob.me(deployment.turn(replica)).await.as_deref(), Ok("bob"));
    }
    ada.sign_out(deployment.turn(1), false).await;
    for replica in 0..2 {
        assert_eq!(ada.me(deployment.turn(replica)).await, Err(Code::NotSignedIn));
    }

    let mut devices = Vec::new();
    for n in 0..4 {
        devices.push(somebody.sign_in(deployment.turn(n), "ada").await);
    }
    devices[0].sign_out(deployment.turn(1), true).await;
    for replica in 0..2 {
        for device in &devices {
            assert_eq!(device.me(deployment.turn(replica)).await, Err(Code::NotSignedIn));
        }
        assert_eq!(bob.me(deployment.turn(replica)).await.as_deref(), Ok("bob"));
    }
    let again = somebody.sign_in(deployment.turn(0), "ada").await;
    assert_eq!(again.me(deployment.turn(1)).await.as_deref(), Ok("ada"));
}

#[tokio::test]
async fn px21_without_the_store_nobody_is_somebody_and_nobody_is_signed_out() {
    let mut deployment = Deployment::of(&["ada"], &[]).await;
    let ada = Client::at(1).sign_in(deployment.turn(0), "ada").await;
    deployment.redis.stop();
    for replica in 0..2 {
        let site = deployment.turn(replica);
        assert_eq!(ada.me(site).await, Err(Code::StoreUnavailable));
        let outcome = ada.generate(site, Way::turn(replica), None).await;
        assert_eq!(outcome.code(), Some(Code::StoreUnavailable));
        assert_eq!(
            Client::at(1).try_sign_in(site, "ada", PASSWORD).await.map(drop),
            Err(Code::StoreUnavailable)
        );
    }
    assert!(deployment.upstream.log().is_empty());
    deployment.redis.restart();
    for replica in 0..2 {
        until(RECOVERY, async || ada.me(deployment.turn(replica)).await.as_deref() == Ok("ada")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn px16_guesses_at_both_replicas_count_together() {
    let deployment = Deployment::of(&["ada", "bob"], &[]).await;
    let began = Instant::now();
    let mut guesses = JoinSet::new();
    for n in 0..16 {
        let site = deployment.turn(n).to_owned();
        // From addresses of their own, so that it is the account which counts.
        let client = Client::at(10 + n as u8);
        guesses.spawn(async move { client.try_sign_in(&site, "ada", "wrong wrong wrong").await.map(drop) });
    }
    let answers = guesses.join_all().await;
    let tried = answers.iter().filter(|answer| **answer == Err(Code::BadCredentials)).count();
    // On a slow machine the first waits run out: after a second, after two more, after four more.
    let later = (1..10).take_while(|n| began.elapsed() >= Duration::from_secs((1 << n) - 1)).count();
    assert!((5..=5 + later).contains(&tried), "{answers:?}");
    assert!(answers.iter().all(|answer| matches!(answer, Err(Code::BadCredentials | Code::LoginThrottled))));
    Client::at(40).sign_in(deployment.turn(0), "bob").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn px20_an_account_has_ten_generations_wherever_it_signs_in() {
    let deployment = Deployment::of(&["ada", "bob"], &[("CODECRAFT_USER_STREAMS", "64")]).await;
    let mut devices = Vec::new();
    for n in 0..4 {
        devices.push(Client::at(1 + n as u8).sign_in(deployment.turn(n), "ada").await);
    }
    let mut calls = JoinSet::new();
    for n in 0..60 {
        let (device, site) = (devices[n % 4].clone(), deployment.turn(n / 4).to_owned());
        calls.spawn(async move { device.generate(&site, Way::turn(n / 8), None).await });
    }
    let outcomes = calls.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Answered).count(), 10);
    // At the same address, but somebody else.
    let bob = Client::at(1).sign_in(deployment.turn(0), "bob").await;
    assert_eq!(bob.generate(deployment.turn(1), Way::Socket, None).await, Outcome::Answered);
}

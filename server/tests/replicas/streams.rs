//! Open streams of a user, counted over all replicas.

use std::time::Duration;

use codecraft_core::api::Code;

use crate::support::{Client, Deployment, Held, RECOVERY, Way, until};

const SETTINGS: [(&str, &str); 2] = [("CODECRAFT_RATE_LIMIT", "0"), ("CODECRAFT_USER_STREAMS", "4")];

async fn hold(client: &Client, deployment: &Deployment, replica: usize, count: usize) -> Vec<Held> {
    let mut held = Vec::new();
    for n in 0..count {
        held.push(
            client.hold(deployment.turn(replica), Way::turn(n)).await.map_err(drop).expect("there is room"),
        );
    }
    held
}

async fn is_full(client: &Client, deployment: &Deployment) -> bool {
    for replica in 0..2 {
        for way in [Way::Http, Way::Socket] {
            match client.hold(deployment.turn(replica), way).await {
                Err(refused) => assert_eq!(refused.code(), Some(Code::TooManyStreams)),
                Ok(_) => return false,
            }
        }
    }
    true
}

#[tokio::test]
async fn px22_streams_count_over_both_replicas_and_places_come_back_at_once() {
    let deployment = Deployment::start(&SETTINGS).await;
    let (ada, bob) = (Client::at(1), Client::at(2));
    let mut held = hold(&ada, &deployment, 0, 2).await;
    held.extend(hold(&ada, &deployment, 1, 2).await);
    assert!(is_full(&ada, &deployment).await);
    let _bobs = hold(&bob, &deployment, 0, 4).await;
    drop(held);
    let mut held = Vec::new();
    let took = until(RECOVERY, async || {
        held.extend(ada.hold(deployment.turn(held.len()), Way::Http).await);
        held.len() == 4
    })
    .await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(is_full(&ada, &deployment).await);
}

#[tokio::test]
async fn px22_a_replica_that_is_killed_gives_its_places_back_within_20_seconds() {
    let mut deployment = Deployment::start(&SETTINGS).await;
    let ada = Client::at(1);
    let held = hold(&ada, &deployment, 0, 3).await;
    let kept = hold(&ada, &deployment, 1, 1).await;
    assert!(is_full(&ada, &deployment).await);
    deployment.replicas[0].kill();
    drop(held);
    let mut again = Vec::new();
    let took = until(Duration::from_secs(20), async || {
        again.extend(ada.hold(deployment.turn(1), Way::Socket).await);
        again.len() == 3
    })
    .await;
    // Nor are they given away while the replica might still be there.
    assert!(took > Duration::from_secs(5), "{took:?}");
    let refused = ada.hold(deployment.turn(1), Way::Http).await.map(drop).unwrap_err();
    assert_eq!(refused.code(), Some(Code::TooManyStreams), "the stream of the other replica counts on");
    drop(kept);
}

#[tokio::test]
async fn px22_a_replica_that_is_told_to_end_gives_its_places_back_at_once() {
    let mut deployment = Deployment::start(&SETTINGS).await;
    let ada = Client::at(1);
    let held = hold(&ada, &deployment, 0, 4).await;
    deployment.replicas[0].terminate();
    hold(&ada, &deployment, 1, 4).await;
    drop(held);
}

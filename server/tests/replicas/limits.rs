//! Generations of a user, counted over all replicas.

use codecraft_core::api::{Allowance, Code};
use tokio::task::JoinSet;

use crate::support::{Client, Deployment, Outcome, Way, read};

async fn left(client: &Client, deployment: &Deployment, replica: usize) -> Allowance {
    read(client.get(deployment.turn(replica), "/api/limits").await).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn px20_a_hundred_parallel_calls_to_two_replicas_are_ten_generations() {
    let deployment = Deployment::start(&[]).await;
    let ada = Client::at(1);
    let mut calls = JoinSet::new();
    for n in 0..100 {
        let (ada, site) = (ada.clone(), deployment.turn(n).to_owned());
        // Half of them over sockets, at both replicas.
        calls.spawn(async move { ada.generate(&site, Way::turn(n / 2), None).await });
    }
    let outcomes = calls.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Answered).count(), 10);
    for outcome in outcomes {
        let Outcome::Refused { code, wait_ms } = outcome else { continue };
        assert_eq!(code, Code::RateLimited);
        assert!((30_000..=60_000).contains(&wait_ms), "{wait_ms}");
    }
    assert_eq!(deployment.upstream.log().len(), 10, "what is refused reaches no provider");
    for replica in 0..2 {
        let allowance = left(&ada, &deployment, replica).await;
        assert_eq!((allowance.limit, allowance.remaining), (10, 0));
        assert!((30_000..=60_000).contains(&allowance.next_ms), "{allowance:?}");
    }

    let bob = Client::at(2);
    assert_eq!(left(&bob, &deployment, 0).await, Allowance { limit: 10, remaining: 10, next_ms: 0 });
    for n in 0..10 {
        assert_eq!(bob.generate(deployment.turn(n), Way::turn(n / 2), None).await, Outcome::Answered);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn px20_run_ids_that_are_reused_or_invented_gain_nothing() {
    let deployment = Deployment::start(&[]).await;
    let ada = Client::at(1);
    // A run fans out over both replicas and counts once.
    let mut calls = JoinSet::new();
    for n in 0..24 {
        let (ada, site) = (ada.clone(), deployment.turn(n).to_owned());
        calls.spawn(async move { ada.generate(&site, Way::turn(n / 2), Some("one")).await });
    }
    assert!(calls.join_all().await.iter().all(|outcome| *outcome == Outcome::Answered));
    assert_eq!(left(&ada, &deployment, 0).await.remaining, 9);

    // Sixty ids at once, made up or reused: nine more generations, whichever they are.
    let mut calls = JoinSet::new();
    for n in 0..60 {
        let (ada, site) = (ada.clone(), deployment.turn(n).to_owned());
        let run = match n % 3 {
            0 => "one".to_owned(),
            1 => format!("invented-{n}"),
            _ => "no run: it has spaces".to_owned(),
        };
        calls.spawn(async move { (run.clone(), ada.generate(&site, Way::turn(n / 2), Some(&run)).await) });
    }
    let mut generations = 0;
    let mut of_one = 0;
    for (run, outcome) in calls.join_all().await {
        match (run.as_str(), outcome.code()) {
            ("one", None) => of_one += 1,
            (_, None) => generations += 1,
            (_, code) => assert_eq!(code, Some(Code::RateLimited)),
        }
    }
    // The first id is used up. It may begin anew like any other, and then its twenty calls are one generation.
    assert!(of_one == 0 || of_one == 20, "{of_one}");
    assert_eq!(generations + usize::from(of_one > 0), 9);

    // The id of somebody else is one's own.
    let bob = Client::at(2);
    assert_eq!(bob.generate(deployment.turn(0), Way::Http, Some("one")).await, Outcome::Answered);
    assert_eq!(left(&bob, &deployment, 1).await.remaining, 9);
    for n in 0..9 {
        let run = format!("invented-{n}");
        assert_eq!(bob.generate(deployment.turn(1), Way::Http, Some(&run)).await, Outcome::Answered);
    }
    assert_eq!(bob.generate(deployment.turn(1), Way::Http, None).await.code(), Some(Code::RateLimited));
    for replica in 0..2 {
        let outcome = bob.generate(deployment.turn(replica), Way::Http, Some("invented-3")).await;
        assert_eq!(outcome, Outcome::Answered, "what has begun may go on, at either replica");
    }
}

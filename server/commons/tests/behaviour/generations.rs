use std::time::Duration;

use codecraft_commons::{Admission, Allowance, Commons};

use super::Subject;

const LIMIT: u32 = 10;
const SECOND: Duration = Duration::from_secs(1);

async fn admitted(commons: &Commons, user: &str, run: Option<&str>) -> bool {
    commons.admit(user, run, LIMIT).await.unwrap() == Admission::Admitted
}

#[track_caller]
fn about(wait: Duration, expected: Duration) {
    // A store over the network has a clock of its own, which runs on between two calls.
    let early = expected.saturating_sub(wait);
    assert!(wait <= expected && early < Duration::from_secs(2), "{wait:?} for {expected:?}");
}

fn wait(admission: Admission) -> Duration {
    match admission {
        Admission::Refused { wait } => wait,
        Admission::Admitted => panic!("admitted"),
    }
}

pub async fn px20_a_minute_has_so_many_generations_and_no_more(subject: Subject) {
    let commons = &subject.commons;
    assert_eq!(
        commons.allowance("ada", LIMIT).await.unwrap(),
        Allowance { remaining: LIMIT, next: Duration::ZERO }
    );
    for n in 0..LIMIT {
        assert!(admitted(commons, "ada", None).await, "{n}");
        let allowance = commons.allowance("ada", LIMIT).await.unwrap();
        assert_eq!(allowance.remaining, LIMIT - n - 1);
        about(allowance.next, 60 * SECOND);
    }
    about(wait(commons.admit("ada", None, LIMIT).await.unwrap()), 60 * SECOND);
    assert!(admitted(commons, "bob", None).await, "another user is not affected");
    for _ in 0..100 {
        assert_eq!(commons.admit("ada", None, 0).await.unwrap(), Admission::Admitted, "0 is any number");
    }
    assert_eq!(commons.allowance("ada", 0).await.unwrap().remaining, u32::MAX);
}

pub async fn px20_the_window_slides(subject: Subject) {
    let commons = &subject.commons;
    for _ in 0..6 {
        assert!(admitted(commons, "ada", None).await);
    }
    subject.pass(40 * SECOND).await;
    for _ in 0..4 {
        assert!(admitted(commons, "ada", None).await);
    }
    about(wait(commons.admit("ada", None, LIMIT).await.unwrap()), 20 * SECOND);
    subject.pass(20 * SECOND).await;
    assert_eq!(commons.allowance("ada", LIMIT).await.unwrap().remaining, 6);
    for _ in 0..6 {
        assert!(admitted(commons, "ada", None).await);
    }
    about(wait(commons.admit("ada", None, LIMIT).await.unwrap()), 40 * SECOND);
    subject.pass(60 * SECOND).await;
    assert_eq!(
        commons.allowance("ada", LIMIT).await.unwrap(),
        Allowance { remaining: LIMIT, next: Duration::ZERO }
    );
}

pub async fn px20_calls_of_one_run_are_one_generation(subject: Subject) {
    let commons = &subject.commons;
    for run in 0..LIMIT {
        for _ in 0..8 {
            assert!(admitted(commons, "ada", Some(&format!("run-{run}"))).await);
        }
    }
    assert!(!admitted(commons, "ada", Some("one-more")).await);
    assert!(!admitted(commons, "ada", None).await);
    assert!(admitted(commons, "ada", Some("run-0")).await, "a run that has begun may go on");
}

pub async fn px20_a_run_is_over_after_24_calls_and_after_10_minutes(subject: Subject) {
    let commons = &subject.commons;
    for call in 0..24 {
        assert!(admitted(commons, "ada", Some("run")).await);
        assert_eq!(commons.allowance("ada", LIMIT).await.unwrap().remaining, 9, "{call}");
    }
    assert!(admitted(commons, "ada", Some("run")).await);
    assert_eq!(commons.allowance("ada", LIMIT).await.unwrap().remaining, 8, "the 25th call begins another");
    assert!(admitted(commons, "ada", Some("run")).await);
    assert_eq!(commons.allowance("ada", LIMIT).await.unwrap().remaining, 8, "which again has 24");

    subject.pass(590 * SECOND).await;
    assert!(admitted(commons, "ada", Some("run")).await);
    assert_eq!(commons.allowance("ada", LIMIT).await.unwrap().remaining, 10);
    subject.pass(11 * SECOND).await;
    assert!(admitted(commons, "ada", Some("run")).await);
    assert_eq!(commons.allowance("ada", LIMIT).await.unwrap().remaining, 9);
}

pub async fn px20_ids_of_others_and_of_no_form_gain_nothing(subject: Subject) {
    let commons = &subject.commons;
    assert!(admitted(commons, "ada", Some("run")).await);
    assert!(admitted(commons, "bob", Some("run")).await);
    assert_eq!(commons.allowance("bob", LIMIT).await.unwrap().remaining, 9, "ada's run is nothing to bob");
    let long = "x".repeat(65);
    for (counted, none) in
        ["", "", "a b", "a b", "run\0", "run\0", "rün", &long, &long].into_iter().enumerate()
    {
        assert!(admitted(commons, "bob", Some(none)).await);
        assert_eq!(commons.allowance("bob", LIMIT).await.unwrap().remaining, 8 - counted as u32, "{none:?}");
    }
    assert!(!admitted(commons, "bob", Some("")).await);

    // A user's name and a run's name are kept apart, however they are cut.
    for (user, run) in [("a", "b:run:c"), ("a:run:b", "c"), ("{a}", "b"), ("a}", "{b"), ("", "x"), ("*", "*")]
    {
        assert!(admitted(commons, user, Some(run)).await);
        assert_eq!(commons.allowance(user, LIMIT).await.unwrap().remaining, 9, "{user} {run}");
    }
    for user in [&"u".repeat(10_000), "Zoë ☃", "net:2001:db8::/64"] {
        assert!(admitted(commons, user, Some("run")).await);
        assert_eq!(commons.allowance(user, LIMIT).await.unwrap().remaining, 9);
    }
}

pub async fn px20_a_refused_call_costs_nothing(subject: Subject) {
    let commons = &subject.commons;
    for _ in 0..LIMIT {
        assert!(admitted(commons, "ada", None).await);
    }
    for n in 0..50 {
        assert!(!admitted(commons, "ada", Some(&format!("invented-{n}"))).await);
    }
    subject.pass(61 * SECOND).await;
    assert_eq!(commons.allowance("ada", LIMIT).await.unwrap().remaining, LIMIT);
    assert!(admitted(commons, "ada", Some("invented-0")).await);
    assert_eq!(commons.allowance("ada", LIMIT).await.unwrap().remaining, 9, "a refused run had not begun");
}

pub async fn px20_a_lower_limit_holds_for_what_was_counted(subject: Subject) {
    let commons = &subject.commons;
    for _ in 0..3 {
        assert!(admitted(commons, "ada", None).await);
        subject.pass(10 * SECOND).await;
    }
    let allowance = commons.allowance("ada", 2).await.unwrap();
    assert_eq!(allowance.remaining, 0);
    about(allowance.next, 40 * SECOND);
    about(wait(commons.admit("ada", None, 2).await.unwrap()), 40 * SECOND);
}

pub async fn px20_parallel_calls_are_admitted_exactly(subject: Subject) {
    let calls: Vec<_> = (0..100)
        .map(|n| {
            let commons = subject.commons.clone();
            // Half without a run, the rest with one of twenty.
            let run = (n % 2 == 0).then(|| format!("run-{}", n % 40));
            tokio::spawn(async move { (admitted(&commons, "ada", run.as_deref()).await, run) })
        })
        .collect();
    let mut begun = std::collections::HashSet::new();
    let mut without = 0;
    for call in calls {
        match call.await.unwrap() {
            (true, Some(run)) => drop(begun.insert(run)),
            (true, None) => without += 1,
            (false, _) => {}
        }
    }
    assert_eq!(begun.len() + without, LIMIT as usize);
}

use std::time::Duration;

use codecraft_commons::Commons;

use super::Subject;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

async fn fails(commons: &Commons, names: &[&str], times: u32) {
    for _ in 0..times {
        assert_eq!(commons.attempt(names).await.unwrap(), Ok(()));
    }
}

/// The wait that is asked for, in full seconds: a store over the network has a clock that runs on between two calls.
async fn wait(commons: &Commons, names: &[&str]) -> u64 {
    let wait = commons.attempt(names).await.unwrap().expect_err("it has to wait");
    wait.as_millis().div_ceil(1000) as u64
}

pub async fn px16_five_failures_are_free_then_waits_double(subject: Subject) {
    let commons = &subject.commons;
    fails(commons, &["user:ada"], 5).await;
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900] {
        assert_eq!(wait(commons, &["user:ada"]).await, seconds);
        subject.pass(seconds as u32 * SECOND).await;
        fails(commons, &["user:ada"], 1).await;
    }
    fails(commons, &["user:bob"], 5).await;
}

pub async fn px16_a_wait_is_not_counted_and_runs_out(subject: Subject) {
    let commons = &subject.commons;
    fails(commons, &["user:ada"], 5).await;
    subject.pass(SECOND).await;
    fails(commons, &["user:ada"], 1).await;
    for _ in 0..10 {
        assert_eq!(wait(commons, &["user:ada"]).await, 2);
    }
    subject.pass(SECOND).await;
    assert_eq!(wait(commons, &["user:ada"]).await, 1);
    subject.pass(SECOND).await;
    fails(commons, &["user:ada"], 1).await;
    assert_eq!(wait(commons, &["user:ada"]).await, 4, "only what was tried has counted");
}

pub async fn px16_the_account_and_the_network_are_asked_together(subject: Subject) {
    let commons = &subject.commons;
    // Many accounts, one network: it has to wait, whatever name comes next.
    for n in 0..20 {
        fails(commons, &[&format!("user:{n}"), "net:192.0.2.0/24"], 1).await;
    }
    assert_eq!(wait(commons, &["user:new", "net:192.0.2.0/24"]).await, 1);
    // What had to wait was counted for neither.
    fails(commons, &["user:new", "net:198.51.100.0/24"], 5).await;
    // The longest wait is told.
    subject.pass(SECOND).await;
    fails(commons, &["user:other", "net:192.0.2.0/24"], 1).await;
    assert_eq!(wait(commons, &["user:new", "net:192.0.2.0/24"]).await, 2);
    assert_eq!(wait(commons, &["net:192.0.2.0/24", "user:new"]).await, 2);
}

pub async fn px16_success_forgives_the_account_and_takes_back_one_for_the_network(subject: Subject) {
    let commons = &subject.commons;
    let names = ["user:ada", "net:192.0.2.0/24"];
    for _ in 0..30 {
        fails(commons, &names, 1).await;
        commons.forgive(&["user:ada"]).await.unwrap();
        commons.take_back(&["net:192.0.2.0/24"]).await.unwrap();
    }
    for n in 0..18 {
        fails(commons, &[&format!("user:{n}"), names[1]], 1).await;
    }
    fails(commons, &names, 1).await;
    commons.forgive(&["user:ada"]).await.unwrap();
    commons.take_back(&["net:192.0.2.0/24"]).await.unwrap();
    fails(commons, &names, 2).await;
    assert_eq!(wait(commons, &names).await, 1, "the network has twenty, the account two");
    fails(commons, &["user:ada"], 3).await;
    commons.take_back(&["user:unknown"]).await.unwrap();
    commons.forgive(&["user:unknown"]).await.unwrap();
    fails(commons, &["user:unknown"], 5).await;
}

pub async fn px16_a_success_leaves_a_network_the_wait_and_the_end_that_it_had(subject: Subject) {
    const HERE: &str = "net:192.0.2.0/24";
    let commons = &subject.commons;
    let succeeds = async || {
        fails(commons, &[HERE], 1).await;
        commons.take_back(&[HERE]).await.unwrap();
    };
    fails(commons, &[HERE], 20).await;
    for seconds in [1, 2, 4, 8] {
        assert_eq!(wait(commons, &[HERE]).await, seconds);
        subject.pass(seconds as u32 * SECOND).await;
        fails(commons, &[HERE], 1).await;
    }
    // The wait of 16 seconds is over once, for everybody: whoever signs in does not begin it anew.
    subject.pass(16 * SECOND).await;
    for _ in 0..3 {
        succeeds().await;
    }
    fails(commons, &[HERE], 1).await;
    assert_eq!(wait(commons, &[HERE]).await, 32, "nor does it make the next one shorter");
    // Successes keep no failure alive.
    subject.pass(HOUR / 2).await;
    succeeds().await;
    subject.pass(HOUR / 2).await;
    fails(commons, &[HERE], 20).await;
    assert_eq!(wait(commons, &[HERE]).await, 1);
}

pub async fn px16_failures_are_forgotten_after_an_hour(subject: Subject) {
    let commons = &subject.commons;
    fails(commons, &["user:ada"], 5).await;
    subject.pass(59 * HOUR / 60).await;
    fails(commons, &["user:ada"], 1).await;
    assert_eq!(wait(commons, &["user:ada"]).await, 2);
    subject.pass(HOUR).await;
    fails(commons, &["user:ada"], 5).await;
    assert_eq!(wait(commons, &["user:ada"]).await, 1);
}

pub async fn px16_parallel_attempts_do_not_slip_through(subject: Subject) {
    let attempts: Vec<_> = (0..50)
        .map(|_| {
            let commons = subject.commons.clone();
            tokio::spawn(async move { commons.attempt(&["user:ada", "net:192.0.2.0/24"]).await.unwrap() })
        })
        .collect();
    let mut tried = 0;
    for attempt in attempts {
        tried += u32::from(attempt.await.unwrap().is_ok());
    }
    assert_eq!(tried, 5);
}

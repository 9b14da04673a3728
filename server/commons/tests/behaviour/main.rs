//! What [`Commons`] promises, as one table of tests for every store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generations;
mod sessions;
mod streams;
mod throttle;

use std::{
    future::{Ready, ready},
    time::Duration,
};

use codecraft_commons::{Commons, Lease};
use codecraft_tests::redis::Redis;
use tokio::time::sleep;

/// A store whose time the test moves.
struct Subject {
    commons: Commons,
    redis: Option<Redis>,
}

impl Subject {
    fn memory() -> Ready<Self> {
        tokio::time::pause();
        ready(Self { commons: Commons::memory(), redis: None })
    }

    async fn redis() -> Self {
        let redis = Redis::start(&[]);
        let commons = Commons::redis(&redis.url()).unwrap();
        while commons.ready().await.is_err() {
            sleep(Duration::from_millis(10)).await;
        }
        Self { commons, redis: Some(redis) }
    }

    /// Lets time pass.
    async fn pass(&self, time: Duration) {
        let Some(redis) = &self.redis else { return tokio::time::advance(time).await };
        let mut connection =
            ::redis::Client::open(redis.url()).unwrap().get_multiplexed_async_connection().await.unwrap();
        let age = ::redis::Script::new(include_str!("age.lua"));
        age.arg(time.as_millis() as u64).invoke_async::<()>(&mut connection).await.unwrap();
    }

    /// A place that comes free soon: one that was given back travels to the store.
    async fn lease(&self, user: &str, most: u32) -> Lease {
        loop {
            if let Some(lease) = self.commons.lease(user, most).await.unwrap() {
                return lease;
            }
            sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Each test, once per store.
macro_rules! table {
    ($($module:ident: $($test:ident)+;)+) => {
        table!(@memory $($($module $test)+)+);
        table!(@redis $($($module $test)+)+);
    };
    (@$store:ident $($module:ident $test:ident)+) => {
        mod $store {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$module::$test(super::Subject::$store().await).await;
                }
            )+
        }
    };
}

table! {
    generations:
        px20_a_minute_has_so_many_generations_and_no_more
        px20_the_window_slides
        px20_calls_of_one_run_are_one_generation
        px20_a_run_is_over_after_24_calls_and_after_10_minutes
        px20_ids_of_others_and_of_no_form_gain_nothing
        px20_a_refused_call_costs_nothing
        px20_a_lower_limit_holds_for_what_was_counted
        px20_parallel_calls_are_admitted_exactly;
    streams:
        px22_so_many_streams_and_no_more
        px22_parallel_streams_are_counted_exactly;
    sessions:
        px15_a_session_is_found_until_it_ends
        px15_an_unknown_key_is_not_adopted
        px15_seven_days_without_use_end_a_session
        px15_thirty_days_end_a_session
        px15_all_sessions_of_a_user_end_at_once;
    throttle:
        px16_five_failures_are_free_then_waits_double
        px16_a_wait_is_not_counted_and_runs_out
        px16_the_account_and_the_network_are_asked_together
        px16_success_forgives_the_account_and_takes_back_one_for_the_network
        px16_a_success_leaves_a_network_the_wait_and_the_end_that_it_had
        px16_failures_are_forgotten_after_an_hour
        px16_parallel_attempts_do_not_slip_through;
}

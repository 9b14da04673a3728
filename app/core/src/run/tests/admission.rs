//! Limits of our own server: what they refuse was not sent, waits, and goes on by itself.

use super::*;
use crate::{
    provider::catalog,
    words::{limit_begun, limited, story},
};

fn refuse(run: &mut Run, now: Millis, candidate: usize, wait: u64) -> Vec<Effect> {
    run.fail(now, candidate, ErrorClass::OverLimit, Some(wait))
}

fn told(run: &Run, now: Millis) -> String {
    let (fact, rest) = limited(run, now, 10).expect("it waits for a limit");
    format!("{fact} {rest}")
}

#[test]
fn a_refused_run_waits_once_and_starts_as_if_it_began_then() {
    let mut run = run(&["gemini/a>openai/x", "openai/b"]);
    run.reduce(0, Event::Tick);
    assert_eq!(refuse(&mut run, 40, 0, 23_000), [Effect::Abort { candidate: 0, attempt: 0 }]);
    assert_eq!(refuse(&mut run, 45, 1, 22_995), [Effect::Abort { candidate: 1, attempt: 0 }]);
    assert_eq!(run.states(), [State::Pending, State::Pending]);
    let expect = "All 10 generations of this minute are used up. Nothing was sent yet. The run goes on by itself in 0:23.";
    assert_eq!(told(&run, 45), expect);
    assert_eq!(story(&Card::of(&run, 0, 0, 45)).0, "Waits for the limit.");
    assert_eq!(
        limit_begun(run.limit.unwrap(), 45, 0),
        "The generations of this minute are used up. What waits goes on by itself in 22 s."
    );
    // Its time stands still, and nothing begins before it is due.
    assert!(run.reduce(20_000, Event::Tick).is_empty());
    assert_eq!(run.started_ms, 20_000);
    assert!(run.reduce(23_039, Event::Tick).is_empty());
    assert_eq!(run.reduce(23_040, Event::Tick), [open(0, 0, "gemini/a"), open(1, 0, "openai/b")]);
    assert_eq!((run.started_ms, run.limit), (23_040, None));
    assert!(run.candidates.iter().all(|card| card.attempts.len() == 1), "the refused calls left no trace");
    run.text(23_100, 0, CODE);
    run.finish(23_200, 0, FinishReason::Stop);
    assert_eq!(run.candidates[0].elapsed_ms(0), Some(160));
}

#[test]
fn a_run_that_is_refused_again_waits_again() {
    let mut run = run(&["openai/a"]);
    run.reduce(0, Event::Tick);
    refuse(&mut run, 10, 0, 5_000);
    assert_eq!(run.reduce(5_010, Event::Tick), [open(0, 0, "openai/a")]);
    refuse(&mut run, 5_020, 0, 30_000);
    assert!(run.reduce(35_019, Event::Tick).is_empty());
    assert_eq!(run.reduce(35_020, Event::Tick), [open(0, 0, "openai/a")]);
}

#[test]
fn a_wait_of_more_than_a_minute_is_a_failure_that_no_fallback_hides() {
    for wait in [Some(60_001), None] {
        let mut run = run(&["openai/a>gemini/b"]);
        run.reduce(0, Event::Tick);
        let effects = run.fail(10, 0, ErrorClass::OverLimit, wait);
        assert_eq!(effects, [Effect::Ended { candidate: 0 }, Effect::Finished]);
        assert_eq!(run.states(), [State::Failed]);
        assert_eq!(story(&Card::of(&run, 0, 0, 11)).0, "The generations of this minute are used up.");
    }
}

#[test]
fn who_waits_for_a_limit_can_be_cancelled() {
    let mut run = run(&["openai/a", "gemini/b"]);
    run.reduce(0, Event::Tick);
    refuse(&mut run, 10, 0, 30_000);
    refuse(&mut run, 10, 1, 30_000);
    assert_eq!(run.reduce(20, Event::Cancel { candidate: 0 }), [Effect::Ended { candidate: 0 }]);
    assert_eq!(
        told(&run, 20),
        "All 10 generations of this minute are used up. 1 card waits and goes on by itself in 0:30."
    );
    run.reduce(30, Event::CancelAll);
    assert_eq!(run.limit, None);
    assert!(!run.is_active());
    assert!(run.reduce(40_000, Event::Tick).is_empty());
}

#[test]
fn open_streams_are_waited_for_as_long_as_it_takes() {
    let mut run = run(&["openai/a", "gemini/b", "gemini/c"]);
    run.reduce(0, Event::Tick);
    run.text(5, 0, "word");
    run.fail(10, 1, ErrorClass::TooManyStreams, Some(1_000));
    run.fail(10, 2, ErrorClass::TooManyStreams, None);
    let expect =
        "Too many calls are open at once. 2 cards wait and go on when others have ended; next try in 0:02.";
    assert_eq!(told(&run, 10), expect);
    for turn in 1..20 {
        let now = turn * 2_010;
        assert_eq!(run.reduce(now, Event::Tick), [open(1, 0, "gemini/b"), open(2, 0, "gemini/c")]);
        run.fail(now + 5, 1, ErrorClass::TooManyStreams, Some(2_000));
        run.fail(now + 5, 2, ErrorClass::TooManyStreams, Some(2_000));
    }
    assert_eq!(run.candidates[1].attempts.len(), 0);
}

#[test]
fn a_retry_that_a_limit_refused_is_still_a_retry() {
    let mut run = run(&["openai/a>gemini/b"]);
    run.reduce(0, Event::Tick);
    run.fail(10, 0, ErrorClass::Overloaded, None);
    assert_eq!(run.reduce(1_010, Event::Tick), [open(0, 1, "openai/a")]);
    refuse(&mut run, 1_020, 0, 4_000);
    assert_eq!(run.states(), [State::Waiting { until_ms: 5_020 }]);
    assert_eq!(run.reduce(5_020, Event::Tick), [open(0, 1, "openai/a")]);
    assert!(!run.candidates[0].attempts[1].asked);
    assert_eq!(run.started_ms, 0, "something was sent before");
}

#[test]
fn a_continuation_that_a_limit_refused_keeps_what_is_there() {
    let mut run = run(&["openai/a"]);
    run.reduce(0, Event::Tick);
    run.text(100, 0, "```ts\nlet one = 1;\nlet tw");
    run.finish(200, 0, FinishReason::Length);
    run.reduce(1_200, Event::Continue { candidate: 0 });
    let idle = run.candidates[0].idle_ms;
    refuse(&mut run, 1_210, 0, 4_000);
    assert!(run.candidates[0].text.contains("let one"));
    assert_eq!(run.reduce(5_210, Event::Tick), [open(0, 1, "openai/a")]);
    assert!(run.candidates[0].attempts[1].resumes);
    assert_eq!(run.candidates[0].idle_ms, idle, "nobody's time is counted twice");
}

#[test]
fn what_answers_without_our_server_does_not_wait() {
    let here = ModelRef::new(catalog::HERE, "tiny");
    let sample = ModelRef::new("sample", "quick");
    let mut run = run(&["openai/a"]);
    run.reduce(0, Event::Tick);
    refuse(&mut run, 10, 0, 30_000);
    let add = |model: &ModelRef, kind| Entry {
        target: Target::new(model.clone(), kind),
        fallbacks: Vec::new(),
        params: Params::default(),
    };
    let local = run.reduce(20, Event::Add { entry: add(&here, crate::provider::ollama::KIND) });
    assert!(matches!(local.as_slice(), [Effect::Open { candidate: 1, .. }]), "{local:?}");
    let sample = run.reduce(30, Event::Add { entry: add(&sample, crate::provider::sample::KIND) });
    assert!(matches!(sample.as_slice(), [Effect::Open { candidate: 2, .. }]), "{sample:?}");
    // And a server of somebody's own that speaks of limits is no server of ours.
    run.fail(40, 1, ErrorClass::OverLimit, Some(0));
    assert_eq!(run.states()[1], State::Failed);
}

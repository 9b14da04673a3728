//! What runs cost, and the cap.

use super::*;
use crate::{
    price::{Cap, Money, Price, Prices, Rate},
    provider::Usage,
};

fn priced(models: &[&str], cap: Option<&str>) -> Run {
    let price: Price = "1.00 / 10.00".parse().unwrap();
    let prices = Prices::new(vec![("openai/a".into(), price), ("openai/b".into(), price)]);
    let limit = cap.map(|cap| cap.parse().unwrap());
    run_under(
        models,
        Plan { tariff: Tariff { prices, cap: Cap { limit }, ..Tariff::default() }, ..Plan::default() },
    )
}

fn used(prompt: u64, completion: u64) -> StreamEvent {
    StreamEvent::Usage(Usage {
        prompt_tokens: Some(prompt),
        completion_tokens: Some(completion),
        ..Usage::default()
    })
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

#[test]
fn every_call_that_brought_something_is_counted_and_no_other() {
    let mut run = priced(&["openai/a>openai/b", "ollama/c", "openai/nobody-knows"], None);
    run.reduce(0, Event::Tick);
    run.fail(1, 0, ErrorClass::ModelMissing, None);
    run.text(2, 0, CODE);
    run.say(3, 0, used(1_000, 2_000));
    run.finish(4, 0, FinishReason::Stop);
    run.text(5, 1, CODE);
    run.text(5, 2, CODE);
    assert_eq!(run.cost(0), Some(money("0.021")));
    assert_eq!(run.cost(1), Some(Money::ZERO));
    assert_eq!(run.cost(2), None);
    let total = run.total();
    assert_eq!((total.known, total.unknown), (money("0.021"), 1));
    assert_eq!(crate::words::cost(total), "$0.021 and one unknown");
}

#[test]
fn a_stopped_stream_costs_about_what_came() {
    let mut run = priced(&["openai/a"], None);
    run.reduce(0, Event::Tick);
    run.text(1, 0, &"x".repeat(4_000));
    run.reduce(2, Event::CancelAll);
    let cost = run.cost(0).unwrap();
    assert!(cost > money("0.01") && cost < money("0.011"), "{cost}");
}

#[test]
fn a_run_stops_at_its_cap_and_what_is_free_goes_on() {
    let mut run = priced(&["openai/a", "openai/b", "ollama/c"], Some("0.02"));
    run.reduce(0, Event::Tick);
    run.text(1, 0, CODE);
    run.say(2, 0, used(0, 2_000));
    assert!(run.reduce(3, Event::Tick).is_empty(), "the cap itself may be spent");
    run.text(4, 1, &"x".repeat(400));
    assert_eq!(
        run.reduce(5, Event::Tick),
        [
            Effect::Abort { candidate: 0, attempt: 0 },
            Effect::Ended { candidate: 0 },
            Effect::Abort { candidate: 1, attempt: 0 },
            Effect::Ended { candidate: 1 },
        ]
    );
    assert_eq!(run.states(), [State::Cancelled, State::Cancelled, State::Generating]);
    assert_eq!(run.candidates[0].last_attempt().unwrap().end, Some(AttemptEnd::OverCap));
    // Nobody gets past it by asking again, and nothing is lost by trying.
    let before = run.candidates[0].text.clone();
    for wish in [
        Event::Retry { candidate: 0 },
        Event::Continue { candidate: 0 },
        Event::Tune { candidate: 0, params: Params::default() },
        Event::Replace { candidate: 0, entry: entry("openai/b") },
        Event::Add { entry: entry("openai/b") },
        Event::RetryFailed,
    ] {
        assert!(run.reduce(6, wish).is_empty());
    }
    assert_eq!((run.states()[0], &run.candidates[0].text), (State::Cancelled, &before));
    assert_eq!(run.candidates.len(), 3);
    // A higher cap opens the way.
    let tariff = Tariff { cap: Cap { limit: Some(money("1")) }, ..run.tariff.clone() };
    run.refresh(Vec::new(), tariff, |_| None);
    assert_eq!(run.reduce(7, Event::Retry { candidate: 0 }), [open(0, 1, "openai/a")]);
}

#[test]
fn an_estimate_adds_what_is_known() {
    let rate = Rate::Known("1.00 / 10.00".parse().unwrap());
    let (sum, unknown) =
        estimate([(rate, Some(2_000)), (Rate::Free, None), (Rate::Unknown, None)], 1_000, 500);
    let sum = sum.unwrap();
    assert_eq!((sum.typical, sum.at_most, unknown), (money("0.006"), None, 1));
    let (sum, _) = estimate([(rate, Some(2_000)), (rate, Some(100))], 1_000, 500);
    assert_eq!(sum.unwrap().at_most, Some(money("0.023")));
    assert_eq!(estimate([(Rate::Unknown, None)], 1, 1), (None, 1));
}

#[test]
fn beyond_the_cap_nobody_else_is_asked_but_who_is_free() {
    let mut run = priced(&["openai/a", "openai/b"], Some("0.02"));
    run.reduce(0, Event::Follow { policy: Policy::CheapestFirst });
    run.text(1, 0, "No.");
    assert_eq!(
        run.say(2, 0, used(0, 3_000)),
        [
            Effect::Abort { candidate: 0, attempt: 0 },
            Effect::Ended { candidate: 0 },
            Effect::Ended { candidate: 1 },
            Effect::Finished,
        ]
    );
    assert!(run.candidates[1].attempts.is_empty());
    assert_eq!(run.candidates[1].stopped, Some(AttemptEnd::OverCap));
    assert_eq!(crate::words::story(&Card::of(&run, 1, 0, 4)).0, "Stopped at the cap of this run.");
    // A fallback would cost as well.
    let mut run = priced(&["openai/a>openai/b", "openai/b"], Some("0.02"));
    run.reduce(0, Event::Tick);
    run.text(1, 1, CODE);
    run.say(1, 1, used(0, 3_000));
    assert!(!run.fail(2, 0, ErrorClass::ModelMissing, None).iter().any(|e| matches!(e, Effect::Open { .. })));
}

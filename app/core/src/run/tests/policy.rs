//! Which calls each policy makes, stops and does not make.

use super::*;
use crate::price::{Price, Prices};

fn under(policy: Policy, models: &[&str]) -> Run {
    run_under(models, Plan { policy, ..Plan::default() })
}

fn finish(run: &mut Run, now: Millis, candidate: usize) -> Vec<Effect> {
    run.text(now, candidate, CODE);
    run.finish(now, candidate, FinishReason::Stop)
}

#[test]
fn the_first_valid_answer_stops_the_others_and_keeps_what_they_wrote() {
    let mut run = under(Policy::FirstValid, &["openai/a", "gemini/b", "ollama/c", "ollama/d"]);
    assert_eq!(run.reduce(0, Event::Tick).len(), 3);
    run.text(1, 1, "```ts\nlet b");
    // An answer without code is not valid: nothing stops.
    run.text(2, 2, "I would rather not.");
    assert_eq!(
        run.finish(3, 2, FinishReason::Stop),
        [Effect::Ended { candidate: 2 }, open(3, 0, "ollama/d")]
    );
    assert_eq!(
        finish(&mut run, 4, 0),
        [
            Effect::Ended { candidate: 0 },
            Effect::Abort { candidate: 1, attempt: 0 },
            Effect::Ended { candidate: 1 },
            Effect::Abort { candidate: 3, attempt: 0 },
            Effect::Ended { candidate: 3 },
            Effect::Finished,
        ]
    );
    assert_eq!(run.states(), [State::Completed, State::Spared, State::Completed, State::Spared]);
    assert_eq!(run.candidates[1].text, "```ts\nlet b");
    assert_eq!(run.ranking.as_ref().unwrap().order[0], 0);
}

#[test]
fn clouds_are_not_asked_while_a_local_answer_is_valid() {
    let mut run = under(Policy::LocalFirst, &["openai/a", "ollama/b", "gemini/c"]);
    assert_eq!(run.reduce(0, Event::Tick), [open(1, 0, "ollama/b")]);
    assert!(run.is_held(0) && run.is_held(2));
    finish(&mut run, 9, 1);
    assert_eq!(run.states(), [State::Spared, State::Completed, State::Spared]);
    assert!(run.candidates[0].attempts.is_empty());
}

#[test]
fn clouds_are_asked_when_no_local_answer_is_valid() {
    let mut run = under(Policy::LocalFirst, &["openai/a", "ollama/b", "gemini/c"]);
    run.reduce(0, Event::Tick);
    assert_eq!(
        run.fail(5, 1, ErrorClass::ModelMissing, None),
        [Effect::Ended { candidate: 1 }, open(0, 0, "openai/a"), open(2, 0, "gemini/c")]
    );
    assert!(run.is_active());
}

#[test]
fn a_model_that_a_local_server_passes_on_is_no_local_one() {
    let mut entries = vec![entry("ollama/a"), entry("ollama/b")];
    entries[0].target.remote = true;
    let plan = Plan { policy: Policy::LocalFirst, ..Plan::default() };
    let mut run = Run::plan("run", brief("Say 42."), entries, plan, 0);
    assert_eq!(run.reduce(0, Event::Tick), [open(1, 0, "ollama/b")]);
}

#[test]
fn the_cheapest_goes_first_and_a_dearer_one_only_when_no_answer_is_valid() {
    let price = |id: &str, per_million: &str| (id.to_owned(), per_million.parse::<Price>().unwrap());
    let prices = Prices::new(vec![price("openai/dear", "2.00 / 8.00"), price("gemini/cheap", "0.10 / 0.40")]);
    let tariff = Tariff { prices, ..Tariff::default() };
    let plan = Plan { policy: Policy::CheapestFirst, tariff, ..Plan::default() };
    let mut run = run_under(&["openai/nobody-knows", "openai/dear", "gemini/cheap", "ollama/own"], plan);
    assert_eq!(run.reduce(0, Event::Tick), [open(3, 0, "ollama/own")]);
    run.text(1, 3, "No.");
    assert_eq!(
        run.finish(2, 3, FinishReason::Stop),
        [Effect::Ended { candidate: 3 }, open(2, 0, "gemini/cheap")]
    );
    assert_eq!(
        run.fail(3, 2, ErrorClass::QuotaGone, None),
        [Effect::Ended { candidate: 2 }, open(1, 0, "openai/dear")]
    );
    finish(&mut run, 4, 1);
    assert_eq!(run.states(), [State::Spared, State::Completed, State::Failed, State::Completed]);
}

#[test]
fn a_spared_card_can_be_asked_all_the_same() {
    let mut run = under(Policy::LocalFirst, &["openai/a", "ollama/b"]);
    run.reduce(0, Event::Tick);
    finish(&mut run, 1, 1);
    assert_eq!(run.reduce(2, Event::Retry { candidate: 0 }), [open(0, 0, "openai/a")]);
    assert_eq!(finish(&mut run, 3, 0), [Effect::Ended { candidate: 0 }, Effect::Finished]);
    // The button for what failed leaves it alone.
    let mut run = under(Policy::LocalFirst, &["openai/a", "ollama/b"]);
    run.reduce(0, Event::Tick);
    finish(&mut run, 1, 1);
    assert!(run.reduce(2, Event::RetryFailed).is_empty());
}

#[test]
fn the_policy_can_change_while_the_run_works() {
    let mut run = under(Policy::All, &["openai/a", "gemini/b"]);
    run.reduce(0, Event::Tick);
    finish(&mut run, 1, 0);
    assert_eq!(
        run.reduce(2, Event::Follow { policy: Policy::FirstValid }),
        [Effect::Abort { candidate: 1, attempt: 0 }, Effect::Ended { candidate: 1 }, Effect::Finished]
    );
    let mut run = under(Policy::LocalFirst, &["openai/a", "ollama/b"]);
    run.reduce(0, Event::Tick);
    assert_eq!(run.reduce(1, Event::Follow { policy: Policy::All }), [open(0, 0, "openai/a")]);
}

#[test]
fn failed_cards_are_asked_again_under_the_policy() {
    let mut run = under(Policy::LocalFirst, &["openai/a", "ollama/b"]);
    run.reduce(0, Event::Tick);
    run.fail(1, 1, ErrorClass::ModelMissing, None);
    run.fail(2, 0, ErrorClass::BadKey, None);
    assert_eq!(run.reduce(3, Event::RetryFailed), [open(1, 1, "ollama/b")]);
    assert!(run.is_held(0));
}

#[test]
fn no_change_of_policy_leaves_a_card_waiting_for_ever() {
    for policy in Policy::ALL {
        let mut run = run_under(&["ollama/a", "ollama/b", "ollama/c"], Plan::default());
        run.reduce(0, Event::Tick);
        finish(&mut run, 1, 0);
        run.reduce(2, Event::Cancel { candidate: 2 });
        run.reduce(3, Event::Retry { candidate: 2 });
        run.reduce(4, Event::Follow { policy });
        for now in 5..9 {
            for candidate in [1, 2] {
                if run.states()[candidate] == State::Generating {
                    finish(&mut run, now, candidate);
                }
            }
        }
        assert!(!run.is_active(), "{policy:?}: {:?}", run.states());
    }
}

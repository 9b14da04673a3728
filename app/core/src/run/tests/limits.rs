//! Silence: how long it is borne, and what it is called meanwhile.

use super::*;
use crate::words::story;

fn start() -> StreamEvent {
    StreamEvent::Start { model: None }
}

/// One card whose model has these rules.
fn ruled(chain: &str, first_token_ms: Millis, idle_ms: Millis, retries: u32) -> Run {
    let mut entry = entry(chain);
    entry.target.rules = Rules { first_token_ms, idle_ms, retries, params: Params::default() };
    let mut run = Run::plan("r", brief("Say 42."), vec![entry], Plan::default(), 0);
    run.reduce(0, Event::Tick);
    run
}

#[test]
fn headers_without_a_word_are_silence_from_the_request_on() {
    let mut run = ruled("openai/a>openai/b", 4_000, 9_000, 0);
    run.say(3_000, 0, start());
    assert!(run.reduce(3_999, Event::Tick).is_empty());
    assert_eq!(
        run.reduce(4_000, Event::Tick),
        [Effect::Abort { candidate: 0, attempt: 0 }, open(0, 1, "openai/b")]
    );
    let error = run.candidates[0].attempts[0].error().unwrap();
    assert_eq!((error.class, error.message.as_str()), (ErrorClass::Timeout, "nothing came for 4 s"));
}

#[test]
fn a_stall_after_ten_words_keeps_them() {
    let mut run = ruled("openai/a>openai/b", 4_000, 9_000, 2);
    for word in 0..10 {
        run.text(1_000 + word, 0, "word ");
    }
    assert!(run.reduce(10_008, Event::Tick).is_empty());
    assert_eq!(
        run.reduce(10_009, Event::Tick),
        [Effect::Abort { candidate: 0, attempt: 0 }, Effect::Ended { candidate: 0 }, Effect::Finished]
    );
    assert_eq!(run.states(), [State::Interrupted]);
    assert_eq!(run.candidates[0].text, "word ".repeat(10));
    assert_eq!(story(&Card::of(&run, 0, 1, 10_009)).0, "The stream went silent.");
}

#[test]
fn a_local_model_that_loads_for_a_minute_is_loading_and_not_late() {
    let mut run = run(&["ollama/a"]);
    run.reduce(0, Event::Tick);
    assert!(run.reduce(60_000, Event::Tick).is_empty());
    let (head, rest) = story(&Card::of(&run, 0, 0, 60_000));
    assert_eq!(head, "Loading into memory.");
    assert_eq!(rest, "Ollama is silent while it loads a model. It is not late until 180 s.");
    run.text(60_001, 0, CODE);
    run.finish(60_500, 0, FinishReason::Stop);
    assert_eq!(run.states(), [State::Completed]);
}

#[test]
fn a_cloud_model_that_is_silent_for_a_minute_is_late() {
    let mut run = ruled("gemini/a", 30_000, 60_000, 0);
    assert!(run.reduce(29_999, Event::Tick).is_empty());
    run.reduce(30_000, Event::Tick);
    assert_eq!(run.states(), [State::Failed]);
}

#[test]
fn rules_of_one_model_are_not_those_of_its_fallback() {
    let mut run = ruled("openai/a>openai/b", 1_000, 1_000, 0);
    run.reduce(1_000, Event::Tick);
    assert!(run.reduce(30_999, Event::Tick).is_empty(), "the fallback has the shipped half a minute");
    assert_eq!(run.reduce(31_000, Event::Tick), [Effect::Abort { candidate: 0, attempt: 1 }]);
}

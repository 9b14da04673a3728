//! What cards say in the states that people ask about.

use super::*;
use crate::words::story;

#[track_caller]
fn check(run: &Run, candidate: usize, now: Millis, what: &str, then: &str) {
    let (head, rest) = story(&Card::of(run, candidate, 3, now));
    assert_eq!((head.as_str(), rest.as_str()), (what, then));
}

#[test]
fn a_waiting_card_says_where_it_stands() {
    let mut run = run_under(
        &["ollama/a", "ollama/b", "ollama/c", "openai/d"],
        Plan { policy: Policy::LocalFirst, ..Plan::default() },
    );
    run.reduce(0, Event::Tick);
    check(
        &run,
        1,
        1,
        "2nd in the lane.",
        "Ollama works on 1 card before it, so that they do not push each other aside.",
    );
    check(
        &run,
        2,
        1,
        "3rd in the lane.",
        "Ollama works on 2 cards before it, so that they do not push each other aside.",
    );
    check(&run, 3, 1, "Held back.", "It is asked only if those before it bring no valid answer.");
}

#[test]
fn a_truncated_card_says_where_continue_goes_on() {
    let mut run = run(&["openai/a"]);
    run.reduce(0, Event::Tick);
    run.text(1, 0, "```ts\nlet one = 1;\nlet two = 2;\nlet thr");
    run.finish(2, 0, FinishReason::Length);
    let (head, rest) = story(&Card::of(&run, 0, 3, 3));
    assert_eq!(head, "Cut off at line 3.");
    assert!(
        rest.starts_with("It reached its token limit. What arrived is kept. Continue goes on from line "),
        "{rest}"
    );
    run.reduce(4, Event::Continue { candidate: 0 });
    run.fail(5, 0, ErrorClass::BadKey, None);
    let (head, rest) = story(&Card::of(&run, 0, 3, 6));
    assert_eq!(head, "Cut off at line 3.");
    assert!(rest.starts_with("It could not go on. The key was refused."), "{rest}");
}

#[test]
fn a_card_that_was_not_needed_says_so() {
    let mut run = run_under(
        &["openai/a", "gemini/b", "ollama/c"],
        Plan { policy: Policy::FirstValid, lanes: vec![("gemini".into(), 1)], ..Plan::default() },
    );
    run.reduce(0, Event::Tick);
    run.text(1, 1, "```ts\nlet b");
    run.text(2, 0, CODE);
    run.finish(3, 0, FinishReason::Stop);
    check(
        &run,
        1,
        4,
        "Not needed any more.",
        "Another answer was valid first. The 1 line that had arrived is kept.",
    );
}

#[test]
fn a_prompt_that_was_cut_without_a_word_is_told() {
    let draft =
        Draft { prompt: "say ".repeat(7_900), models: vec!["ollama/a".parse().unwrap()], ..Draft::default() };
    let brief = draft.check(|_| None).unwrap();
    let mut run = Run::plan("r", brief, vec![entry("ollama/a")], Plan::default(), 0);
    run.reduce(0, Event::Tick);
    run.text(1, 0, CODE);
    let usage = crate::provider::Usage { prompt_tokens: Some(4_000), ..Default::default() };
    run.say(2, 0, StreamEvent::Usage(usage));
    run.finish(3, 0, FinishReason::Stop);
    let (_, rest) = story(&Card::of(&run, 0, 1, 3));
    assert!(rest.contains("But Ollama read only 4,000 of about 8,"), "{rest}");
}

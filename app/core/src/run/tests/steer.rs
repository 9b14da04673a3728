//! What somebody does to cards while a run works and after it.

use super::*;
use crate::{brief::Decimal, join::Seam};

const CUT: &str = "Here it is:\n\n```ts\nexport const one = 1;\nexport const two = 2;\nexport const th";
const REST: &str = "export const one = 1;\nexport const two = 2;\nexport const three = 3;\n```\n";
const WHOLE: &str =
    "Here it is:\n\n```ts\nexport const one = 1;\nexport const two = 2;\nexport const three = 3;\n```\n";

/// A run whose only card was cut off at its limit.
fn truncated() -> Run {
    let mut run = run(&["openai/a>openai/b"]);
    run.reduce(0, Event::Tick);
    run.text(100, 0, CUT);
    run.finish(1000, 0, FinishReason::Length);
    run
}

#[test]
fn a_truncated_answer_goes_on_where_it_was_cut() {
    let mut run = truncated();
    assert!(run.candidates[0].can_continue());
    assert!(run.candidates[0].resume_line.is_some());
    assert_eq!(run.reduce(5000, Event::Continue { candidate: 0 }), [open(0, 1, "openai/a")]);
    let body = run.call(0, 1).unwrap().body;
    assert!(body.contains("export const th") && body.contains("assistant"), "{body}");
    for piece in REST.as_bytes().chunks(7) {
        run.text(5100, 0, std::str::from_utf8(piece).unwrap());
    }
    assert_eq!(run.finish(5200, 0, FinishReason::Stop), [Effect::Ended { candidate: 0 }, Effect::Finished]);
    let card = &run.candidates[0];
    assert_eq!((card.text.as_str(), card.state), (WHOLE, State::Completed));
    assert!(matches!(card.seam, Some(Seam::Checked { .. })));
    // Nobody worked between the cut and the wish to go on.
    assert_eq!(card.elapsed_ms(9999), Some(1200));
}

#[test]
fn a_continuation_that_fails_leaves_what_was_there() {
    let mut run = truncated();
    run.reduce(2000, Event::Continue { candidate: 0 });
    // The same model again, never another one: it would go on in another hand.
    run.fail(2100, 0, ErrorClass::ModelMissing, None);
    let card = &run.candidates[0];
    assert_eq!((card.text.as_str(), card.state), (CUT, State::Truncated));
    assert!(card.can_continue() && card.extraction.is_some());
    assert_eq!(card.attempts.len(), 2);
}

#[test]
fn a_continuation_may_be_cut_off_and_continued_again() {
    let mut run = truncated();
    run.reduce(2000, Event::Continue { candidate: 0 });
    run.text(2100, 0, "export const one = 1;\nexport const two = 2;\nexport const thr");
    run.finish(2200, 0, FinishReason::Length);
    assert_eq!(run.states(), [State::Truncated]);
    run.reduce(3000, Event::Continue { candidate: 0 });
    run.text(3100, 0, "export const two = 2;\nexport const three = 3;\n```\n");
    run.finish(3200, 0, FinishReason::Stop);
    assert_eq!(run.candidates[0].text, WHOLE);
}

#[test]
fn what_is_whole_empty_or_at_work_is_not_continued() {
    let mut run = run(&["openai/a", "openai/b"]);
    run.reduce(0, Event::Tick);
    run.text(1, 0, CODE);
    assert!(run.reduce(2, Event::Continue { candidate: 0 }).is_empty());
    run.finish(3, 0, FinishReason::Stop);
    assert!(run.reduce(4, Event::Continue { candidate: 0 }).is_empty());
    run.finish(5, 1, FinishReason::Length);
    assert!(run.reduce(6, Event::Continue { candidate: 1 }).is_empty(), "a limit without a word");
    assert!(run.reduce(7, Event::Continue { candidate: 9 }).is_empty());
}

#[test]
fn a_card_with_its_own_parameters_is_asked_with_them() {
    let mut run = run(&["openai/a", "openai/b"]);
    run.reduce(0, Event::Tick);
    let params = Params { temperature: Some(Decimal::whole(1)), ..Params::default() };
    assert_eq!(
        run.reduce(5, Event::Tune { candidate: 0, params }),
        [Effect::Abort { candidate: 0, attempt: 0 }, open(0, 1, "openai/a")]
    );
    assert!(run.call(0, 1).unwrap().body.contains(r#""temperature":1"#));
    assert!(!run.call(1, 0).unwrap().body.contains("temperature"));
}

#[test]
fn own_parameters_go_before_the_briefs_and_those_before_the_models() {
    let number = |n| Some(Decimal::whole(n));
    let mut one = entry("openai/a");
    one.target.rules.params =
        Params { temperature: number(0), top_p: number(1), max_tokens: Some(10), ..Params::default() };
    one.params = Params { temperature: number(2), ..Params::default() };
    let tuning =
        crate::brief::Tuning { temperature: "1".into(), max_tokens: "20".into(), ..Default::default() };
    let models = vec!["openai/a".parse().unwrap()];
    let draft = Draft { prompt: "x".into(), models, tuning, ..Draft::default() };
    let mut run = Run::plan("r", draft.check(|_| None).unwrap(), vec![one], Plan::default(), 0);
    run.reduce(0, Event::Tick);
    let body = run.call(0, 0).unwrap().body;
    for member in [r#""temperature":2"#, r#""top_p":1"#, r#""max_completion_tokens":20"#] {
        assert!(body.contains(member), "{member} in {body}");
    }
}

#[test]
fn another_model_takes_a_card_whatever_it_was_doing() {
    let mut run = run(&["openai/a", "gemini/b"]);
    run.reduce(0, Event::Tick);
    run.text(1, 0, "```ts\nlet");
    assert_eq!(
        run.reduce(2, Event::Replace { candidate: 0, entry: entry("gemini/c") }),
        [Effect::Abort { candidate: 0, attempt: 0 }, open(0, 1, "gemini/c")]
    );
    assert!(run.candidates[0].text.is_empty());
    assert_eq!(run.candidates[0].attempts.len(), 2, "the log keeps the first one");
    assert_eq!(run.candidates[0].answered_by().model.model, "c");
    assert_eq!(run.states()[1], State::Generating);
}

#[test]
fn cards_are_added_up_to_eight_and_the_run_goes_on() {
    let mut run = run(&["openai/a"]);
    run.reduce(0, Event::Tick);
    run.text(1, 0, CODE);
    run.finish(2, 0, FinishReason::Stop);
    assert!(run.ranking.is_some());
    assert_eq!(run.reduce(3, Event::Add { entry: entry("openai/a") }), [open(1, 0, "openai/a")]);
    assert!(run.ranking.is_none());
    for _ in 0..9 {
        run.reduce(4, Event::Add { entry: entry("openai/a") });
    }
    assert_eq!(run.candidates.len(), 8);
}

#[test]
fn a_new_brief_goes_to_those_that_failed_and_the_others_are_outdated() {
    let mut run = run(&["openai/a", "openai/b"]);
    run.reduce(0, Event::Tick);
    run.text(1, 0, CODE);
    run.finish(2, 0, FinishReason::Stop);
    run.fail(3, 1, ErrorClass::BadRequest, None);
    assert_eq!(run.reduce(4, Event::Rewrite { brief: brief("Say 43.") }), [open(1, 1, "openai/b")]);
    assert!(run.call(1, 1).unwrap().body.contains("Say 43."));
    assert!(run.call(0, 0).unwrap().body.contains("Say 42."));
    assert!(run.is_outdated(0) && !run.is_outdated(1));
    // The same brief again is no new edition.
    run.fail(5, 1, ErrorClass::BadRequest, None);
    run.reduce(6, Event::Rewrite { brief: brief("Say 43.") });
    assert_eq!(run.editions.len(), 2);
}

#[test]
fn a_card_can_be_the_next_in_its_lane() {
    let mut run = run(&["ollama/a", "ollama/b", "ollama/c", "openai/d"]);
    run.reduce(0, Event::Tick);
    assert_eq!((0..4).map(|index| run.ahead(index, 0)).collect::<Vec<_>>(), [None, Some(1), Some(2), None]);
    run.reduce(1, Event::Hurry { candidate: 2 });
    assert_eq!((run.ahead(1, 1), run.ahead(2, 1)), (Some(2), Some(1)));
    assert!(run.finish(2, 0, FinishReason::Stop).contains(&open(2, 0, "ollama/c")));
    let lanes: Vec<_> = run.lanes().into_iter().map(|lane| (lane.provider, lane.width, lane.cards)).collect();
    assert_eq!(lanes, [("ollama".into(), 1, vec![0, 1, 2]), ("openai".into(), 8, vec![3])]);
}

#[test]
fn a_lane_can_be_made_wider() {
    let plan = Plan { lanes: vec![("ollama".into(), 2)], ..Plan::default() };
    let mut run = run_under(&["ollama/a", "ollama/b", "ollama/c"], plan);
    assert_eq!(run.reduce(0, Event::Tick), [open(0, 0, "ollama/a"), open(1, 0, "ollama/b")]);
}

#[test]
fn an_answer_from_memory_is_complete_at_once_and_tells_its_age() {
    let mut run = run(&["openai/a"]);
    run.reduce(10_000, Event::Tick);
    let answer = Remembered {
        text: CODE.into(),
        reasoning: String::new(),
        usage: crate::provider::Usage::default(),
        answered_as: None,
        made_ms: 4_000,
    };
    let recall = Event::Recall { candidate: 0, attempt: 0, answer };
    assert_eq!(run.reduce(10_000, recall.clone()), [Effect::Ended { candidate: 0 }, Effect::Finished]);
    assert_eq!(run.candidates[0].last_attempt().unwrap().recalled_ms, Some(6_000));
    assert_eq!(run.candidates[0].text, CODE);
    // Once over, nothing is recalled into it.
    assert!(run.reduce(11_000, recall).is_empty());
}

#[test]
fn a_continuation_counts_each_part_once_whatever_happened_between() {
    let mut run = truncated();
    let first = run.candidates[0].tokens().0;
    run.reduce(5_000, Event::Continue { candidate: 0 });
    run.fail(5_100, 0, ErrorClass::ModelMissing, None);
    run.reduce(9_000, Event::Continue { candidate: 0 });
    run.text(9_100, 0, REST);
    run.finish(9_200, 0, FinishReason::Stop);
    let card = &run.candidates[0];
    assert_eq!(card.tokens().0, first + (REST.len() as u64).div_ceil(4));
    assert_eq!(card.elapsed_ms(99_999), Some(1_000 + 100 + 200));
}

#[test]
fn each_wish_to_go_on_has_its_own_tries() {
    let mut run = truncated();
    run.reduce(5_000, Event::Continue { candidate: 0 });
    run.fail(5_100, 0, ErrorClass::Disconnected, None);
    assert_eq!(run.states(), [State::Waiting { until_ms: 6_100 }]);
    run.reduce(6_100, Event::Tick);
    run.fail(6_200, 0, ErrorClass::Disconnected, None);
    assert_eq!(run.states(), [State::Truncated]);
    run.reduce(7_000, Event::Continue { candidate: 0 });
    run.fail(7_100, 0, ErrorClass::Disconnected, None);
    assert_eq!(run.states(), [State::Waiting { until_ms: 8_100 }]);
}

#[test]
fn a_wording_is_learned_when_it_worked_and_not_before() {
    let refused = || {
        let message = "Unsupported parameter: 'max_completion_tokens' is not supported with this model.";
        let error = ProviderError { http: Some(400), ..ProviderError::new(ErrorClass::BadRequest, message) };
        StreamEvent::Error(error)
    };
    let mut run = run(&["openai/a"]);
    run.reduce(0, Event::Tick);
    assert_eq!(run.say(1, 0, refused()), [open(0, 1, "openai/a")]);
    assert!(run.learned.is_empty());
    assert!(!run.candidates[0].attempts[1].swaps.is_empty());
    run.text(2, 0, CODE);
    assert_eq!(run.learned.len(), 1);
    // The same refusal again is the card's story.
    let mut run = super::run(&["openai/a"]);
    run.reduce(0, Event::Tick);
    run.say(1, 0, refused());
    run.say(2, 0, refused());
    assert_eq!(run.states(), [State::Failed]);
}

#[test]
fn a_fallback_is_not_sent_what_its_provider_does_not_take() {
    let mut one = entry("openai/a>gemini/b");
    one.params = Params {
        temperature: Some(Decimal::whole(0)),
        max_tokens: Some(128_000),
        context: Some(4_096),
        ..Params::default()
    };
    let mut run = Run::plan("r", brief("x"), vec![one], Plan::default(), 0);
    run.reduce(0, Event::Tick);
    assert!(run.call(0, 0).unwrap().body.contains(r#""temperature":0"#));
    run.fail(1, 0, ErrorClass::ModelMissing, None);
    let body = run.call(0, 1).unwrap().body;
    assert!(body.contains(r#""maxOutputTokens":65536"#) && !body.contains("temperature"), "{body}");
    assert!(!body.contains("4096"));
}

#[test]
fn what_was_decided_since_holds_for_the_next_call() {
    let mut run = run(&["openai/a", "openai/b"]);
    run.reduce(0, Event::Tick);
    run.fail(1, 0, ErrorClass::ModelMissing, None);
    run.refresh(vec![("openai".into(), 1)], Tariff::default(), |model| {
        let mut entry = entry(&format!("{model}>gemini/c"));
        entry.target.rules.first_token_ms = 1_000;
        Some(entry)
    });
    // One call of this provider at once now, and one is at work.
    assert!(run.reduce(2, Event::Retry { candidate: 0 }).is_empty());
    run.finish(3, 1, FinishReason::Stop);
    assert_eq!(run.candidates[0].attempts[1].target.rules.first_token_ms, 1_000);
    assert!(run.fail(4, 0, ErrorClass::ModelMissing, None).contains(&open(0, 2, "gemini/c")));
}

//! Narrated runs: each test tells one story of a run from its start. Time stands still but where a test moves it.

mod admission;
mod cost;
mod limits;
mod picture;
mod policy;
mod steer;
mod words;

use super::*;
use crate::{
    brief::Draft,
    provider::{ErrorClass, FinishReason, ModelRef, ProviderError},
};

const CODE: &str = "Here it is:\n\n```ts\nexport const answer = 42;\n```\n";

fn target(model: &str) -> Target {
    let model: ModelRef = model.parse().unwrap();
    let kind = match model.provider.as_str() {
        "ollama" => crate::provider::ollama::KIND,
        "gemini" => crate::provider::gemini::KIND,
        _ => crate::provider::openai::KIND,
    };
    Target::new(model, kind)
}

/// A run of the given models; `a>b` gives `a` the fallback `b`.
fn run(models: &[&str]) -> Run {
    run_under(models, Plan::default())
}

fn entry(chain: &str) -> Entry {
    let mut chain = chain.split('>').map(target);
    let target = chain.next().unwrap();
    Entry { target, fallbacks: chain.collect(), params: Params::default() }
}

fn run_under(models: &[&str], plan: Plan) -> Run {
    let targets: Vec<_> = models.iter().map(|chain| entry(chain)).collect();
    let draft = Draft {
        prompt: "Say 42.".into(),
        models: targets.iter().map(|entry| entry.target.model.clone()).collect(),
        ..Draft::default()
    };
    Run::plan("run-1", draft.check(|_| None).unwrap(), targets, plan, 0)
}

impl Run {
    fn say(&mut self, now: Millis, candidate: usize, event: StreamEvent) -> Vec<Effect> {
        let attempt = self.candidates[candidate].attempts.len() - 1;
        self.reduce(now, Event::Stream { candidate, attempt, event })
    }

    fn text(&mut self, now: Millis, candidate: usize, text: &str) -> Vec<Effect> {
        self.say(now, candidate, StreamEvent::Text(text.into()))
    }

    fn finish(&mut self, now: Millis, candidate: usize, reason: FinishReason) -> Vec<Effect> {
        self.say(now, candidate, StreamEvent::Finish { reason, raw: String::new() })
    }

    fn fail(
        &mut self,
        now: Millis,
        candidate: usize,
        class: ErrorClass,
        retry_after_ms: Option<u64>,
    ) -> Vec<Effect> {
        let error = ProviderError { retry_after_ms, ..ProviderError::new(class, "no") };
        self.say(now, candidate, StreamEvent::Error(error))
    }

    fn states(&self) -> Vec<State> {
        self.candidates.iter().map(|c| c.state).collect()
    }
}

fn brief(prompt: &str) -> Brief {
    let models = vec!["openai/a".parse().unwrap()];
    Draft { prompt: prompt.into(), models, ..Draft::default() }.check(|_| None).unwrap()
}

fn open(candidate: usize, attempt: usize, model: &str) -> Effect {
    Effect::Open { candidate, attempt, target: target(model) }
}

#[test]
fn all_models_start_at_once_and_the_last_end_finishes_the_run() {
    let mut run = run(&["gemini/a", "openai/b"]);
    assert_eq!(run.reduce(0, Event::Tick), [open(0, 0, "gemini/a"), open(1, 0, "openai/b")]);
    assert!(run.text(300, 0, CODE).is_empty());
    assert_eq!(run.finish(900, 0, FinishReason::Stop), [Effect::Ended { candidate: 0 }]);
    assert!(run.is_active());
    run.text(1000, 1, CODE);
    assert_eq!(run.finish(1100, 1, FinishReason::Stop), [Effect::Ended { candidate: 1 }, Effect::Finished]);
    assert_eq!(run.ended_ms, Some(1100));
    assert_eq!(run.ranking.as_ref().unwrap().order.len(), 2);
    assert_eq!(run.candidates[0].first_token_ms(), Some(300));
    assert_eq!(run.candidates[0].elapsed_ms(5000), Some(900));
}

#[test]
fn ollama_models_wait_for_each_other_and_clouds_do_not() {
    let mut run = run(&["ollama/a", "ollama/b", "openai/c", "openai/d"]);
    assert_eq!(
        run.reduce(0, Event::Tick),
        [open(0, 0, "ollama/a"), open(2, 0, "openai/c"), open(3, 0, "openai/d")]
    );
    assert_eq!(run.states()[1], State::Pending);
    assert_eq!(
        run.finish(10, 0, FinishReason::Stop),
        [Effect::Ended { candidate: 0 }, open(1, 0, "ollama/b")]
    );
}

#[test]
fn a_cancelled_card_frees_its_lane_and_keeps_what_arrived() {
    let mut run = run(&["ollama/a", "ollama/b"]);
    run.reduce(0, Event::Tick);
    run.text(5, 0, CODE);
    assert_eq!(
        run.reduce(9, Event::Cancel { candidate: 0 }),
        [Effect::Abort { candidate: 0, attempt: 0 }, Effect::Ended { candidate: 0 }, open(1, 0, "ollama/b")]
    );
    assert_eq!(run.candidates[0].state, State::Cancelled);
    assert_eq!(run.candidates[0].text, CODE);
    // A word that was on its way changes nothing.
    assert!(
        run.reduce(10, Event::Stream { candidate: 0, attempt: 0, event: StreamEvent::Text("late".into()) })
            .is_empty()
    );
    assert_eq!(run.candidates[0].text, CODE);
}

#[test]
fn cancel_all_ends_the_run_and_aborts_only_what_is_open() {
    let mut run = run(&["ollama/a", "ollama/b", "openai/c"]);
    run.reduce(0, Event::Tick);
    run.finish(1, 2, FinishReason::Stop);
    assert_eq!(
        run.reduce(2, Event::CancelAll),
        [
            Effect::Abort { candidate: 0, attempt: 0 },
            Effect::Ended { candidate: 0 },
            Effect::Ended { candidate: 1 },
            Effect::Finished,
        ]
    );
}

#[test]
fn a_rate_limit_waits_as_long_as_the_provider_says_then_falls_back() {
    let mut run = run(&["openai/a>openai/b"]);
    run.reduce(0, Event::Tick);
    assert!(run.fail(100, 0, ErrorClass::RateLimited, Some(2000)).is_empty());
    assert_eq!(run.states(), [State::Waiting { until_ms: 2100 }]);
    assert!(run.reduce(2099, Event::Tick).is_empty());
    assert_eq!(run.reduce(2100, Event::Tick), [open(0, 1, "openai/a")]);
    run.fail(2200, 0, ErrorClass::RateLimited, None);
    assert_eq!(run.states(), [State::Waiting { until_ms: 4200 }]);
    run.reduce(4200, Event::Tick);
    // The third refusal of the same model moves on to the next, at once.
    assert_eq!(run.fail(4300, 0, ErrorClass::RateLimited, None), [open(0, 3, "openai/b")]);
    assert_eq!(run.candidates[0].answered_by().model.model, "b");
    run.text(4400, 0, CODE);
    run.finish(4500, 0, FinishReason::Stop);
    assert_eq!(run.states(), [State::Completed]);
}

#[test]
fn a_long_wait_is_not_waited_for() {
    let mut run = run(&["gemini/a"]);
    run.reduce(0, Event::Tick);
    assert_eq!(
        run.fail(1, 0, ErrorClass::RateLimited, Some(47_000)),
        [Effect::Ended { candidate: 0 }, Effect::Finished]
    );
    assert_eq!(run.states(), [State::Failed]);
}

#[test]
fn what_only_a_person_can_cure_is_never_hidden_behind_another_model() {
    for class in
        [ErrorClass::BadKey, ErrorClass::NotConfigured, ErrorClass::BadRequest, ErrorClass::ContextTooLong]
    {
        let mut run = run(&["gemini/a>openai/b"]);
        run.reduce(0, Event::Tick);
        run.fail(1, 0, class, None);
        assert_eq!(run.states(), [State::Failed], "{class:?}");
        assert_eq!(run.candidates[0].attempts.len(), 1);
    }
}

#[test]
fn a_missing_model_falls_back_without_asking_twice() {
    let mut run = run(&["ollama/a>ollama/b"]);
    run.reduce(0, Event::Tick);
    assert_eq!(run.fail(1, 0, ErrorClass::ModelMissing, None), [open(0, 1, "ollama/b")]);
}

#[test]
fn nothing_is_retried_once_text_was_shown() {
    let mut run = run(&["openai/a>openai/b"]);
    run.reduce(0, Event::Tick);
    run.text(1, 0, "```ts\nlet a");
    run.fail(2, 0, ErrorClass::Disconnected, None);
    assert_eq!(run.states(), [State::Interrupted]);
    assert_eq!(run.candidates[0].text, "```ts\nlet a");
}

#[test]
fn silence_ends_in_a_time_out_and_a_local_model_may_load_longer() {
    let mut run = run(&["gemini/a", "ollama/b"]);
    run.reduce(0, Event::Tick);
    assert!(run.reduce(29_999, Event::Tick).is_empty());
    assert_eq!(run.reduce(30_000, Event::Tick), [Effect::Abort { candidate: 0, attempt: 0 }]);
    // Once more, and no third time.
    assert_eq!(run.reduce(31_000, Event::Tick), [open(0, 1, "gemini/a")]);
    assert_eq!(
        run.reduce(61_000, Event::Tick),
        [Effect::Abort { candidate: 0, attempt: 1 }, Effect::Ended { candidate: 0 }]
    );
    assert!(run.reduce(179_999, Event::Tick).is_empty());
    run.text(179_999, 1, "a");
    assert!(run.reduce(239_998, Event::Tick).is_empty());
    run.reduce(239_999, Event::Tick);
    assert_eq!(run.states(), [State::Failed, State::Interrupted]);
}

#[test]
fn a_token_limit_is_its_own_state() {
    let mut run = run(&["openai/a"]);
    run.reduce(0, Event::Tick);
    run.text(1, 0, CODE);
    run.finish(2, 0, FinishReason::Length);
    assert_eq!(run.states(), [State::Truncated]);
}

#[test]
fn a_retry_begins_a_new_round_and_keeps_the_log() {
    let mut run = run(&["openai/a", "openai/b"]);
    run.reduce(0, Event::Tick);
    run.fail(1, 0, ErrorClass::BadKey, None);
    run.text(1, 1, CODE);
    run.finish(2, 1, FinishReason::Stop);
    assert!(run.ranking.is_some());
    assert_eq!(run.reduce(10, Event::RetryFailed), [open(0, 1, "openai/a")]);
    assert!(run.ranking.is_none() && run.ended_ms.is_none());
    assert_eq!(run.candidates[0].attempts.len(), 2);
    assert_eq!(run.candidates[0].current_attempts().len(), 1);
    run.text(11, 0, CODE);
    assert_eq!(run.finish(12, 0, FinishReason::Stop), [Effect::Ended { candidate: 0 }, Effect::Finished]);
    assert_eq!(run.tally(), Tally { finished: 2, ..Tally::default() });
}

#[test]
fn a_blocked_prompt_fails_without_another_try() {
    let mut run = run(&["gemini/a>openai/b"]);
    run.reduce(0, Event::Tick);
    let blocked =
        StreamEvent::Blocked { stage: crate::provider::BlockStage::Prompt, reason: "SAFETY".into() };
    run.say(1, 0, blocked);
    assert_eq!(run.states(), [State::Failed]);
}

#[test]
fn a_name_tells_the_provider_only_where_two_would_read_the_same() {
    let run = run(&["openai/a", "gemini/a", "ollama/b"]);
    assert_eq!([run.name(0), run.name(1), run.name(2)], ["openai/a", "gemini/a", "b"]);
}

/// Cards of one model, each with this temperature of its own, and their names.
#[track_caller]
fn check_names(temperatures: &[Option<&str>], names: &[&str]) {
    let mut run = run(&vec!["openai/a"; temperatures.len()]);
    for (candidate, own) in run.candidates.iter_mut().zip(temperatures) {
        candidate.params.temperature = own.map(|number| number.parse().unwrap());
    }
    let told: Vec<_> = (0..run.candidates.len()).map(|index| run.name(index)).collect();
    assert_eq!(told, names);
}

#[test]
fn cards_of_one_model_have_names_of_their_own() {
    check_names(&[Some("0.2")], &["a"]);
    check_names(&[None, None, None], &["a", "a 2", "a 3"]);
    check_names(&[None, Some("0.2")], &["a", "a (temperature 0.2)"]);
    check_names(&[Some("0.9"), Some("0.2")], &["a (temperature 0.9)", "a (temperature 0.2)"]);
    check_names(&[None, Some("0.2"), Some("0.2")], &["a", "a 2", "a 3"]);
}

#[test]
fn a_fallback_that_is_on_another_card_already_is_told_apart_from_it() {
    let mut run = run(&["openai/b", "openai/a>openai/b"]);
    run.reduce(0, Event::Tick);
    run.fail(1, 1, ErrorClass::ModelMissing, None);
    assert_eq!([run.name(0), run.name(1)], ["b", "b 2"]);
    assert_eq!(crate::run::picture::names(&run, 0), ("b".into(), None));
    assert_eq!(crate::run::picture::names(&run, 1), ("a".into(), Some("b 2".into())));
}

#[test]
fn speed_prefers_the_providers_own_clock() {
    let mut run = run(&["ollama/a"]);
    run.reduce(0, Event::Tick);
    run.text(100, 0, &"x".repeat(400));
    assert_eq!(run.candidates[0].tokens(), (100, true));
    assert_eq!(run.candidates[0].tokens_per_second(1100), Some(100.0));
    run.say(
        1100,
        0,
        StreamEvent::Usage(crate::provider::Usage {
            completion_tokens: Some(120),
            eval_ms: Some(2000.0),
            ..crate::provider::Usage::default()
        }),
    );
    assert_eq!(run.candidates[0].tokens(), (120, false));
    assert_eq!(run.candidates[0].tokens_per_second(9999), Some(60.0));
}

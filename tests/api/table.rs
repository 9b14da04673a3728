//! The table of failures: every class × every provider that can show it, through the fake upstream and the real relay,
//! into core. For each row: the class that core sees, what it does next and after which delay, and what the card says.
//!
//! A page that the browser keeps from a provider is no row, because nothing passes the relay; that is told apart by the
//! checks of Ollama, in the browser.

mod expect;
mod play;

use std::collections::BTreeSet;

use codecraft_core::{provider::ErrorClass, run::State, words};
use codecraft_tests::{
    FakeUpstream,
    name::Behaviour,
    scenario::{Class, Plays, Scenario, scenarios},
    spawn,
};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::{Server, config, settings};
use expect::{Expect, Shown, Then};
use play::{End, Heard, PROVIDERS, Play, Silence, Step};

const PROMPT: &str = "Write parseDuration.";
/// What answers when a row's model does not.
const FALLBACK: &str = "quick.rate_0";
/// More characters than fit into 4096 tokens.
const LONG_PROMPT: usize = 30_000;

#[tokio::test]
async fn every_failure_of_gemini_has_its_class_its_decision_and_its_sentence() {
    check_all("gemini").await;
}

#[tokio::test]
async fn every_failure_of_ollama_has_its_class_its_decision_and_its_sentence() {
    check_all("ollama").await;
}

#[tokio::test]
async fn every_failure_of_openai_has_its_class_its_decision_and_its_sentence() {
    check_all("openai").await;
}

#[tokio::test]
async fn every_failure_of_a_compatible_server_has_its_class_its_decision_and_its_sentence() {
    check_all("local").await;
}

/// Plays every row of a provider, and fails with all that is not as expected.
async fn check_all(provider: &str) {
    let fake = spawn().await;
    let server = play::server(&fake.base_url()).await;
    let mut wrong = Vec::new();
    for row in scenarios().iter().filter(|row| row.provider == provider) {
        wrong.extend(check(row, &server, &fake).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Plays a row and says what is not as expected.
async fn check(row: &Scenario, server: &Server, fake: &FakeUpstream) -> Vec<String> {
    let shown = Shown::of(row);
    let expect = expect::of(row, shown);
    let model = format!("{}.rate_0", row.model);
    let prompt =
        if row.plays == Plays::As(Behaviour::TinyContext) { "x".repeat(LONG_PROMPT) } else { PROMPT.into() };

    fake.clear();
    let mut play = Play::of(&prompt, row.provider, &model, Some(FALLBACK));
    let heard = play.over(server, fake, silence(row)).await;
    // The same without anybody to fall back on, so that the failure has the last word.
    let mut alone = Play::of(&prompt, row.provider, &model, None);
    alone.again(&heard);

    let mut wrong = Wrong { row: format!("{} {}", row.provider, row.model), lines: Vec::new() };
    wrong.unless_equal("end", play.end(0), expect.end);
    check_steps(row, shown, &expect, &play, &mut wrong);
    check_calls(&model, &play, &fake.log(), &mut wrong);
    check_sentences(row, shown, &expect, &alone, &mut wrong);
    if matches!(expect.end, End::Failed(_)) {
        check_words(&alone, &heard, &mut wrong);
    }
    wrong.lines
}

/// When the stream of a row falls silent.
fn silence(row: &Scenario) -> Silence {
    match row.plays {
        Plays::As(Behaviour::Hang) => Silence::BeforeHead,
        Plays::As(Behaviour::Mute) => Silence::BeforeText,
        Plays::As(Behaviour::Stall) => Silence::AfterLines(12),
        _ => Silence::Never,
    }
}

/// What is not as expected in a row.
struct Wrong {
    row: String,
    lines: Vec<String>,
}

impl Wrong {
    fn unless_equal<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: T, expected: T) {
        self.unless(found == expected, || format!("{what} is {found:?}, not {expected:?}"));
    }

    fn unless(&mut self, right: bool, what: impl FnOnce() -> String) {
        if !right {
            self.lines.push(format!("{}: {}", self.row, what()));
        }
    }
}

/// The decisions, and where they lead.
fn check_steps(row: &Scenario, shown: Shown, expect: &Expect, play: &Play, wrong: &mut Wrong) {
    let steps = expect::steps(row, shown, expect.then);
    if row.model == "rate-limited-date" {
        // A date has whole seconds, and some of the time until then has passed.
        let close = play.steps.iter().zip(&steps).all(|pair| match pair {
            (Step::Retry(found), Step::Retry(expected)) => {
                (expected - 2_000..=expected + 1_000).contains(found)
            }
            (found, expected) => found == expected,
        });
        wrong.unless(close && play.steps.len() == steps.len(), || {
            format!("{:?} follow, not {steps:?}", play.steps)
        });
    } else {
        wrong.unless_equal("what follows", &play.steps, &steps);
    }
    let fell_back = steps.last() == Some(&Step::Fallback);
    let state = match (expect.end, fell_back, shown.text) {
        (_, true, _) | (End::Whole, ..) => State::Completed,
        (End::Length, ..) => State::Truncated,
        (_, false, true) => State::Interrupted,
        (_, false, false) => State::Failed,
    };
    wrong.unless_equal("the state in the end", play.card().state, state);
    let by = &play.card().answered_by().model.model;
    wrong.unless((by == FALLBACK) == fell_back, || format!("{by} has the last word"));
    if let Some(Step::Retry(after)) = play.steps.first() {
        let expected = (expect.fact.to_owned(), format!("Tries again in {}.", words::seconds(*after)));
        wrong.unless_equal("the card in the pause", play.pause.clone(), Some(expected));
    }
}

/// As many calls arrived as the card has attempts, at the same models and in the same order.
fn check_calls(model: &str, play: &Play, log: &[codecraft_tests::Call], wrong: &mut Wrong) {
    let arrived: Vec<_> = log.iter().map(|call| call.model.as_str()).collect();
    let made: Vec<_> =
        play.card().attempts.iter().map(|attempt| attempt.target.model.model.as_str()).collect();
    wrong.unless(arrived == made && made[0] == model, || {
        format!("{arrived:?} arrived, {made:?} are on the card")
    });
}

/// The card once the failure has the last word.
fn check_sentences(row: &Scenario, shown: Shown, expect: &Expect, alone: &Play, wrong: &mut Wrong) {
    let (fact, rest) = alone.story();
    let name = if row.provider == "local" {
        "local".into()
    } else {
        words::host(row.provider, alone.card().chosen.kind)
    };
    let lines = words::count(alone.lines(), "line");
    let (fact_expected, rest_expected) = match expect.end {
        End::Failed(class) if shown.text => (
            if class == ErrorClass::Timeout { "The stream went silent." } else { expect.fact }.to_owned(),
            format!("{lines} had arrived after "),
        ),
        End::Failed(_) => {
            let answered =
                shown.refusal.map_or_else(String::new, |status| format!("{name} answered {status} after "));
            (expect.fact.to_owned(), answered)
        }
        End::Blocked if shown.text => (expect.fact.to_owned(), format!("{lines} had arrived after ")),
        End::Blocked => (expect.fact.to_owned(), format!("A filter of {name} stepped in (")),
        End::Length if shown.text => {
            (format!("{}{}.", expect.fact, alone.lines()), "It reached its ".to_owned())
        }
        End::Length => ("Cut off before the answer began.".to_owned(), "It reached its ".to_owned()),
        End::Whole | End::Other => (expect.fact.to_owned(), format!("{lines} of code, ")),
    };
    wrong.unless_equal("the fact", fact, fact_expected);
    wrong.unless(rest.starts_with(&rest_expected), || {
        format!("{rest:?} does not begin with {rest_expected:?}")
    });
    let kept = shown.text && matches!(expect.end, End::Failed(_) | End::Blocked);
    if kept {
        wrong.unless(rest.contains(" kept."), || format!("{rest:?} does not say what is kept"));
    } else if shown.text || expect.end != End::Length {
        wrong.unless(rest.contains(expect.advice), || format!("{rest:?} lacks {:?}", expect.advice));
    }
    if let Some((fact, _)) = &alone.silence {
        let waiting = match row.plays {
            Plays::As(Behaviour::Stall) => "Writing.",
            // A model of one's own may still be loading.
            _ if matches!(row.provider, "ollama" | "local") => "Loading into memory.",
            _ => "Sent.",
        };
        wrong.unless_equal("the card in the silence", fact.as_str(), waiting);
    }
}

/// Where the provider said anything, its words are on the card as they came; where it did not, nothing is put into its
/// mouth.
fn check_words(alone: &Play, heard: &Heard, wrong: &mut Wrong) {
    let said = words::verbatim(alone.card());
    let Some(told) = told(&String::from_utf8_lossy(&heard.bytes)) else {
        return wrong.unless_equal("what the provider is made to say", said, None);
    };
    // What it says besides, such as where to sign in, may stand behind.
    let shown = said.as_deref().is_some_and(|said| said.starts_with(&told));
    wrong.unless(shown, || format!("the provider said {told:?}, the card says {said:?}"));
}

/// What a provider says about its failure: in the last frame that is an error, or as the title of a page.
fn told(body: &str) -> Option<String> {
    if let Some((_, title)) = body.split_once("<title>") {
        return title.split_once('<').map(|(title, _)| title.to_owned());
    }
    // All of it, or what follows the frames over several lines.
    let whole = [body.trim(), body.rfind("\n{").map_or("", |at| &body[at..])].into_iter();
    let frames = body.split(['\n', '\r']).map(|line| line.trim_start_matches("data:").trim());
    let error = whole
        .chain(frames)
        .filter_map(|text| serde_json::from_str(text).ok())
        .filter_map(error_in)
        .next_back()?;
    let message = error.as_str().or_else(|| error.get("message")?.as_str())?;
    Some(message.to_owned())
}

/// The error in a frame or a body: its field, the one element's field, or the root where it says that it is one.
fn error_in(mut root: Value) -> Option<Value> {
    if let Some(first) = root.get_mut(0) {
        root = first.take();
    }
    if root.get("object").is_some_and(|object| object == "error") {
        return Some(root);
    }
    root.get_mut("error").map(Value::take)
}

#[test]
fn every_class_has_a_row_at_every_provider_that_can_show_it() {
    let rows: BTreeSet<(Class, &str)> = scenarios().iter().map(|row| (row.class, row.provider)).collect();
    let cells: BTreeSet<(Class, &str)> = expect::CELLS
        .iter()
        .flat_map(|(class, providers)| providers.iter().map(|provider| (*class, *provider)))
        .collect();
    assert_eq!(rows, cells);
    assert!(cells.len() >= 45, "{}", cells.len());
}

#[tokio::test]
async fn a_delay_is_waited_for_up_to_twenty_seconds() {
    let fake = spawn().await;
    let server = play::server(&fake.base_url()).await;
    for provider in ["gemini", "openai", "local"] {
        for (seconds, steps) in [
            (3, vec![Step::Retry(3_000), Step::Retry(3_000), Step::Fallback]),
            (20, vec![Step::Retry(20_000), Step::Retry(20_000), Step::Fallback]),
            (21, vec![Step::Fallback]),
        ] {
            let mut play =
                Play::of(PROMPT, provider, &format!("rate-limited.retry_{seconds}"), Some(FALLBACK));
            play.over(&server, &fake, Silence::Never).await;
            assert_eq!(play.steps, steps, "{provider} asks for {seconds} s");
        }
    }
}

#[tokio::test]
async fn a_failure_that_passes_is_over_with_the_same_model() {
    let fake = spawn().await;
    let server = play::server(&fake.base_url()).await;
    for provider in PROVIDERS {
        let mut play = Play::of(PROMPT, provider, "overloaded.times_2.rate_0", Some(FALLBACK));
        play.over(&server, &fake, Silence::Never).await;
        assert_eq!(play.steps, [Step::Retry(1_000), Step::Retry(2_000)], "{provider}");
        assert_eq!(play.card().state, State::Completed, "{provider}");
        assert_eq!(play.card().answered_by().model.model, "overloaded.times_2.rate_0");
    }
}

#[tokio::test]
async fn a_provider_where_nobody_listens_is_told_as_such() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let server = play::server(&format!("http://{closed}")).await;
    let fake = spawn().await;
    for provider in PROVIDERS {
        let mut play = Play::of(PROMPT, provider, "quick", None);
        play.over(&server, &fake, Silence::Never).await;
        check_own(&expect::UNREACHABLE, &play, &[Step::Retry(1_000), Step::Retry(2_000)]);
    }
}

#[tokio::test]
async fn a_provider_without_a_key_is_told_as_such() {
    let fake = spawn().await;
    let mut settings = settings(&fake.base_url());
    settings.remove("GOOGLE_API_KEY");
    settings.remove("OPENAI_API_KEY");
    let server = Server::start(&config(&settings)).await;
    for provider in ["gemini", "openai"] {
        let mut play = Play::of(PROMPT, provider, "quick", Some(FALLBACK));
        play.over(&server, &fake, Silence::Never).await;
        check_own(&expect::NOT_CONFIGURED, &play, &[]);
    }
    assert!(fake.log().is_empty(), "nobody was called");
}

/// A failure that our own server tells: whole sentences, and no words in the provider's mouth.
#[track_caller]
fn check_own(expect: &Expect, play: &Play, steps: &[Step]) {
    assert_eq!((play.end(0), &play.steps[..]), (expect.end, steps));
    assert_eq!(play.story(), (expect.fact.to_owned(), expect.advice.to_owned()));
    assert_eq!(play.error(0).unwrap().http, None);
    assert!(expect.then == Then::Patience || steps.is_empty());
}

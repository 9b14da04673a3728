//! What happens over time, as data: a model name becomes steps that know nothing of any wire format.
//!
//! The dialects turn steps into bytes; [`crate::play`] performs them against the clock.

use std::{collections::BTreeMap, num::NonZeroUsize, time::Duration};

use crate::{
    answers::{self, Answer},
    name::{Behaviour, Name, Params},
};

/// One thing that a model does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Let time pass.
    Wait(Duration),
    /// One token of the answer.
    Text(String),
    /// One token of the reasoning.
    Reasoning(String),
    /// The terminal marker of the dialect.
    Finish(Finish),
    /// The prompt is refused inside a successful response.
    Block,
    /// An error after the response has begun.
    Fail(Fault),
    /// The connection breaks.
    Cut,
    /// One token whose event breaks off inside the first character of several bytes.
    CutInside(String),
    /// Silence until the client goes.
    Stall,
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// The model was done.
    Stop,
    /// The token limit was reached.
    Length,
}

/// How a dialect reports an error in mid-stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// As an event of the stream.
    Event,
    /// In the other documented form: raw JSON at Gemini, `event: error` at OpenAI, an unended line at Ollama.
    Tail,
}

impl Fault {
    /// Whether the error keeps to the framing of the stream.
    pub fn is_framed(self) -> bool {
        self == Fault::Event
    }
}

/// A request turned down before any of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotFound,
    RateLimited {
        retry: Duration,
    },
    Quota,
    Overloaded,
    NoKey,
    BadKey,
    TooLong,
    /// The request itself is at fault: what to say, and the parameter to blame.
    Invalid {
        message: String,
        param: Option<&'static str>,
    },
}

/// What the client gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plot {
    /// Nothing, not even headers.
    Hang,
    /// An error of the dialect.
    Refuse(Refusal),
    /// 502 with a web page, as a gateway would.
    HtmlError,
    /// A stream.
    Perform(Vec<Step>),
}

/// All that a model name decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Silence before the headers.
    pub delay: Duration,
    /// Bytes per network write; `None` writes one event at a time.
    pub chunk: Option<NonZeroUsize>,
    pub plot: Plot,
}

/// What a script depends on besides the name.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// Whether this name was never called before at this provider.
    pub first_call: bool,
    /// The headers of the request, for `echo-headers`.
    pub headers: BTreeMap<String, String>,
    /// Tokens after which the client wants the answer to stop.
    pub max_tokens: Option<u64>,
}

/// Lines after which the interrupted models stop.
const LINES_BEFORE_FAULT: usize = 12;
/// Tokens per second where neither name nor behaviour says otherwise.
const DEFAULT_RATE: f64 = 400.0;

/// Writes the script of a model.
pub fn script(name: &Name, circumstances: &Circumstances) -> Script {
    let delay = match name.behaviour {
        Behaviour::Loading => Duration::from_secs(5),
        _ => Duration::ZERO,
    };
    let chunk = match name.behaviour {
        Behaviour::Unicode => NonZeroUsize::new(5),
        _ => None,
    };
    Script {
        delay: name.params.delay.unwrap_or(delay),
        chunk: name.params.chunk.or(chunk),
        plot: plot(name, circumstances),
    }
}

/// The whole text that a model answers when nobody interrupts it; `None` for names that never stream text.
pub fn full_text(model: &str) -> Option<String> {
    let name = model.parse().ok()?;
    let Plot::Perform(steps) = script(&name, &Circumstances::default()).plot else { return None };
    let text: String = steps.iter().filter_map(Step::text).collect();
    (!text.is_empty()).then_some(text)
}

impl Step {
    /// The part of the answer in this step.
    pub fn text(&self) -> Option<&str> {
        match self {
            Step::Text(text) => Some(text),
            _ => None,
        }
    }
}

fn plot(name: &Name, circumstances: &Circumstances) -> Plot {
    let retry = |seconds| name.params.retry.unwrap_or(Duration::from_secs(seconds));
    let refusal = match name.behaviour {
        Behaviour::Hang => return Plot::Hang,
        Behaviour::HtmlError => return Plot::HtmlError,
        Behaviour::NotFound => Some(Refusal::NotFound),
        Behaviour::RateLimited => Some(Refusal::RateLimited { retry: retry(2) }),
        Behaviour::RateLimitedOnce if circumstances.first_call => {
            Some(Refusal::RateLimited { retry: retry(1) })
        }
        Behaviour::OverloadedOnce if circumstances.first_call => Some(Refusal::Overloaded),
        Behaviour::Quota => Some(Refusal::Quota),
        Behaviour::Overloaded => Some(Refusal::Overloaded),
        Behaviour::BadKey => Some(Refusal::BadKey),
        Behaviour::TooLong => Some(Refusal::TooLong),
        _ => None,
    };
    match refusal {
        Some(refusal) => Plot::Refuse(refusal),
        None => Plot::Perform(limited(steps(name, circumstances), circumstances.max_tokens)),
    }
}

fn steps(name: &Name, circumstances: &Circumstances) -> Vec<Step> {
    let text = answer_text(name, circumstances);
    let pace = Pace::of(name, &text);
    let head = || pace.text(first_lines(&text, LINES_BEFORE_FAULT));
    let then = |mut steps: Vec<Step>, last: Step| {
        steps.push(last);
        steps
    };
    match name.behaviour {
        Behaviour::Mute => vec![Step::Stall],
        Behaviour::Blocked => vec![Step::Block],
        Behaviour::HugeLine => vec![Step::Text(text), Step::Finish(Finish::Stop)],
        Behaviour::Stall => then(head(), Step::Stall),
        Behaviour::Cut => then(head(), Step::Cut),
        Behaviour::CutInUtf8 => then(head(), Step::CutInside("合計 🎉".to_owned())),
        Behaviour::EndsEarly => head(),
        Behaviour::ErrorMid => then(head(), Step::Fail(Fault::Event)),
        Behaviour::ErrorTail => then(head(), Step::Fail(Fault::Tail)),
        Behaviour::Truncated => {
            let half = text.lines().count() / 2;
            then(pace.text(first_lines(&text, half)), Step::Finish(Finish::Length))
        }
        Behaviour::Thinking => {
            let mut steps = pace.steps(answers::REASONING.text, Step::Reasoning);
            steps.extend(pace.text(&text));
            then(steps, Step::Finish(Finish::Stop))
        }
        _ => then(pace.text(&text), Step::Finish(Finish::Stop)),
    }
}

fn answer_text(name: &Name, circumstances: &Circumstances) -> String {
    let Params { lines, seed, .. } = &name.params;
    let (lines, seed) = (*lines, *seed);
    let generated = |lines| answers::fenced(&answers::generated_code(lines, seed.unwrap_or(0)));
    let corpus = |answer: Answer| lines.map_or_else(|| answer.text.to_owned(), generated);
    match name.behaviour {
        Behaviour::Long => generated(lines.unwrap_or(2_000)),
        Behaviour::Wide => {
            answers::fenced(&answers::wide_code(lines.unwrap_or(12), 4_000, seed.unwrap_or(0)))
        }
        Behaviour::HugeLine => answers::fenced(&answers::wide_code(1, 2 << 20, seed.unwrap_or(0))),
        Behaviour::Unicode => corpus(answers::UNICODE),
        Behaviour::HtmlPage => corpus(answers::HTML_PAGE),
        Behaviour::NoCode => corpus(answers::NO_CODE),
        Behaviour::Stubbed => corpus(answers::STUBBED),
        Behaviour::ManyFences => corpus(answers::MANY_FENCES),
        Behaviour::EchoHeaders => {
            let headers = serde_json::to_string_pretty(&circumstances.headers)
                .expect("a map of strings is always JSON");
            format!("The request carried these headers:\n\n```json\n{headers}\n```\n")
        }
        Behaviour::Quick => corpus(answers::parse_duration(seed.unwrap_or(1))),
        Behaviour::Thinking | Behaviour::Slow => corpus(answers::parse_duration(seed.unwrap_or(2))),
        _ => corpus(answers::parse_duration(seed.unwrap_or(0))),
    }
}

/// How fast tokens follow each other.
struct Pace {
    per_token: Duration,
}

impl Pace {
    fn of(name: &Name, text: &str) -> Self {
        let rate = match (name.params.rate, name.behaviour) {
            (Some(rate), _) => f64::from(rate),
            (None, Behaviour::Slow) => tokens(text).count() as f64 / 20.0,
            (None, Behaviour::Quick) => 4_000.0,
            (None, Behaviour::Long | Behaviour::Wide) => 6_000.0,
            (None, _) => DEFAULT_RATE,
        };
        let per_token = if rate > 0.0 { Duration::from_secs_f64(1.0 / rate) } else { Duration::ZERO };
        Pace { per_token }
    }

    fn text(&self, text: &str) -> Vec<Step> {
        self.steps(text, Step::Text)
    }

    fn steps(&self, text: &str, step: fn(String) -> Step) -> Vec<Step> {
        let wait = (!self.per_token.is_zero()).then_some(Step::Wait(self.per_token));
        tokens(text).flat_map(|token| wait.clone().into_iter().chain([step(token.to_owned())])).collect()
    }
}

/// Cuts a text into pieces about as long as a model's tokens: white space and up to eight characters after it.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let space = rest.len() - rest.trim_start().len();
        let word = rest[space..].char_indices().take(8).take_while(|(_, c)| !c.is_whitespace());
        let end = word.last().map_or(space, |(at, c)| space + at + c.len_utf8());
        let (token, tail) = rest.split_at(end);
        rest = tail;
        (!token.is_empty()).then_some(token)
    })
}

fn first_lines(text: &str, lines: usize) -> &str {
    let end = text.split_inclusive('\n').take(lines).map(str::len).sum();
    &text[..end]
}

/// Ends the answer at the client's token limit, as every provider does.
fn limited(steps: Vec<Step>, max_tokens: Option<u64>) -> Vec<Step> {
    let Some(max) = max_tokens else { return steps };
    let mut count = 0;
    let mut kept = Vec::with_capacity(steps.len());
    for step in steps {
        if matches!(step, Step::Text(_) | Step::Reasoning(_)) {
            if count == max {
                kept.push(Step::Finish(Finish::Length));
                return kept;
            }
            count += 1;
        }
        kept.push(step);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(model: &str) -> Script {
        script(&model.parse().expect("a known name"), &Circumstances::default())
    }

    fn steps_of(model: &str) -> Vec<Step> {
        match of(model).plot {
            Plot::Perform(steps) => steps,
            other => panic!("{model} does not stream: {other:?}"),
        }
    }

    #[track_caller]
    fn check_last(model: &str, expect: Option<Step>) {
        let last = steps_of(model).pop().filter(|step| !matches!(step, Step::Text(_)));
        assert_eq!(last, expect, "{model}");
    }

    #[test]
    fn each_model_ends_in_its_own_way() {
        check_last("fine", Some(Step::Finish(Finish::Stop)));
        check_last("thinking", Some(Step::Finish(Finish::Stop)));
        check_last("truncated", Some(Step::Finish(Finish::Length)));
        check_last("cut", Some(Step::Cut));
        check_last("cut-in-utf8", Some(Step::CutInside("合計 🎉".to_owned())));
        check_last("ends-early", None);
        check_last("error-mid", Some(Step::Fail(Fault::Event)));
        check_last("error-tail", Some(Step::Fail(Fault::Tail)));
        check_last("mute", Some(Step::Stall));
        check_last("stall", Some(Step::Stall));
        check_last("blocked", Some(Step::Block));
    }

    #[track_caller]
    fn check_refusal(model: &str, first_call: bool, expect: Option<Refusal>) {
        let circumstances = Circumstances { first_call, ..Circumstances::default() };
        let refused = match script(&model.parse().expect("a known name"), &circumstances).plot {
            Plot::Refuse(refusal) => Some(refusal),
            _ => None,
        };
        assert_eq!(refused, expect, "{model}");
    }

    #[test]
    fn refusals_follow_the_name_and_the_count_of_calls() {
        let rate_limited = |seconds| Some(Refusal::RateLimited { retry: Duration::from_secs(seconds) });
        check_refusal("rate-limited", false, rate_limited(2));
        check_refusal("rate-limited@retry=47", false, rate_limited(47));
        check_refusal("rate-limited-once", true, rate_limited(1));
        check_refusal("rate-limited-once", false, None);
        check_refusal("overloaded-once", true, Some(Refusal::Overloaded));
        check_refusal("overloaded-once", false, None);
        check_refusal("too-long", true, Some(Refusal::TooLong));
    }

    #[test]
    fn the_text_is_the_fixture_byte_for_byte() {
        assert_eq!(full_text("fine").as_deref(), Some(answers::PARSE_DURATION[0].text));
        assert_eq!(full_text("fine@seed=4").as_deref(), Some(answers::PARSE_DURATION[1].text));
        assert_eq!(full_text("unicode").as_deref(), Some(answers::UNICODE.text));
        assert_eq!(full_text("hang"), None);
        assert_eq!(full_text("cut").map(|text| text.lines().count()), Some(12));
    }

    #[track_caller]
    fn check_duration(model: &str, seconds: f64) {
        let total: Duration = steps_of(model)
            .iter()
            .map(|step| if let Step::Wait(wait) = step { *wait } else { Duration::ZERO })
            .sum();
        assert!((total.as_secs_f64() - seconds).abs() < 0.1, "{model} takes {total:?}");
    }

    #[test]
    fn pauses_add_up_to_the_pace_asked_for() {
        check_duration("slow", 20.0);
        check_duration("slow@rate=0", 0.0);
        let tokens = tokens(answers::PARSE_DURATION[0].text).count();
        check_duration("fine@rate=100", tokens as f64 / 100.0);
    }

    #[test]
    fn reasoning_comes_before_text() {
        let steps = steps_of("thinking@rate=0");
        let first_text = steps.iter().position(|step| step.text().is_some()).expect("it answers");
        assert!(first_text > 0);
        assert!(steps[..first_text].iter().all(|step| matches!(step, Step::Reasoning(_))));
        assert!(!steps[first_text..].iter().any(|step| matches!(step, Step::Reasoning(_))));
    }

    #[test]
    fn a_token_limit_ends_the_answer_with_length() {
        let circumstances = Circumstances { max_tokens: Some(3), ..Circumstances::default() };
        let name = "fine@rate=0".parse().expect("a known name");
        let Plot::Perform(steps) = script(&name, &circumstances).plot else { panic!("fine streams") };
        assert_eq!(steps.len(), 4);
        assert_eq!(steps.last(), Some(&Step::Finish(Finish::Length)));
    }

    #[test]
    fn tokens_join_to_the_text_they_came_from() {
        for text in ["", "  \n ", "a b", "合計合計合計合計合計 x\n", "trailing \n"] {
            assert_eq!(tokens(text).collect::<String>(), text);
        }
    }
}

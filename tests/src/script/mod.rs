//! What happens over time, as data: a model name becomes steps that know nothing of any wire format.
//!
//! The dialects turn steps into bytes; [`crate::play`] performs them against the clock.

mod acts;
mod pace;
mod tools;

use std::{collections::BTreeMap, num::NonZeroUsize, time::Duration};

use pace::limited;
pub use tools::ToolCall;

use crate::{
    conversation::Conversation,
    name::{Behaviour, Name, Params},
    scenario::Plays,
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
    /// What proves that the reasoning is the model's own, on a part without text; only Gemini writes it.
    Signature(&'static str),
    /// A call of a tool.
    Tool(ToolCall),
    /// One token that is half of a character: a JSON escape, with its backslash.
    Half(&'static str),
    /// An event with this data, whatever it is.
    Data(String),
    /// A byte order mark, and from here on line ends that few servers write.
    OddEnds,
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
    /// It is the client's turn to call tools.
    ToolCalls,
    /// A filter stopped the answer.
    Filtered,
    /// For a reason in the provider's own words.
    Raw(&'static str),
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

/// A response that is written in no dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawReply {
    pub status: u16,
    /// Empty for the content type of the dialect's streams.
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
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
    /// Bytes as they are.
    Reply(RawReply),
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
    /// `gemini`, `ollama`, `openai` or `local`.
    pub provider: String,
    /// The model as the client wrote it.
    pub model: String,
    /// Calls of this name at this provider before this one.
    pub calls_before: u64,
    /// The headers of the request, for `echo-headers`.
    pub headers: BTreeMap<String, String>,
    /// Tokens after which the client wants the answer to stop.
    pub max_tokens: Option<u64>,
    /// What the client and the model said so far.
    pub conversation: Conversation,
}

/// Writes the script of a model.
pub fn script(name: &Name, circumstances: &Circumstances) -> Script {
    let spent = name.params.times.or(once(name.behaviour)).is_some_and(|n| n <= circumstances.calls_before);
    if spent {
        // Its faults are behind it; what remains is how an answer is given.
        let params = Params { times: None, delay: None, first: None, ..name.params.clone() };
        return script(&Name { behaviour: Behaviour::Fine, params }, circumstances);
    }
    let delay = match name.behaviour {
        Behaviour::Loading => Duration::from_secs(5),
        _ => Duration::ZERO,
    };
    let chunk = match name.behaviour {
        Behaviour::Unicode => NonZeroUsize::new(5),
        _ => None,
    };
    let mut plot = plot(name, circumstances);
    if let (Some(first), Plot::Perform(steps)) = (name.params.first, &mut plot) {
        steps.insert(0, Step::Wait(first));
    }
    Script { delay: name.params.delay.unwrap_or(delay), chunk: name.params.chunk.or(chunk), plot }
}

fn once(behaviour: Behaviour) -> Option<u64> {
    matches!(behaviour, Behaviour::RateLimitedOnce | Behaviour::OverloadedOnce).then_some(1)
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
        Behaviour::HtmlUnder200 => return Plot::Reply(sign_in_page()),
        Behaviour::Empty => return Plot::Reply(RawReply::empty()),
        Behaviour::Tools(shape) => return tools::plot(name, shape, circumstances),
        Behaviour::Scene(scenario) => match &scenario.plays {
            Plays::Reply(canned) => {
                return Plot::Reply(scenario.render(canned, &circumstances.model, &name.params));
            }
            Plays::As(behaviour) => {
                let name = Name { behaviour: *behaviour, params: name.params.clone() };
                return plot(&name, circumstances);
            }
            Plays::Stream(_) => None,
        },
        Behaviour::NotFound => Some(Refusal::NotFound),
        Behaviour::RateLimited => Some(Refusal::RateLimited { retry: retry(2) }),
        Behaviour::RateLimitedOnce => Some(Refusal::RateLimited { retry: retry(1) }),
        Behaviour::Quota => Some(Refusal::Quota),
        Behaviour::Overloaded | Behaviour::OverloadedOnce => Some(Refusal::Overloaded),
        Behaviour::BadKey => Some(Refusal::BadKey),
        Behaviour::TooLong => Some(Refusal::TooLong),
        _ => None,
    };
    match refusal {
        Some(refusal) => Plot::Refuse(refusal),
        None => Plot::Perform(limited(acts::steps(name, circumstances), circumstances.max_tokens)),
    }
}

impl RawReply {
    /// A stream that is over before it began.
    fn empty() -> Self {
        RawReply { status: 200, content_type: "", headers: Vec::new(), body: String::new() }
    }
}

/// What a network that wants its users to sign in answers to every call.
fn sign_in_page() -> RawReply {
    let body = "<!DOCTYPE html>\n<html><head><title>Sign in to the network</title></head>\n\
                <body><form action=\"/login\"><button>Sign in</button></form></body></html>\n";
    RawReply {
        status: 200,
        content_type: "text/html; charset=utf-8",
        headers: Vec::new(),
        body: body.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{pace::tokens, *};
    use crate::answers;

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
        let calls_before = u64::from(!first_call);
        let circumstances = Circumstances { calls_before, ..Circumstances::default() };
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

    #[track_caller]
    fn check_streams(model: &str, calls_before: u64, expect: bool) {
        let name = Name::at("gemini", model).expect("a known name");
        let circumstances =
            Circumstances { provider: "gemini".into(), calls_before, ..Circumstances::default() };
        let Script { delay, plot, .. } = script(&name, &circumstances);
        let whole =
            matches!(&plot, Plot::Perform(steps) if steps.last() == Some(&Step::Finish(Finish::Stop)));
        assert_eq!(whole, expect, "{model} after {calls_before} calls");
        assert!(!expect || delay.is_zero());
    }

    #[test]
    fn a_fault_with_a_count_is_followed_by_answers() {
        for model in ["overloaded@times=2", "deadline@times=2", "cut@times=2", "hang@times=2,delay=50"] {
            for (calls_before, expect) in [(0, false), (1, false), (2, true), (3, true)] {
                check_streams(model, calls_before, expect);
            }
        }
    }

    #[test]
    fn the_first_token_can_be_held_back() {
        let steps = steps_of("fine@rate=0,first=900");
        assert_eq!(steps[0], Step::Wait(Duration::from_millis(900)));
        assert!(steps[1].text().is_some());
    }

    #[test]
    fn the_fault_comes_after_the_tokens_asked_for() {
        let steps = steps_of("stall@rate=0,tokens=10");
        assert_eq!((steps.len(), steps.last()), (11, Some(&Step::Stall)));
        assert_eq!(steps_of("cut@tokens=0"), [Step::Cut]);
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

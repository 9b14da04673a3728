//! Model names: a name says what its model does, and parameters after `@` say how.
//!
//! `fine@rate=200,lines=80` answers 80 lines of code at 200 tokens per second. Every provider knows the names of
//! [`CATALOGUE`] and [`UNLISTED`], and besides those of its own [scenarios](crate::scenario); a name that does
//! not parse is a model that does not exist. Where commas separate models, as in a link, semicolons separate
//! parameters just as well. Where neither `@` nor `=` may stand, as in the path of a call to Gemini, dots and
//! underscores do the same: `fine.rate_200.lines_80`.

mod catalogue;

use std::{num::NonZeroUsize, str::FromStr, time::Duration};

pub use catalogue::{CATALOGUE, EMBEDDING_MODEL, Entry, UNLISTED};

use crate::scenario::{Scenario, scenarios};

/// What a model does when it is asked; the entries have a sentence for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    Fine,
    Quick,
    Slow,
    Thinking,
    Long,
    Wide,
    Unicode,
    HtmlPage,
    NoCode,
    Stubbed,
    ManyFences,
    HugeLine,
    EchoHeaders,
    Loading,
    NotFound,
    RateLimited,
    RateLimitedOnce,
    Quota,
    Overloaded,
    OverloadedOnce,
    BadKey,
    TooLong,
    HtmlError,
    Blocked,
    Truncated,
    Cut,
    CutInUtf8,
    EndsEarly,
    ErrorMid,
    ErrorTail,
    Hang,
    Mute,
    Stall,
    TruncatedSilent,
    CutAtOnce,
    EndsEmpty,
    ErrorAtOnce,
    GarbledOnce,
    Garbled,
    HtmlUnder200,
    Empty,
    Oversized,
    OddEnds,
    LoneSurrogates,
    TinyContext,
    Cloud,
    Continues,
    NewLimit,
    OldLimit,
    FixedTemperature,
    /// Calls a tool that the request offers, written in one of several ways.
    Tools(Shape),
    /// What only one provider can do.
    Scene(&'static Scenario),
}

/// How a model writes its tool calls; what a provider cannot do is written the plain way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One call: with an id, at Gemini signed, at OpenAI in fragments by index.
    Plain,
    /// Two calls in one turn; at Gemini only the first is signed.
    Two,
    /// Without an id and a signature; at OpenAI in fragments without an index.
    Bare,
    /// At OpenAI with the id on every fragment.
    RepeatedId,
    /// At OpenAI in one piece.
    Whole,
    /// With arguments that are no JSON.
    BadJson,
    /// After reasoning that has to come back with the result.
    Reasoning,
}

/// Settings after `@`; each is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    /// Tokens per second; 0 means without pauses.
    pub rate: Option<u32>,
    /// Lines of generated code in place of the fixture.
    pub lines: Option<usize>,
    /// Chooses the fixture, or seeds the generated code.
    pub seed: Option<u64>,
    /// Bytes per network write, regardless of where events end.
    pub chunk: Option<NonZeroUsize>,
    /// Silence before the headers (`delay`, in milliseconds).
    pub delay: Option<Duration>,
    /// What a rate-limited model asks the client to wait (`retry`, in seconds).
    pub retry: Option<Duration>,
    /// Calls of this name that go as it says; those that follow are answered like `fine`.
    pub times: Option<u64>,
    /// Silence between the headers and the first token (`first`, in milliseconds).
    pub first: Option<Duration>,
    /// Tokens before the fault, in place of twelve lines.
    pub tokens: Option<usize>,
    /// Characters after which `continues` is cut by length.
    pub cut: Option<usize>,
    /// How `continues` goes on.
    pub style: Style,
    /// What `continues` answers: a file of `tests/fixtures/joins`, without its ending; cut at the mark in it.
    pub doc: Option<String>,
    /// Tokens of context that the model was loaded with.
    pub ctx: Option<u64>,
    /// Where an OpenAI-compatible server puts the reasoning.
    pub field: Option<Field>,
}

/// How a model goes on after it was cut by length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// With the very next character.
    #[default]
    Obey,
    /// With the line in which it was cut, from its beginning.
    Plain,
    /// With a few words, a new fence, and the last three lines once more.
    Fence,
    /// From the start.
    Restart,
}

/// Where an OpenAI-compatible server puts the reasoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `delta.reasoning_content`.
    Content,
    /// `delta.reasoning`.
    Reasoning,
    /// The same text in both.
    Both,
    /// Between `<think>` and `</think>` in the text, at any provider.
    Tags,
}

/// A parsed model name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub behaviour: Behaviour,
    pub params: Params,
}

impl Name {
    /// Reads a name as one provider does: `gemini`, `ollama`, `openai` or `local`.
    ///
    /// # Errors
    ///
    /// Where no behaviour has the name, or a parameter cannot be read.
    pub fn at(provider: &str, name: &str) -> Result<Self, UnknownName> {
        let (base, settings) = match name.split_once('@') {
            Some(parts) => parts,
            None => name.split_once('.').unwrap_or((name, "")),
        };
        let behaviour = behaviour(provider, base)
            .ok_or_else(|| UnknownName(format!("no behaviour is called {base:?}")))?;
        let mut params = Params::default();
        let separators: &[char] = if name.contains('@') { &[',', ';'] } else { &['.'] };
        for setting in settings.split(separators).filter(|setting| !setting.is_empty()) {
            params
                .set(setting)
                .ok_or_else(|| UnknownName(format!("cannot read the parameter {setting:?}")))?;
        }
        Ok(Name { behaviour, params })
    }

    /// Whether the model reasons before it answers.
    pub fn thinks(&self) -> bool {
        matches!(
            self.behaviour,
            Behaviour::Thinking | Behaviour::TruncatedSilent | Behaviour::Tools(Shape::Reasoning)
        )
    }

    /// The scenario that the name stands for, where it is one of a single provider.
    pub fn scenario(&self) -> Option<&'static Scenario> {
        match self.behaviour {
            Behaviour::Scene(scenario) => Some(scenario),
            _ => None,
        }
    }
}

/// What a name without parameters means at a provider; the names that all share come first.
fn behaviour(provider: &str, base: &str) -> Option<Behaviour> {
    let shared = CATALOGUE.iter().chain(UNLISTED).find(|entry| entry.name == base);
    shared.map(|entry| entry.behaviour).or_else(|| {
        let own = scenarios().iter().find(|row| row.provider == provider && row.model == base);
        own.map(Behaviour::Scene)
    })
}

impl Params {
    /// Reads `key=value` or `key_value`; `None` where it cannot.
    fn set(&mut self, setting: &str) -> Option<()> {
        let (key, value) = setting.split_once(['=', '_'])?;
        let number = value.parse::<u64>();
        let size = || number.clone().ok().and_then(|number| usize::try_from(number).ok());
        let millis = || number.clone().ok().map(Duration::from_millis);
        match key {
            "rate" => self.rate = Some(value.parse().ok()?),
            "lines" => self.lines = Some(size()?),
            "seed" => self.seed = Some(number.ok()?),
            "chunk" => self.chunk = Some(NonZeroUsize::new(size()?)?),
            "delay" => self.delay = Some(millis()?),
            "retry" => self.retry = Some(Duration::from_secs(number.ok()?)),
            "times" => self.times = Some(number.ok()?),
            "first" => self.first = Some(millis()?),
            "tokens" => self.tokens = Some(size()?),
            "cut" => self.cut = Some(size()?),
            "ctx" => self.ctx = Some(number.ok()?),
            "doc" => {
                // Letters that cannot leave the folder.
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
                self.doc = Some(value.to_owned()).filter(|doc| doc.bytes().all(plain));
                self.doc.as_ref()?;
            }
            "style" => {
                self.style = match value {
                    "obey" => Style::Obey,
                    "plain" => Style::Plain,
                    "fence" => Style::Fence,
                    "restart" => Style::Restart,
                    _ => return None,
                }
            }
            "field" => {
                self.field = Some(match value {
                    "content" => Field::Content,
                    "reasoning" => Field::Reasoning,
                    "both" => Field::Both,
                    "tags" => Field::Tags,
                    _ => return None,
                });
            }
            _ => return None,
        }
        Some(())
    }
}

/// Why a name is no model; shown to the author of a test in the `x-fake-upstream` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName(pub String);

/// Reads the names that every provider knows.
impl FromStr for Name {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Name::at("", name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expect: Result<(Behaviour, Params), &str>) {
        let expect = expect
            .map(|(behaviour, params)| Name { behaviour, params })
            .map_err(|reason| UnknownName(reason.to_owned()));
        assert_eq!(name.parse::<Name>(), expect);
    }

    #[test]
    fn a_name_carries_its_parameters() {
        check("fine", Ok((Behaviour::Fine, Params::default())));
        check(
            "fine@seed=1;rate=0",
            "fine@seed=1,rate=0".parse::<Name>().map(|name| (name.behaviour, name.params)).map_err(|_| ""),
        );
        check("cut-in-utf8@", Ok((Behaviour::CutInUtf8, Params::default())));
        check(
            "fine@rate=200,lines=80,seed=3,chunk=7,delay=500",
            Ok((
                Behaviour::Fine,
                Params {
                    rate: Some(200),
                    lines: Some(80),
                    seed: Some(3),
                    chunk: NonZeroUsize::new(7),
                    delay: Some(Duration::from_millis(500)),
                    ..Params::default()
                },
            )),
        );
    }

    #[test]
    fn a_name_for_a_path_has_the_same_parameters() {
        let with = |params| Ok((Behaviour::Continues, params));
        let params = Params { cut: Some(90), style: Style::Fence, times: Some(2), ..Params::default() };
        check("continues@cut=90,style=fence,times=2", with(params.clone()));
        check("continues.cut_90.style_fence.times_2", with(params));
        check("continues.style_other", Err("cannot read the parameter \"style_other\""));
    }

    #[test]
    fn a_scenario_is_known_to_its_own_provider_only() {
        let name = Name::at("ollama", "out-of-memory@times=1").expect("Ollama runs out of memory");
        assert_eq!(name.scenario().map(|row| row.model), Some("out-of-memory"));
        assert!(Name::at("gemini", "out-of-memory").is_err());
    }

    #[test]
    fn a_name_that_does_not_parse_says_why() {
        check("gpt", Err("no behaviour is called \"gpt\""));
        check("fine@chunk=0", Err("cannot read the parameter \"chunk=0\""));
        check("fine@speed=1", Err("cannot read the parameter \"speed=1\""));
        check("fine@rate", Err("cannot read the parameter \"rate\""));
    }

    #[test]
    fn every_behaviour_is_listed_once() {
        let all: Vec<_> = CATALOGUE.iter().chain(UNLISTED).collect();
        for (index, entry) in all.iter().enumerate() {
            assert_eq!(entry.name.parse::<Name>().map(|name| name.behaviour), Ok(entry.behaviour));
            assert!(all[..index].iter().all(|other| other.behaviour != entry.behaviour));
        }
    }
}

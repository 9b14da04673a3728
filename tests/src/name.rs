//! Model names: a name says what its model does, and parameters after `@` say how.
//!
//! `fine@rate=200,lines=80` answers 80 lines of code at 200 tokens per second. Every provider knows the same
//! names; a name that does not parse is a model that does not exist. Where commas separate models, as in a
//! link, semicolons separate parameters just as well.

use std::{num::NonZeroUsize, str::FromStr, time::Duration};

/// What a model does when it is asked; [`CATALOGUE`] has a sentence for each.
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
}

/// A row of the catalogue: the name, what it does, and one sentence for the listings.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub name: &'static str,
    pub behaviour: Behaviour,
    pub about: &'static str,
}

const fn entry(name: &'static str, behaviour: Behaviour, about: &'static str) -> Entry {
    Entry { name, behaviour, about }
}

/// Every model, in the order in which the providers list them.
pub const CATALOGUE: &[Entry] = &[
    entry("fine", Behaviour::Fine, "Answers at a readable pace."),
    entry("quick", Behaviour::Quick, "Answers in a fraction of a second."),
    entry("slow", Behaviour::Slow, "Takes about twenty seconds."),
    entry("thinking", Behaviour::Thinking, "Reasons first, then answers."),
    entry("long", Behaviour::Long, "Answers two thousand lines."),
    entry("wide", Behaviour::Wide, "Answers lines of four thousand characters."),
    entry("unicode", Behaviour::Unicode, "Answers in many scripts, split inside characters."),
    entry("html-page", Behaviour::HtmlPage, "Answers one HTML page."),
    entry("no-code", Behaviour::NoCode, "Answers prose only."),
    entry("stubbed", Behaviour::Stubbed, "Leaves the work to the reader."),
    entry("many-fences", Behaviour::ManyFences, "Answers six code blocks."),
    entry("huge-line", Behaviour::HugeLine, "Sends two mebibytes in one event."),
    entry("echo-headers", Behaviour::EchoHeaders, "Answers the request headers it saw."),
    entry("loading", Behaviour::Loading, "Is silent for five seconds, then answers."),
    entry("not-found", Behaviour::NotFound, "Is listed and yet does not exist."),
    entry("rate-limited", Behaviour::RateLimited, "Refuses: come back in two seconds."),
    entry("rate-limited-once", Behaviour::RateLimitedOnce, "Refuses once: come back in one second."),
    entry("quota", Behaviour::Quota, "Refuses: the quota of the day is gone."),
    entry("overloaded", Behaviour::Overloaded, "Refuses: too busy."),
    entry("overloaded-once", Behaviour::OverloadedOnce, "Refuses once: too busy."),
    entry("bad-key", Behaviour::BadKey, "Refuses every key."),
    entry("too-long", Behaviour::TooLong, "Refuses: the prompt exceeds the context."),
    entry("html-error", Behaviour::HtmlError, "Answers 502 with a web page."),
    entry("blocked", Behaviour::Blocked, "Blocks the prompt for safety."),
    entry("truncated", Behaviour::Truncated, "Stops at its token limit, halfway."),
    entry("cut", Behaviour::Cut, "Loses the connection after twelve lines."),
    entry("cut-in-utf8", Behaviour::CutInUtf8, "Loses the connection inside a character."),
    entry("ends-early", Behaviour::EndsEarly, "Ends cleanly but without saying so."),
    entry("error-mid", Behaviour::ErrorMid, "Reports an error after twelve lines."),
    entry("error-tail", Behaviour::ErrorTail, "Reports an error outside of the framing."),
    entry("hang", Behaviour::Hang, "Never sends headers."),
    entry("mute", Behaviour::Mute, "Sends headers and nothing else."),
    entry("stall", Behaviour::Stall, "Falls silent after twelve lines."),
];

/// A model that is listed everywhere and cannot generate text.
pub const EMBEDDING_MODEL: &str = "embed-only";

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
}

/// A parsed model name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub behaviour: Behaviour,
    pub params: Params,
}

impl Name {
    /// Whether the model reasons before it answers.
    pub fn thinks(&self) -> bool {
        self.behaviour == Behaviour::Thinking
    }
}

/// Why a name is no model; shown to the author of a test in the `x-fake-upstream` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName(pub String);

impl FromStr for Name {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let (base, settings) = name.split_once('@').unwrap_or((name, ""));
        let found = CATALOGUE
            .iter()
            .find(|entry| entry.name == base)
            .ok_or_else(|| UnknownName(format!("no behaviour is called {base:?}")))?;
        let mut params = Params::default();
        for setting in settings.split([',', ';']).filter(|setting| !setting.is_empty()) {
            let bad = || UnknownName(format!("cannot read the parameter {setting:?}"));
            let (key, value) = setting.split_once('=').ok_or_else(bad)?;
            let number: u64 = value.parse().map_err(|_| bad())?;
            match key {
                "rate" => params.rate = Some(u32::try_from(number).map_err(|_| bad())?),
                "lines" => params.lines = Some(usize::try_from(number).map_err(|_| bad())?),
                "seed" => params.seed = Some(number),
                "chunk" => {
                    let bytes = usize::try_from(number).ok().and_then(NonZeroUsize::new);
                    params.chunk = Some(bytes.ok_or_else(bad)?);
                }
                "delay" => params.delay = Some(Duration::from_millis(number)),
                "retry" => params.retry = Some(Duration::from_secs(number)),
                _ => return Err(bad()),
            }
        }
        Ok(Name { behaviour: found.behaviour, params })
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
                    retry: None,
                },
            )),
        );
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
        for (index, entry) in CATALOGUE.iter().enumerate() {
            assert_eq!(entry.name.parse::<Name>().map(|name| name.behaviour), Ok(entry.behaviour));
            assert!(CATALOGUE[..index].iter().all(|other| other.behaviour != entry.behaviour));
        }
    }
}

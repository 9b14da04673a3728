//! Every failure that a provider can show, as a table: its class, the model that plays it, and what it sends.
//!
//! [`scenarios`] is for tests that go through all of them. Most rows are names that every provider knows
//! ([`Plays::As`]); the rest, in a module for each provider, are the words of one provider only. Bodies are in
//! the shape in which they are documented or were reported; the words around a fact are invented.

mod gemini;
mod local;
mod ollama;
mod openai;

use std::{sync::LazyLock, time::Duration};

use crate::{
    clock::{http_date, unix_ms},
    name::{Behaviour, Params},
    script::{self, Circumstances, Fault, Finish, Plot, RawReply, Step},
};

/// Bytes of the largest event that a client has to take.
pub const LARGEST_EVENT: usize = 16 << 20;

/// What a failure means to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    BadKey,
    ModelMissing,
    RateLimited,
    QuotaGone,
    Overloaded,
    Timeout,
    ContextTooLong,
    SafetyBlock,
    Truncated,
    Disconnected,
    Malformed,
    Unreachable,
    StaleSignature,
    /// A parameter or a place that the provider refuses.
    BadRequest,
    /// The provider broke down while it worked.
    ServerFault,
}

impl Class {
    /// The class as a word, such as `bad-key`.
    pub fn name(self) -> &'static str {
        match self {
            Class::BadKey => "bad-key",
            Class::ModelMissing => "model-missing",
            Class::RateLimited => "rate-limited",
            Class::QuotaGone => "quota-gone",
            Class::Overloaded => "overloaded",
            Class::Timeout => "timeout",
            Class::ContextTooLong => "context-too-long",
            Class::SafetyBlock => "safety-block",
            Class::Truncated => "truncated",
            Class::Disconnected => "disconnected",
            Class::Malformed => "malformed",
            Class::Unreachable => "unreachable",
            Class::StaleSignature => "stale-signature",
            Class::BadRequest => "bad-request",
            Class::ServerFault => "server-fault",
        }
    }
}

/// One failure of one provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Prefix of the provider's base URL: `gemini`, `ollama`, `openai` or `local`.
    pub provider: &'static str,
    /// The model that plays it. Takes parameters as every name does, `@times=2` among them.
    pub model: &'static str,
    pub class: Class,
    /// What the provider asks the client to wait, in milliseconds, where no parameter says otherwise.
    pub delay_ms: Option<u64>,
    pub plays: Plays,
}

/// What a scenario sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plays {
    /// What the model of this name does at every provider.
    As(Behaviour),
    /// A whole response, written in no dialect.
    Reply(Canned),
    /// A stream in the provider's dialect.
    Stream(&'static [Beat]),
}

/// A response as it is sent. In the body and the headers, `{model}` stands for the model, `{seconds}` and
/// `{ms}` for the delay, and `{date}` for the moment after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canned {
    pub status: u16,
    pub content_type: &'static str,
    pub headers: &'static [(&'static str, &'static str)],
    pub body: &'static str,
}

/// One thing in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// This many lines of the answer, from its start.
    Lines(usize),
    /// A piece of data, framed as the dialect frames its events.
    Data(&'static str),
    /// An error of the dialect.
    Fail(Fault),
    /// The terminal marker of the dialect.
    End(Finish),
}

impl Scenario {
    /// The HTTP status, or `None` where no answer comes.
    pub fn status(&self) -> Option<u16> {
        match self.plot() {
            Plot::Hang => None,
            Plot::HtmlError => Some(502),
            Plot::Perform(_) => Some(200),
            Plot::Reply(reply) => Some(reply.status),
            Plot::Refuse(refusal) => {
                Some(crate::dialect::refusal(self.provider, &refusal, self.model).status)
            }
        }
    }

    /// Whether some of the answer's text comes before the failure, so that a retry would repeat it.
    pub fn shows_text(&self) -> bool {
        self.steps().iter().any(|step| step.text().is_some_and(|text| !text.is_empty()))
    }

    /// Whether the stream gets to a regular end all the same, so that a careful client has an answer.
    pub fn recovers(&self) -> bool {
        let said_so = |step: &Step| matches!(step, Step::Finish(Finish::Stop));
        self.steps().iter().any(said_so) && self.class != Class::SafetyBlock
    }

    /// What a client takes of the stream: an event beyond the limit of clients is the last that it looks at.
    fn steps(&self) -> Vec<Step> {
        let Plot::Perform(mut steps) = self.plot() else { return Vec::new() };
        let beyond = |step: &Step| step.text().is_some_and(|text| text.len() > LARGEST_EVENT);
        if let Some(at) = steps.iter().position(beyond) {
            steps.truncate(at);
        }
        steps
    }

    fn plot(&self) -> Plot {
        let name = crate::name::Name::at(self.provider, self.model).expect("a scenario's name parses");
        let provider = self.provider.to_owned();
        script::script(&name, &Circumstances { provider, ..Circumstances::default() }).plot
    }

    /// The delay in a canned response: the parameter, or that of the scenario.
    fn delay(&self, params: &Params) -> Duration {
        params.retry.unwrap_or(Duration::from_millis(self.delay_ms.unwrap_or_default()))
    }

    pub(crate) fn render(&self, canned: &Canned, model: &str, params: &Params) -> RawReply {
        let delay = self.delay(params);
        let ms = delay.as_millis() as u64;
        let seconds = if ms.is_multiple_of(1_000) {
            delay.as_secs().to_string()
        } else {
            format!("{}.{:03}", ms / 1_000, ms % 1_000)
        };
        let fill = |text: &str| {
            text.replace("{model}", model)
                .replace("{seconds}", &seconds)
                .replace("{ms}", &ms.to_string())
                .replace("{date}", &http_date(unix_ms() + ms))
        };
        RawReply {
            status: canned.status,
            content_type: canned.content_type,
            headers: canned.headers.iter().map(|(name, value)| (*name, fill(value))).collect(),
            body: fill(canned.body),
        }
    }

    const fn after(mut self, delay_ms: u64) -> Self {
        self.delay_ms = Some(delay_ms);
        self
    }
}

/// Every scenario, ordered by provider; a pair of provider and model occurs once.
pub fn scenarios() -> &'static [Scenario] {
    static ALL: LazyLock<Vec<Scenario>> = LazyLock::new(|| {
        let own: [(&str, &[Scenario]); 4] = [
            ("gemini", gemini::ROWS),
            ("ollama", ollama::ROWS),
            ("openai", openai::ROWS),
            ("local", local::ROWS),
        ];
        own.iter()
            .flat_map(|(provider, rows)| {
                let shared = SHARED.iter().filter(|row| !is_foreign(provider, row.model));
                shared.chain(*rows).map(|row| Scenario {
                    provider,
                    class: class_at(provider, row),
                    delay_ms: delay_at(provider, row),
                    ..*row
                })
            })
            .collect()
    });
    &ALL
}

/// What a provider cannot show: Ollama has no filter, servers on one's own machine have no quota, and an empty
/// stream of theirs is `lm-studio-too-long`.
fn is_foreign(provider: &str, model: &str) -> bool {
    matches!((provider, model), ("ollama", "blocked") | ("local", "quota" | "empty"))
}

/// An error in mid-stream carries a status or a code, except at Ollama, where it is only words.
fn class_at(provider: &str, row: &Scenario) -> Class {
    match row.plays {
        Plays::As(Behaviour::ErrorAtOnce | Behaviour::ErrorMid | Behaviour::ErrorTail)
            if provider == "ollama" =>
        {
            Class::Disconnected
        }
        _ => row.class,
    }
}

/// Of what all show, the delay is the dialect's: Ollama has none, and Gemini tells one even where it is no use.
fn delay_at(provider: &str, row: &Scenario) -> Option<u64> {
    match (provider, row.plays) {
        ("gemini" | "openai" | "local", Plays::As(Behaviour::RateLimited)) => Some(2_000),
        ("gemini", Plays::As(Behaviour::Quota)) => Some(47_000),
        _ => row.delay_ms,
    }
}

const fn row(model: &'static str, class: Class, plays: Plays) -> Scenario {
    Scenario { provider: "", model, class, delay_ms: None, plays }
}

const fn shared(model: &'static str, class: Class, behaviour: Behaviour) -> Scenario {
    row(model, class, Plays::As(behaviour))
}

const fn json(model: &'static str, class: Class, status: u16, body: &'static str) -> Scenario {
    with(model, class, status, &[], body)
}

const fn with(
    model: &'static str,
    class: Class,
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
) -> Scenario {
    row(model, class, Plays::Reply(Canned { status, content_type: "application/json", headers, body }))
}

const fn stream(model: &'static str, class: Class, beats: &'static [Beat]) -> Scenario {
    row(model, class, Plays::Stream(beats))
}

/// What every provider shows in its own dialect.
const SHARED: &[Scenario] = &[
    shared("bad-key", Class::BadKey, Behaviour::BadKey),
    shared("not-found", Class::ModelMissing, Behaviour::NotFound),
    shared("rate-limited", Class::RateLimited, Behaviour::RateLimited),
    shared("quota", Class::QuotaGone, Behaviour::Quota),
    shared("overloaded", Class::Overloaded, Behaviour::Overloaded),
    shared("hang", Class::Timeout, Behaviour::Hang),
    shared("mute", Class::Timeout, Behaviour::Mute),
    shared("stall", Class::Timeout, Behaviour::Stall),
    shared("too-long", Class::ContextTooLong, Behaviour::TooLong),
    shared("blocked", Class::SafetyBlock, Behaviour::Blocked),
    shared("truncated", Class::Truncated, Behaviour::Truncated),
    shared("truncated-silent", Class::Truncated, Behaviour::TruncatedSilent),
    shared("cut", Class::Disconnected, Behaviour::Cut),
    shared("cut-at-once", Class::Disconnected, Behaviour::CutAtOnce),
    shared("cut-in-utf8", Class::Disconnected, Behaviour::CutInUtf8),
    shared("ends-early", Class::Disconnected, Behaviour::EndsEarly),
    shared("ends-empty", Class::Disconnected, Behaviour::EndsEmpty),
    shared("empty", Class::Disconnected, Behaviour::Empty),
    shared("error-at-once", Class::Overloaded, Behaviour::ErrorAtOnce),
    shared("error-mid", Class::Overloaded, Behaviour::ErrorMid),
    shared("error-tail", Class::Overloaded, Behaviour::ErrorTail),
    shared("garbled-once", Class::Malformed, Behaviour::GarbledOnce),
    shared("garbled", Class::Malformed, Behaviour::Garbled),
    shared("html-under-200", Class::Malformed, Behaviour::HtmlUnder200),
    shared("oversized", Class::Malformed, Behaviour::Oversized),
    shared("odd-ends", Class::Malformed, Behaviour::OddEnds),
    shared("lone-surrogates", Class::Malformed, Behaviour::LoneSurrogates),
    shared("html-error", Class::Unreachable, Behaviour::HtmlError),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::name::Name;

    #[test]
    fn every_class_has_a_cell_at_every_provider_that_can_show_it() {
        let cells: BTreeSet<_> = scenarios().iter().map(|row| (row.class, row.provider)).collect();
        assert!(cells.len() >= 45, "{}", cells.len());
        let missing = |class| -> Vec<&str> {
            let all = ["gemini", "ollama", "openai", "local"].into_iter();
            all.filter(|provider| !cells.contains(&(class, provider))).collect()
        };
        for class in [Class::BadKey, Class::ModelMissing, Class::RateLimited, Class::Overloaded] {
            assert_eq!(missing(class), [""; 0], "{}", class.name());
        }
        assert_eq!(missing(Class::SafetyBlock), ["ollama"]);
        assert_eq!(missing(Class::QuotaGone), ["local"]);
        assert_eq!(missing(Class::StaleSignature), ["ollama", "local"]);
    }

    #[test]
    fn names_are_unique_and_mean_their_own_row() {
        let mut seen = BTreeSet::new();
        for row in scenarios() {
            assert!(seen.insert((row.provider, row.model)), "{} {} occurs twice", row.provider, row.model);
            let name = Name::at(row.provider, row.model).expect("a scenario is a name");
            match row.plays {
                Plays::As(behaviour) => assert_eq!(name.behaviour, behaviour, "{}", row.model),
                _ => assert_eq!(name.scenario(), Some(row), "{} is hidden by a shared name", row.model),
            }
        }
    }

    #[test]
    fn bodies_that_claim_to_be_json_are_json() {
        for row in scenarios() {
            let Plays::Reply(canned) = row.plays else { continue };
            let reply = row.render(&canned, "m", &Params::default());
            let parsed: Result<serde_json::Value, _> = serde_json::from_str(&reply.body);
            assert_eq!(parsed.is_ok(), reply.content_type == "application/json", "{}", row.model);
            assert!(!reply.body.contains("{seconds}") && !reply.body.contains("{model}"), "{}", row.model);
        }
    }

    #[track_caller]
    fn check(provider: &str, model: &str, status: Option<u16>, shows_text: bool, recovers: bool) {
        let found = scenarios().iter().find(|row| row.provider == provider && row.model == model);
        let row = found.expect("a known scenario");
        assert_eq!(
            (row.status(), row.shows_text(), row.recovers()),
            (status, shows_text, recovers),
            "{model}"
        );
    }

    #[test]
    fn a_row_knows_what_its_client_will_see() {
        check("gemini", "bad-key", Some(400), false, false);
        check("openai", "bad-key", Some(401), false, false);
        check("ollama", "hang", None, false, false);
        check("ollama", "cut", Some(200), true, false);
        check("ollama", "cut-at-once", Some(200), false, false);
        check("local", "garbled-once", Some(200), true, true);
        check("local", "html-error", Some(502), false, false);
        check("gemini", "deadline", Some(504), false, false);
        check("openai", "oversized", Some(200), false, false);
    }

    #[test]
    fn delays_are_those_of_the_row_or_of_the_name() {
        let row = scenarios().iter().find(|row| row.model == "rate-limited-fraction").expect("a row");
        let Plays::Reply(canned) = row.plays else { panic!("it is canned") };
        let said = |params| row.render(&canned, "m", &params).body;
        assert!(said(Params::default()).contains("\"12.250s\""));
        assert!(said(Params { retry: Some(Duration::from_secs(3)), ..Params::default() }).contains("\"3s\""));
    }
}

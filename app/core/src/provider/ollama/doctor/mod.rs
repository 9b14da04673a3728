//! The doctor for Ollama: from what a few probes found, which one thing is wrong and what to do about it.
//!
//! To a page, a refused origin, a blocked request and a dead port are all the same failed call. What tells them apart is
//! a second call that must not be read, the browser's permission, and where page and address lie. [`examine`] draws the
//! conclusions; somebody with a network makes the probes of a [`Visit`] and adds what they found. Nothing here asks.
//!
//! What browsers do was tried in Chromium 156: a call to a port where nobody listens fails before the permission is
//! looked at, a call without permission fails after, and neither says which it was.

mod checks;
mod read;
mod remedy;
mod site;
#[cfg(test)]
mod tests;

pub use checks::examine;
pub use read::{hello_call, running_call};
pub use remedy::Fix;
pub use site::{Address, Os, Site};

pub use super::KIND;

use crate::prompt::Prompt;

/// What it is called on a page.
pub const TITLE: &str = "Ollama doctor";

/// Room for an answer whose length nobody limits, in tokens.
const ANSWER_TOKENS: u64 = 1024;
/// Bytes of English or code that make about one token.
const BYTES_PER_TOKEN: u64 = 4;

/// Which way calls take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Through our server. False: there is none at this address.
    Server(bool),
    /// Straight from the browser.
    Straight(Address),
}

/// What came of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Answer {
        status: u16,
        body: Vec<u8>,
    },
    /// The browser tells no more than that.
    Failed,
    /// No head of an answer in time.
    Late,
}

/// One call and how long it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    pub outcome: Outcome,
    /// Milliseconds.
    pub took_ms: u64,
}

impl Probe {
    /// Body of an answer with status 200.
    fn body(&self) -> Option<&[u8]> {
        match &self.outcome {
            Outcome::Answer { status: 200, body } => Some(body),
            _ => None,
        }
    }
}

/// State of the browser's permission for the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Permission {
    Granted,
    Denied,
    /// The browser would ask.
    Prompt,
    /// This browser has no such permission.
    #[default]
    Unsupported,
}

impl Permission {
    /// From `PermissionStatus.state`.
    pub fn named(state: &str) -> Self {
        match state {
            "granted" => Self::Granted,
            "denied" => Self::Denied,
            "prompt" => Self::Prompt,
            _ => Self::Unsupported,
        }
    }
}

/// Whether a call to `address` may be made before anybody pressed something: only one that makes no browser ask.
pub fn may_ask_unbidden(site: &Site, address: &Address, permission: Permission) -> bool {
    match permission {
        Permission::Granted | Permission::Unsupported => true,
        Permission::Prompt => site.is_loopback() && address.is_loopback(),
        Permission::Denied => false,
    }
}

/// Everything that is known. A probe that was not made is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    pub site: Site,
    pub way: Way,
    /// [`hello_call`].
    pub hello: Option<Probe>,
    /// The same without reading the answer (`no-cors`): whether it came at all. Worth asking when the readable one failed.
    pub opaque: Option<bool>,
    /// As it is after those calls.
    pub permission: Permission,
    /// [`Protocol::list`](crate::provider::Protocol::list).
    pub list: Option<Probe>,
    /// [`running_call`].
    pub running: Option<Probe>,
    /// [`Protocol::details`](crate::provider::Protocol::details), by model.
    pub shown: Vec<(String, Probe)>,
    /// Models of this Ollama that the reader has chosen.
    pub chosen: Vec<String>,
    /// Tokens that the reader's brief needs, prompt and answer together.
    pub needs: Option<u64>,
    /// What this Ollama said when it last failed at a card.
    pub said: Option<String>,
}

impl Visit {
    /// A visit before its first probe.
    pub fn new(site: Site, way: Way) -> Self {
        Self {
            site,
            way,
            hello: None,
            opaque: None,
            permission: Permission::default(),
            list: None,
            running: None,
            shown: Vec::new(),
            chosen: Vec::new(),
            needs: None,
            said: None,
        }
    }

    /// True once an Ollama has answered: then the other calls are worth making.
    pub fn found_it(&self) -> bool {
        self.hello.as_ref().and_then(Probe::body).is_some_and(|body| read::version(body).is_some())
    }
}

/// What one line of the report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Our own server.
    Server,
    /// Something answers, and it is an Ollama.
    Runs,
    /// It lets this page in.
    Admits,
    /// The browser lets this page reach it.
    Reach,
    Models,
    Context,
    Memory,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Ok,
    Bad,
    /// It works, but not as one would wish.
    Warn,
    /// Not reached: something before it is wrong, or nothing tells.
    Unknown,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub subject: Subject,
    pub verdict: Verdict,
    pub sentence: String,
    /// A measured value or a word; may be empty.
    pub figure: String,
}

/// The one thing to mend first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Nothing is wrong.
    Fine,
    /// There is no CodeCraft server, or it knows of no Ollama.
    ServerLacking,
    NotRunning,
    /// It takes the call and says nothing.
    Silent,
    /// It answers, but not to this page's origin.
    CorsRefused,
    /// An https page and a plain http address.
    MixedContent,
    /// Local Network Access was refused.
    PermissionDenied,
    /// Local Network Access was not granted yet.
    PermissionPending,
    /// An address on another machine, which this page may not ask or which does not answer.
    OutOfReach,
    /// Something else answers at the address.
    NotOllama,
    /// It refuses the host name by which it was asked.
    HostRefused,
    ModelMissing,
    ContextTooSmall,
    OutOfMemory,
}

/// The conclusions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub checks: Vec<Check>,
    pub cause: Cause,
    pub fix: Option<Fix>,
    /// Calls get through: only a model, its context or its memory can be wrong.
    pub reached: bool,
}

impl Report {
    /// How many lines want something of the reader.
    pub fn open(&self) -> usize {
        self.checks.iter().filter(|check| matches!(check.verdict, Verdict::Bad | Verdict::Warn)).count()
    }
}

/// About how many tokens a request needs, its answer included.
pub fn tokens_needed(prompt: &Prompt, max_tokens: Option<u32>) -> u64 {
    let bytes = (prompt.system.len() + prompt.user.len()) as u64;
    bytes.div_ceil(BYTES_PER_TOKEN) + max_tokens.map_or(ANSWER_TOKENS, u64::from)
}

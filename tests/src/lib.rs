//! A fake upstream for tests and for trying things by hand: one server that speaks the wire formats of Gemini,
//! Ollama and OpenAI-compatible servers, does what the model's name says, and records what it saw.
//!
//! | base URL | speaks | key |
//! |---|---|---|
//! | `…/gemini` | `v1beta/models…` | `x-goog-api-key`, any but `bad-key` |
//! | `…/ollama` | `api/chat`, `api/generate`, `api/tags`, `api/show`, … | none |
//! | `…/openai` | `v1/chat/completions`, `v1/models` | `Authorization: Bearer`, any but `bad-key` |
//! | `…/local` | the same, as `llama-server` | none |
//!
//! [`name::CATALOGUE`] has the models that are listed, [`name::UNLISTED`] those that are not, and
//! [`scenario::scenarios`] every failure of every provider, with its class. A name takes parameters, as in
//! `fine@rate=200,lines=80,chunk=7`, or `fine.rate_200.lines_80` where a proxy lets no other letters pass; see
//! [`name::Params`]. With `times`, a failure is over after so many calls: `overloaded@times=2`.
//!
//! | call | answer |
//! |---|---|
//! | `GET /__log` | the [`Call`]s: when, of whom, for which model, with which body, and how they ended |
//! | `GET /__log?wait=closed&id=3` | the same once that call is over, after five seconds at the latest |
//! | `GET /__log?wait=calls&count=4` | the same once there are as many |
//! | `DELETE /__log` | starts afresh: calls, counts and settings |
//! | `GET /__answer?model=fine` | the text that the model answers |
//! | `POST /__set?origins=none&ctx=2048` | other [`Settings`], until the log is deleted |
//!
//! A call that the client gave up has `ended: client_closed`. Models called `tools…` call the first tool that
//! the request offers, or what the prompt spells out in lines such as `CALL read_file {"path": "a.ts"}`, and
//! answer in words once they have the results. `continues@cut=300,style=fence` is cut by length after 300
//! characters, and goes on in its style when its own words come back.
//!
//! [`FakeUpstream::open_ollama`], or `--ollama-addr`, puts Ollama at the root of a second port, for pages that
//! call it directly; `origins` says which pages it lets in.
//!
//! A name becomes a [`script`], which is data; [`play`] performs it against the clock through a [`dialect`].

pub mod answers;
mod clock;
pub mod conversation;
pub mod dialect;
mod endpoints;
mod log;
pub mod name;
pub mod play;
pub mod redis;
pub mod scenario;
pub mod script;
mod server;

#[cfg(test)]
mod client;

pub use endpoints::control::Settings;
pub use log::{Call, Ended, Log};
pub use server::{FakeUpstream, spawn};

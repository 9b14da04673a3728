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
//! [`name::CATALOGUE`] lists the models. A name takes parameters, as in `fine@rate=200,lines=80,chunk=7`; see
//! [`name::Params`]. `GET /__log` returns the [`Call`]s, `GET /__log?wait=closed&id=3` once that call is over,
//! `GET /__log?wait=calls&count=4` once there are as many, each after five seconds at the latest;
//! `DELETE /__log` starts afresh. `GET /__answer?model=fine` is the text that the model answers.
//!
//! A name becomes a [`script`], which is data; [`play`] performs it against the clock through a [`dialect`].

pub mod answers;
mod clock;
pub mod dialect;
mod endpoints;
mod log;
pub mod name;
pub mod play;
pub mod script;
mod server;

#[cfg(test)]
mod client;

pub use log::{Call, Ended, Log};
pub use server::{FakeUpstream, spawn};

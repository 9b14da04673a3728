//! Everything CodeCraft decides, as values.
//!
//! This crate names no browser type and does no IO: it knows no network, no clock and no randomness. Callers pass
//! `now` and ids in, and get back values, among them "what should happen next" as data ([`run::Effect`]).
//!
//! Reading order: [`brief`] (what is asked) → [`prompt`] (the words sent) → [`provider`] (wire formats in, one
//! [`provider::StreamEvent`] out) → [`run`] (the state machine of all candidates) → [`extract`] (code out of an answer) →
//! [`rank`] (which answer is first, and why). [`price`] says what it costs, [`api`] is the
//! contract with the server, [`highlight`] colours lines, [`join`] puts the rest of an answer that was cut off
//! behind it.

pub mod api;
pub mod brief;
pub mod extract;
pub mod highlight;
pub mod join;
mod order;
pub mod price;
pub mod prompt;
pub mod provider;
pub mod rank;
pub mod run;
pub mod settings;
pub mod words;

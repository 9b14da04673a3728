//! Decoding as callers see it: fixture streams of every provider, errors of every shape, and the property that events do
//! not depend on how the bytes were cut.

mod calls;
mod errors;
mod framing;
mod gemini;
mod ollama;
mod openai;
mod splits;
mod support;

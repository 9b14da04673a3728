//! Providers: requests out, bytes in, one [`StreamEvent`] vocabulary.
//!
//! Provider JSON is known only in the file of its provider, which implements [`Protocol`]; [`ProviderKind`] is a line of the
//! [table] of them. Everybody else sees [`Ask`], [`Call`], [`Decoder`], [`StreamEvent`] and [`ProviderError`].

mod call;
mod calls;
pub mod catalog;
mod chat;
mod cut;
mod decode;
mod error;
mod event;
#[cfg(test)]
mod fictional;
pub mod gemini;
mod lines;
mod model;
mod ndjson;
pub mod ollama;
pub mod openai;
pub mod protocol;
pub mod sample;
mod sse;
mod table;
#[cfg(test)]
mod tests;
pub(crate) mod write;

pub use call::{Call, Method};
pub use calls::ToolCalls;
pub use chat::{Abilities, Ask, Chat, Said, Swap, Swaps, Tool, ToolCall, Turn};
pub use cut::cut_prompt;
pub(crate) use decode::json;
pub use decode::{Decoder, Head};
pub use error::{ErrorClass, ProviderError};
pub use event::{BlockStage, FinishReason, StreamEvent, Usage};
pub use model::{ListedModel, ModelDetails, ModelPage, ModelRef};
pub use ollama::doctor;
pub use protocol::{Facts, Protocol};
pub use table::ProviderKind;

/// Reads the answer to [`Protocol::list`]: status and body.
///
/// # Errors
/// The classified failure, when the status is not 2xx or the body is not a model list.
pub fn read_models(kind: ProviderKind, status: u16, body: &[u8]) -> Result<ModelPage, ProviderError> {
    if !(200..300).contains(&status) {
        return Err(decode::classify_body(kind, status, None, body));
    }
    let page = kind.protocol().read_list(body);
    page.ok_or_else(|| ProviderError::new(ErrorClass::Malformed, "the answer is not a list of models"))
}

//! OpenAI-compatible servers.
use super::{Call, Method, ModelPage};
use crate::{brief::Params, prompt::Prompt};
/// Which key carries the token limit.
#[derive(Debug, Clone, Copy)]
pub enum Limit { MaxTokens, MaxCompletionTokens }
pub fn generate_call(model: &str, _: &Prompt, _: &Params, _: Limit) -> Call { Call { method: Method::Post, path: model.into(), body: String::new() } }
pub fn models_call() -> Call { Call { method: Method::Get, path: "v1/models".into(), body: String::new() } }
pub fn read_models(_: &[u8]) -> Option<ModelPage> { None }

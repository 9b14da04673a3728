//! Ollama.
use super::{Call, Method, ModelPage};
use crate::{brief::Params, prompt::Prompt};
pub fn generate_call(model: &str, _: &Prompt, _: &Params) -> Call { Call { method: Method::Post, path: model.into(), body: String::new() } }
pub fn models_call() -> Call { Call { method: Method::Get, path: "api/tags".into(), body: String::new() } }
pub fn read_models(_: &[u8]) -> Option<ModelPage> { None }

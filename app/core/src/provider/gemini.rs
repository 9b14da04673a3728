//! Gemini.
use super::{Call, Method, ModelPage};
use crate::{brief::Params, prompt::Prompt};
pub fn generate_call(model: &str, _: &Prompt, _: &Params) -> Call { Call { method: Method::Post, path: model.into(), body: String::new() } }
pub fn models_call(_: Option<&str>) -> Call { Call { method: Method::Get, path: "v1beta/models?pageSize=1000".into(), body: String::new() } }
pub fn read_models(_: &[u8]) -> Option<ModelPage> { None }

//! The small calls that only the doctor makes, and what they and the common ones say.

use super::KIND;
use crate::{
    api::{self, Code},
    provider::{Call, Method, json},
};

/// Asks for the version; what answers it with one is an Ollama.
pub fn hello_call() -> Call {
    get("api/version")
}

/// Asks for the models in memory.
pub fn running_call() -> Call {
    get("api/ps")
}

fn get(path: &str) -> Call {
    Call { method: Method::Get, path: path.into(), body: String::new() }
}

/// The version, if this is an Ollama's answer.
pub fn version(body: &[u8]) -> Option<String> {
    Some(json::text(&json::parse(body)?, "version")?.into())
}

/// Why our own server refused or failed, if it is its answer.
pub fn proxy_code(body: &[u8]) -> Option<Code> {
    api::code_name(api::own_error(&json::parse(body)?)?).map(Code::named)
}

/// Names of the installed models; `None` if this is no list.
pub fn installed(body: &[u8]) -> Option<Vec<String>> {
    let page = KIND.protocol().read_list(body)?;
    Some(page.models.iter().map(|model| full(&model.id)).collect())
}

/// The models in memory, each with the context that it was loaded with, in tokens.
pub fn running(body: &[u8]) -> Vec<(String, Option<u64>)> {
    let root = json::parse(body).unwrap_or_default();
    json::list(&root, "models")
        .iter()
        .filter_map(|model| {
            let name = json::text(model, "model").or_else(|| json::text(model, "name"))?;
            Some((full(name), json::count(model, "context_length")))
        })
        .collect()
}

/// The most tokens that a model was made for.
pub fn longest_context(body: &[u8]) -> Option<u64> {
    KIND.protocol().read_details(body)?.context
}

/// A model's name with its tag; without one Ollama means `latest`.
pub fn full(name: &str) -> String {
    let last = name.rsplit_once('/').map_or(name, |(_, last)| last);
    if last.contains(':') { name.into() } else { format!("{name}:latest") }
}

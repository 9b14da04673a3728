//! The installed models, and what is told about one.

use serde_json::Value;

use crate::provider::{Abilities, ListedModel, ModelDetails, ModelPage, decode::json};

/// Reads the answer of `/api/tags`.
pub fn read(body: &[u8]) -> Option<ModelPage> {
    let root = json::parse(body)?;
    // `null` is how an empty list may be written.
    root.get("models").filter(|models| models.is_array() || models.is_null())?;
    let models = json::list(&root, "models").iter().filter_map(|model| {
        let details = model.get("details").unwrap_or(&Value::Null);
        // Both name where a cloud model really runs.
        let elsewhere = ["remote_model", "remote_host"].iter().any(|key| json::text(model, key).is_some());
        Some(ListedModel {
            id: json::text(model, "model").or_else(|| json::text(model, "name"))?.into(),
            context: json::count(details, "context_length"),
            // A cloud model takes a few hundred bytes for its name; that is nobody's size.
            size_bytes: json::count(model, "size").filter(|_| !elsewhere),
            abilities: abilities(model),
            remote: elsewhere,
            ..ListedModel::default()
        })
    });
    Some(ModelPage { models: models.collect(), next: None })
}

/// Reads the answer of `/api/show`.
pub fn read_details(body: &[u8]) -> Option<ModelDetails> {
    let root = json::parse(body)?;
    let info = root.get("model_info").unwrap_or(&Value::Null);
    // Under the name of the architecture: `qwen3.context_length`. A picture model has one for its eyes too.
    let context = json::text(info, "general.architecture")
        .and_then(|architecture| json::count(info, &format!("{architecture}.context_length")))
        .or_else(|| {
            let mut keys = info.as_object()?.keys();
            json::count(info, keys.find(|key| key.ends_with(".context_length"))?)
        });
    let known = root.is_object()
        && ["model_info", "details", "capabilities"].iter().any(|key| root.get(key).is_some());
    known.then(|| ModelDetails {
        context,
        served_context: json::text(&root, "parameters").and_then(num_ctx),
        abilities: abilities(&root),
    })
}

/// The context that the model's own parameters set: lines of a name, blanks and a value.
fn num_ctx(parameters: &str) -> Option<u64> {
    parameters.lines().find_map(|line| line.trim().strip_prefix("num_ctx")?.trim().parse().ok())
}

/// Older versions list none: then nothing is known.
fn abilities(model: &Value) -> Abilities {
    let Some(list) = model.get("capabilities").and_then(Value::as_array) else { return Abilities::default() };
    let able = |name: &str| Some(list.iter().any(|each| each == name));
    Abilities {
        tools: able("tools"),
        thinking: able("thinking"),
        vision: able("vision"),
        insert: able("insert"),
    }
}

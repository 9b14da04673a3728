//! The list of models.

use serde_json::Value;

use crate::provider::{ListedModel, ModelPage, decode::json};

/// Reads the answer of `/v1/models`, whose only agreed member is the id.
pub fn read(body: &[u8]) -> Option<ModelPage> {
    let root = json::parse(body)?;
    // `null` is how Ollama writes an empty list here.
    root.get("data").filter(|data| data.is_array() || data.is_null())?;
    let models = json::list(&root, "data").iter().filter_map(|model| {
        let meta = model.get("meta").unwrap_or(&Value::Null);
        Some(ListedModel {
            id: json::text(model, "id")?.into(),
            context: json::count(model, "max_model_len")
                .or_else(|| json::count(meta, "n_ctx"))
                .or_else(|| json::count(meta, "n_ctx_train")),
            loaded: model.get("status").and_then(|status| json::text(status, "value")).and_then(loaded),
            ..ListedModel::default()
        })
    });
    Some(ModelPage { models: models.collect(), next: None })
}

/// What llama.cpp says of each model when it serves several.
fn loaded(status: &str) -> Option<bool> {
    match status {
        "loaded" => Some(true),
        "unloaded" | "loading" | "sleeping" => Some(false),
        _ => None,
    }
}

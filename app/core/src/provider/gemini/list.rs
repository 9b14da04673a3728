//! The list of models.

use serde_json::Value;

use super::{VERSION, request::escaped};
use crate::provider::{Abilities, Call, ListedModel, ModelPage, decode::json};

/// Largest page the service gives.
const PAGE_SIZE: u32 = 1000;

/// The call for a page of it.
pub fn call(page: Option<&str>) -> Call {
    let mut path = format!("{VERSION}/models?pageSize={PAGE_SIZE}");
    if let Some(token) = page {
        path.push_str("&pageToken=");
        path.push_str(&escaped(token));
    }
    Call::get(path)
}

/// Models that generate content; the list also holds embedding and other kinds.
pub fn read(body: &[u8]) -> Option<ModelPage> {
    let root = json::parse(body)?;
    // An empty list is written as `{}`.
    if !root.is_object() || root.get("error").is_some() {
        return None;
    }
    let generates = |model: &&Value| {
        json::list(model, "supportedGenerationMethods").iter().any(|method| method == "generateContent")
    };
    let models = json::list(&root, "models").iter().filter(generates).filter_map(|model| {
        let name = json::text(model, "name")?;
        Some(ListedModel {
            id: name.strip_prefix("models/").unwrap_or(name).into(),
            context: json::count(model, "inputTokenLimit"),
            output: json::count(model, "outputTokenLimit"),
            abilities: Abilities {
                thinking: model.get("thinking").and_then(Value::as_bool),
                tools: Some(true),
                ..Abilities::default()
            },
            ..ListedModel::default()
        })
    });
    Some(ModelPage {
        models: models.collect(),
        next: json::text(&root, "nextPageToken").map(ToOwned::to_owned),
    })
}

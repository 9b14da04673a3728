//! `/ollama/api/…`

use axum::{
    Extension, Router,
    body::Bytes,
    extract::State,
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{Ask, Seen, World, cors, find, perform};
use crate::{
    dialect::{
        Dialect, Reply, invalid, object,
        ollama::{Endpoint, Ollama, refuse},
        prompt_tokens,
    },
    name::{CATALOGUE, EMBEDDING_MODEL, Name},
    script::Refusal,
};

const CONTEXT_LENGTH: u64 = 32_768;
const MODIFIED: &str = "2026-11-02T09:30:00.000000000Z";

pub fn router() -> Router<World> {
    Router::new()
        .route("/", get(async || "Ollama is running"))
        .route("/api/version", get(async || Reply::ok(json!({"version": "0.14.2"}))))
        .route("/api/tags", get(async || Reply::ok(tags())))
        .route("/api/ps", get(async || Reply::ok(running())))
        .route("/api/show", post(show))
        .route("/api/chat", post(chat))
        .route("/api/generate", post(complete))
        .layer(middleware::from_fn(cors::ollama))
}

fn tags() -> Value {
    let embedding = tag(EMBEDDING_MODEL, "nomic-bert", "137M", 274_302_450, &["embedding"]);
    let models = CATALOGUE.iter().zip(1_u64..).map(|(entry, number)| {
        let capabilities = capabilities(&entry.name.parse().expect("the catalogue holds names that parse"));
        tag(entry.name, "qwen2", "7.6B", 4_683_087_332 + number * 1_024, capabilities)
    });
    json!({"models": models.chain([embedding]).collect::<Vec<_>>()})
}

fn tag(name: &str, family: &str, parameters: &str, size: u64, capabilities: &[&str]) -> Value {
    json!({
        "name": format!("{name}:latest"),
        "model": format!("{name}:latest"),
        "modified_at": MODIFIED,
        "size": size,
        "digest": format!("{size:064x}"),
        "details": {
            "parent_model": "",
            "format": "gguf",
            "family": family,
            "families": [family],
            "parameter_size": parameters,
            "quantization_level": "Q4_K_M",
            "context_length": CONTEXT_LENGTH,
        },
        "capabilities": capabilities,
    })
}

fn capabilities(name: &Name) -> &'static [&'static str] {
    if name.thinks() { &["completion", "tools", "thinking"] } else { &["completion", "tools"] }
}

fn running() -> Value {
    let mut model = tag("fine", "qwen2", "7.6B", 4_683_088_356, &["completion", "tools"]);
    if let Some(model) = model.as_object_mut() {
        model.remove("modified_at");
        model.remove("capabilities");
        model.insert("size_vram".to_owned(), json!(4_683_088_356_u64));
        model.insert("expires_at".to_owned(), json!("2318-01-01T00:00:00Z"));
        model.insert("context_length".to_owned(), json!(4_096));
    }
    json!({"models": [model]})
}

async fn show(body: Bytes) -> Reply {
    let asked = object(&body).unwrap_or_default();
    let model = asked["model"].as_str().or(asked["name"].as_str()).unwrap_or_default();
    let bare = untagged(model);
    let (capabilities, family): (&[&str], _) = match bare.parse::<Name>() {
        Ok(name) => (capabilities(&name), "qwen2"),
        Err(_) if bare == EMBEDDING_MODEL => (&["embedding"], "nomic-bert"),
        Err(_) => return refuse(&Refusal::NotFound, model),
    };
    Reply::ok(json!({
        "modelfile": format!("FROM {bare}"),
        "parameters": "stop \"<|im_end|>\"",
        "template": "{{ .Prompt }}",
        "details": {"parent_model": "", "format": "gguf", "family": family, "families": [family],
            "parameter_size": "7.6B", "quantization_level": "Q4_K_M"},
        "model_info": {"general.architecture": family, format!("{family}.context_length"): CONTEXT_LENGTH},
        "capabilities": capabilities,
        "modified_at": MODIFIED,
    }))
}

async fn chat(State(world): State<World>, Extension(seen): Extension<Seen>, body: Bytes) -> Response {
    answer(&world, &seen, &body, Endpoint::Chat).await
}

async fn complete(State(world): State<World>, Extension(seen): Extension<Seen>, body: Bytes) -> Response {
    answer(&world, &seen, &body, Endpoint::Generate).await
}

async fn answer(world: &World, seen: &Seen, body: &[u8], endpoint: Endpoint) -> Response {
    let body = match object(body) {
        Ok(body) => body,
        Err(refusal) => return refuse(&refusal, "").into_response(),
    };
    let model = body["model"].as_str().unwrap_or_default();
    if model.is_empty() {
        return refuse(&invalid("model is required"), "").into_response();
    }
    let think = body.get("think").is_none_or(|think| think != &json!(false));
    let mut dialect = Ollama { meta: seen.meta(model), endpoint, think };
    let bare = untagged(model);
    if bare == EMBEDDING_MODEL {
        let refusal = invalid(format!("\"{model}\" does not support chat"));
        return dialect.refuse(&refusal).into_response();
    }
    let name = match find(bare, &dialect) {
        Ok(name) => name,
        Err(reply) => return reply.into_response(),
    };
    let asks_to_think = body.get("think").is_some_and(|think| !think.is_null() && think != &json!(false));
    if asks_to_think && !name.thinks() {
        let refusal = invalid(format!("\"{model}\" does not support thinking"));
        return dialect.refuse(&refusal).into_response();
    }
    let prompt = match endpoint {
        Endpoint::Chat => &body["messages"],
        Endpoint::Generate => &body["prompt"],
    };
    // Without a prompt the model is only loaded.
    if prompt.as_array().is_none_or(Vec::is_empty) && prompt.as_str().is_none_or(str::is_empty) {
        return Reply::ok(loaded(&mut dialect)).into_response();
    }
    let ask = Ask {
        model: bare.to_owned(),
        prompt_tokens: prompt_tokens(prompt),
        // Negative means without a limit.
        max_tokens: body["options"]["num_predict"].as_u64(),
        stream: body["stream"].as_bool().unwrap_or(true),
    };
    perform(world, seen, &name, ask, Box::new(dialect)).await
}

fn loaded(dialect: &mut Ollama) -> Value {
    let mut line = dialect.whole(&crate::dialect::Whole::default(), &crate::dialect::Tally::default());
    line["done"] = json!(true);
    line["done_reason"] = json!("load");
    line
}

fn untagged(model: &str) -> &str {
    model.strip_suffix(":latest").unwrap_or(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_list_every_model_with_its_details() {
        let tags = tags();
        let models = tags["models"].as_array().expect("a list");
        assert_eq!(models.len(), CATALOGUE.len() + 1);
        assert_eq!(models[0]["name"], "fine:latest");
        assert_eq!(models[0]["details"]["parameter_size"], "7.6B");
        assert_eq!(models[3]["capabilities"], json!(["completion", "tools", "thinking"]));
        assert_eq!(models[0]["digest"].as_str().map(str::len), Some(64));
    }
}

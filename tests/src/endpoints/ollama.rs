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

use super::{Ask, Seen, World, control::Settings, cors, find, perform};
use crate::{
    conversation::Conversation,
    dialect::{
        Dialect, Reply, invalid, object,
        ollama::{Endpoint, Ollama, refuse},
        prompt_tokens,
    },
    name::{Behaviour, EMBEDDING_MODEL, Name},
    script::Refusal,
};

/// What the models were trained for, in tokens.
const CONTEXT_LENGTH: u64 = 32_768;
/// What they are loaded with unless somebody says otherwise.
const DEFAULT_CONTEXT: u64 = 4_096;
const SIZE: u64 = 4_683_087_332;
const MODIFIED: &str = "2026-11-02T09:30:00.000000000Z";

pub fn router(world: &World) -> Router<World> {
    Router::new()
        .route("/", get(async || "Ollama is running"))
        .route("/api/version", get(async || Reply::ok(json!({"version": "0.14.2"}))))
        .route("/api/tags", get(async |State(world): State<World>| Reply::ok(tags(&world.settings()))))
        .route("/api/ps", get(async |State(world): State<World>| Reply::ok(running(&world.settings()))))
        .route("/api/show", post(show))
        .route("/api/chat", post(chat))
        .route("/api/generate", post(complete))
        .layer(middleware::from_fn_with_state(world.clone(), cors::ollama))
}

fn tags(settings: &Settings) -> Value {
    let models = settings.listed().into_iter().zip(1_u64..).map(|(name, number)| match model(&name) {
        None if name == EMBEDDING_MODEL => {
            tag(&name, "nomic-bert", "137M", 274_302_450, &["embedding"], CONTEXT_LENGTH)
        }
        Some(found) if found.behaviour == Behaviour::Cloud => cloud(&name),
        found => {
            let capabilities = found.map_or(&["completion"] as &[_], |found| capabilities(&found));
            tag(&name, "qwen2", "7.6B", SIZE + number * 1_024, capabilities, CONTEXT_LENGTH)
        }
    });
    json!({"models": models.collect::<Vec<_>>()})
}

fn model(name: &str) -> Option<Name> {
    Name::at("ollama", name).ok()
}

fn tag(name: &str, family: &str, parameters: &str, size: u64, capabilities: &[&str], context: u64) -> Value {
    let full = if name.contains(':') { name.to_owned() } else { format!("{name}:latest") };
    json!({
        "name": full,
        "model": full,
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
            "context_length": context,
        },
        "capabilities": capabilities,
    })
}

/// A model of Ollama's cloud: a few hundred bytes on this machine that name another one.
fn cloud(name: &str) -> Value {
    let mut tag = tag(name, "gptoss", "116.8B", 384, &["completion", "tools", "thinking"], 131_072);
    tag["remote_model"] = json!(REMOTE_MODEL);
    tag["remote_host"] = json!(REMOTE_HOST);
    tag
}

const REMOTE_MODEL: &str = "gpt-oss:120b";
const REMOTE_HOST: &str = "https://ollama.com:443";

fn capabilities(name: &Name) -> &'static [&'static str] {
    if name.thinks() { &["completion", "tools", "thinking"] } else { &["completion", "tools"] }
}

/// Tokens that a model is loaded with: what its name says, or the settings, or what the daemon does by itself.
fn loaded_context(name: Option<&Name>, settings: &Settings) -> u64 {
    name.and_then(|name| name.params.ctx).or(settings.ctx).unwrap_or(DEFAULT_CONTEXT)
}

fn running(settings: &Settings) -> Value {
    // Of the models that are there, the first is loaded.
    let Some(first) = settings.listed().into_iter().find(|name| name != EMBEDDING_MODEL) else {
        return json!({"models": []});
    };
    let size = SIZE + 1_024;
    let mut tag = tag(&first, "qwen2", "7.6B", size, &[], CONTEXT_LENGTH);
    if let Some(fields) = tag.as_object_mut() {
        fields.remove("modified_at");
        fields.remove("capabilities");
        fields.insert(
            "size_vram".to_owned(),
            json!(size / 100 * settings.vram + size % 100 * settings.vram / 100),
        );
        fields.insert("expires_at".to_owned(), json!("2318-01-01T00:00:00Z"));
        fields.insert("context_length".to_owned(), json!(loaded_context(model(&first).as_ref(), settings)));
    }
    json!({"models": [tag]})
}

async fn show(State(world): State<World>, body: Bytes) -> Reply {
    let asked = object(&body).unwrap_or_default();
    let asked = asked["model"].as_str().or(asked["name"].as_str()).unwrap_or_default();
    shown(asked, &world.settings())
}

fn shown(asked: &str, settings: &Settings) -> Reply {
    let bare = untagged(asked);
    let found = model(bare);
    let (capabilities, family): (&[&str], _) = match &found {
        _ if settings.has_vanished(bare) => return refuse(&Refusal::NotFound, asked),
        Some(name) if name.behaviour == Behaviour::Cloud => (&["completion", "tools", "thinking"], "gptoss"),
        Some(name) => (capabilities(name), "qwen2"),
        None if bare == EMBEDDING_MODEL => (&["embedding"], "nomic-bert"),
        None => return refuse(&Refusal::NotFound, asked),
    };
    // A parameter of the model is told only where somebody has set it.
    let fixed = found.as_ref().and_then(|name| name.params.ctx).or(settings.ctx);
    let tiny = found.as_ref().is_some_and(|name| name.behaviour == Behaviour::TinyContext);
    let fixed = fixed.or(tiny.then_some(DEFAULT_CONTEXT));
    let parameters = fixed.map(|ctx| format!("num_ctx {ctx:24}\n")).unwrap_or_default();
    let mut reply = json!({
        "modelfile": format!("FROM {bare}"),
        "parameters": format!("{parameters}stop \"<|im_end|>\""),
        "template": "{{ .Prompt }}",
        "details": {"parent_model": "", "format": "gguf", "family": family, "families": [family],
            "parameter_size": "7.6B", "quantization_level": "Q4_K_M"},
        "model_info": {"general.architecture": family, format!("{family}.context_length"): CONTEXT_LENGTH},
        "capabilities": capabilities,
        "modified_at": MODIFIED,
    });
    if family == "gptoss" {
        reply["remote_model"] = json!(REMOTE_MODEL);
        reply["remote_host"] = json!(REMOTE_HOST);
    }
    Reply::ok(reply)
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
    let name = match find(world, seen, bare, &dialect) {
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
    let prompt_tokens = match fitted(&body, prompt_tokens(prompt), &name, &world.settings()) {
        Ok(tokens) => tokens,
        Err(refusal) => return dialect.refuse(&refusal).into_response(),
    };
    let ask = Ask {
        model: bare.to_owned(),
        prompt_tokens,
        // Negative means without a limit.
        max_tokens: body["options"]["num_predict"].as_u64(),
        stream: body["stream"].as_bool().unwrap_or(true),
        conversation: Conversation::of_chat(&body),
    };
    perform(world, seen, &name, ask, Box::new(dialect)).await
}

/// Tokens of the prompt that the model gets to see. What does not fit is dropped without a word, unless the
/// client forbids it. The context is that of the request, of the name, or of the settings; where none of them
/// has one, everything fits.
fn fitted(body: &Value, tokens: u64, name: &Name, settings: &Settings) -> Result<u64, Refusal> {
    let tiny = (name.behaviour == Behaviour::TinyContext).then_some(DEFAULT_CONTEXT);
    let asked = body["options"]["num_ctx"].as_u64();
    let context = asked.or(name.params.ctx).or(settings.ctx).or(tiny).unwrap_or(u64::MAX);
    match body["truncate"] {
        Value::Bool(false) if tokens > context => Err(Refusal::TooLong),
        _ => Ok(tokens.min(context)),
    }
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
    use crate::name::CATALOGUE;

    fn with(changes: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        for (key, value) in changes {
            settings.set(key, value).expect("a setting");
        }
        settings
    }

    #[test]
    fn tags_list_every_model_with_its_details() {
        let tags = tags(&Settings::default());
        let models = tags["models"].as_array().expect("a list");
        assert_eq!(models.len(), CATALOGUE.len() + 1);
        assert_eq!(models[0]["name"], "fine:latest");
        assert_eq!(models[0]["details"]["parameter_size"], "7.6B");
        assert_eq!(models[3]["capabilities"], json!(["completion", "tools", "thinking"]));
        assert_eq!(models[0]["digest"].as_str().map(str::len), Some(64));
        assert_eq!(models[CATALOGUE.len()]["capabilities"], json!(["embedding"]));
    }

    #[test]
    fn models_of_the_cloud_name_their_host() {
        let tags = tags(&with(&[("models", "fine,cloud")]));
        assert_eq!(tags["models"][0].get("remote_host"), None);
        assert_eq!(tags["models"][1]["remote_host"], REMOTE_HOST);
        assert_eq!(tags["models"][1]["remote_model"], REMOTE_MODEL);
        assert_eq!(shown("cloud", &Settings::default()).body["remote_host"], REMOTE_HOST);
    }

    #[test]
    fn a_loaded_model_tells_its_context_and_its_share_of_the_card() {
        let loaded = |changes: &[(&str, &str)]| running(&with(changes))["models"][0].clone();
        assert_eq!(loaded(&[])["context_length"], 4_096);
        assert_eq!(loaded(&[])["size_vram"], loaded(&[])["size"]);
        assert_eq!(loaded(&[("ctx", "2048")])["context_length"], 2_048);
        let half = loaded(&[("vram", "50")]);
        assert_eq!(half["size_vram"].as_u64().map(|bytes| bytes * 2), half["size"].as_u64());
        assert_eq!(running(&with(&[("models", "")]))["models"], json!([]));
    }

    #[track_caller]
    fn check_parameters(model: &str, changes: &[(&str, &str)], num_ctx: Option<&str>) {
        let reply = shown(model, &with(changes));
        let parameters = reply.body["parameters"].as_str().expect("a text").to_owned();
        let line = parameters.lines().find_map(|line| line.strip_prefix("num_ctx")).map(str::trim);
        assert_eq!(line, num_ctx, "{model}");
        assert_eq!(reply.body["model_info"]["qwen2.context_length"], CONTEXT_LENGTH);
    }

    #[test]
    fn a_fixed_context_is_a_parameter_of_the_model() {
        check_parameters("fine", &[], None);
        check_parameters("fine:latest", &[("ctx", "2048")], Some("2048"));
        check_parameters("tiny-context", &[], Some("4096"));
        check_parameters("tiny-context@ctx=1024", &[], Some("1024"));
        assert_eq!(shown("fine", &with(&[("vanish", "fine")])).status, 404);
    }

    #[track_caller]
    fn check_fit(model: &str, body: Value, changes: &[(&str, &str)], expect: Result<u64, Refusal>) {
        let name = model.parse().expect("a known name");
        assert_eq!(fitted(&body, 9_000, &name, &with(changes)), expect, "{model} {body}");
    }

    #[test]
    fn what_does_not_fit_is_dropped_or_refused() {
        check_fit("fine", json!({}), &[], Ok(9_000));
        check_fit("fine", json!({}), &[("ctx", "2048")], Ok(2_048));
        check_fit("tiny-context", json!({}), &[], Ok(4_096));
        check_fit("tiny-context@ctx=512", json!({}), &[], Ok(512));
        check_fit("tiny-context", json!({"options": {"num_ctx": 16_384}}), &[], Ok(9_000));
        check_fit("tiny-context", json!({"truncate": false}), &[], Err(Refusal::TooLong));
        check_fit("fine", json!({"truncate": false}), &[], Ok(9_000));
    }
}

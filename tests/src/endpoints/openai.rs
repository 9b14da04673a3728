//! `/openai/v1/…` and `/local/v1/…`

use axum::{
    Extension, Router,
    body::Bytes,
    extract::{Path, State},
    http::HeaderValue,
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{
    Ask, Seen, World,
    control::{self, Settings},
    cors, find, perform,
};
use crate::{
    conversation::Conversation,
    dialect::{
        Dialect, Reply, invalid, object,
        openai::{Flavour, OpenAi, refuse},
        prompt_tokens,
    },
    name::{Behaviour, Field, Name, Shape},
    script::Refusal,
};

pub use crate::dialect::openai::Flavour as Server;

const CREATED: u64 = 1_760_000_000;

pub fn router(server: Server) -> Router<World> {
    let router = Router::new()
        .route("/v1/models", get(list))
        .route("/v1/models/{id}", get(show))
        .route("/v1/chat/completions", post(complete));
    let router = match server {
        Flavour::OpenAi => router,
        Flavour::Local => router
            .route("/health", get(async || Reply::ok(json!({"status": "ok"}))))
            .layer(middleware::from_fn(cors::local)),
    };
    router.layer(Extension(server))
}

fn authorised(seen: &Seen, server: Server) -> Result<(), Refusal> {
    let key = seen.header("authorization").strip_prefix("Bearer ").unwrap_or_default().trim();
    match (server, key) {
        (Flavour::OpenAi, "") => Err(Refusal::NoKey),
        (Flavour::OpenAi, "bad-key") => Err(Refusal::BadKey),
        (Flavour::Local | Flavour::OpenAi, _) => Ok(()),
    }
}

fn entry(id: &str, server: Server, settings: &Settings) -> Value {
    let mut entry = json!({"id": id, "object": "model", "created": CREATED});
    let owner = match (server, settings.server) {
        (Flavour::OpenAi, _) => "fake-upstream",
        (Flavour::Local, control::Server::Llama) => {
            entry["meta"] = json!({"vocab_type": 2, "n_vocab": 152_064, "n_ctx_train": 32_768, "n_embd": 3_584,
                "n_params": 7_615_616_512_u64, "size": 4_677_120_000_u64});
            "llamacpp"
        }
        (Flavour::Local, control::Server::Router) => {
            // The first is in memory, those that fail are not, and the rest are asleep.
            let first = settings.listed().first().is_some_and(|first| first == id);
            let fails = Name::at("local", id).is_ok_and(|name| name.scenario().is_some());
            let value = if first {
                "loaded"
            } else if fails {
                "unloaded"
            } else {
                "sleeping"
            };
            entry["status"] = json!({"value": value});
            "llamacpp"
        }
        (Flavour::Local, control::Server::Vllm) => {
            entry["root"] = json!(id);
            entry["parent"] = Value::Null;
            entry["max_model_len"] = json!(32_768);
            "vllm"
        }
        (Flavour::Local, control::Server::LmStudio) => "organization_owner",
    };
    entry["owned_by"] = json!(owner);
    entry
}

async fn list(
    State(world): State<World>,
    Extension(seen): Extension<Seen>,
    Extension(server): Extension<Server>,
) -> Reply {
    match authorised(&seen, server) {
        Ok(()) => {
            let settings = world.settings();
            let models: Vec<Value> =
                settings.listed().iter().map(|id| entry(id, server, &settings)).collect();
            Reply::ok(json!({"object": "list", "data": models}))
        }
        Err(refusal) => refuse(&refusal, "", server),
    }
}

async fn show(
    State(world): State<World>,
    Extension(seen): Extension<Seen>,
    Extension(server): Extension<Server>,
    Path(id): Path<String>,
) -> Reply {
    let found = authorised(&seen, server).and_then(|()| {
        let settings = world.settings();
        if settings.listed().contains(&id) {
            Ok(entry(&id, server, &settings))
        } else {
            Err(Refusal::NotFound)
        }
    });
    found.map_or_else(|refusal| refuse(&refusal, &id, server), Reply::ok)
}

async fn complete(
    State(world): State<World>,
    Extension(seen): Extension<Seen>,
    Extension(server): Extension<Server>,
    body: Bytes,
) -> Response {
    let mut response = answer(&world, &seen, server, &body).await;
    if let Ok(id) = HeaderValue::from_str(&format!("req-{}", seen.call)) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

async fn answer(world: &World, seen: &Seen, server: Server, body: &[u8]) -> Response {
    let body = match authorised(seen, server).and_then(|()| object(body)) {
        Ok(body) => body,
        Err(refusal) => return refuse(&refusal, "", server).into_response(),
    };
    let model = body["model"].as_str().unwrap_or_default();
    let include_usage = body["stream_options"]["include_usage"] == json!(true);
    let mut dialect = OpenAi { meta: seen.meta(model), flavour: server, include_usage, field: None };
    if model.is_empty() {
        return dialect.refuse(&invalid("you must provide a model parameter")).into_response();
    }
    let name = match find(world, seen, model, &dialect) {
        Ok(name) => name,
        Err(reply) => return reply.into_response(),
    };
    let conversation = Conversation::of_chat(&body);
    if let Err(refusal) = check(&body, &name, server).and_then(|()| check_reasoning(&conversation, &name)) {
        return dialect.refuse(&refusal).into_response();
    }
    // Those who want their reasoning back call it so.
    let replayed = (name.behaviour == Behaviour::Tools(Shape::Reasoning)).then_some(Field::Content);
    dialect.field = name.params.field.or(replayed);
    let knows_new = server == Flavour::OpenAi || name.behaviour == Behaviour::NewLimit;
    let limit = body.get("max_completion_tokens").filter(|_| knows_new);
    let ask = Ask {
        model: model.to_owned(),
        prompt_tokens: prompt_tokens(&body["messages"]),
        max_tokens: limit.or_else(|| body.get("max_tokens")).and_then(Value::as_u64),
        stream: body["stream"] == json!(true),
        conversation,
    };
    perform(world, seen, &name, ask, Box::new(dialect)).await
}

fn check(body: &Value, name: &Name, server: Server) -> Result<(), Refusal> {
    let refuse =
        |message: &str, param| Err(Refusal::Invalid { message: message.to_owned(), param: Some(param) });
    if body["messages"].as_array().is_none_or(Vec::is_empty) {
        return Err(invalid("Invalid 'messages': expected a non-empty array."));
    }
    if server == Flavour::OpenAi && body.get("top_k").is_some() {
        return refuse("Unrecognized request argument supplied: top_k", "top_k");
    }
    let new_only = match name.behaviour {
        Behaviour::NewLimit => true,
        Behaviour::Thinking => server == Flavour::OpenAi,
        _ => false,
    };
    if new_only && body.get("max_tokens").is_some() {
        return refuse(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' \
             instead.",
            "max_tokens",
        );
    }
    if name.behaviour == Behaviour::OldLimit && body.get("max_completion_tokens").is_some() {
        return refuse(
            "Unsupported parameter: 'max_completion_tokens' is not supported with this model. Use 'max_tokens' \
             instead.",
            "max_completion_tokens",
        );
    }
    let temperature = body.get("temperature").and_then(Value::as_f64);
    if name.behaviour == Behaviour::FixedTemperature
        && temperature.is_some_and(|value| value.to_bits() != ONE)
    {
        return refuse(
            "Unsupported value: 'temperature' does not support this value with this model. Only the default \
             (1) value is supported.",
            "temperature",
        );
    }
    Ok(())
}

const ONE: u64 = 1.0_f64.to_bits();

/// The thinking mode of `DeepSeek` wants the reasoning of every turn with calls back, unchanged.
fn check_reasoning(conversation: &Conversation, name: &Name) -> Result<(), Refusal> {
    let wants = name.behaviour == Behaviour::Tools(Shape::Reasoning);
    if wants && conversation.check_reasoning().is_err() {
        return Err(invalid("The `reasoning_content` in the thinking mode must be passed back to the API."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_those_of_each_server() {
        let expect =
            json!({"id": "fine", "object": "model", "created": CREATED, "owned_by": "fake-upstream"});
        let mut settings = Settings::default();
        assert_eq!(entry("fine", Flavour::OpenAi, &settings), expect);
        assert_eq!(entry("fine", Flavour::Local, &settings)["meta"]["n_ctx_train"], 32_768);
        settings.server = control::Server::Vllm;
        assert_eq!(entry("fine", Flavour::Local, &settings)["max_model_len"], 32_768);
        settings.server = control::Server::Router;
        assert_eq!(entry("fine", Flavour::Local, &settings)["status"]["value"], "loaded");
        assert_eq!(entry("quick", Flavour::Local, &settings)["status"]["value"], "sleeping");
    }

    #[track_caller]
    fn check_body(model: &str, body: Value, server: Server, expect: Option<&'static str>) {
        let blamed = match check(&body, &model.parse().expect("a known name"), server) {
            Err(Refusal::Invalid { param, .. }) => param,
            _ => None,
        };
        assert_eq!(blamed, expect, "{body}");
    }

    #[test]
    fn parameters_are_refused_where_the_real_server_refuses_them() {
        let messages = json!([{"role": "user", "content": "hi"}]);
        let top_k = json!({"messages": messages, "top_k": 40});
        let max_tokens = json!({"messages": messages, "max_tokens": 40});
        check_body("fine", top_k.clone(), Flavour::OpenAi, Some("top_k"));
        check_body("fine", top_k, Flavour::Local, None);
        check_body("fine", max_tokens.clone(), Flavour::OpenAi, None);
        check_body("thinking", max_tokens.clone(), Flavour::OpenAi, Some("max_tokens"));
        check_body("thinking", max_tokens.clone(), Flavour::Local, None);
        let newer = json!({"messages": messages, "max_completion_tokens": 40});
        for server in [Flavour::OpenAi, Flavour::Local] {
            check_body("new-limit", max_tokens.clone(), server, Some("max_tokens"));
            check_body("new-limit", newer.clone(), server, None);
            check_body("old-limit", newer.clone(), server, Some("max_completion_tokens"));
            check_body("old-limit", max_tokens.clone(), server, None);
            let warm = |value: f64| json!({"messages": messages, "temperature": value});
            check_body("fixed-temperature", warm(0.2), server, Some("temperature"));
            check_body("fixed-temperature", warm(1.0), server, None);
        }
    }
}

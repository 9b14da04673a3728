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

use super::{Ask, Seen, World, cors, find, perform};
use crate::{
    dialect::{
        Dialect, Reply, invalid, object,
        openai::{Flavour, OpenAi, refuse},
        prompt_tokens,
    },
    name::{CATALOGUE, EMBEDDING_MODEL, Name},
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

fn entry(id: &str, server: Server) -> Value {
    let mut entry = json!({"id": id, "object": "model", "created": CREATED});
    match server {
        Flavour::OpenAi => entry["owned_by"] = json!("fake-upstream"),
        Flavour::Local => {
            entry["owned_by"] = json!("llamacpp");
            entry["meta"] = json!({"vocab_type": 2, "n_vocab": 152_064, "n_ctx_train": 32_768, "n_embd": 3_584,
                "n_params": 7_615_616_512_u64, "size": 4_677_120_000_u64});
        }
    }
    entry
}

fn ids() -> impl Iterator<Item = &'static str> {
    CATALOGUE.iter().map(|entry| entry.name).chain([EMBEDDING_MODEL])
}

async fn list(Extension(seen): Extension<Seen>, Extension(server): Extension<Server>) -> Reply {
    match authorised(&seen, server) {
        Ok(()) => {
            let models: Vec<Value> = ids().map(|id| entry(id, server)).collect();
            Reply::ok(json!({"object": "list", "data": models}))
        }
        Err(refusal) => refuse(&refusal, "", server),
    }
}

async fn show(
    Extension(seen): Extension<Seen>,
    Extension(server): Extension<Server>,
    Path(id): Path<String>,
) -> Reply {
    let found = authorised(&seen, server).and_then(|()| {
        if ids().any(|known| known == id) { Ok(entry(&id, server)) } else { Err(Refusal::NotFound) }
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
    let dialect = OpenAi { meta: seen.meta(model), flavour: server, include_usage };
    if model.is_empty() {
        return dialect.refuse(&invalid("you must provide a model parameter")).into_response();
    }
    let name = match find(model, &dialect) {
        Ok(name) => name,
        Err(reply) => return reply.into_response(),
    };
    if let Err(refusal) = check(&body, &name, server) {
        return dialect.refuse(&refusal).into_response();
    }
    let limit = body.get("max_completion_tokens").filter(|_| server == Flavour::OpenAi);
    let ask = Ask {
        model: model.to_owned(),
        prompt_tokens: prompt_tokens(&body["messages"]),
        max_tokens: limit.or_else(|| body.get("max_tokens")).and_then(Value::as_u64),
        stream: body["stream"] == json!(true),
    };
    perform(world, seen, &name, ask, Box::new(dialect)).await
}

fn check(body: &Value, name: &Name, server: Server) -> Result<(), Refusal> {
    let refuse =
        |message: &str, param| Err(Refusal::Invalid { message: message.to_owned(), param: Some(param) });
    if body["messages"].as_array().is_none_or(Vec::is_empty) {
        return Err(invalid("Invalid 'messages': expected a non-empty array."));
    }
    if server == Flavour::OpenAi {
        if body.get("top_k").is_some() {
            return refuse("Unrecognized request argument supplied: top_k", "top_k");
        }
        if name.thinks() && body.get("max_tokens").is_some() {
            return refuse(
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                 'max_completion_tokens' instead.",
                "max_tokens",
            );
        }
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
        assert_eq!(entry("fine", Flavour::OpenAi), expect);
        assert_eq!(entry("fine", Flavour::Local)["meta"]["n_ctx_train"], 32_768);
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
        check_body("thinking", max_tokens, Flavour::Local, None);
    }
}

//! `/gemini/{v1,v1beta}/models…`

use std::collections::HashMap;

use axum::{
    Extension, Router,
    body::Bytes,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

use super::{Ask, Seen, World, control::Settings, find, perform};
use crate::{
    conversation::{Conversation, SIGNATURE, Stale},
    dialect::{
        Dialect, Reply,
        gemini::{Framing, Gemini, refuse},
        invalid, object, prompt_tokens,
    },
    name::{Behaviour, CATALOGUE, EMBEDDING_MODEL, Name, Shape, UNLISTED},
    script::Refusal,
};

/// A page holds at most this many models, so that the catalogue never fits into one.
const LARGEST_PAGE: usize = 20;

pub fn router() -> Router<World> {
    Router::new()
        .route("/{version}/models", get(list))
        .route("/{version}/models/{*rest}", get(show).post(generate))
}

fn authorised(seen: &Seen) -> Result<(), Refusal> {
    match seen.header("x-goog-api-key") {
        "" => Err(Refusal::NoKey),
        "bad-key" => Err(Refusal::BadKey),
        _ => Ok(()),
    }
}

async fn list(
    State(world): State<World>,
    Extension(seen): Extension<Seen>,
    Path(version): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    match authorised(&seen).and_then(|()| page(&query, &world.settings())) {
        Ok(page) => Reply::ok(page),
        Err(refusal) => refuse(&refusal, "", &version),
    }
}

/// A page token is the offset and the page size that it was made for.
fn page(query: &HashMap<String, String>, settings: &Settings) -> Result<Value, Refusal> {
    let asked = match query.get("pageSize").map(|size| size.parse::<usize>()) {
        None => 50,
        Some(Ok(size @ 1..)) => size.min(1_000),
        Some(_) => return Err(invalid("Invalid value for pageSize.")),
    };
    let offset: usize = match query.get("pageToken").map(String::as_str) {
        None | Some("") => 0,
        Some(token) => token
            .split_once('-')
            .filter(|(_, size)| size.parse() == Ok(asked))
            .and_then(|(offset, _)| offset.parse().ok())
            .ok_or_else(|| {
                invalid("The page token is invalid, or other parameters changed between pages.")
            })?,
    };
    let models = all_models(settings);
    let end = offset.saturating_add(asked.min(LARGEST_PAGE)).min(models.len());
    let mut page = json!({"models": models.get(offset..end).unwrap_or_default()});
    if end < models.len() {
        page["nextPageToken"] = json!(format!("{end}-{asked}"));
    }
    Ok(page)
}

fn all_models(settings: &Settings) -> Vec<Value> {
    let mut names = settings.listed();
    // In the middle, where a client that filters by position would miss it.
    if let Some(at) = names.iter().position(|name| name == EMBEDDING_MODEL) {
        let embedding = names.remove(at);
        names.insert(names.len().min(10), embedding);
    }
    names.iter().map(|name| model(name)).collect()
}

fn model(name: &str) -> Value {
    if name == EMBEDDING_MODEL {
        return json!({
            "name": format!("models/{name}"),
            "version": "001",
            "displayName": "Fake Embeddings",
            "description": "Turns text into vectors; generates nothing.",
            "inputTokenLimit": 2_048,
            "outputTokenLimit": 1,
            "supportedGenerationMethods": ["embedContent"],
        });
    }
    let thinks = Name::at("gemini", name).is_ok_and(|name| name.thinks());
    let base = name.split(['@', '.']).next().unwrap_or(name);
    let entry = CATALOGUE.iter().chain(UNLISTED).find(|entry| entry.name == base);
    json!({
        "name": format!("models/{name}"),
        "version": "001",
        "displayName": format!("Fake {name}"),
        "description": entry.map_or("Fails in a way of its own.", |entry| entry.about),
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "maxTemperature": 2,
        "thinking": thinks,
    })
}

async fn show(
    State(world): State<World>,
    Extension(seen): Extension<Seen>,
    Path((version, id)): Path<(String, String)>,
) -> Reply {
    let found = authorised(&seen).and_then(|()| {
        let name = format!("models/{id}");
        let models = all_models(&world.settings());
        models.into_iter().find(|model| model["name"] == name).ok_or(Refusal::NotFound)
    });
    match found {
        Ok(model) => Reply::ok(model),
        Err(refusal) => refuse(&refusal, &id, &version),
    }
}

async fn generate(
    State(world): State<World>,
    Extension(seen): Extension<Seen>,
    Path((version, rest)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    body: Bytes,
) -> Response {
    let (model, method) = rest.rsplit_once(':').unwrap_or((&rest, ""));
    let stream = method == "streamGenerateContent";
    let sse = query.get("alt").is_some_and(|alt| alt == "sse");
    let mut dialect = Gemini {
        meta: seen.meta(model),
        version,
        framing: if stream && !sse { Framing::Array } else { Framing::Sse },
        include_thoughts: false,
        started: false,
    };
    let body = match authorised(&seen).and_then(|()| object(&body)) {
        Ok(body) => body,
        Err(refusal) => return dialect.refuse(&refusal).into_response(),
    };
    let name = match find(&world, &seen, model, &dialect) {
        Ok(name) => name,
        Err(reply) => return reply.into_response(),
    };
    let conversation = Conversation::of_gemini(&body);
    if let Err(refusal) = check(&body, &name).and_then(|()| check_signatures(&conversation, &name)) {
        return dialect.refuse(&refusal).into_response();
    }
    let config = field(&body, "generationConfig");
    dialect.include_thoughts = field(field(config, "thinkingConfig"), "includeThoughts") == &json!(true);
    let ask = Ask {
        model: model.to_owned(),
        prompt_tokens: prompt_tokens(&body),
        max_tokens: field(config, "maxOutputTokens").as_u64(),
        stream,
        conversation,
    };
    match method {
        "countTokens" => Reply::ok(json!({"totalTokens": ask.prompt_tokens})).into_response(),
        "generateContent" | "streamGenerateContent" => {
            perform(&world, &seen, &name, ask, Box::new(dialect)).await
        }
        _ => dialect.refuse(&Refusal::NotFound).into_response(),
    }
}

const REQUEST_FIELDS: &[&str] = &[
    "contents",
    "systemInstruction",
    "generationConfig",
    "safetySettings",
    "tools",
    "toolConfig",
    "cachedContent",
    "model",
    "serviceTier",
    "store",
];
const CONFIG_FIELDS: &[&str] = &[
    "temperature",
    "topP",
    "topK",
    "maxOutputTokens",
    "stopSequences",
    "seed",
    "candidateCount",
    "responseMimeType",
    "responseSchema",
    "responseJsonSchema",
    "responseFormat",
    "responseModalities",
    "presencePenalty",
    "frequencyPenalty",
    "responseLogprobs",
    "logprobs",
    "thinkingConfig",
    "mediaResolution",
    "speechConfig",
    "imageConfig",
];
const THINKING_FIELDS: &[&str] = &["includeThoughts", "thinkingBudget", "thinkingLevel"];

/// The faults that the service refuses with 400.
fn check(body: &Value, name: &Name) -> Result<(), Refusal> {
    known(body, "", REQUEST_FIELDS)?;
    let config = field(body, "generationConfig");
    known(config, " at 'generation_config'", CONFIG_FIELDS)?;
    let thinking = field(config, "thinkingConfig");
    known(thinking, " at 'generation_config.thinking_config'", THINKING_FIELDS)?;
    if !thinking.is_null() && !name.thinks() {
        return Err(invalid("Thinking is not supported by this model."));
    }
    if field(config, "temperature").as_f64().is_some_and(|value| !(0.0..=2.0).contains(&value)) {
        return Err(invalid("Invalid value for temperature: it must be between 0 and 2."));
    }
    let contents = field(body, "contents").as_array().filter(|contents| !contents.is_empty());
    let Some(contents) = contents else {
        return Err(invalid("* GenerateContentRequest.contents: contents is not specified"));
    };
    let wrong_role = |content: &Value| !matches!(content["role"].as_str(), None | Some("user" | "model"));
    if contents.iter().any(wrong_role) {
        return Err(invalid("Please use a valid role: user, model."));
    }
    Ok(())
}

/// Models that sign their calls want the signature back, on the same part and unchanged.
fn check_signatures(conversation: &Conversation, name: &Name) -> Result<(), Refusal> {
    let signs = matches!(name.behaviour, Behaviour::Tools(shape) if shape != Shape::Bare);
    match conversation.check_proofs(SIGNATURE) {
        Err(Stale::Missing) if signs => Err(invalid(
            "Function call is missing a thought_signature in functionCall parts. This is required for tools to \
             work correctly, and missing thought_signature may lead to degraded model performance.",
        )),
        Err(Stale::Changed) if signs => Err(invalid("Corrupted thought signature.")),
        _ => Ok(()),
    }
}

/// Proto-JSON knows each field in camel and in snake case, and refuses all others.
fn known(object: &Value, place: &str, fields: &[&str]) -> Result<(), Refusal> {
    let unknown = |key: &&String| !fields.iter().any(|field| *field == key.as_str() || snake(field) == **key);
    match object.as_object().and_then(|map| map.keys().find(unknown)) {
        None => Ok(()),
        Some(key) => Err(invalid(format!(
            "Invalid JSON payload received. Unknown name \"{key}\"{place}: Cannot find field."
        ))),
    }
}

fn field<'a>(object: &'a Value, camel: &str) -> &'a Value {
    object.get(camel).or_else(|| object.get(snake(camel))).unwrap_or(&Value::Null)
}

fn snake(camel: &str) -> String {
    let mut snake = String::with_capacity(camel.len() + 4);
    for c in camel.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(size: Option<&str>) -> Vec<Vec<String>> {
        let mut query: HashMap<String, String> =
            size.map(|size| ("pageSize".to_owned(), size.to_owned())).into_iter().collect();
        let mut pages = Vec::new();
        loop {
            let page = page(&query, &Settings::default()).expect("the token came from the page before");
            let models = page["models"].as_array().expect("a page has models");
            pages.push(models.iter().map(|model| model["name"].to_string()).collect());
            match page["nextPageToken"].as_str() {
                Some(token) => query.insert("pageToken".to_owned(), token.to_owned()),
                None => return pages,
            };
        }
    }

    #[test]
    fn models_come_in_pages_without_loss() {
        let all: Vec<String> =
            all_models(&Settings::default()).iter().map(|model| model["name"].to_string()).collect();
        assert_eq!(all.len(), CATALOGUE.len() + 1);
        for (size, count) in [(None, 2), (Some("1000"), 2), (Some("10"), 4), (Some("1"), all.len())] {
            let pages = pages(size);
            assert_eq!((pages.len(), pages.concat()), (count, all.clone()), "pageSize {size:?}");
        }
    }

    #[test]
    fn a_token_for_another_page_size_is_refused() {
        let query = [("pageSize", "5"), ("pageToken", "20-1000")];
        assert!(
            page(&query.map(|(key, value)| (key.to_owned(), value.to_owned())).into(), &Settings::default())
                .is_err()
        );
    }

    #[track_caller]
    fn check_signature(model: &str, signature: Value, expect: Option<&str>) {
        let call = json!({"functionCall": {"name": "f", "args": {}}, "thoughtSignature": signature});
        let body = json!({"contents": [{"role": "model", "parts": [call]}]});
        let found = check_signatures(&Conversation::of_gemini(&body), &model.parse().expect("a known name"));
        let message = match &found {
            Err(Refusal::Invalid { message, .. }) => Some(message.as_str()),
            _ => None,
        };
        assert_eq!(message.map(|text| text.split('.').next().unwrap_or_default()), expect, "{model}");
    }

    #[test]
    fn signatures_have_to_come_back_unchanged() {
        let missing = "Function call is missing a thought_signature in functionCall parts";
        check_signature("tools", json!(SIGNATURE), None);
        check_signature("tools", Value::Null, Some(missing));
        check_signature("tools", json!("other"), Some("Corrupted thought signature"));
        check_signature("tools-bare", Value::Null, None);
        check_signature("fine", Value::Null, None);
    }

    #[track_caller]
    fn check_body(model: &str, body: Value, expect: Result<(), &str>) {
        let found = check(&body, &model.parse().expect("a known name"));
        assert_eq!(found, expect.map_err(invalid), "{body}");
    }

    #[test]
    fn requests_are_checked_like_proto_json() {
        let contents = json!([{"role": "user", "parts": [{"text": "hi"}]}]);
        check_body("fine", json!({"contents": contents}), Ok(()));
        check_body(
            "fine",
            json!({"contents": contents, "generation_config": {"max_output_tokens": 5, "topP": 0.5}}),
            Ok(()),
        );
        check_body(
            "fine",
            json!({"contents": contents, "max_tokens": 5}),
            Err("Invalid JSON payload received. Unknown name \"max_tokens\": Cannot find field."),
        );
        check_body("fine", json!({}), Err("* GenerateContentRequest.contents: contents is not specified"));
        check_body(
            "fine",
            json!({"contents": [{"role": "system", "parts": []}]}),
            Err("Please use a valid role: user, model."),
        );
        let thinking = json!({"thinkingConfig": {"includeThoughts": true}});
        let body = json!({"contents": contents, "generationConfig": thinking});
        check_body("thinking", body.clone(), Ok(()));
        check_body("fine", body, Err("Thinking is not supported by this model."));
    }
}

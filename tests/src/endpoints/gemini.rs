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

use super::{Ask, Seen, World, find, perform};
use crate::{
    dialect::{
        Dialect, Reply,
        gemini::{Framing, Gemini, refuse},
        invalid, object, prompt_tokens,
    },
    name::{Behaviour, CATALOGUE, EMBEDDING_MODEL, Name},
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
    Extension(seen): Extension<Seen>,
    Path(version): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    match authorised(&seen).and_then(|()| page(&query)) {
        Ok(page) => Reply::ok(page),
        Err(refusal) => refuse(&refusal, "", &version),
    }
}

/// A page token is the offset and the page size that it was made for.
fn page(query: &HashMap<String, String>) -> Result<Value, Refusal> {
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
    let models: Vec<Value> = all_models().collect();
    let end = offset.saturating_add(asked.min(LARGEST_PAGE)).min(models.len());
    let mut page = json!({"models": models.get(offset..end).unwrap_or_default()});
    if end < models.len() {
        page["nextPageToken"] = json!(format!("{end}-{asked}"));
    }
    Ok(page)
}

fn all_models() -> impl Iterator<Item = Value> {
    let embedding = json!({
        "name": format!("models/{EMBEDDING_MODEL}"),
        "version": "001",
        "displayName": "Fake Embeddings",
        "description": "Turns text into vectors; generates nothing.",
        "inputTokenLimit": 2_048,
        "outputTokenLimit": 1,
        "supportedGenerationMethods": ["embedContent"],
    });
    CATALOGUE
        .iter()
        .map(|entry| {
            let thinks = entry.behaviour == Behaviour::Thinking;
            json!({
                "name": format!("models/{}", entry.name),
                "version": "001",
                "displayName": format!("Fake {}", entry.name),
                "description": entry.about,
                "inputTokenLimit": 1_048_576,
                "outputTokenLimit": 65_536,
                "supportedGenerationMethods": ["generateContent", "countTokens"],
                "temperature": 1,
                "topP": 0.95,
                "topK": 64,
                "maxTemperature": 2,
                "thinking": thinks,
            })
        })
        // In the middle, where a client that filters by position would miss it.
        .enumerate()
        .flat_map(move |(index, model)| (index == 10).then(|| embedding.clone()).into_iter().chain([model]))
}

async fn show(Extension(seen): Extension<Seen>, Path((version, id)): Path<(String, String)>) -> Reply {
    let found = authorised(&seen).and_then(|()| {
        let name = format!("models/{id}");
        all_models().find(|model| model["name"] == name).ok_or(Refusal::NotFound)
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
    let name = match find(model, &dialect) {
        Ok(name) => name,
        Err(reply) => return reply.into_response(),
    };
    if let Err(refusal) = check(&body, &name) {
        return dialect.refuse(&refusal).into_response();
    }
    let config = field(&body, "generationConfig");
    dialect.include_thoughts = field(field(config, "thinkingConfig"), "includeThoughts") == &json!(true);
    let ask = Ask {
        model: model.to_owned(),
        prompt_tokens: prompt_tokens(&body),
        max_tokens: field(config, "maxOutputTokens").as_u64(),
        stream,
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
            let page = page(&query).expect("the token came from the page before");
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
        let all: Vec<String> = all_models().map(|model| model["name"].to_string()).collect();
        assert_eq!(all.len(), CATALOGUE.len() + 1);
        for (size, count) in [(None, 2), (Some("1000"), 2), (Some("10"), 4), (Some("1"), all.len())] {
            let pages = pages(size);
            assert_eq!((pages.len(), pages.concat()), (count, all.clone()), "pageSize {size:?}");
        }
    }

    #[test]
    fn a_token_for_another_page_size_is_refused() {
        let query = [("pageSize", "5"), ("pageToken", "20-1000")];
        assert!(page(&query.map(|(key, value)| (key.to_owned(), value.to_owned())).into()).is_err());
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

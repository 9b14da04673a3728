//! What models and servers can do, over real sockets: tools, continuing, and what a test changes while it runs.

use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use super::{
    tests::{stream, text_of},
    *,
};
use crate::{
    answers,
    client::{Response, call},
    conversation::SIGNATURE,
};

/// A tool in the form of a provider.
fn tools(provider: &str) -> Value {
    let schema = json!({"type": "object", "properties": {"path": {"type": "string"}}});
    match provider {
        "gemini" => json!([{"functionDeclarations": [{"name": "read", "parametersJsonSchema": schema}]}]),
        _ => json!([{"type": "function", "function": {"name": "read", "parameters": schema}}]),
    }
}

/// Sends turns and tools to a model.
async fn converse(
    upstream: &FakeUpstream,
    provider: &str,
    model: &str,
    turns: Value,
    tools: Value,
) -> Response {
    let (path, header, body) = match provider {
        "gemini" => (
            format!("/gemini/v1beta/models/{model}:streamGenerateContent?alt=sse"),
            ("x-goog-api-key", "key"),
            json!({"contents": turns, "tools": tools}),
        ),
        "ollama" => (
            "/ollama/api/chat".to_owned(),
            ("accept", "*/*"),
            json!({"model": model, "messages": turns, "tools": tools}),
        ),
        _ => (
            format!("/{provider}/v1/chat/completions"),
            ("authorization", "Bearer key"),
            json!({"model": model, "messages": turns, "tools": tools, "stream": true}),
        ),
    };
    call(upstream, "POST", &path, &[header], &body.to_string()).await
}

fn ask(provider: &str, text: &str) -> Value {
    match provider {
        "gemini" => json!({"role": "user", "parts": [{"text": text}]}),
        _ => json!({"role": "user", "content": text}),
    }
}

/// The turns after a call: what the model said with `proof`, and the result.
fn answered(provider: &str, proof: Option<&str>) -> Value {
    let question = ask(provider, "Read it.");
    if provider == "gemini" {
        let mut part =
            json!({"functionCall": {"id": "call_0", "name": "read", "args": {"path": "src/main.ts"}}});
        if let Some(proof) = proof {
            part["thoughtSignature"] = json!(proof);
        }
        let result =
            json!({"functionResponse": {"id": "call_0", "name": "read", "response": {"output": "text"}}});
        return json!([question, {"role": "model", "parts": [part]}, {"role": "user", "parts": [result]}]);
    }
    let arguments = json!({"path": "src/main.ts"});
    let arguments = if provider == "ollama" { arguments } else { json!(arguments.to_string()) };
    let mut assistant = json!({"role": "assistant", "content": "",
        "tool_calls": [{"id": "call_0", "type": "function", "function": {"name": "read", "arguments": arguments}}]});
    if let Some(proof) = proof {
        assistant["reasoning_content"] = json!(proof);
    }
    json!([question, assistant, {"role": "tool", "tool_call_id": "call_0", "content": "text"}])
}

#[tokio::test]
async fn a_tool_is_called_if_there_is_one_and_its_result_is_answered() {
    let upstream = spawn().await;
    for (provider, needle) in [
        ("gemini", r#""functionCall":{"args":{"path":"src/main.ts"},"id":"call_0","name":"read"}"#),
        ("ollama", r#""function":{"arguments":{"path":"src/main.ts"},"index":0,"name":"read"}"#),
        ("openai", r#""finish_reason":"tool_calls""#),
        ("local", r#""finish_reason":"tool_calls""#),
    ] {
        let turns = json!([ask(provider, "Read it.")]);
        let first =
            converse(&upstream, provider, "tools@rate=0", turns.clone(), tools(provider)).await.text();
        assert!(first.contains(needle), "{provider}: {first}");
        let without = converse(&upstream, provider, "tools@rate=0", turns, json!([])).await.text();
        assert!(!without.contains("\"read\""), "{provider}");
        let proof = (provider == "gemini").then_some(SIGNATURE);
        let second =
            converse(&upstream, provider, "tools@rate=0", answered(provider, proof), tools(provider)).await;
        assert_eq!(second.status, 200, "{provider}");
        assert!(second.text().contains("The") && !second.text().contains("tool_calls"), "{provider}");
    }
}

#[track_caller]
fn check_refused(response: &Response, words: &str) {
    let body = response.text();
    assert_eq!(response.status, 400, "{body}");
    assert!(body.contains(words), "{body}");
}

#[tokio::test]
async fn a_proof_that_is_lost_or_changed_is_refused() {
    let upstream = spawn().await;
    let second = async |provider: &str, model: &str, proof: Option<&str>| {
        converse(&upstream, provider, model, answered(provider, proof), tools(provider)).await
    };
    check_refused(&second("gemini", "tools@rate=0", None).await, "is missing a thought_signature");
    check_refused(&second("gemini", "tools@rate=0", Some("other")).await, "Corrupted thought signature");
    assert_eq!(second("gemini", "tools-bare@rate=0", None).await.status, 200);
    let reasoning = Some(answers::REASONING.text);
    for provider in ["openai", "local"] {
        check_refused(&second(provider, "tools-reasoning@rate=0", None).await, "must be passed back");
        check_refused(
            &second(provider, "tools-reasoning@rate=0", Some("shorter")).await,
            "must be passed back",
        );
        assert_eq!(second(provider, "tools-reasoning@rate=0", reasoning).await.status, 200, "{provider}");
        assert_eq!(second(provider, "tools@rate=0", None).await.status, 200, "{provider}");
    }
}

#[tokio::test]
async fn the_prompt_can_spell_out_the_calls() {
    let upstream = spawn().await;
    let turns = json!([ask("ollama", "CALL write {\"path\": \"b.ts\", \"text\": \"1\"}")]);
    let text = converse(&upstream, "ollama", "tools@rate=0", turns, tools("ollama")).await.text();
    assert!(text.contains(r#""arguments":{"path":"b.ts","text":"1"}"#), "{text}");
}

#[tokio::test]
async fn reasoning_is_proven_on_a_part_without_text() {
    let upstream = spawn().await;
    let text = stream(&upstream, "gemini", "thinking@rate=0").await.text();
    let proof = text.find("thoughtSignature").expect("a signature");
    assert!(text[..proof].ends_with(r#"{"text":"",""#), "{text}");
    let field = stream(&upstream, "openai", "thinking@rate=0,field=both").await.text();
    assert!(field.contains("reasoning_content") && field.contains("\"reasoning\":"), "{field}");
}

#[tokio::test]
async fn an_answer_that_was_cut_goes_on_when_its_words_come_back() {
    let upstream = spawn().await;
    for provider in ["gemini", "ollama", "openai", "local"] {
        let model =
            if provider == "gemini" { "continues.rate_0.cut_250" } else { "continues@rate=0,cut=250" };
        let said = text_of(provider, &stream(&upstream, provider, model).await.text());
        let back = match provider {
            "gemini" => json!({"role": "model", "parts": [{"text": said}]}),
            _ => json!({"role": "assistant", "content": said}),
        };
        let turns = json!([ask(provider, "Write it."), back, ask(provider, "Go on.")]);
        let rest = converse(&upstream, provider, model, turns, json!([])).await.text();
        let whole = said + &text_of(provider, &rest);
        assert_eq!(whole, answers::PARSE_DURATION[0].text, "{provider}");
    }
}

/// Changes settings; the answer's status.
async fn set(upstream: &FakeUpstream, query: &str) -> u16 {
    call(upstream, "POST", &format!("/__set?{query}"), &[], "").await.status
}

async fn get(upstream: &FakeUpstream, path: &str) -> Value {
    let key =
        if path.starts_with("/gemini") { ("x-goog-api-key", "key") } else { ("authorization", "Bearer key") };
    call(upstream, "GET", path, &[key], "").await.json()
}

#[tokio::test]
async fn lists_change_while_the_upstream_runs() {
    let upstream = spawn().await;
    assert_eq!(set(&upstream, "models=fine,cloud,thinking&vanish=fine&ctx=2048&server=vllm").await, 200);
    let tags = get(&upstream, "/ollama/api/tags").await;
    assert_eq!(tags["models"][0]["remote_host"], "https://ollama.com:443");
    assert_eq!(tags["models"].as_array().map(Vec::len), Some(2));
    assert_eq!(get(&upstream, "/ollama/api/ps").await["models"][0]["context_length"], 2_048);
    let gemini = get(&upstream, "/gemini/v1/models?pageSize=1").await;
    assert_eq!(
        (&gemini["models"][0]["name"], gemini["nextPageToken"].is_string()),
        (&json!("models/cloud"), true)
    );
    assert_eq!(get(&upstream, "/local/v1/models").await["data"][0]["max_model_len"], 32_768);
    for provider in ["gemini", "ollama", "openai", "local"] {
        assert_eq!(stream(&upstream, provider, "fine").await.status, 404, "{provider}");
    }
    assert_eq!(set(&upstream, "ctx=much").await, 400);
    assert_eq!(call(&upstream, "DELETE", "/__log", &[], "").await.status, 204);
    assert_eq!(get(&upstream, "/__set").await["models"], Value::Null);
    assert_eq!(stream(&upstream, "openai", "fine@rate=0").await.status, 200);
}

#[tokio::test]
async fn a_prompt_that_does_not_fit_is_counted_short() {
    let upstream = spawn().await;
    let long = json!({"model": "tiny-context@rate=0", "stream": false,
        "messages": [{"role": "user", "content": "word ".repeat(8_000)}]});
    let answer = call(&upstream, "POST", "/ollama/api/chat", &[], &long.to_string()).await.json();
    assert_eq!((&answer["prompt_eval_count"], &answer["done_reason"]), (&json!(4_096), &json!("stop")));
}

#[tokio::test]
async fn ollama_alone_lets_in_the_pages_of_its_origins() {
    let mut upstream = spawn().await;
    let address = upstream.open_ollama(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
    let page = [("origin", "https://app.example")];
    let ask = async |upstream: &FakeUpstream, method: &str, path: &str, headers: &[(&str, &str)]| {
        crate::client::call_at(address, method, path, headers, "").await.map(|response| {
            let allowed = response.header("access-control-allow-origin").map(str::to_owned);
            (response.status, allowed, upstream.log().len())
        })
    };
    let tags = "/api/tags";
    assert_eq!(ask(&upstream, "GET", tags, &[]).await, Some((200, None, 1)));
    assert_eq!(ask(&upstream, "GET", tags, &page).await, Some((403, None, 2)));
    assert_eq!(ask(&upstream, "OPTIONS", "/api/chat", &page).await, Some((403, None, 3)));
    upstream.set("origins", "https://app.example").expect("origins");
    let app = Some("https://app.example".to_owned());
    assert_eq!(ask(&upstream, "GET", tags, &page).await, Some((200, app.clone(), 4)));
    assert_eq!(ask(&upstream, "OPTIONS", "/api/chat", &page).await, Some((204, app, 5)));
    upstream.set("origins", "none").expect("origins");
    let here = [("origin", "http://localhost:8787")];
    assert_eq!(ask(&upstream, "GET", tags, &here).await, Some((403, None, 6)));
    let foreign = [("host", "evil.example")];
    assert_eq!(ask(&upstream, "GET", tags, &foreign).await, Some((403, None, 7)));
    assert!(upstream.log().iter().all(|call| call.provider == "ollama"));
    upstream.close_ollama();
    assert_eq!(ask(&upstream, "GET", tags, &[]).await, None);
}

#[tokio::test]
async fn ollama_alone_can_go_down_and_come_back() {
    let mut upstream = spawn().await;
    let address = upstream.open_ollama(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
    let bytes = async || {
        let socket = crate::client::open_at(address, "GET", "/", &[], "").await;
        let mut all = Vec::new();
        // A reset is as good an end as any.
        let _ = socket.expect("the port is open").read_to_end(&mut all).await;
        all
    };
    assert!(bytes().await.ends_with(b"Ollama is running"));
    upstream.set("ollama", "down").expect("a setting");
    assert_eq!(bytes().await, b"");
    upstream.set("ollama", "up").expect("a setting");
    assert!(bytes().await.ends_with(b"Ollama is running"));
}

#[tokio::test]
async fn the_log_names_the_model_of_each_call() {
    let upstream = spawn().await;
    for (provider, model) in [("gemini", "fine.rate_0"), ("ollama", "fine@rate=0"), ("local", "not-found")] {
        stream(&upstream, provider, model).await;
    }
    get(&upstream, "/openai/v1/models").await;
    let named: Vec<_> = upstream.log().into_iter().map(|call| (call.provider, call.model)).collect();
    let expect =
        [("gemini", "fine.rate_0"), ("ollama", "fine@rate=0"), ("local", "not-found"), ("openai", "")];
    assert_eq!(named, expect.map(|(provider, model)| (provider.to_owned(), model.to_owned())));
}

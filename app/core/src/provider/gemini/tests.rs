//! Requests and lists; streams and errors have fixtures in `tests/decode`.

use super::*;
use crate::{
    brief::{Params, Thinking},
    prompt::Prompt,
    provider::{Abilities, Chat, ListedModel, Said, Tool, ToolCall, Turn},
};

fn call(model: &str, prompt: &Prompt, params: &Params) -> Call {
    let chat = prompt.into();
    request::generate(&Ask {
        model,
        chat: &chat,
        params,
        tools: &[],
        abilities: Abilities::default(),
        swaps: None.into(),
    })
}

#[track_caller]
fn check(system: &str, params: Params, expect: &str) {
    let prompt = Prompt { system: system.into(), user: "hi".into() };
    let call = call("gemini-flash-latest", &prompt, &params);
    assert_eq!(call.path, "v1beta/models/gemini-flash-latest:streamGenerateContent?alt=sse");
    assert_eq!(call.body, expect);
}

#[test]
fn what_is_unset_is_not_sent() {
    check("", Params::default(), r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#);
    check(
        "",
        Params { max_tokens: Some(64), ..Params::default() },
        r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"maxOutputTokens":64}}"#,
    );
}

#[test]
fn what_is_set_is_sent_under_its_wire_name() {
    check(
        "Be terse.",
        Params {
            temperature: "0.7".parse().ok(),
            top_p: "0.95".parse().ok(),
            max_tokens: Some(8192),
            ..Params::default()
        },
        concat!(
            r#"{"systemInstruction":{"parts":[{"text":"Be terse."}]},"#,
            r#""contents":[{"role":"user","parts":[{"text":"hi"}]}],"#,
            r#""generationConfig":{"temperature":0.7,"topP":0.95,"maxOutputTokens":8192}}"#,
        ),
    );
}

#[test]
fn an_id_never_leaves_its_path_segment() {
    #[track_caller]
    fn check(id: &str, segment: &str) {
        let prompt = Prompt { system: String::new(), user: "hi".into() };
        let path = call(id, &prompt, &Params::default()).path;
        assert_eq!(path, format!("v1beta/models/{segment}:streamGenerateContent?alt=sse"));
    }
    check("gemma-4_x.1~", "gemma-4_x.1~");
    check("../files/a?key=b#c", "..%2Ffiles%2Fa%3Fkey%3Db%23c");
    check("a%2F:b\\ é\r\n", "a%252F%3Ab%5C%20%C3%A9%0D%0A");
}

#[test]
fn pages_are_asked_for_by_token() {
    assert_eq!(list::call(None), Call::get("v1beta/models?pageSize=1000"));
    assert_eq!(list::call(Some("a&b=")), Call::get("v1beta/models?pageSize=1000&pageToken=a%26b%3D"));
}

#[test]
fn only_models_that_generate_content_are_listed() {
    let body = br#"{"models":[
        {"name":"models/a","inputTokenLimit":1048576,"supportedGenerationMethods":["generateContent"]},
        {"name":"models/embed","supportedGenerationMethods":["embedContent"]},
        {"name":"tunedModels/b","inputTokenLimit":null,"supportedGenerationMethods":["x","generateContent"]},
        {"name":null,"supportedGenerationMethods":["generateContent"]},
        {"name":"models/old","supportedGenerationMethods":null}, null],
        "nextPageToken":"abc"}"#;
    let listed = |id: &str, context| ListedModel {
        id: id.into(),
        context,
        abilities: Abilities { tools: Some(true), ..Abilities::default() },
        ..ListedModel::default()
    };
    let models = vec![listed("a", Some(1_048_576)), listed("tunedModels/b", None)];
    assert_eq!(list::read(body), Some(ModelPage { models, next: Some("abc".into()) }));
}

#[test]
fn the_last_page_has_no_token_and_an_empty_list_is_an_empty_object() {
    assert_eq!(list::read(b"{}"), Some(ModelPage::default()));
    assert_eq!(list::read(br#"{"models":null,"nextPageToken":""}"#), Some(ModelPage::default()));
    assert_eq!(list::read(br#"{"error":{}}"#), None);
    assert_eq!(list::read(b"[]"), None);
}

/// The body of a request about a whole conversation.
#[track_caller]
fn check_chat(chat: &Chat, tools: &[Tool], model: &str, swap: Option<Swap>, expect: &[&str]) {
    let params = &Params::default();
    let ask = Ask { model, chat, params, tools, abilities: Abilities::default(), swaps: swap.into() };
    assert_eq!(request::generate(&ask).body, expect.concat());
}

const SIGNED: &str = r#"{"functionCall":{"name":"f","args":{"x":1.50}},"thoughtSignature":"c2ln"}"#;
const EMPTY: &str = r#"{"text":"","thoughtSignature":"b3Ro"}"#;

fn conversation(kind: ProviderKind) -> Chat {
    let call = |id: &str, name: &str, arguments: &str| ToolCall {
        id: id.into(),
        name: name.into(),
        arguments: arguments.into(),
    };
    let calls = vec![call("made_0", "f", r#"{"x":1.50}"#), call("c7", "g", "{broken")];
    Chat {
        system: String::new(),
        turns: vec![
            Turn::User("hi".into()),
            Turn::Model(Said {
                text: "ok".into(),
                reasoning: "hm".into(),
                calls: calls.clone(),
                parts: vec![SIGNED.into(), EMPTY.into()],
                kind: Some(kind),
            }),
            Turn::Tool { call: calls[0].clone(), result: r#"{"rows": [1]}"#.into() },
            Turn::Tool { call: calls[1].clone(), result: "no \"such\" file".into() },
            Turn::User("go on".into()),
        ],
    }
}

const RESULTS: &str = concat!(
    r#"{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"rows": [1]}}},"#,
    r#"{"functionResponse":{"id":"c7","name":"g","response":{"output":"no \"such\" file"}}}]},"#,
    r#"{"role":"user","parts":[{"text":"go on"}]}]}"#,
);

#[test]
fn its_own_parts_go_back_verbatim_and_in_order() {
    check_chat(
        &conversation(KIND),
        &[],
        "gemini-3.8-flash",
        None,
        &[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":["#,
            SIGNED,
            ",",
            EMPTY,
            "]},",
            RESULTS,
        ],
    );
}

#[test]
fn turns_of_others_are_built_anew_with_a_stand_in_for_the_signature() {
    let built = |signature: &str| {
        [
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"text":"ok"},"#,
            r#"{"functionCall":{"name":"f","args":{"x":1.50}}"#,
            signature,
            r#"},{"functionCall":{"id":"c7","name":"g","args":{}}}]},"#,
            RESULTS,
        ]
        .concat()
    };
    let stand_in = r#","thoughtSignature":"skip_thought_signature_validator""#;
    let foreign = conversation(crate::provider::openai::KIND);
    check_chat(&foreign, &[], "gemini-flash-latest", None, &[&built(stand_in)]);
    check_chat(&foreign, &[], "gemini-2.5-flash", None, &[&built("")]);
    let swap = Some(Swap::NoSignatures);
    check_chat(&conversation(KIND), &[], "gemini-3.8-flash", swap, &[&built(stand_in)]);
}

#[test]
fn tools_are_declared_with_their_schema() {
    let tool = |name: &str, schema: &str| Tool {
        name: name.into(),
        description: "Does it.".into(),
        schema: schema.into(),
    };
    check_chat(
        &Chat { turns: vec![Turn::User("hi".into())], ..Chat::default() },
        &[tool("f", r#"{"type":"object","properties":{}}"#), tool("g", "{broken")],
        "gemini-flash-latest",
        None,
        &[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":["#,
            r#"{"name":"f","description":"Does it.","parametersJsonSchema":{"type":"object","properties":{}}},"#,
            r#"{"name":"g","description":"Does it.","parametersJsonSchema":{"type":"object"}}]}],"#,
            r#""toolConfig":{"functionCallingConfig":{"mode":"AUTO"}}}"#,
        ],
    );
}

/// `expect` is the thinking configuration; empty for none.
#[track_caller]
fn check_thinking(model: &str, able: Option<bool>, wish: Option<Thinking>, swap: Option<Swap>, expect: &str) {
    let chat = Chat::default();
    let params = &Params { thinking: wish, ..Params::default() };
    let abilities = Abilities { thinking: able, ..Abilities::default() };
    let body =
        request::generate(&Ask { model, chat: &chat, params, tools: &[], abilities, swaps: swap.into() })
            .body;
    let config = if expect.is_empty() {
        String::new()
    } else {
        format!(r#","generationConfig":{{"thinkingConfig":{{{expect}}}}}"#)
    };
    assert_eq!(body, format!(r#"{{"contents":[]{config}}}"#));
}

#[test]
fn thinking_is_a_budget_in_one_family_and_a_level_after_it() {
    let able = Some(true);
    for (wish, budget, level) in [
        (None, r#""includeThoughts":true"#, r#""includeThoughts":true"#),
        (Some(Thinking::Off), r#""thinkingBudget":0"#, r#""includeThoughts":true,"thinkingLevel":"MINIMAL""#),
        (
            Some(Thinking::Low),
            r#""includeThoughts":true,"thinkingBudget":1024"#,
            r#""includeThoughts":true,"thinkingLevel":"LOW""#,
        ),
        (
            Some(Thinking::Medium),
            r#""includeThoughts":true,"thinkingBudget":8192"#,
            r#""includeThoughts":true,"thinkingLevel":"MEDIUM""#,
        ),
        (
            Some(Thinking::High),
            r#""includeThoughts":true,"thinkingBudget":24576"#,
            r#""includeThoughts":true,"thinkingLevel":"HIGH""#,
        ),
    ] {
        check_thinking("gemini-2.5-flash-lite", able, wish, None, budget);
        check_thinking("gemini-3.8-flash", able, wish, None, level);
        check_thinking("gemini-flash-latest", able, wish, None, level);
        check_thinking("gemini-3.8-flash", able, wish, Some(Swap::NoThinking), "");
        check_thinking("gemini-3.8-flash", Some(false), wish, None, "");
        check_thinking("gemini-3.8-flash", None, wish, None, "");
    }
}

#[test]
fn a_refusal_tells_what_to_leave_out() {
    #[track_caller]
    fn check(class: ErrorClass, message: &str, expect: Option<Swap>) {
        assert_eq!(KIND.protocol().swap(&ProviderError::new(class, message)), expect, "{message}");
    }
    check(ErrorClass::StaleHistory, "Corrupted thought signature.", Some(Swap::NoSignatures));
    check(ErrorClass::BadRequest, "Thinking level MINIMAL is not supported.", Some(Swap::NoThinking));
    check(ErrorClass::BadRequest, "Invalid value at 'temperature'.", None);
    check(ErrorClass::ServerFault, "thinking", None);
}

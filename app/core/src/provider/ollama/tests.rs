//! Requests and lists; streams and errors have fixtures in `tests/decode`.

use super::*;
use crate::{
    brief::{Params, Thinking},
    prompt::Prompt,
    provider::{Abilities, Chat, ListedModel, Method, Said, Tool, ToolCall, Turn},
};

#[track_caller]
fn check(system: &str, params: Params, expect: &str) {
    let prompt = Prompt { system: system.into(), user: "hi".into() };
    let (chat, params) = (&(&prompt).into(), &params);
    let ask = Ask {
        model: "qwen3:8b",
        chat,
        params,
        tools: &[],
        abilities: Abilities::default(),
        swaps: None.into(),
    };
    assert_eq!(
        request::generate(&ask),
        Call { method: Method::Post, path: "api/chat".into(), body: expect.into() }
    );
}

#[test]
fn what_is_unset_is_not_sent() {
    check(
        "",
        Params::default(),
        r#"{"model":"qwen3:8b","messages":[{"role":"user","content":"hi"}],"stream":true}"#,
    );
}

#[test]
fn what_is_set_is_sent_as_an_option() {
    check(
        "Be terse.",
        Params {
            temperature: "0.7".parse().ok(),
            top_p: "1.0".parse().ok(),
            max_tokens: Some(512),
            ..Params::default()
        },
        concat!(
            r#"{"model":"qwen3:8b","messages":[{"role":"system","content":"Be terse."},"#,
            r#"{"role":"user","content":"hi"}],"stream":true,"#,
            r#""options":{"temperature":0.7,"top_p":1,"num_predict":512}}"#,
        ),
    );
}

#[test]
fn installed_models_are_listed_with_size_and_context() {
    let body = br#"{"models":[
        {"name":"m:latest","model":"m:latest","size":4700000000,"details":{"context_length":32768}},
        {"name":"old","size":null,"details":null}, {"model":""}]}"#;
    let models = vec![
        ListedModel {
            id: "m:latest".into(),
            context: Some(32_768),
            size_bytes: Some(4_700_000_000),
            ..ListedModel::default()
        },
        ListedModel { id: "old".into(), ..ListedModel::default() },
    ];
    assert_eq!(list::read(body), Some(ModelPage { models, next: None }));
}

#[test]
fn an_empty_list_is_told_from_no_list() {
    assert_eq!(list::read(br#"{"models":null}"#), Some(ModelPage::default()));
    assert_eq!(list::read(br#"{"models":[]}"#), Some(ModelPage::default()));
    assert_eq!(list::read(b"{}"), None);
    assert_eq!(list::read(b"Ollama is running"), None);
}

fn conversation() -> Chat {
    let calls: Vec<ToolCall> = [("made_0", r#"{"x": 1.50}"#), ("c7", "{broken")]
        .into_iter()
        .map(|(id, arguments)| ToolCall { id: id.into(), name: "f".into(), arguments: arguments.into() })
        .collect();
    let said = |text: &str, calls: &[ToolCall]| {
        let (text, reasoning) = (text.into(), "hm".into());
        Turn::Model(Said { text, reasoning, calls: calls.to_vec(), ..Said::default() })
    };
    Chat {
        system: String::new(),
        turns: vec![
            said("before", &[]),
            said("", &calls),
            Turn::Tool { call: calls[0].clone(), result: "7".into() },
            Turn::Tool { call: calls[1].clone(), result: "no".into() },
        ],
    }
}

#[test]
fn calls_go_back_as_objects_and_their_results_by_name() {
    let chat = conversation();
    let tools =
        [Tool { name: "f".into(), description: "Does it.".into(), schema: r#"{"type":"object"}"#.into() }];
    let params = &Params::default();
    let ask = Ask {
        model: "m",
        chat: &chat,
        params,
        tools: &tools,
        abilities: Abilities::default(),
        swaps: None.into(),
    };
    assert_eq!(
        request::generate(&ask).body,
        concat!(
            r#"{"model":"m","messages":[{"role":"assistant","content":"before"},"#,
            r#"{"role":"assistant","content":"","thinking":"hm","tool_calls":["#,
            r#"{"function":{"name":"f","arguments":{"x": 1.50}}},"#,
            r#"{"id":"c7","function":{"name":"f","arguments":{}}}]},"#,
            r#"{"role":"tool","content":"7","tool_name":"f"},"#,
            r#"{"role":"tool","content":"no","tool_name":"f","tool_call_id":"c7"}],"stream":true,"#,
            r#""tools":[{"type":"function","function":{"name":"f","description":"Does it.","#,
            r#""parameters":{"type":"object"}}}]}"#,
        )
    );
}

/// `expect` is the value of `think`; empty for none.
#[track_caller]
fn check_think(model: &str, able: Option<bool>, wish: Option<Thinking>, swap: Option<Swap>, expect: &str) {
    let chat = Chat::default();
    let params = &Params { thinking: wish, ..Params::default() };
    let abilities = Abilities { thinking: able, ..Abilities::default() };
    let body =
        request::generate(&Ask { model, chat: &chat, params, tools: &[], abilities, swaps: swap.into() })
            .body;
    let think = if expect.is_empty() { String::new() } else { format!(r#","think":{expect}"#) };
    assert_eq!(body, format!(r#"{{"model":"{model}","messages":[],"stream":true{think}}}"#));
}

#[test]
fn thinking_is_a_switch_or_a_level() {
    for (wish, switch, level) in [
        (Thinking::Off, "false", r#""low""#),
        (Thinking::Low, "true", r#""low""#),
        (Thinking::Medium, "true", r#""medium""#),
        (Thinking::High, "true", r#""high""#),
    ] {
        check_think("qwen3", None, Some(wish), None, switch);
        check_think("qwen3", Some(true), Some(wish), None, switch);
        check_think("someone/gpt-oss:20b", Some(true), Some(wish), None, level);
        check_think("qwen3", Some(false), Some(wish), None, "");
        check_think("qwen3", None, Some(wish), Some(Swap::NoThinking), "");
    }
    check_think("qwen3", Some(true), None, None, "");
}

#[test]
fn the_context_is_an_option() {
    let context = Some(16_384);
    check(
        "",
        Params { context, ..Params::default() },
        concat!(
            r#"{"model":"qwen3:8b","messages":[{"role":"user","content":"hi"}],"stream":true,"#,
            r#""options":{"num_ctx":16384}}"#,
        ),
    );
}

#[test]
fn cloud_models_and_capabilities_are_listed() {
    let body = br#"{"models":[
        {"model":"big:cloud","size":384,"remote_model":"big","remote_host":"https://ollama.com:443"},
        {"model":"qwen3","capabilities":["completion","tools","thinking"],"remote_host":""}]}"#;
    let able =
        Abilities { tools: Some(true), thinking: Some(true), vision: Some(false), insert: Some(false) };
    let models = vec![
        ListedModel { id: "big:cloud".into(), remote: true, ..ListedModel::default() },
        ListedModel { id: "qwen3".into(), abilities: able, ..ListedModel::default() },
    ];
    assert_eq!(list::read(body), Some(ModelPage { models, next: None }));
}

#[test]
fn details_tell_context_and_capabilities() {
    #[track_caller]
    fn check(body: &str, expect: Option<(Option<u64>, Option<u64>, Vec<&str>)>) {
        let details = KIND.protocol().read_details(body.as_bytes());
        let details =
            details.map(|details| (details.context, details.served_context, details.abilities.names()));
        assert_eq!(details, expect, "{body}");
    }
    let call = KIND.protocol().details("a/\"b").unwrap();
    assert_eq!((call.path.as_str(), call.body.as_str()), ("api/show", r#"{"model":"a/\"b"}"#));
    check(
        r#"{"parameters":"stop    \"<|im_end|>\"\nnum_ctx                        8192\n","capabilities":["tools","insert"],
            "model_info":{"general.architecture":"qwen3","a.vision.context_length":7,"qwen3.context_length":40960}}"#,
        Some((Some(40_960), Some(8192), vec!["tools", "fill in"])),
    );
    check(r#"{"model_info":{"llama.context_length":131072}}"#, Some((Some(131_072), None, vec![])));
    check(r#"{"details":null,"parameters":"num_ctx x"}"#, Some((None, None, vec![])));
    for body in ["{}", "[]", "<html>", r#"{"error":"model 'x' not found"}"#] {
        check(body, None);
    }
}

#[test]
fn a_refused_wish_on_thinking_is_left_out() {
    let refused = |message: &str| KIND.protocol().swap(&ProviderError::new(ErrorClass::BadRequest, message));
    assert_eq!(refused("\"m\" does not support thinking"), Some(Swap::NoThinking));
    assert_eq!(refused("invalid options"), None);
}

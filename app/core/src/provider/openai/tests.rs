//! Requests and lists; streams and errors have fixtures in `tests/decode`.

use super::*;
use crate::{
    brief::{Params, Thinking},
    prompt::Prompt,
    provider::{Abilities, Chat, ListedModel, Method, Said, Tool, ToolCall, Turn},
};

#[track_caller]
fn check(system: &str, params: Params, kind: ProviderKind, expect: &str) {
    let prompt = Prompt { system: system.into(), user: "hi".into() };
    let (chat, params) = (&(&prompt).into(), &params);
    let ask =
        Ask { model: "m-1", chat, params, tools: &[], abilities: Abilities::default(), swaps: None.into() };
    assert_eq!(
        kind.protocol().generate(&ask).unwrap(),
        Call { method: Method::Post, path: "v1/chat/completions".into(), body: expect.into() }
    );
}

#[test]
fn what_is_unset_is_not_sent() {
    let expect = concat!(
        r#"{"model":"m-1","messages":[{"role":"user","content":"hi"}],"#,
        r#""stream":true,"stream_options":{"include_usage":true}}"#,
    );
    check("", Params::default(), LOCAL, expect);
    check("", Params::default(), KIND, expect);
}

#[test]
fn the_token_limit_has_the_name_that_the_server_knows() {
    for (limit, name) in [(LOCAL, "max_tokens"), (KIND, "max_completion_tokens")] {
        let expect = [
            r#"{"model":"m-1","messages":[{"role":"system","content":"Be terse."},"#,
            r#"{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true},"#,
            r#""temperature":0,"top_p":0.95,""#,
            name,
            r#"":256}"#,
        ];
        let params = Params {
            temperature: "0.0".parse().ok(),
            top_p: "0.95".parse().ok(),
            max_tokens: Some(256),
            ..Params::default()
        };
        check("Be terse.", params, limit, &expect.concat());
    }
}

#[test]
fn models_are_listed_with_the_context_that_local_servers_tell() {
    let body = br#"{"object":"list","data":[
        {"id":"gpt-5","object":"model"}, {"id":"llama","meta":{"n_ctx_train":131072}},
        {"id":"vllm","max_model_len":"8192","meta":null}, {"id":null}, null]}"#;
    let listed = |id: &str, context| ListedModel { id: id.into(), context, ..ListedModel::default() };
    let models = vec![listed("gpt-5", None), listed("llama", Some(131_072)), listed("vllm", Some(8192))];
    assert_eq!(list::read(body), Some(ModelPage { models, next: None }));
}

#[test]
fn an_empty_list_is_told_from_no_list() {
    assert_eq!(list::read(br#"{"object":"list","data":null}"#), Some(ModelPage::default()));
    assert_eq!(list::read(br#"{"data":{}}"#), None);
    assert_eq!(list::read(b"{}"), None);
}

#[track_caller]
fn body(kind: ProviderKind, params: &Params, model: &str, swap: Option<Swap>) -> String {
    let chat = Chat::default();
    let ask =
        Ask { model, chat: &chat, params, tools: &[], abilities: Abilities::default(), swaps: swap.into() };
    let start = format!(
        r#"{{"model":"{model}","messages":[],"stream":true,"stream_options":{{"include_usage":true}}"#
    );
    let body = kind.protocol().generate(&ask).unwrap().body;
    body.strip_prefix(&start).unwrap().to_owned()
}

#[test]
fn a_refused_wording_is_swapped() {
    let params = Params {
        temperature: "0.5".parse().ok(),
        top_p: "0.9".parse().ok(),
        max_tokens: Some(9),
        thinking: Some(Thinking::Low),
        ..Params::default()
    };
    for (swap, ours, theirs) in [
        (
            None,
            r#","temperature":0.5,"top_p":0.9,"max_completion_tokens":9,"reasoning_effort":"low"}"#,
            r#","temperature":0.5,"top_p":0.9,"max_tokens":9,"reasoning_effort":"low"}"#,
        ),
        (
            Some(Swap::TokenLimit),
            r#","temperature":0.5,"top_p":0.9,"max_tokens":9,"reasoning_effort":"low"}"#,
            r#","temperature":0.5,"top_p":0.9,"max_completion_tokens":9,"reasoning_effort":"low"}"#,
        ),
        (
            Some(Swap::NoSampling),
            r#","max_completion_tokens":9,"reasoning_effort":"low"}"#,
            r#","max_tokens":9,"reasoning_effort":"low"}"#,
        ),
        (
            Some(Swap::NoThinking),
            r#","temperature":0.5,"top_p":0.9,"max_completion_tokens":9}"#,
            r#","temperature":0.5,"top_p":0.9,"max_tokens":9}"#,
        ),
    ] {
        assert_eq!(
            (body(KIND, &params, "m", swap), body(LOCAL, &params, "m", swap)),
            (ours.into(), theirs.into())
        );
    }
}

#[test]
fn thinking_is_an_effort() {
    for (wish, model, expect) in [
        (Thinking::Off, "gpt-5", "minimal"),
        (Thinking::Off, "gpt-5-mini", "minimal"),
        (Thinking::Off, "gpt-5.1", "none"),
        (Thinking::Medium, "gpt-5", "medium"),
        (Thinking::High, "local", "high"),
    ] {
        let params = Params { thinking: Some(wish), ..Params::default() };
        assert_eq!(body(KIND, &params, model, None), format!(r#","reasoning_effort":"{expect}"}}"#));
    }
}

#[test]
fn a_refusal_names_what_to_swap() {
    #[track_caller]
    fn check(class: ErrorClass, message: &str, expect: Option<Swap>) {
        for kind in [KIND, LOCAL] {
            assert_eq!(kind.protocol().swap(&ProviderError::new(class, message)), expect, "{message}");
        }
    }
    let refused = ErrorClass::BadRequest;
    let limit = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    check(refused, limit, Some(Swap::TokenLimit));
    check(refused, "Unrecognized request argument supplied: max_completion_tokens", Some(Swap::TokenLimit));
    check(refused, "max_tokens is too large: 200000. This model supports at most 128000.", None);
    let value =
        "Unsupported value: 'temperature' does not support 0.2. Only the default (1) value is supported.";
    check(refused, value, Some(Swap::NoSampling));
    check(refused, "Invalid 'top_p': expected a value <= 1.", None);
    check(refused, "Unrecognized request argument supplied: reasoning_effort", Some(Swap::NoThinking));
    check(refused, "Unsupported country", None);
    check(ErrorClass::StaleHistory, "", Some(Swap::WithReasoning));
    check(ErrorClass::ContextTooLong, limit, None);
}

#[test]
fn calls_go_back_as_text_and_with_reasoning_only_on_demand() {
    let call = ToolCall { id: "made_0".into(), name: "f".into(), arguments: r#"{"x": 1}"#.into() };
    let said = |text: &str, calls: Vec<ToolCall>| {
        Turn::Model(Said { text: text.into(), reasoning: "hm".into(), calls, ..Said::default() })
    };
    let chat = &Chat {
        system: String::new(),
        turns: vec![
            said("before", vec![]),
            said("", vec![call.clone()]),
            Turn::Tool { call, result: "7".into() },
        ],
    };
    let tools = &[Tool { name: "f".into(), description: String::new(), schema: "{}".into() }];
    for (swap, reasoning) in [(None, ""), (Some(Swap::WithReasoning), r#""reasoning_content":"hm","#)] {
        let (params, abilities) = (&Params::default(), Abilities::default());
        let ask = Ask { model: "m", chat, params, tools, abilities, swaps: swap.into() };
        let expect = [
            r#"{"model":"m","messages":[{"role":"assistant","content":"before"},"#,
            r#"{"role":"assistant","content":null,"#,
            reasoning,
            r#""tool_calls":[{"id":"made_0","type":"function","function":{"name":"f","arguments":"{\"x\": 1}"}}]},"#,
            r#"{"role":"tool","content":"7","tool_call_id":"made_0"}],"stream":true,"#,
            r#""stream_options":{"include_usage":true},"tools":[{"type":"function","function":"#,
            r#"{"name":"f","description":"","parameters":{}}}]}"#,
        ];
        assert_eq!(KIND.protocol().generate(&ask).unwrap().body, expect.concat());
    }
}

#[test]
fn a_router_tells_which_models_are_loaded() {
    let body = br#"{"data":[{"id":"a","status":{"value":"loaded"}},{"id":"b","status":{"value":"sleeping"}},
        {"id":"c","status":{"value":"new"}},{"id":"d","status":"loaded","meta":{"n_ctx":4096,"n_ctx_train":9}}]}"#;
    let models = list::read(body).unwrap().models;
    let seen: Vec<_> = models.iter().map(|model| (model.loaded, model.context)).collect();
    assert_eq!(seen, [(Some(true), None), (Some(false), None), (None, None), (None, Some(4096))]);
}

//! The streaming generation call.

use crate::{
    brief::Thinking,
    provider::{
        Ask, Call, Said, Swap, Tool, ToolCall, Turn,
        write::{Object, array, quoted},
    },
};

/// The call for one answer. `limits` are the names of the token limit, the usual one first.
pub fn generate(ask: &Ask<'_>, limits: [&str; 2]) -> Call {
    let limit = limits[usize::from(ask.swaps.has(Swap::TokenLimit))];
    let plain = ask.swaps.has(Swap::NoSampling);
    let sampling = crate::brief::Params {
        temperature: ask.params.temperature.filter(|_| !plain),
        top_p: ask.params.top_p.filter(|_| !plain),
        ..ask.params.clone()
    };
    let mut body = Object::default()
        .text("model", ask.model)
        .with("messages", &array(&messages(ask)))
        .with("stream", "true")
        .object("stream_options", Object::default().with("include_usage", "true"));
    if !ask.tools.is_empty() {
        body = body.with("tools", &tools(ask.tools));
    }
    body.sampling(&sampling, ["temperature", "top_p", limit])
        .maybe("reasoning_effort", effort(ask).map(quoted))
        .post("v1/chat/completions")
}

/// The wish on thinking, where there is one. Nobody lists who takes it; whoever does not is asked again without it.
fn effort(ask: &Ask<'_>) -> Option<&'static str> {
    let wish = ask.params.thinking?;
    if ask.abilities.thinking == Some(false) || ask.swaps.has(Swap::NoThinking) {
        return None;
    }
    Some(match wish {
        // The first family with levels cannot be kept from thinking altogether; its followers can.
        Thinking::Off if ask.model == "gpt-5" || ask.model.starts_with("gpt-5-") => "minimal",
        Thinking::Off => "none",
        wish => wish.name(),
    })
}

/// Tools as JSON, in the shape that Ollama took over.
pub fn tools(tools: &[Tool]) -> String {
    let tools = tools.iter().map(|tool| {
        let function = Object::default()
            .text("name", &tool.name)
            .text("description", &tool.description)
            .with("parameters", tool.schema_object());
        Object::default().text("type", "function").object("function", function).end()
    });
    array(&tools.collect::<Vec<_>>())
}

fn messages(ask: &Ask<'_>) -> Vec<String> {
    let system = (!ask.chat.system.is_empty()).then(|| message("system", &ask.chat.system).end());
    let turns = ask.chat.turns.iter().map(|turn| {
        match turn {
            Turn::User(text) => message("user", text),
            Turn::Model(said) => model_message(ask, said),
            Turn::Tool { call, result } => message("tool", result).text("tool_call_id", &call.id),
        }
        .end()
    });
    system.into_iter().chain(turns).collect()
}

fn message(role: &str, content: &str) -> Object {
    Object::default().text("role", role).text("content", content)
}

fn model_message(ask: &Ask<'_>, said: &Said) -> Object {
    if said.calls.is_empty() {
        return message("assistant", &said.text);
    }
    let calls: Vec<String> = said.calls.iter().map(tool_call).collect();
    // Some servers refuse a turn with calls that lacks its reasoning, others one that has it: so only on demand.
    let reasoning = (ask.swaps.has(Swap::WithReasoning)).then(|| quoted(&said.reasoning));
    let content = if said.text.is_empty() { "null".into() } else { quoted(&said.text) };
    Object::default()
        .text("role", "assistant")
        .with("content", &content)
        .maybe("reasoning_content", reasoning)
        .with("tool_calls", &array(&calls))
}

fn tool_call(call: &ToolCall) -> String {
    let function = Object::default().text("name", &call.name).text("arguments", call.object());
    Object::default().text("id", &call.id).text("type", "function").object("function", function).end()
}

//! The streaming generation call.

use crate::{
    brief::Thinking,
    provider::{
        Ask, Call, Chat, Said, Swap, ToolCall, Turn, openai,
        write::{Object, array, quoted},
    },
};

/// The call for one answer.
pub fn generate(ask: &Ask<'_>) -> Call {
    // Sampling parameters count only in `options`; at the top level they would be ignored.
    let options = Object::default()
        .sampling(ask.params, ["temperature", "top_p", "num_predict"])
        .maybe("num_ctx", ask.params.context.map(|tokens| tokens.to_string()));
    let mut body = Object::default()
        .text("model", ask.model)
        .with("messages", &array(&messages(ask.chat)))
        .with("stream", "true");
    if !ask.tools.is_empty() {
        body = body.with("tools", &openai::tools(ask.tools));
    }
    body.maybe("think", think(ask)).object("options", options).post("api/chat")
}

/// The wish on thinking, where there is one and nothing says that the model cannot: it would refuse the request.
fn think(ask: &Ask<'_>) -> Option<String> {
    let wish = ask.params.thinking?;
    if ask.abilities.thinking == Some(false) || ask.swaps.has(Swap::NoThinking) {
        return None;
    }
    // This family knows levels alone, and cannot be kept from thinking.
    let family = ask.model.rsplit('/').next().unwrap_or_default();
    Some(match wish {
        Thinking::Off | Thinking::Low if family.starts_with("gpt-oss") => quoted("low"),
        wish if family.starts_with("gpt-oss") => quoted(wish.name()),
        wish => (wish != Thinking::Off).to_string(),
    })
}

fn messages(chat: &Chat) -> Vec<String> {
    let system = (!chat.system.is_empty()).then(|| message("system", &chat.system).end());
    let turns = chat.turns.iter().map(|turn| {
        match turn {
            Turn::User(text) => message("user", text),
            Turn::Model(said) => model_message(said),
            Turn::Tool { call, result } => message("tool", result)
                .text("tool_name", &call.name)
                .maybe("tool_call_id", call.own_id().map(quoted)),
        }
        .end()
    });
    system.into_iter().chain(turns).collect()
}

fn message(role: &str, content: &str) -> Object {
    Object::default().text("role", role).text("content", content)
}

/// Reasoning goes back only with calls: the model goes on from it. Elsewhere it would fill the context for nothing.
fn model_message(said: &Said) -> Object {
    let message = message("assistant", &said.text);
    if said.calls.is_empty() {
        return message;
    }
    let thinking = (!said.reasoning.is_empty()).then(|| quoted(&said.reasoning));
    let calls: Vec<String> = said.calls.iter().map(tool_call).collect();
    message.maybe("thinking", thinking).with("tool_calls", &array(&calls))
}

fn tool_call(call: &ToolCall) -> String {
    let function = Object::default().text("name", &call.name).with("arguments", call.object());
    Object::default().maybe("id", call.own_id().map(quoted)).object("function", function).end()
}

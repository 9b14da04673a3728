//! The streaming generation call.

use super::{KIND, VERSION};
use crate::{
    brief::Thinking,
    provider::{
        Ask, Call, Said, Swap, Tool, ToolCall, Turn,
        decode::json,
        write::{Object, array, quoted},
    },
};

/// What the service takes in place of a signature for a call that it did not make itself: one of another provider's model, or
/// one whose signature it no longer takes.
const FOREIGN: &str = "skip_thought_signature_validator";

/// The call for one answer.
pub fn generate(ask: &Ask<'_>) -> Call {
    let mut body = Object::default();
    if !ask.chat.system.is_empty() {
        body = body.with("systemInstruction", &content(None, &[text(&ask.chat.system)]));
    }
    body = body.with("contents", &array(&contents(ask)));
    if !ask.tools.is_empty() {
        let declarations: Vec<String> = ask.tools.iter().map(declaration).collect();
        let tools = Object::default().with("functionDeclarations", &array(&declarations)).end();
        let config =
            Object::default().object("functionCallingConfig", Object::default().text("mode", "AUTO"));
        body = body.with("tools", &array(&[tools])).object("toolConfig", config);
    }
    let config = Object::default()
        .sampling(ask.params, ["temperature", "topP", "maxOutputTokens"])
        .object("thinkingConfig", thinking(ask));
    // Without `alt=sse` the stream would be one JSON array.
    let path = format!("{VERSION}/models/{}:streamGenerateContent?alt=sse", escaped(ask.model));
    body.object("generationConfig", config).post(path)
}

fn contents(ask: &Ask<'_>) -> Vec<String> {
    let mut contents = Vec::new();
    // What calls that were made together came to goes back together.
    let mut results = Vec::new();
    for turn in &ask.chat.turns {
        let (role, parts) = match turn {
            Turn::Tool { call, result } => {
                results.push(response(call, result));
                continue;
            }
            Turn::User(words) => ("user", vec![text(words)]),
            Turn::Model(said) => ("model", said_parts(ask, said)),
        };
        for (role, parts) in [("user", std::mem::take(&mut results)), (role, parts)] {
            if !parts.is_empty() {
                contents.push(content(Some(role), &parts));
            }
        }
    }
    if !results.is_empty() {
        contents.push(content(Some("user"), &results));
    }
    contents
}

fn content(role: Option<&str>, parts: &[String]) -> String {
    Object::default().maybe("role", role.map(quoted)).with("parts", &array(parts)).end()
}

fn text(words: &str) -> String {
    Object::default().text("text", words).end()
}

/// A turn of the model: verbatim if it is this service's own, since signatures count only on the very part they came with; else
/// built from what it says.
fn said_parts(ask: &Ask<'_>, said: &Said) -> Vec<String> {
    if said.kind == Some(KIND) && !said.parts.is_empty() && !ask.swaps.has(Swap::NoSignatures) {
        return said.parts.clone();
    }
    let words = (!said.text.is_empty()).then(|| text(&said.text));
    let calls = said.calls.iter().enumerate().map(|(index, call)| {
        let function = Object::default()
            .maybe("id", call.own_id().map(quoted))
            .text("name", &call.name)
            .with("args", call.object());
        // The first call of a turn bears the signature of all; older models ask for none.
        let foreign = index == 0 && !ask.model.starts_with("gemini-2");
        Object::default()
            .object("functionCall", function)
            .maybe("thoughtSignature", foreign.then(|| quoted(FOREIGN)))
            .end()
    });
    words.into_iter().chain(calls).collect()
}

/// What a call came to, as the object that the service wants.
fn response(call: &ToolCall, result: &str) -> String {
    let wrapped;
    let object = if json::is_object(result) {
        result
    } else {
        wrapped = Object::default().text("output", result).end();
        &wrapped
    };
    let function = Object::default()
        .maybe("id", call.own_id().map(quoted))
        .text("name", &call.name)
        .with("response", object);
    Object::default().object("functionResponse", function).end()
}

fn declaration(tool: &Tool) -> String {
    Object::default()
        .text("name", &tool.name)
        .text("description", &tool.description)
        .with("parametersJsonSchema", tool.schema_object())
        .end()
}

/// Nothing for a model that does not think: it would refuse the request. Never a budget and a level at once.
fn thinking(ask: &Ask<'_>) -> Object {
    let config = Object::default();
    if ask.abilities.thinking != Some(true) || ask.swaps.has(Swap::NoThinking) {
        return config;
    }
    let wish = ask.params.thinking;
    // The family that counts tokens. Later ones, and the aliases for the newest, know levels.
    if ask.model.starts_with("gemini-2.5") {
        return match wish {
            // There are no thoughts to include then.
            Some(Thinking::Off) => config.with("thinkingBudget", "0"),
            Some(Thinking::Low) => config.with("includeThoughts", "true").with("thinkingBudget", "1024"),
            Some(Thinking::Medium) => config.with("includeThoughts", "true").with("thinkingBudget", "8192"),
            Some(Thinking::High) => config.with("includeThoughts", "true").with("thinkingBudget", "24576"),
            None => config.with("includeThoughts", "true"),
        };
    }
    let level = wish.map(|wish| match wish {
        Thinking::Off => "MINIMAL",
        Thinking::Low => "LOW",
        Thinking::Medium => "MEDIUM",
        Thinking::High => "HIGH",
    });
    config.with("includeThoughts", "true").maybe("thinkingLevel", level.map(quoted))
}

/// Percent-encodes all but unreserved characters (RFC 3986 §2.3), so that an id stays inside its path segment.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for half in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(half)]));
            }
        }
    }
    out
}

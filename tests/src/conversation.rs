//! What a request says, read out of each wire format: the tools it offers, what the model said before, and the
//! results of its calls.
//!
//! A prompt can spell out the calls that it wants from the models that call tools, one per line:
//! `CALL read_file {"path": "src/main.ts"}`.

use serde_json::{Map, Value, json};

use crate::answers;

/// What Gemini puts on its function calls and wants back on them, unchanged.
pub const SIGNATURE: &str = "RmFrZVRob3VnaHRTaWduYXR1cmUrLzAwMQ==";

/// A tool that the client offers.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    pub name: String,
    /// JSON schema of its arguments.
    pub schema: Value,
}

/// A call that the prompt spells out.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub name: String,
    pub arguments: Value,
}

/// A request without its wire format.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversation {
    pub tools: Vec<Tool>,
    /// The calls that the client's prompts spell out, oldest first.
    pub asked: Vec<Asked>,
    /// The model's text that the client sent back last.
    pub assistant: Option<String>,
    /// Results of calls, oldest first.
    pub results: Vec<String>,
    /// For each turn of the model with calls: what came back of its signature, or of its reasoning.
    pub proofs: Vec<Option<String>>,
}

/// Why a proof is not the one that the model gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    Missing,
    Changed,
}

impl Tool {
    /// Arguments that fit the schema: every property with a value of its type.
    pub fn sample(&self) -> Value {
        let properties = self.schema.get("properties").and_then(Value::as_object);
        let values = properties.into_iter().flatten().map(|(key, schema)| (key.clone(), sample(key, schema)));
        Value::Object(values.collect::<Map<_, _>>())
    }
}

fn sample(key: &str, schema: &Value) -> Value {
    if let Some(first) = schema.get("enum").and_then(|all| all.get(0)) {
        return first.clone();
    }
    // Gemini's own schemas write types in capitals.
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or("string").to_ascii_lowercase();
    match kind.as_str() {
        "integer" | "number" => json!(1),
        "boolean" => json!(true),
        "array" => json!([]),
        "object" => json!({}),
        _ if key.contains("path") || key.contains("file") => json!("src/main.ts"),
        _ => json!("sample"),
    }
}

impl Conversation {
    /// Reads `contents` and `tools` of a call to Gemini.
    pub fn of_gemini(body: &Value) -> Self {
        let mut all = Conversation::default();
        for tool in list(body, "tools") {
            for declared in either(tool, "functionDeclarations", "function_declarations") {
                let schema = declared.get("parametersJsonSchema").or_else(|| declared.get("parameters"));
                all.offer(declared, schema);
            }
        }
        for content in list(body, "contents") {
            let parts = list(content, "parts");
            let text: String =
                parts.iter().filter(|part| part["thought"] != json!(true)).map(text_of).collect();
            if content["role"] == "model" {
                let call = parts.iter().find(|part| !part["functionCall"].is_null());
                all.proofs.extend(call.map(|part| part["thoughtSignature"].as_str().map(str::to_owned)));
                all.assistant = Some(text);
            } else {
                all.ask(&text);
                let results = parts.iter().filter_map(|part| part.get("functionResponse"));
                all.results.extend(results.map(|result| spelled(&result["response"])));
            }
        }
        all
    }

    /// Reads `messages` and `tools` of a chat with Ollama or an OpenAI-compatible server.
    pub fn of_chat(body: &Value) -> Self {
        let mut all = Conversation::default();
        for tool in list(body, "tools") {
            let function = &tool["function"];
            all.offer(function, function.get("parameters"));
        }
        for message in list(body, "messages") {
            let text = spelled(&message["content"]);
            match message["role"].as_str() {
                Some("assistant") => {
                    let reasoning = ["reasoning_content", "reasoning", "thinking"]
                        .iter()
                        .find_map(|key| message[*key].as_str())
                        .map(str::to_owned);
                    all.proofs.extend((!list(message, "tool_calls").is_empty()).then_some(reasoning));
                    all.assistant = Some(text);
                }
                Some("tool") => all.results.push(text),
                Some("user") => all.ask(&text),
                _ => {}
            }
        }
        all
    }

    /// Whether the client sent every proof back as it came.
    ///
    /// # Errors
    ///
    /// What is wrong with the first that is not.
    pub fn check_proofs(&self, expect: &str) -> Result<(), Stale> {
        for proof in &self.proofs {
            match proof.as_deref() {
                None | Some("") => return Err(Stale::Missing),
                Some(found) if found != expect => return Err(Stale::Changed),
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// The same for the reasoning of `tools-reasoning`.
    ///
    /// # Errors
    ///
    /// What is wrong with the first that is not.
    pub fn check_reasoning(&self) -> Result<(), Stale> {
        self.check_proofs(answers::REASONING.text)
    }

    fn offer(&mut self, function: &Value, schema: Option<&Value>) {
        if let Some(name) = function["name"].as_str() {
            self.tools.push(Tool { name: name.to_owned(), schema: schema.cloned().unwrap_or_default() });
        }
    }

    fn ask(&mut self, text: &str) {
        let calls = text.lines().filter_map(|line| line.trim().strip_prefix("CALL "));
        self.asked.extend(calls.filter_map(|call| {
            let (name, arguments) = call.split_once(' ').unwrap_or((call, "{}"));
            Some(Asked { name: name.to_owned(), arguments: serde_json::from_str(arguments).ok()? })
        }));
    }
}

fn list<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    object.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn either<'a>(object: &'a Value, camel: &str, snake: &str) -> &'a [Value] {
    if object.get(camel).is_some() { list(object, camel) } else { list(object, snake) }
}

fn text_of(part: &Value) -> &str {
    part["text"].as_str().unwrap_or_default()
}

/// A string as it is, the texts of a list of parts, and anything else as JSON.
fn spelled(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(text_of).collect(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: &Conversation, tool: &str, proofs: &[Option<&str>]) {
        assert_eq!(found.tools.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>(), [tool]);
        assert_eq!(found.asked, [Asked { name: tool.into(), arguments: json!({"path": "a"}) }]);
        assert_eq!(found.assistant.as_deref(), Some("Reading."));
        assert_eq!(found.proofs.iter().map(Option::as_deref).collect::<Vec<_>>(), proofs);
        assert_eq!(found.results.len(), 1);
        assert!(found.results[0].contains("text of a"), "{:?}", found.results);
    }

    #[test]
    fn the_same_turns_are_read_from_every_wire_format() {
        let schema = json!({"type": "object", "properties": {"path": {"type": "string"}}});
        let ask = "Look.\nCALL read {\"path\": \"a\"}";
        let gemini = json!({
            "tools": [{"functionDeclarations": [{"name": "read", "parametersJsonSchema": schema}]}],
            "contents": [
                {"role": "user", "parts": [{"text": ask}]},
                {"role": "model", "parts": [{"text": "Hm", "thought": true}, {"text": "Reading."},
                    {"functionCall": {"name": "read", "args": {"path": "a"}}, "thoughtSignature": "s"}]},
                {"role": "user", "parts": [
                    {"functionResponse": {"name": "read", "response": {"output": "text of a"}}}]}]});
        check(&Conversation::of_gemini(&gemini), "read", &[Some("s")]);
        let chat = |assistant: Value| {
            json!({
                "tools": [{"type": "function", "function": {"name": "read", "parameters": schema}}],
                "messages": [{"role": "system", "content": "Be terse."}, {"role": "user", "content": ask}, assistant,
                    {"role": "tool", "tool_call_id": "call_0", "content": "text of a"}]})
        };
        let calls = json!([{"id": "call_0", "function": {"name": "read", "arguments": "{}"}}]);
        let bare = json!({"role": "assistant", "content": "Reading.", "tool_calls": calls});
        check(&Conversation::of_chat(&chat(bare.clone())), "read", &[None]);
        let mut reasoned = bare;
        reasoned["reasoning_content"] = json!("Hm");
        check(&Conversation::of_chat(&chat(reasoned)), "read", &[Some("Hm")]);
    }

    #[test]
    fn a_proof_has_to_come_back_as_it_came() {
        let of = |proof: Option<&str>| Conversation {
            proofs: vec![proof.map(str::to_owned)],
            ..Conversation::default()
        };
        assert_eq!(of(Some("s")).check_proofs("s"), Ok(()));
        assert_eq!(of(None).check_proofs("s"), Err(Stale::Missing));
        assert_eq!(of(Some("t")).check_proofs("s"), Err(Stale::Changed));
        assert_eq!(Conversation::default().check_proofs("s"), Ok(()));
    }

    #[test]
    fn sample_arguments_have_the_types_of_the_schema() {
        let schema = json!({"properties": {"file": {"type": "STRING"}, "depth": {"type": "integer"},
            "mode": {"type": "string", "enum": ["fast"]}, "all": {"type": "boolean"}}});
        let tool = Tool { name: "list".into(), schema };
        assert_eq!(tool.sample(), json!({"file": "src/main.ts", "depth": 1, "mode": "fast", "all": true}));
        assert_eq!(Tool { name: "now".into(), schema: Value::Null }.sample(), json!({}));
    }
}

//! Tool calls: a model asks for one where the request offers tools, and answers once it has the result.

use serde_json::{Value, json};

use super::{
    Circumstances, Finish, Plot, RawReply, Step,
    acts::{answer_text, reasoning},
    pace::{Pace, limited},
};
use crate::{
    conversation::{Asked, Conversation, SIGNATURE},
    name::{Name, Shape},
};

/// One call of one tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// Counts the calls of this answer from 0.
    pub index: usize,
    /// The same for every call, but for those of an earlier turn.
    pub id: String,
    pub name: String,
    /// JSON, unless the shape says that it is broken.
    pub arguments: String,
    /// What has to come back with the result; only Gemini writes it.
    pub signature: Option<&'static str>,
    pub shape: Shape,
}

impl ToolCall {
    /// The arguments as a value; an empty object where they are broken.
    pub fn object(&self) -> Value {
        serde_json::from_str(&self.arguments).unwrap_or_else(|_| json!({}))
    }
}

pub(super) fn plot(name: &Name, shape: Shape, circumstances: &Circumstances) -> Plot {
    let conversation = &circumstances.conversation;
    let calls = next_calls(conversation, shape);
    let text = answer_text(name, circumstances);
    let pace = Pace::of(name, &text);
    let mut steps = if shape == Shape::Reasoning { reasoning(name, &pace) } else { Vec::new() };
    if calls.is_empty() {
        if let Some(result) = conversation.results.last() {
            steps.extend(pace.text(&format!("The tool answered: {}\n\n", result.trim())));
        }
        steps.extend(pace.text(&text));
        steps.push(Step::Finish(Finish::Stop));
        return Plot::Perform(limited(steps, circumstances.max_tokens));
    }
    if shape == Shape::BadJson {
        match circumstances.provider.as_str() {
            "gemini" => return Plot::Perform(vec![Step::Finish(Finish::Raw("MALFORMED_FUNCTION_CALL"))]),
            "ollama" => return Plot::Reply(unreadable(&calls[0])),
            _ => {}
        }
    }
    steps.extend(calls.into_iter().map(Step::Tool));
    steps.push(Step::Finish(Finish::ToolCalls));
    Plot::Perform(steps)
}

/// The calls of this turn: those that the prompt spells out, in its order, or else one of the first tool.
fn next_calls(conversation: &Conversation, shape: Shape) -> Vec<ToolCall> {
    let wanted = match (conversation.asked.is_empty(), conversation.tools.first()) {
        (_, None) => Vec::new(),
        (false, Some(_)) => conversation.asked.clone(),
        (true, Some(tool)) => {
            let second = conversation.tools.get(1).unwrap_or(tool);
            let all = [tool, second].map(|tool| Asked { name: tool.name.clone(), arguments: tool.sample() });
            if shape == Shape::Two { all.to_vec() } else { all[..1].to_vec() }
        }
    };
    let done = conversation.results.len();
    let turn = if shape == Shape::Two { 2 } else { 1 };
    let calls = wanted.into_iter().enumerate().skip(done).take(turn);
    calls.enumerate().map(|(index, (number, asked))| call(index, number, asked, shape)).collect()
}

fn call(index: usize, number: usize, asked: Asked, shape: Shape) -> ToolCall {
    let mut arguments = asked.arguments.to_string();
    if shape == Shape::BadJson {
        arguments.pop();
    }
    let signed = index == 0 && shape != Shape::Bare;
    ToolCall {
        index,
        id: format!("call_{number}"),
        name: asked.name,
        arguments,
        signature: signed.then_some(SIGNATURE),
        shape,
    }
}

/// Ollama reads its models' calls itself, and gives up where it cannot.
fn unreadable(call: &ToolCall) -> RawReply {
    let message =
        format!("error parsing tool call: raw='{}', err=unexpected end of JSON input", call.arguments);
    RawReply {
        status: 500,
        content_type: "application/json",
        headers: Vec::new(),
        body: json!({"error": message}).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Tool;

    fn conversation(tools: &[&str], asked: &[(&str, Value)], results: &[&str]) -> Conversation {
        let schema = json!({"type": "object", "properties": {"path": {"type": "string"}}});
        Conversation {
            tools: tools.iter().map(|name| Tool { name: (*name).into(), schema: schema.clone() }).collect(),
            asked: asked
                .iter()
                .map(|(name, arguments)| Asked { name: (*name).into(), arguments: arguments.clone() })
                .collect(),
            results: results.iter().map(|result| (*result).to_owned()).collect(),
            ..Conversation::default()
        }
    }

    #[track_caller]
    fn check(conversation: &Conversation, shape: Shape, expect: &[(&str, &str, &str)]) {
        let calls = next_calls(conversation, shape);
        let found: Vec<_> = calls
            .iter()
            .map(|call| (call.id.as_str(), call.name.as_str(), call.arguments.as_str()))
            .collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn the_first_tool_is_called_once_and_only_if_there_is_one() {
        let sample = r#"{"path":"src/main.ts"}"#;
        check(&conversation(&[], &[], &[]), Shape::Plain, &[]);
        check(&conversation(&["read"], &[], &[]), Shape::Plain, &[("call_0", "read", sample)]);
        check(&conversation(&["read"], &[], &["text"]), Shape::Plain, &[]);
        check(
            &conversation(&["read", "write"], &[], &[]),
            Shape::Two,
            &[("call_0", "read", sample), ("call_1", "write", sample)],
        );
        check(&conversation(&["read"], &[], &[]), Shape::BadJson, &[("call_0", "read", &sample[..21])]);
    }

    #[test]
    fn calls_that_the_prompt_spells_out_are_made_in_turn() {
        let asked = [("read", json!({"path": "a"})), ("write", json!({}))];
        let tools = ["read", "write"];
        check(&conversation(&tools, &asked, &[]), Shape::Plain, &[("call_0", "read", r#"{"path":"a"}"#)]);
        check(&conversation(&tools, &asked, &["x"]), Shape::Plain, &[("call_1", "write", "{}")]);
        check(&conversation(&tools, &asked, &["x", "y"]), Shape::Plain, &[]);
    }

    #[test]
    fn only_the_first_call_of_a_turn_is_signed() {
        let calls = next_calls(&conversation(&["read"], &[], &[]), Shape::Two);
        let signed: Vec<_> = calls.iter().map(|call| call.signature.is_some()).collect();
        assert_eq!(signed, [true, false]);
        assert_eq!(next_calls(&conversation(&["read"], &[], &[]), Shape::Bare)[0].signature, None);
    }
}

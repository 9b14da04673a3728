//! What one line of the stream says.

use serde_json::Value;

use crate::provider::{
    FinishReason, Usage,
    decode::{
        calls::{CallPiece, Place},
        chunk::{Chunk, End, Event, Piece},
        json,
        raw::{self, Step},
    },
};

/// Reads a `ChatResponse`.
pub fn read(event: Event<'_>) -> Chunk<'_> {
    let Event { json: event, text } = event;
    let message = event.get("message").unwrap_or(&Value::Null);
    let thinking = json::text(message, "thinking").map(Piece::Reasoning);
    let content = json::text(message, "content").map(Piece::Text);
    let done = event.get("done").and_then(Value::as_bool) == Some(true);
    let mut pieces: Vec<Piece<'_>> = thinking.into_iter().chain(content).collect();
    for (index, call) in json::list(message, "tool_calls").iter().enumerate() {
        let Some(function) = call.get("function").filter(|function| function.is_object()) else { continue };
        let steps = [Step::Key("message"), Step::Key("tool_calls"), Step::At(index)];
        let arguments = raw::dig(text, &steps)
            .and_then(|text| raw::dig(text, &[Step::Key("function"), Step::Key("arguments")]));
        pieces.push(Piece::Call(CallPiece {
            place: Place::Whole,
            id: json::text(call, "id").unwrap_or_default(),
            name: json::text(function, "name").unwrap_or_default(),
            arguments: arguments.filter(|text| *text != "null").unwrap_or("{}"),
        }));
    }
    Chunk {
        model: json::text(event, "model"),
        pieces,
        usage: Usage {
            prompt_tokens: json::count(event, "prompt_eval_count"),
            completion_tokens: json::count(event, "eval_count"),
            reasoning_tokens: None,
            eval_ms: json::number(event, "eval_duration").map(nanos_to_millis),
            load_ms: json::number(event, "load_duration").map(nanos_to_millis),
        },
        end: done.then(|| end(json::text(event, "done_reason").unwrap_or_default())),
        last: done,
    }
}

fn nanos_to_millis(nanos: f64) -> f64 {
    nanos / 1e6
}

fn end(reason: &str) -> End<'_> {
    let meaning = match reason {
        // Old versions only say `done`.
        "stop" | "" => FinishReason::Stop,
        "length" => FinishReason::Length,
        // `load` and `unload` answer a request without messages, which is never made here.
        _ => FinishReason::Other,
    };
    End::Finish { reason: meaning, raw: reason }
}

//! What one event of the stream says.

use serde_json::Value;

use crate::provider::{
    BlockStage, ErrorClass, FinishReason, Usage,
    decode::{
        calls::{CallPiece, Place},
        chunk::{Chunk, End, Event, Piece},
        json,
        raw::{self, Step},
    },
};

/// Reads a `chat.completion.chunk`.
pub fn read(event: Event<'_>) -> Chunk<'_> {
    let Event { json: event, text } = event;
    let mut chunk = Chunk { model: json::text(event, "model"), usage: usage(event), ..Chunk::default() };
    let choices = json::list(event, "choices").iter().enumerate();
    for (index, choice) in choices.filter(|(_, each)| json::count(each, "index").unwrap_or(0) == 0) {
        let delta = choice.get("delta").unwrap_or(&Value::Null);
        // Two names for the same text: never both.
        let reasoning = json::text(delta, "reasoning_content").or_else(|| json::text(delta, "reasoning"));
        chunk.pieces.extend(reasoning.map(Piece::Reasoning));
        chunk.pieces.extend(json::text(delta, "content").map(Piece::Text));
        chunk.pieces.extend(json::text(delta, "refusal").map(Piece::Refusal));
        for (at, call) in json::list(delta, "tool_calls").iter().enumerate() {
            let steps = [Step::Key("choices"), Step::At(index), Step::Key("delta"), Step::Key("tool_calls")];
            let text = raw::dig(text, &steps).and_then(|text| raw::dig(text, &[Step::At(at)]));
            chunk.pieces.extend(call_piece(call, text.unwrap_or_default()));
        }
        // How calls were written before there could be several.
        let old =
            delta.get("function_call").and_then(|function| function_piece(function, "", Place::Number(0)));
        chunk.pieces.extend(old);
        if let Some(reason) = json::text(choice, "finish_reason") {
            chunk.end = Some(end(reason));
        }
    }
    chunk
}

fn call_piece<'a>(call: &'a Value, text: &'a str) -> Option<Piece<'a>> {
    let place = json::count(call, "index").map_or(Place::Unsaid, Place::Number);
    let id = json::text(call, "id").unwrap_or_default();
    let Some(Piece::Call(piece)) = function_piece(call.get("function")?, id, place) else { return None };
    // A string by rule; some servers write the object itself.
    let object =
        raw::dig(text, &[Step::Key("function"), Step::Key("arguments")]).filter(|text| text.starts_with('{'));
    Some(Piece::Call(CallPiece { arguments: object.unwrap_or(piece.arguments), ..piece }))
}

fn function_piece<'a>(function: &'a Value, id: &'a str, place: Place) -> Option<Piece<'a>> {
    function.as_object()?;
    Some(Piece::Call(CallPiece {
        place,
        id,
        name: json::text(function, "name").unwrap_or_default(),
        arguments: json::text(function, "arguments").unwrap_or_default(),
    }))
}

fn usage(event: &Value) -> Usage {
    let usage = event.get("usage").unwrap_or(&Value::Null);
    let timings = event.get("timings").unwrap_or(&Value::Null);
    let details = usage.get("completion_tokens_details").unwrap_or(&Value::Null);
    let reasoning = json::count(details, "reasoning_tokens");
    // Here the answer's count holds the reasoning; ours does not.
    let completion = json::count(usage, "completion_tokens")
        .map(|tokens| tokens.saturating_sub(reasoning.unwrap_or_default()))
        .or_else(|| json::count(timings, "predicted_n"));
    Usage {
        prompt_tokens: json::count(usage, "prompt_tokens").or_else(|| prompt_of(timings)),
        completion_tokens: completion,
        reasoning_tokens: reasoning,
        eval_ms: json::number(timings, "predicted_ms"),
        load_ms: None,
    }
}

/// llama.cpp counts what it read and what it remembered apart.
fn prompt_of(timings: &Value) -> Option<u64> {
    let remembered = json::count(timings, "cache_n").unwrap_or_default();
    Some(json::count(timings, "prompt_n")?.saturating_add(remembered))
}

fn end(reason: &str) -> End<'_> {
    let finish = |meaning| End::Finish { reason: meaning, raw: reason };
    match reason {
        "stop" => finish(FinishReason::Stop),
        "length" => finish(FinishReason::Length),
        "tool_calls" | "function_call" => finish(FinishReason::ToolCalls),
        "content_filter" => End::Blocked { stage: BlockStage::Output, reason },
        // `DeepSeek` ran out of machines in the middle of the answer.
        "insufficient_system_resource" => End::Failed { class: ErrorClass::Overloaded, reason },
        _ => finish(FinishReason::Other),
    }
}

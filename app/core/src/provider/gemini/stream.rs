//! What one event of the stream says.

use serde_json::Value;

use crate::provider::{
    BlockStage, FinishReason, Usage,
    decode::{
        calls::{CallPiece, Place},
        chunk::{Chunk, End, Event, Piece},
        json,
        raw::{self, Step},
    },
};

/// Reads a `GenerateContentResponse`.
pub fn read(event: Event<'_>) -> Chunk<'_> {
    let Event { json: event, text } = event;
    let mut chunk = Chunk { model: json::text(event, "modelVersion"), ..Chunk::default() };
    if let Some(usage) = event.get("usageMetadata") {
        chunk.usage = Usage {
            prompt_tokens: json::count(usage, "promptTokenCount"),
            completion_tokens: json::count(usage, "candidatesTokenCount"),
            reasoning_tokens: json::count(usage, "thoughtsTokenCount"),
            ..Usage::default()
        };
    }
    if let Some(reason) = event.get("promptFeedback").and_then(|feedback| json::text(feedback, "blockReason"))
    {
        chunk.end = Some(End::Blocked { stage: BlockStage::Prompt, reason });
    }
    let candidates = json::list(event, "candidates").iter().enumerate();
    for (index, candidate) in candidates.filter(|(_, each)| json::count(each, "index").unwrap_or(0) == 0) {
        let parts = candidate.get("content").map_or(&[][..], |content| json::list(content, "parts"));
        let steps = [Step::Key("candidates"), Step::At(index), Step::Key("content"), Step::Key("parts")];
        let texts = raw::dig(text, &steps).unwrap_or_default();
        for (part, text) in parts.iter().zip(raw::items(texts)) {
            read_part(part, text, &mut chunk.pieces);
        }
        if let Some(reason) = json::text(candidate, "finishReason") {
            chunk.end = Some(end(reason));
        }
    }
    chunk
}

fn read_part<'a>(part: &'a Value, text: &'a str, pieces: &mut Vec<Piece<'a>>) {
    if !part.is_object() {
        return;
    }
    let thought = part.get("thought").and_then(Value::as_bool) == Some(true);
    if let Some(words) = json::text(part, "text") {
        pieces.push(if thought { Piece::Reasoning(words) } else { Piece::Text(words) });
    }
    let call = part.get("functionCall").filter(|call| call.is_object());
    pieces.extend(call.map(|call| {
        let arguments = raw::dig(text, &[Step::Key("functionCall"), Step::Key("args")]);
        Piece::Call(CallPiece {
            place: Place::Whole,
            id: json::text(call, "id").unwrap_or_default(),
            name: json::text(call, "name").unwrap_or_default(),
            arguments: arguments.filter(|text| *text != "null").unwrap_or("{}"),
        })
    }));
    let keep = call.is_some() || json::text(part, "thoughtSignature").is_some();
    pieces.push(Piece::Part { text, keep });
}

fn end(reason: &str) -> End<'_> {
    let finish = |meaning| End::Finish { reason: meaning, raw: reason };
    match reason {
        "STOP" => finish(FinishReason::Stop),
        // `CONTINUATION` ends one request's share of a longer answer.
        "MAX_TOKENS" | "CONTINUATION" => finish(FinishReason::Length),
        "MALFORMED_FUNCTION_CALL" | "MALFORMED_RESPONSE" | "UNEXPECTED_TOOL_CALL" | "TOO_MANY_TOOL_CALLS" => {
            finish(FinishReason::ToolError)
        }
        "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION"
        | "IMAGE_OTHER" => End::Blocked { stage: BlockStage::Output, reason },
        _ => finish(FinishReason::Other),
    }
}

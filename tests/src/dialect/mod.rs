//! The wire formats, one module each. A dialect turns steps into bytes and refusals into error bodies, and
//! checks what a client of that provider would have to get right.

pub mod gemini;
pub mod ollama;
pub mod openai;

use std::time::Duration;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::script::{Fault, Finish, Refusal, ToolCall};

/// What a provider says of an error in mid-stream.
pub const FAULT_MESSAGE: &str = "This model is currently experiencing high demand. Spikes in demand are usually \
                                 temporary. Please try again later.";

/// Tokens and time so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub prompt: u64,
    pub answer: u64,
    pub reasoning: u64,
    pub elapsed: Duration,
}

impl Tally {
    /// The time so far in nanoseconds, never zero.
    pub fn nanos(&self) -> u64 {
        (self.elapsed.as_nanos() as u64).max(1)
    }
}

/// A complete answer, for responses that are not streamed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whole {
    pub text: String,
    pub reasoning: String,
    pub calls: Vec<ToolCall>,
    /// `None` where the answer ended without saying why.
    pub finish: Option<Finish>,
}

/// Encodes one response of one provider.
pub trait Dialect: Send {
    /// The error body for a request that was turned down.
    fn refuse(&self, refusal: &Refusal) -> Reply;
    /// The content type of the stream.
    fn content_type(&self) -> &'static str;
    /// What comes before the first token.
    fn open(&mut self) -> String {
        String::new()
    }
    fn text(&mut self, text: &str, tally: &Tally) -> String;
    fn reasoning(&mut self, text: &str, tally: &Tally) -> String;
    /// A call of a tool, in as many events as its shape takes.
    fn tool(&mut self, call: &ToolCall, tally: &Tally) -> String;
    /// The proof of the reasoning, where the provider has one.
    fn signature(&mut self, _signature: &str, _tally: &Tally) -> String {
        String::new()
    }
    /// Any data, framed like an event.
    fn data(&mut self, data: &str) -> String;
    /// What was just written, with line ends that the format allows and few servers write.
    fn odd_ends(&self, written: String) -> String {
        written.replace("\r\n", "\r").replace('\n', "\r")
    }
    fn finish(&mut self, finish: Finish, tally: &Tally) -> String;
    /// A refused prompt, inside a successful stream.
    fn block(&mut self, tally: &Tally) -> String;
    /// An error in mid-stream.
    fn fail(&mut self, fault: Fault) -> String;
    /// The JSON of a response that is not streamed.
    fn whole(&self, whole: &Whole, tally: &Tally) -> Value;
    /// The same for a refused prompt.
    fn whole_blocked(&self, tally: &Tally) -> Value;
}

/// A JSON response as data.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
}

impl Reply {
    pub fn ok(body: Value) -> Self {
        Reply::new(200, body)
    }

    pub fn new(status: u16, body: Value) -> Self {
        Reply { status, headers: Vec::new(), body }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(self.body)).into_response();
        for (name, value) in self.headers {
            if let Ok(value) = value.parse() {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The error body of a provider for a refusal, outside of any call.
pub(crate) fn refusal(provider: &str, refusal: &Refusal, model: &str) -> Reply {
    match provider {
        "gemini" => gemini::refuse(refusal, model, "v1beta"),
        "ollama" => ollama::refuse(refusal, model),
        "openai" => openai::refuse(refusal, model, openai::Flavour::OpenAi),
        _ => openai::refuse(refusal, model, openai::Flavour::Local),
    }
}

/// Who answers, and when it began; every chunk repeats it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The model's name as the client wrote it.
    pub model: String,
    /// Number of the call, from which response ids are made.
    pub call: u64,
    /// Milliseconds since the Unix epoch.
    pub started_ms: u64,
}

/// The request body as an object, or the reason why it is none.
pub(crate) fn object(body: &[u8]) -> Result<Value, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(Value::Object(map)),
        Ok(_) => Err(invalid("the request body must be a JSON object")),
        Err(error) => Err(invalid(format!("the request body is not JSON: {error}"))),
    }
}

pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::Invalid { message: message.into(), param: None }
}

/// A rough count of the tokens in a request: a quarter of the characters in its strings, at least one.
pub(crate) fn prompt_tokens(messages: &Value) -> u64 {
    fn chars(value: &Value) -> u64 {
        match value {
            Value::String(text) => text.chars().count() as u64,
            Value::Array(items) => items.iter().map(chars).sum(),
            Value::Object(map) => map.values().map(chars).sum(),
            _ => 0,
        }
    }
    (chars(messages) / 4).max(1)
}

/// Writes JSON the way Google and Go do, with the characters that mean something to HTML escaped.
///
/// These only ever occur inside of strings, so the text of the whole document can be searched.
pub(crate) fn html_safe(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// Sets a field only where it is not zero, as Go's `omitempty` does.
pub(crate) fn set_nonzero(object: &mut Value, key: &str, number: u64) {
    if number != 0 {
        object[key] = json!(number);
    }
}

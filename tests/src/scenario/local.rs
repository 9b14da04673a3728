//! What servers on one's own machine say: llama.cpp, LM Studio, vLLM, and Ollama's compatible surface.

use super::{
    Beat::{Data, Lines},
    Canned, Class, Plays, Scenario, json, row, stream,
};

pub(super) const ROWS: &[Scenario] = &[
    json("vllm-key", Class::BadKey, 401, r#"{"error":"Unauthorized"}"#),
    json(
        "no-models-loaded",
        Class::ModelMissing,
        404,
        r#"{"error":{"message":"No models loaded. Please load a model in the developer page or use the `lms load` command.","type":"invalid_request_error","param":"model","code":"model_not_found"}}"#,
    ),
    json(
        "no-models-loaded-400",
        Class::ModelMissing,
        400,
        r#"{"error":"No models loaded. Please load a model in the developer page or use the `lms load` command."}"#,
    ),
    json(
        "vllm-missing",
        Class::ModelMissing,
        404,
        r#"{"error":{"message":"The model `{model}` does not exist.","type":"NotFoundError","param":"model","code":404}}"#,
    ),
    json(
        "ollama-missing",
        Class::ModelMissing,
        404,
        r#"{"error":{"message":"model '{model}' not found","type":"not_found_error","param":null,"code":null}}"#,
    ),
    json(
        "vllm-too-long",
        Class::ContextTooLong,
        400,
        r#"{"error":{"message":"You passed 40001 input tokens and requested 4096 output tokens. However, the model's context length is only 32768 tokens. Please reduce the length of the input prompt.","type":"BadRequestError","param":"input_tokens","code":400}}"#,
    ),
    json(
        "vllm-too-long-old",
        Class::ContextTooLong,
        400,
        r#"{"object":"error","message":"This model's maximum context length is 32768 tokens. However, you requested 44097 tokens (40001 in the messages, 4096 in the completion). Please reduce the length of the messages or completion.","type":"BadRequestError","param":null,"code":400}"#,
    ),
    json(
        "llama-too-long-old",
        Class::ContextTooLong,
        500,
        r#"{"error":{"code":500,"message":"the request exceeds the available context size. try increasing the context size or enable context shift","type":"server_error"}}"#,
    ),
    stream(
        "mlx-too-long",
        Class::ContextTooLong,
        &[Data(r#"{"error":{"message":"Context size has been exceeded."}}"#)],
    ),
    // LM Studio says nothing at all; a client can only guess, from the length of what it sent.
    row(
        "lm-studio-too-long",
        Class::ContextTooLong,
        Plays::Reply(Canned { status: 200, content_type: "text/event-stream", headers: &[], body: "" }),
    ),
    json(
        "gateway-timeout",
        Class::Timeout,
        504,
        r#"{"error":{"code":504,"message":"The request timed out.","type":"server_error"}}"#,
    ),
    // Ollama's compatible surface reads its own error line as a chunk without anything in it.
    stream(
        "error-swallowed",
        Class::Disconnected,
        &[
            Lines(6),
            Data(
                r#"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
            ),
        ],
    ),
    json(
        "unsupported-parameter",
        Class::BadRequest,
        400,
        r#"{"error":{"message":"Unsupported parameter: temperature","type":"BadRequestError","param":"temperature","code":400}}"#,
    ),
    json(
        "internal",
        Class::ServerFault,
        500,
        r#"{"error":{"code":500,"message":"slot unavailable after a decode error","type":"server_error"}}"#,
    ),
];

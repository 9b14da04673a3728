//! What only Ollama says: errors as plain strings, by the daemon, its runner, or its cloud.

use super::{
    Beat::{Data, Lines},
    Class, Scenario, json, shared, stream, with,
};
use crate::name::Behaviour;

pub(super) const ROWS: &[Scenario] = &[
    json(
        "not-found-pull",
        Class::ModelMissing,
        404,
        r#"{"error":"model \"{model}\" not found, try pulling it first"}"#,
    ),
    with(
        "rate-limited-later",
        Class::RateLimited,
        429,
        &[("retry-after", "{seconds}")],
        r#"{"error":"too many concurrent requests"}"#,
    )
    .after(7_000),
    json(
        "plan",
        Class::QuotaGone,
        403,
        r#"{"error":"this model requires a subscription, upgrade for access: https://ollama.com/upgrade"}"#,
    ),
    json(
        "too-long-prompt",
        Class::ContextTooLong,
        400,
        r#"{"error":"the prompt is longer than the context length of the model"}"#,
    ),
    shared("tiny-context", Class::ContextTooLong, Behaviour::TinyContext),
    json("gateway-timeout", Class::Timeout, 504, r#"{"error":"upstream request timed out"}"#),
    stream(
        "runner-died",
        Class::Disconnected,
        &[Lines(6), Data(r#"{"error":"an error was encountered while running the model: unexpected EOF"}"#)],
    ),
    json("cloud-unreachable", Class::Unreachable, 502, r#"{"error":"upstream is not reachable"}"#),
    json("no-thinking", Class::BadRequest, 400, r#"{"error":"\"{model}\" does not support thinking"}"#),
    json(
        "out-of-memory",
        Class::ServerFault,
        500,
        r#"{"error":"model runner has unexpectedly stopped, this may be due to resource limitations or an internal error, check ollama server logs for details"}"#,
    ),
];

//! How many generations one user may begin in a minute, on one server.

use codecraft_core::api::{Allowance, Code};

use crate::support::{
    Server, Socket, Upstream, client::Answer, config, exchange, get, post, settings, upstream::answer,
};

const CHAT: &str = "/api/providers/openai/v1/chat/completions";
const BODY: &str = r#"{"model":"m"}"#;

async fn server(limit: u32) -> (Server, Upstream) {
    let upstream = Upstream::answering(answer("200 OK", "content-type: application/json\r\n", "{}")).await;
    let mut settings = settings(&upstream.base());
    settings.insert("CODECRAFT_RATE_LIMIT", limit.to_string());
    (Server::start(&config(&settings)).await, upstream)
}

async fn generate(server: &Server, run: &str) -> Answer {
    let length = BODY.len();
    exchange(
        server.addr,
        format!(
            "POST {CHAT} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             x-codecraft-run: {run}\r\ncontent-length: {length}\r\n\r\n{BODY}",
            server.addr
        ),
    )
    .await
}

async fn left(server: &Server) -> Allowance {
    serde_json::from_slice(&get(server.addr, "/api/limits").await.body).unwrap()
}

#[tokio::test]
async fn px20_as_many_generations_begin_as_a_minute_may_have() {
    let (server, upstream) = server(3).await;
    assert_eq!(left(&server).await, Allowance { limit: 3, remaining: 3, next_ms: 0 });
    for _ in 0..3 {
        assert_eq!(post(server.addr, CHAT, BODY).await.status, 200);
    }
    let refused = post(server.addr, CHAT, BODY).await;
    assert_eq!((refused.status, refused.code()), (429, Some(Code::RateLimited)));
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((55..=60).contains(&wait), "{wait}");
    let allowance = left(&server).await;
    assert!(allowance.remaining == 0 && (55_000..=60_000).contains(&allowance.next_ms), "{allowance:?}");
    let heard = Socket::call(server.addr, "openai", "v1/chat/completions", BODY).await.finish().await;
    assert_eq!(heard.code(), Some(Code::RateLimited), "a socket is no way around");
    assert_eq!(upstream.seen().len(), 3);
}

#[tokio::test]
async fn px20_a_run_is_one_generation_of_at_most_24_calls() {
    let (server, _upstream) = server(2).await;
    for _ in 0..24 {
        assert_eq!(generate(&server, "run-1").await.status, 200);
    }
    assert_eq!(left(&server).await.remaining, 1);
    assert_eq!(generate(&server, "run-1").await.status, 200, "call 25 is a new generation");
    assert_eq!(left(&server).await.remaining, 0);
    assert_eq!(generate(&server, "run-2").await.status, 429, "an invented id gains nothing");
    assert_eq!(generate(&server, "run-1").await.status, 200, "the second generation goes on");
}

#[tokio::test]
async fn px20_questions_and_mistakes_cost_no_generation() {
    let (server, _upstream) = server(1).await;
    for _ in 0..3 {
        assert_eq!(get(server.addr, "/api/providers/ollama/api/tags").await.status, 200);
        assert_eq!(post(server.addr, "/api/providers/ollama/api/show", "{}").await.status, 200);
        assert_eq!(post(server.addr, "/api/providers/ollama/api/pull", "{}").await.status, 404);
        let huge = "x".repeat((1 << 20) + 1);
        assert_eq!(post(server.addr, CHAT, &huge).await.status, 413);
    }
    assert_eq!(left(&server).await.remaining, 1);
    assert_eq!(generate(&server, "run").await.status, 200);
}

#[tokio::test]
async fn without_a_limit_nothing_is_counted() {
    let (server, _upstream) = server(0).await;
    for _ in 0..30 {
        assert_eq!(post(server.addr, CHAT, BODY).await.status, 200);
    }
    assert_eq!(left(&server).await.limit, 0);
}

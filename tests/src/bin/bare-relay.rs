//! `bare-relay`: the least that a relay of axum and reqwest can be, on one thread. Benchmarks measure the server against it: what
//! the crates cost is here, what CodeCraft adds is the difference.
//!
//! ```text
//! bare-relay http://127.0.0.1:9797        everything below / goes there
//! ```

use std::{env, error::Error};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use tokio::net::TcpListener;

/// Largest request body in bytes, the server's own bound.
const MAX_BODY: usize = 1 << 20;

#[derive(Clone)]
struct Relay {
    client: reqwest::Client,
    base: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let base = env::args().nth(1).ok_or("usage: bare-relay BASE")?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("bare-relay is at http://{}", listener.local_addr()?);
    let app = Router::new().fallback(relay).with_state(Relay { client, base });
    // As nginx does by itself, and the server under test.
    let listener = axum::serve::ListenerExt::tap_io(listener, |tcp| drop(tcp.set_nodelay(true)));
    Ok(axum::serve(listener, app).await?)
}

async fn relay(
    State(Relay { client, base }): State<Relay>,
    request: Request,
) -> Result<Response, StatusCode> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let mut call = client.request(parts.method, format!("{base}{}", parts.uri)).body(body);
    if let Some(kind) = parts.headers.get(header::CONTENT_TYPE) {
        call = call.header(header::CONTENT_TYPE, kind);
    }
    let answer = call.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let mut headers = HeaderMap::new();
    if let Some(kind) = answer.headers().get(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, kind.clone());
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = headers;
    *response.body_mut() = Body::from_stream(answer.bytes_stream());
    Ok(response)
}

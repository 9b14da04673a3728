//! The routes.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use codecraft_core::api::{CONFIG_PATH, Code, LIMITS_PATH, STREAM_PATH};
use codecraft_telemetry::TEXT_TYPE;

use crate::{assets, auth, edge, error::Failure, limits, relay, state::AppState, stream};

/// The whole server as a service: the guard, the API, and the app for everything else.
pub fn router(state: Arc<AppState>) -> Router {
    let signed_in = Router::new()
        .route(LIMITS_PATH, get(limits::limits).fallback(only_get))
        .route(STREAM_PATH, get(stream::stream).fallback(only_get))
        .route("/api/providers/{*path}", any(relay::http::relay))
        .route_layer(middleware::from_fn(auth::require));
    Router::new()
        .merge(signed_in)
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route(CONFIG_PATH, get(config).fallback(only_get))
        .route("/api", any(no_route))
        .route("/api/", any(no_route))
        .route("/api/{*path}", any(no_route))
        .fallback(assets::serve)
        .layer(middleware::from_fn_with_state(state.clone(), edge::edge))
        .with_state(state)
}

async fn config(State(state): State<Arc<AppState>>) -> Response {
    json(StatusCode::OK, state.config_json.clone())
}

/// Whether new work is welcome, and if not, why.
async fn ready(State(state): State<Arc<AppState>>) -> Response {
    let reasons: Vec<&str> = [
        (state.shutdown.has_begun(), "The server is going down."),
        (!assets::are_built(), assets::NOT_BUILT),
    ]
    .into_iter()
    .filter_map(|(holds, reason)| holds.then_some(reason))
    .collect();
    let status = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json(status, serde_json::json!({ "ready": reasons.is_empty(), "reasons": reasons }).to_string())
}

/// The counters, for whoever knows the token; without one for everybody, if everybody may use the server anyway.
async fn metrics(State(state): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    let opened = match &state.metrics_token {
        Some(token) => headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
            .is_some_and(|given| token.is(given)),
        None if state.is_open => true,
        None => return StatusCode::NOT_FOUND.into_response(),
    };
    if !opened {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response();
    }
    let headers = [(header::CONTENT_TYPE, TEXT_TYPE), (header::CACHE_CONTROL, "no-store")];
    (headers, state.telemetry.metrics().text()).into_response()
}

async fn no_route() -> Failure {
    Failure::new(Code::NoRoute, "There is no such route.")
}

async fn only_get() -> Failure {
    Failure { allow: Some("GET"), ..Failure::new(Code::MethodNotAllowed, "This route takes GET only.") }
}

pub(crate) fn json(status: StatusCode, body: impl Into<axum::body::Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body.into()).into_response()
}

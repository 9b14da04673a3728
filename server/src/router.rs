//! The routes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use codecraft_core::api::{
    API_VERSION, CONFIG_PATH, Code, Config, LIMITS_PATH, LOGIN_PATH, LOGOUT_PATH, Limits, ME_PATH,
    SETUP_PATH, STREAM_PATH,
};
use codecraft_telemetry::TEXT_TYPE;
use serde_json::json;
use tokio::sync::Mutex;

use crate::{
    assets,
    auth::{self, Auth},
    config::Secret,
    edge,
    error::Failure,
    limits, relay,
    state::AppState,
    stream,
};

/// How long it is remembered whether the server is ready: anybody may ask, and each look costs a file or a call.
const READY_FOR: Duration = Duration::from_secs(1);

/// Why the server was not ready when somebody last looked, and when that was.
pub(crate) type Readiness = Mutex<Option<(Instant, Vec<String>)>>;

/// The whole server as a service: the guard, the API, and the app for everything else.
pub fn router(state: Arc<AppState>) -> Router {
    let signed_in = Router::new()
        .route(LIMITS_PATH, get(limits::limits).fallback(only_get))
        .route(STREAM_PATH, get(stream::stream).fallback(only_get))
        .route("/api/providers/{*path}", any(relay::http::relay))
        .route(ME_PATH, get(auth::me).fallback(only_get))
        .route(LOGOUT_PATH, post(auth::logout).fallback(only_post))
        .route_layer(middleware::from_fn_with_state(state.clone(), auth::require));
    Router::new()
        .merge(signed_in)
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route(CONFIG_PATH, get(config).fallback(only_get))
        .route(LOGIN_PATH, post(auth::login).fallback(only_post))
        .route(SETUP_PATH, post(auth::setup).fallback(only_post))
        .route("/api", any(no_route))
        .route("/api/", any(no_route))
        .route("/api/{*path}", any(no_route))
        .fallback(assets::serve)
        .layer(middleware::from_fn_with_state(state.clone(), edge::edge))
        .with_state(state)
}

/// What the app needs to know: of the providers nothing, for somebody who has to sign in first.
async fn config(State(state): State<Arc<AppState>>, request: Request) -> Result<Response, Failure> {
    let who = auth::who(&state, &request.into_parts().0).await?;
    let config = Config {
        api: API_VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        providers: if who.is_some() { state.upstreams.infos() } else { Vec::new() },
        auth: state.auth.info(who.as_ref()),
        limits: Limits {
            max_body_bytes: state.limits.max_body as u64,
            max_streams: state.limits.user_streams,
            generations: state.limits.generations,
        },
    };
    Ok(json(StatusCode::OK, json!(config).to_string()))
}

/// Whether new work is welcome. Why not is for the operator: on this machine, or with the token of the metrics.
async fn ready(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let mut reasons = remembered(&state).await;
    if state.shutdown.has_begun() {
        reasons.push("The server is going down.".to_owned());
    }
    let ready = reasons.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let operator =
        auth::address(&state, &parts).is_loopback() || shows(state.metrics_token.as_ref(), &parts.headers);
    let body =
        if operator { json!({ "ready": ready, "reasons": reasons }) } else { json!({ "ready": ready }) };
    json(status, body.to_string())
}

/// Why the server cannot do its work, as of a moment ago. Whoever asks meanwhile waits for the same look.
async fn remembered(state: &AppState) -> Vec<String> {
    let mut last = state.readiness.lock().await;
    if let Some((when, reasons)) = &*last
        && when.elapsed() < READY_FOR
    {
        return reasons.clone();
    }
    let users = match state.auth.users() {
        Some((Err(error), _)) => Some(error.to_string()),
        Some((Ok(0), false)) => Some("Nobody can sign in; codecraft user add makes a user.".to_owned()),
        // A server without users is ready for its first one.
        _ => None,
    };
    let reasons: Vec<String> = [
        (!assets::are_built()).then(|| assets::NOT_BUILT.to_owned()),
        state.commons.ready().await.err().map(|away| away.to_string()),
        users,
    ]
    .into_iter()
    .flatten()
    .collect();
    *last = Some((Instant::now(), reasons.clone()));
    reasons
}

/// True if a request shows this token.
fn shows(token: Option<&Secret>, headers: &HeaderMap) -> bool {
    let given =
        headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    token.zip(given).is_some_and(|(token, given)| token.is(given))
}

/// The counters, for whoever knows the token; without one for everybody, if everybody may use the server anyway.
async fn metrics(State(state): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    let opened = match &state.metrics_token {
        Some(token) => shows(Some(token), &headers),
        None if matches!(state.auth, Auth::Off) => true,
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

async fn only_post() -> Failure {
    Failure { allow: Some("POST"), ..Failure::new(Code::MethodNotAllowed, "This route takes POST only.") }
}

pub(crate) fn json(status: StatusCode, body: impl Into<axum::body::Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body.into()).into_response()
}

//! The HTTP face: one router below each prefix, and what they have in common.

pub mod control;
pub mod cors;
pub mod gemini;
pub mod ollama;
pub mod openai;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{DefaultBodyLimit, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::Value;
use tokio::time;

use self::control::Settings;
use crate::{
    clock::unix_ms,
    conversation::Conversation,
    dialect::{Dialect, Meta, Reply},
    log::{Log, Recorded},
    name::{Name, UnknownName},
    play::{self, Broken, Outcome},
    script::{self, Circumstances, Plot, RawReply, Refusal},
};

/// Longer requests are refused; a brief with eight long histories stays far below.
const BODY_LIMIT: usize = 64 << 20;
/// How long `GET /__log?wait=…` holds on.
const WAIT_LIMIT: Duration = Duration::from_secs(5);

/// What all calls share.
#[derive(Clone, Default)]
pub struct World {
    pub log: Log,
    /// How often each model of each provider was asked to generate, for the models that fail a few times.
    called: Arc<Mutex<HashMap<(String, String), u64>>>,
    settings: Arc<Mutex<Settings>>,
}

impl World {
    /// Counts a call, and says how many there were before.
    fn calls_before(&self, provider: &str, model: &str) -> u64 {
        let mut called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        let count = called.entry((provider.to_owned(), model.to_owned())).or_default();
        *count += 1;
        *count - 1
    }

    /// What holds at the moment.
    pub fn settings(&self) -> Settings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on, this holds.
    pub fn set(&self, settings: Settings) {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    /// Forgets all calls and settings, so that the next test starts afresh.
    pub fn clear(&self) {
        self.called.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.set(Settings::default());
        self.log.clear();
    }
}

/// The whole application.
pub fn router(world: World) -> Router {
    let recorded = Router::new()
        .nest("/gemini", gemini::router())
        .nest("/ollama", ollama::router(&world))
        .nest("/openai", openai::router(openai::Server::OpenAi))
        .nest("/local", openai::router(openai::Server::Local))
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state((world.clone(), None), record));
    Router::new()
        .merge(recorded)
        .route(
            "/",
            get(async || "fake-upstream: /gemini /ollama /openai /local, /__log, /__set, /__answer\n"),
        )
        .route("/__log", get(read_log).delete(clear_log))
        .route("/__answer", get(read_answer))
        .route("/__set", get(control::show).post(control::change))
        .with_state(world)
}

/// Ollama alone, at the root of a port of its own, as a page without a proxy would find it.
pub fn ollama_router(world: World) -> Router {
    ollama::router(&world)
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state((world.clone(), Some("ollama")), record))
        .layer(middleware::from_fn_with_state(world.clone(), unless_down))
        .with_state(world)
}

/// Ends the connection in place of an answer, as long as the settings say so.
async fn unless_down(State(world): State<World>, request: Request, next: Next) -> Response {
    if world.settings().ollama_down {
        // A body that breaks at once takes the head with it: nothing was flushed yet.
        let broken = futures_util::stream::once(async { Err::<Bytes, _>(Broken) });
        return Body::from_stream(broken).into_response();
    }
    next.run(request).await
}

/// A call as its handler sees it, prepared by the recording layer.
#[derive(Clone)]
pub struct Seen {
    /// The first segment of the path.
    pub provider: String,
    /// Number in the log.
    pub call: u64,
    /// Milliseconds since the Unix epoch.
    pub started_ms: u64,
    pub headers: BTreeMap<String, String>,
}

impl Seen {
    fn meta(&self, model: &str) -> Meta {
        Meta { model: model.to_owned(), call: self.call, started_ms: self.started_ms }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// Opens a record for a call. The provider is the first segment of the path, or the only one of the port.
async fn record(
    State((world, only)): State<(World, Option<&'static str>)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let provider = only.or_else(|| path.split('/').nth(1)).unwrap_or_default().to_owned();
    let headers = header_map(&parts.headers);
    let query = parts.uri.query().unwrap_or_default();
    let recorder = world.log.open(&provider, parts.method.as_str(), &path, query, headers.clone());
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    recorder.body(&body);
    parts.extensions.insert(Seen { provider, call: recorder.id(), started_ms: unix_ms(), headers });
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    recorder.status(response.status().as_u16());
    response.map(|body| Body::new(Recorded::new(body, recorder)))
}

fn header_map(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut map = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        map.entry(name.to_string())
            .and_modify(|all| *all = format!("{all}, {value}"))
            .or_insert(value.into());
    }
    map
}

/// What a client asked of a model, in no dialect.
struct Ask {
    /// The name as scripts know it, without a tag.
    model: String,
    prompt_tokens: u64,
    max_tokens: Option<u64>,
    stream: bool,
    conversation: Conversation,
}

/// Finds the behaviour behind a model's name; an unknown one is refused as the provider would.
fn find(world: &World, seen: &Seen, model: &str, dialect: &dyn Dialect) -> Result<Name, Reply> {
    let found = Name::at(&seen.provider, model).and_then(|name| {
        let vanished = world.settings().has_vanished(model);
        if vanished { Err(UnknownName("it has vanished".to_owned())) } else { Ok(name) }
    });
    found.map_err(|UnknownName(reason)| {
        let mut reply = dialect.refuse(&Refusal::NotFound);
        reply.headers.push(("x-fake-upstream", reason));
        reply
    })
}

/// Plays the script of a model to the client.
async fn perform(world: &World, seen: &Seen, name: &Name, ask: Ask, dialect: Box<dyn Dialect>) -> Response {
    let circumstances = Circumstances {
        provider: seen.provider.clone(),
        calls_before: world.calls_before(&seen.provider, &ask.model),
        model: ask.model,
        headers: seen.headers.clone(),
        max_tokens: ask.max_tokens,
        conversation: ask.conversation,
    };
    let script = script::script(name, &circumstances);
    time::sleep(script.delay).await;
    let steps = match script.plot {
        Plot::Hang => return std::future::pending().await,
        Plot::Refuse(refusal) => return dialect.refuse(&refusal).into_response(),
        Plot::HtmlError => return html_error(),
        Plot::Reply(reply) => return raw(reply, dialect.content_type()),
        Plot::Perform(steps) => steps,
    };
    if ask.stream {
        let content_type = [(header::CONTENT_TYPE, dialect.content_type())];
        let body = Body::from_stream(play::stream(steps, dialect, script.chunk, ask.prompt_tokens));
        return (content_type, body).into_response();
    }
    match play::collect(steps, ask.prompt_tokens).await {
        Outcome::Whole(whole, tally) => Reply::ok(dialect.whole(&whole, &tally)).into_response(),
        Outcome::Blocked(tally) => Reply::ok(dialect.whole_blocked(&tally)).into_response(),
        Outcome::Failed => dialect.refuse(&Refusal::Overloaded).into_response(),
        Outcome::Broken(whole, tally) => broken(&dialect.whole(&whole, &tally)),
    }
}

/// Half of a JSON document, and then the connection breaks.
fn broken(whole: &Value) -> Response {
    let mut bytes = whole.to_string().into_bytes();
    bytes.truncate(bytes.len() / 2);
    let pieces = futures_util::stream::unfold(Some(Bytes::from(bytes)), async |bytes| {
        if let Some(bytes) = bytes {
            return Some((Ok(bytes), None));
        }
        // The server flushes what it has while the body has nothing to give.
        tokio::task::yield_now().await;
        Some((Err(Broken), None))
    });
    ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(pieces)).into_response()
}

fn raw(reply: RawReply, otherwise: &'static str) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = if reply.content_type.is_empty() { otherwise } else { reply.content_type };
    let mut response = (status, [(header::CONTENT_TYPE, content_type)], reply.body).into_response();
    for (name, value) in reply.headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn html_error() -> Response {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>gateway</center>\r\n</body>\r\n</html>\r\n";
    (StatusCode::BAD_GATEWAY, [(header::CONTENT_TYPE, "text/html")], page).into_response()
}

#[derive(Deserialize)]
struct LogQuery {
    /// `closed`: until call `id` is over. `calls`: until there are `count` of them.
    wait: Option<String>,
    /// Leaves out every other call.
    id: Option<u64>,
    count: Option<usize>,
}

async fn read_log(State(world): State<World>, Query(query): Query<LogQuery>) -> Response {
    let chosen = |id: u64| query.id.is_none_or(|wanted| wanted == id);
    let mut calls = match query.wait.as_deref() {
        None => world.log.calls(),
        Some("closed") => {
            let over = |calls: &[crate::log::Call]| {
                let mut chosen = calls.iter().filter(|call| chosen(call.id)).peekable();
                chosen.peek().is_some() && chosen.all(|call| call.ended.is_some())
            };
            world.log.wait_until(WAIT_LIMIT, over).await
        }
        Some("calls") => {
            let count = query.count.unwrap_or(1);
            world.log.wait_until(WAIT_LIMIT, |calls| calls.len() >= count).await
        }
        Some(_) => return (StatusCode::BAD_REQUEST, "wait is either closed or calls\n").into_response(),
    };
    calls.retain(|call| chosen(call.id));
    axum::Json(calls).into_response()
}

async fn clear_log(State(world): State<World>) -> StatusCode {
    world.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct AnswerQuery {
    model: String,
}

async fn read_answer(Query(query): Query<AnswerQuery>) -> Response {
    match script::full_text(&query.model) {
        Some(text) => text.into_response(),
        None => (StatusCode::NOT_FOUND, "this model answers no text\n").into_response(),
    }
}

//! Plain calls to our own server: the configuration, signing in and out, limits, and the model lists.

use codecraft_core::{
    api::{self, Code, Config, ProxyError},
    provider::{self, Call, ErrorClass, ListedModel, Method, ProviderError, ProviderKind},
};
use leptos::prelude::window;

use crate::browser::{
    self,
    fetch::{self, Destination, Exchange},
};

/// Pages of one model list that are read at most.
const MAX_PAGES: usize = 20;
/// Most bytes of an answer.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// The address of a path of ours, below wherever the app is served.
pub fn url(path: &str) -> String {
    format!("{}{}", browser::base(), path.trim_start_matches('/'))
}

/// The same for a socket.
pub fn socket_url(path: &str) -> String {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    let host = location.host().unwrap_or_default();
    format!("{scheme}://{host}{}", url(path))
}

/// An answer of our own server.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Why the server refused, if it did.
    pub fn refusal(&self) -> Option<ProxyError> {
        if self.is_ok() { None } else { ProxyError::read(&self.body) }
    }
}

/// Asks for a path of ours; `None` if there is no answer.
pub async fn get(path: &str) -> Option<Answer> {
    ask(Call { method: Method::Get, path: path.into(), body: String::new() }).await
}

/// Sends JSON to a path of ours; `None` if there is no answer.
pub async fn post(path: &str, body: String) -> Option<Answer> {
    ask(Call { method: Method::Post, path: path.into(), body }).await
}

async fn ask(call: Call) -> Option<Answer> {
    let call = Call { path: call.path.trim_start_matches('/').into(), ..call };
    let base = browser::base();
    let to = Destination { base: base.trim_end_matches('/'), loopback: false, readable: true };
    read(fetch::send(to, &call).await?).await
}

async fn read(exchange: Exchange) -> Option<Answer> {
    let status = exchange.status();
    Some(Answer { status, body: exchange.body(MAX_BODY).await.ok()? })
}

/// What came of asking for the configuration.
pub enum Asked {
    Config(Config),
    /// The server cannot check who is there.
    Unchecked,
    /// A reverse proxy says who is there that the server does not believe.
    Untrusted,
    /// There is no proxy at this address.
    Nobody,
}

impl Asked {
    fn of(answer: Option<Answer>) -> Self {
        let Some(answer) = answer else { return Self::Nobody };
        match answer.refusal().map(|error| error.code) {
            Some(Code::StoreUnavailable) => return Self::Unchecked,
            Some(Code::HeaderNotTrusted) => return Self::Untrusted,
            _ => {}
        }
        let config = if answer.is_ok() { Config::read(&answer.body) } else { None };
        config.map_or(Self::Nobody, Self::Config)
    }
}

/// The configuration, as it is now.
pub async fn config() -> Asked {
    Asked::of(get(api::CONFIG_PATH).await)
}

/// The configuration that the page asked for before the app was there. Only once: its answer is read then.
pub async fn first_config() -> Asked {
    let answer = match fetch::early().await {
        Some(exchange) => read(exchange).await,
        None => None,
    };
    Asked::of(answer)
}

/// All models of a provider.
///
/// # Errors
/// The classified failure of the first page that did not come.
pub async fn models(id: &str, kind: ProviderKind) -> Result<Vec<ListedModel>, ProviderError> {
    let mut models = Vec::new();
    let mut next = None;
    for _ in 0..MAX_PAGES {
        let Some(call) = kind.protocol().list(next.as_deref()) else { break };
        let Some(answer) = get(&format!("{}{id}/{}", api::PROVIDERS_PREFIX, call.path)).await else {
            return Err(no_server());
        };
        let page = provider::read_models(kind, answer.status, &answer.body)?;
        models.extend(page.models);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    Ok(models)
}

/// Our own server does not answer.
pub fn no_server() -> ProviderError {
    ProviderError::new(ErrorClass::Unreachable, "no connection to the CodeCraft server")
}

/// Why a socket to our own server did not open. The browser hides the answer, so the same question is put in another way.
pub async fn why_no_socket() -> ProviderError {
    let Some(answer) = get(api::ME_PATH).await else { return no_server() };
    answer.refusal().map_or_else(|| ProviderError::new(ErrorClass::NoSocket, ""), ProviderError::from)
}

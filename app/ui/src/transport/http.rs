//! Plain calls to our proxy: the configuration and the model lists.

use codecraft_core::{
    api::{self, ProviderInfo},
    provider::{self, ErrorClass, ListedModel, ProviderError, ProviderKind},
};
use gloo_net::http::Request;
use leptos::prelude::window;

use crate::browser;

/// Pages of one model list that are read at most.
const MAX_PAGES: usize = 20;

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

/// The providers of the proxy; `None` if there is no proxy at this address.
pub async fn providers() -> Option<Vec<ProviderInfo>> {
    let response = Request::get(&url(api::CONFIG_PATH)).send().await.ok()?;
    if !response.ok() {
        return None;
    }
    Some(api::Config::read(&response.binary().await.ok()?)?.providers)
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
        let address = url(&format!("{}{id}/{}", api::PROVIDERS_PREFIX, call.path));
        let unreachable =
            || ProviderError::new(ErrorClass::Unreachable, "no connection to the CodeCraft server");
        let response = Request::get(&address).send().await.map_err(|_| unreachable())?;
        let body = response.binary().await.map_err(|_| unreachable())?;
        let page = provider::read_models(kind, response.status(), &body)?;
        models.extend(page.models);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    Ok(models)
}

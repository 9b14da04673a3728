//! The table of upstreams: where each provider's calls go and which key goes along.
//!
//! The table is made once from the configuration. A client names an id and a native path; nothing that it sends can
//! change the address or the key that belong to the id.

use axum::http::{HeaderName, HeaderValue, header};
use codecraft_core::{
    api::{Code, ProviderInfo},
    provider::ProviderKind,
};
use reqwest::Url;

use crate::{
    config::Provider,
    error::Failure,
    native::{self, Method},
};

/// Every upstream, in display order.
pub struct Upstreams(Vec<Upstream>);

struct Upstream {
    id: String,
    kind: ProviderKind,
    base: String,
    auth: Auth,
}

/// How calls to one upstream are authorised.
enum Auth {
    /// The upstream wants no key.
    Free,
    /// The header that carries the operator's key.
    Key(HeaderName, HeaderValue),
    /// It wants a key, and there is none. The sentence says what to set.
    Missing(&'static str),
}

/// A call that may be made: everything about it that the client does not decide.
#[derive(Debug)]
pub struct Target<'a> {
    pub id: &'a str,
    pub url: Url,
    pub accept: HeaderValue,
    pub auth: Option<(&'a HeaderName, &'a HeaderValue)>,
}

impl Upstreams {
    pub fn new(providers: &[Provider]) -> Self {
        Self(providers.iter().map(Upstream::new).collect())
    }

    /// Finds the target of a call, or the reason why it is not made.
    pub fn target(&self, id: &str, method: Option<Method>, path: &str) -> Result<Target<'_>, Failure> {
        let unknown = || Failure::new(Code::ProviderUnknown, "No provider has this id.");
        let upstream = self.0.iter().find(|upstream| upstream.id == id).ok_or_else(unknown)?;
        let native = native::check(upstream.kind, method, path)?;
        let auth = match &upstream.auth {
            Auth::Free => None,
            Auth::Key(name, value) => Some((name, value)),
            Auth::Missing(reason) => return Err(Failure::new(Code::ProviderNotReady, *reason)),
        };
        let url = Url::parse(&format!("{}/{native}", upstream.base))
            .map_err(|_| Failure::new(Code::Internal, "The address of this call cannot be built."))?;
        Ok(Target { id: &upstream.id, url, accept: accept(upstream.kind, method), auth })
    }

    /// What the browser may know of the providers: neither keys nor addresses.
    pub fn infos(&self) -> Vec<ProviderInfo> {
        let info = |upstream: &Upstream| {
            let reason = match upstream.auth {
                Auth::Missing(reason) => Some(reason.to_owned()),
                Auth::Free | Auth::Key(..) => None,
            };
            ProviderInfo { id: upstream.id.clone(), kind: upstream.kind, ready: reason.is_none(), reason }
        };
        self.0.iter().map(info).collect()
    }
}

impl Upstream {
    fn new(provider: &Provider) -> Self {
        let key = |text: String| {
            let mut value =
                HeaderValue::try_from(text).expect("a secret has only characters that a header may have");
            value.set_sensitive(true);
            value
        };
        let auth = match (provider.kind, &provider.key) {
            (ProviderKind::Gemini, Some(secret)) => {
                Auth::Key(HeaderName::from_static("x-goog-api-key"), key(secret.expose().to_owned()))
            }
            (ProviderKind::Gemini, None) => Auth::Missing("Set GOOGLE_API_KEY to use Gemini."),
            (ProviderKind::Openai, Some(secret)) => {
                Auth::Key(header::AUTHORIZATION, key(format!("Bearer {}", secret.expose())))
            }
            (ProviderKind::Openai, None) => Auth::Missing("Set OPENAI_API_KEY to use OpenAI."),
            (ProviderKind::Ollama | ProviderKind::Local | ProviderKind::Sample, _) => Auth::Free,
        };
        Self { id: provider.id.clone(), kind: provider.kind, base: provider.base.as_str().to_owned(), auth }
    }
}

/// The media types that a provider answers such a call with.
fn accept(kind: ProviderKind, method: Option<Method>) -> HeaderValue {
    HeaderValue::from_static(match (method, kind) {
        (Some(Method::Post), ProviderKind::Ollama) => "application/x-ndjson, application/json",
        (Some(Method::Post), _) => "text/event-stream, application/json",
        _ => "application/json",
    })
}

//! The table of upstreams: where each provider's calls go and which key goes along.
//!
//! The table is made once from the configuration. A client names an id and a native path; nothing that it sends can
//! change the address or the key that belong to the id.

use axum::http::{HeaderName, HeaderValue, header};
use codecraft_core::{
    api::{Code, ProviderInfo},
    provider::{
        ProviderKind,
        protocol::{ErrorForm, Key},
    },
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
    /// It makes a model work.
    pub generates: bool,
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
        let url = Url::parse(&format!("{}/{}", upstream.base, native.path))
            .map_err(|_| Failure::new(Code::Internal, "The address of this call cannot be built."))?;
        Ok(Target {
            id: &upstream.id,
            url,
            accept: accept(upstream.kind, method),
            auth,
            generates: native.generates,
        })
    }

    /// How clients of this id read an error.
    pub fn errors(&self, id: &str) -> ErrorForm {
        let upstream = self.0.iter().find(|upstream| upstream.id == id);
        let relay = upstream.and_then(|upstream| upstream.kind.facts().relay.as_ref());
        relay.map_or(ErrorForm::Object, |relay| relay.errors)
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
        let relay = provider.kind.facts().relay.as_ref();
        let missing =
            relay.and_then(|relay| relay.home.as_ref()).map_or("It has no key.", |home| home.missing);
        let auth = match (relay.map_or(Key::None, |relay| relay.key), &provider.key) {
            (Key::None, _) => Auth::Free,
            (_, None) => Auth::Missing(missing),
            (Key::Header(name), Some(secret)) => {
                Auth::Key(HeaderName::from_static(name), key(secret.expose().to_owned()))
            }
            (Key::Bearer, Some(secret)) => {
                Auth::Key(header::AUTHORIZATION, key(format!("Bearer {}", secret.expose())))
            }
        };
        Self { id: provider.id.clone(), kind: provider.kind, base: provider.base.as_str().to_owned(), auth }
    }
}

/// The media types that a provider answers such a call with.
fn accept(kind: ProviderKind, method: Option<Method>) -> HeaderValue {
    let streams = kind.facts().relay.as_ref().filter(|_| method == Some(Method::Post));
    HeaderValue::from_static(streams.map_or("application/json", |relay| relay.accept))
}

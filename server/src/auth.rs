//! Who a request comes from, and the routes by which people sign in and out.
//!
//! What the three modes have in common is [`Who`], a name under which limits are counted. [`codecraft_accounts`] decides; this
//! module brings it what stands in a request, and turns what it says into answers.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    body::Bytes,
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use codecraft_accounts::{Accounts, Cookie, Proxies, Refusal, SignedIn, Token, UsersError, Vouched, network};
use codecraft_commons::Commons;
use codecraft_core::{
    api::{self, AuthMode, Code, Login, Logout, PROVIDERS_PREFIX, Setup},
    provider::{ProviderKind, protocol::Key},
};
use codecraft_telemetry::Log;
use serde_json::{from_slice, json};

use crate::{
    config::{self, Config, ConfigError, split_host},
    error::Failure,
    guard::Caller,
    relay::http::read_body,
    router::json,
    state::AppState,
};

/// Largest body of a route of this module, in bytes.
const MAX_BODY: usize = 16 * 1024;

/// The mode, with what it needs.
pub(crate) enum Auth {
    Off,
    Users(Accounts),
    Header(Vouched),
}

/// Whom a request comes from, and counts for.
#[derive(Debug, Clone)]
pub struct Who {
    key: String,
    name: Option<String>,
    token: Option<Token>,
}

impl Who {
    /// What limits are counted under: the user or, where nobody signs in, the client's network.
    pub fn key(&self) -> &str {
        &self.key
    }

    fn user(name: String, token: Option<Token>) -> Self {
        Self { key: format!("user:{name}"), name: Some(name), token }
    }

    fn at(client: IpAddr) -> Self {
        let key = if client.is_loopback() { "local".to_owned() } else { format!("net:{}", network(client)) };
        Self { key, name: None, token: None }
    }
}

impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        // Only routes behind `require` have somebody.
        parts.extensions.get().cloned().ok_or_else(not_signed_in)
    }
}

impl Auth {
    pub fn new(config: &Config, proxies: &Proxies, commons: &Commons, log: Log) -> Result<Self, ConfigError> {
        Ok(match &config.auth {
            config::Auth::Off => Self::Off,
            config::Auth::Header { name, secret } => {
                let secret = secret.as_ref().map(|secret| secret.expose().to_owned());
                Self::Header(Vouched::new(name.clone(), proxies.clone(), secret))
            }
            config::Auth::Users(path) => {
                let complain =
                    move |error: &UsersError| log.event("users_file", &[("cause", &error.to_string())]);
                let accounts = Accounts::open(path, commons.clone(), complain);
                Self::Users(accounts.map_err(|error| ConfigError::new(error.to_string()))?)
            }
        })
    }

    /// What makes the first user, while there is none.
    pub fn setup_token(&self) -> Option<Token> {
        self.accounts().ok().and_then(Accounts::setup_token)
    }

    /// What the app is told about the caller.
    pub fn info(&self, who: Option<&Who>) -> api::Auth {
        let mode = match self {
            Self::Off => AuthMode::Off,
            Self::Users(_) => AuthMode::Users,
            Self::Header(_) => AuthMode::Header,
        };
        let setup = self.accounts().is_ok_and(Accounts::is_new);
        api::Auth { mode, user: who.and_then(|who| who.name.clone()), setup }
    }

    /// How many can sign in here, and whether the first user can be made; `None` where nobody signs in here at all.
    pub fn users(&self) -> Option<(Result<usize, UsersError>, bool)> {
        self.accounts().ok().map(|accounts| (accounts.count(), accounts.is_new()))
    }

    fn accounts(&self) -> Result<&Accounts, Failure> {
        match self {
            Self::Users(accounts) => Ok(accounts),
            _ => Err(Failure::new(Code::NoRoute, "Nobody signs in at this server itself.")),
        }
    }
}

/// Lets a request pass if it is known who it comes from, and says so in its extensions. Stands inside of the guard, whose
/// word on the origin it needs, and around every route that can spend or tell anything.
pub(crate) async fn require(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let failure = match who(&state, &parts).await {
        Ok(Some(who)) => {
            parts.extensions.insert(who);
            return next.run(Request::from_parts(parts, body)).await;
        }
        Ok(None) => not_signed_in(),
        Err(failure) => failure,
    };
    // A provider's own client reads errors in that provider's form.
    let id = parts.uri.path().strip_prefix(PROVIDERS_PREFIX).and_then(|rest| rest.split('/').next());
    failure.written(state.upstreams.errors(id.unwrap_or_default()))
}

pub(crate) fn not_signed_in() -> Failure {
    Failure::new(Code::NotSignedIn, "Sign in first; every session ends some time.")
}

/// Who a request comes from; `None` for somebody who has to sign in first.
pub(crate) async fn who(state: &AppState, parts: &Parts) -> Result<Option<Who>, Failure> {
    match &state.auth {
        Auth::Off => Ok(Some(Who::at(address(state, parts)))),
        Auth::Users(accounts) => {
            for token in tokens(parts) {
                let name = accounts.user(&token).await.map_err(|away| state.store_away(&away))?;
                if let Some(name) = name {
                    return Ok(Some(Who::user(name, Some(token))));
                }
            }
            Ok(None)
        }
        // The proxy in front vouches for whoever a browser belongs to, not for the page of another site that calls with it.
        Auth::Header(_) if parts.extensions.get() != Some(&Caller::Own) => Ok(None),
        Auth::Header(vouched) => {
            let name = vouched.user(peer(parts), &parts.headers).map_err(|_| {
                let message = "A header that names a user may come from a trusted proxy only, and once.";
                Failure::new(Code::HeaderNotTrusted, message)
            })?;
            Ok(name.map(|name| Who::user(name, None)))
        }
    }
}

/// `POST` of a [`Login`].
pub(crate) async fn login(State(state): State<Arc<AppState>>, request: Request) -> Result<Response, Failure> {
    let accounts = state.auth.accounts()?;
    let (parts, body) = read(&state, request).await?;
    let login: Login = from_slice(&body).map_err(garbled)?;
    let old = own_cookie(&parts).and_then(|cookie| cookie.read(&parts.headers));
    let network = network(address(&state, &parts));
    let signed_in = accounts.sign_in(&login.user, &login.password, &network, old.as_ref()).await;
    Ok(welcome(&state, &parts, signed_in.map_err(|refusal| refused(&state, refusal))?, login.token))
}

/// `POST` of a [`Setup`].
pub(crate) async fn setup(State(state): State<Arc<AppState>>, request: Request) -> Result<Response, Failure> {
    let accounts = state.auth.accounts()?;
    let (parts, body) = read(&state, request).await?;
    let setup: Setup = from_slice(&body).map_err(garbled)?;
    let signed_in = accounts.set_up(&setup.setup, &setup.user, &setup.password).await;
    Ok(welcome(&state, &parts, signed_in.map_err(|refusal| refused(&state, refusal))?, false))
}

/// `POST` of a [`Logout`].
pub(crate) async fn logout(
    State(state): State<Arc<AppState>>,
    who: Who,
    request: Request,
) -> Result<Response, Failure> {
    let accounts = state.auth.accounts()?;
    let (parts, body) = read(&state, request).await?;
    let logout: Logout = from_slice(&body).map_err(garbled)?;
    let ended = match (who.name, who.token) {
        (Some(name), _) if logout.everywhere => accounts.sign_out_everywhere(&name).await,
        (_, Some(token)) => accounts.sign_out(&token).await,
        _ => Ok(()),
    };
    ended.map_err(|away| state.store_away(&away))?;
    state.log.note("signed_out", &[]);
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = own_cookie(&parts) {
        response.headers_mut().insert(header::SET_COOKIE, cookie.clear());
    }
    Ok(response)
}

/// `GET` of the caller's [`api::Auth`].
pub(crate) async fn me(State(state): State<Arc<AppState>>, who: Who) -> Response {
    json(StatusCode::OK, json!(state.auth.info(Some(&who))).to_string())
}

/// The answer with a new session: as a cookie, or as a token for those who cannot have one.
fn welcome(state: &AppState, parts: &Parts, signed_in: SignedIn, as_token: bool) -> Response {
    state.log.note("signed_in", &[]);
    let SignedIn { user, token } = signed_in;
    let cookie = own_cookie(parts).filter(|_| !as_token);
    let told = if cookie.is_none() { Some(token.expose().to_owned()) } else { None };
    let mut response = json(StatusCode::OK, json!(api::Session { user, token: told }).to_string());
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie.set(&token));
    }
    response
}

async fn read(state: &AppState, request: Request) -> Result<(Parts, Bytes), Failure> {
    let (parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body, MAX_BODY, state.timeouts.sign_in).await?;
    Ok((parts, body))
}

/// The parser's own words could repeat a password.
fn garbled(_: serde_json::Error) -> Failure {
    Failure::new(Code::BadRequest, "The body is not the JSON that this route takes.")
}

/// The tokens that a request carries: our cookie, then what a program sends. A cookie may have outlived its session.
fn tokens(parts: &Parts) -> impl Iterator<Item = Token> {
    let keys = ProviderKind::all().filter_map(|kind| match kind.facts().relay.as_ref()?.key {
        Key::Header(name) => Some(name),
        Key::Bearer | Key::None => None,
    });
    let cookie = own_cookie(parts).and_then(|cookie| cookie.read(&parts.headers));
    cookie.into_iter().chain(Token::sent(&parts.headers, keys))
}

/// The cookie of the host that a request is for. A page of another site has none, though it may be allowed to call: a
/// browser adds cookies whether or not the page knows of them.
fn own_cookie(parts: &Parts) -> Option<Cookie> {
    let own = parts.extensions.get() == Some(&Caller::Own);
    let host = parts.headers.get(header::HOST).filter(|_| own)?.to_str().ok()?;
    split_host(host).map(|(name, _)| Cookie::at(name))
}

/// The other end of the socket.
fn peer(parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip())
}

/// The client, behind the proxies in between.
pub(crate) fn address(state: &AppState, parts: &Parts) -> IpAddr {
    state.proxies.client(peer(parts), &parts.headers)
}

fn refused(state: &AppState, refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Wrong => Failure::new(Code::BadCredentials, "That is not right; look at both fields again."),
        Refusal::Throttled(wait) => {
            Failure::new(Code::LoginThrottled, "Too many attempts failed; try again when the time is over.")
                .retry_after_ms(wait.as_millis() as u64)
        }
        Refusal::Busy => {
            Failure::new(Code::Busy, "Too many people sign in at this moment; try again in a second.")
                .retry_after_ms(1000)
        }
        Refusal::SetUp => Failure::new(Code::NoRoute, "There is nothing to set up; sign in."),
        Refusal::Users(error @ (UsersError::Name | UsersError::Password)) => {
            Failure::new(Code::BadPassword, error.to_string())
        }
        Refusal::Users(error) => {
            state.log.event("users_file", &[("cause", &error.to_string())]);
            Failure::new(Code::Internal, error.to_string())
        }
        Refusal::Unavailable(away) => state.store_away(&away),
    }
}

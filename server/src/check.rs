//! `codecraft check`: tries everything that is configured, the way the server would use it, and says what to do about
//! what does not work. `codecraft health` asks a server that runs with the same settings.

use std::{fmt, io::ErrorKind, net::SocketAddr, sync::Arc, time::Duration};

use axum::body::Bytes;
use codecraft_core::{
    api::Code,
    provider::{ErrorClass, ProviderKind, read_models},
};
use tokio::{
    net::TcpListener,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    Config, Log,
    config::{ConfigError, Provider},
    native::Method,
    relay,
    serve::reachable,
    state::AppState,
};

/// How long one thing may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a server on this machine may take to say that it is there.
const SOON: Duration = Duration::from_secs(2);

/// What became of one thing that is configured.
#[derive(Debug)]
pub struct Finding {
    pub verdict: Verdict,
    /// A provider's id, or a word for what else was tried.
    pub what: String,
    /// What was found, and what to do. Without keys, and without addresses but the server's own.
    pub said: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Works,
    Fails,
    /// Left out by the operator, which is nothing wrong.
    Unset,
}

impl Finding {
    fn new(verdict: Verdict, what: impl Into<String>, said: impl Into<String>) -> Self {
        Self { verdict, what: what.into(), said: said.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Works => "ok",
            Verdict::Fails => "failed",
            Verdict::Unset => "not set up",
        };
        write!(f, "{verdict:<10}  {:<10}  {}", self.what, self.said)
    }
}

/// Tries everything, the providers at the same time.
pub async fn check(config: &Config) -> Result<Vec<Finding>, ConfigError> {
    let state = AppState::new(config, config.addr, Log::to(|_| {}), None)?;
    let tried: Vec<_> = config
        .providers
        .iter()
        .map(|provider| (provider.id.clone(), tokio::spawn(try_provider(state.clone(), provider.clone()))))
        .collect();
    let mut findings = vec![try_address(&state, config.addr).await];
    if config.redis.is_some() {
        findings.push(try_store(&state).await);
    }
    findings.extend(state.auth.users().map(|(count, _)| match count {
        Ok(0) => {
            Finding::new(Verdict::Unset, "users", "Nobody can sign in; codecraft user add makes a user.")
        }
        Ok(count) => Finding::new(Verdict::Works, "users", format!("{count} can sign in.")),
        Err(error) => Finding::new(Verdict::Fails, "users", error.to_string()),
    }));
    for (id, tried) in tried {
        findings.push(match tried.await {
            Ok(finding) => finding,
            Err(_) => Finding::new(Verdict::Fails, id, "It could not be tried."),
        });
    }
    Ok(findings)
}

/// Asks the server at `addr` whether it is ready; its answer is the error if not.
pub async fn health(addr: SocketAddr) -> Result<(), String> {
    let asked = ask_self(&reqwest::Client::builder().no_proxy().build().map_err(gone)?, addr, "readyz").await;
    match asked {
        Ok((true, _)) => Ok(()),
        Ok((false, answer)) => Err(answer),
        Err(error) => Err(gone(error)),
    }
}

fn gone(_: reqwest::Error) -> String {
    "Nothing answers.".to_owned()
}

/// Success, and the body, of `GET /{path}` from a server at `addr`.
async fn ask_self(client: &reqwest::Client, addr: SocketAddr, path: &str) -> reqwest::Result<(bool, String)> {
    let url = format!("http://{}/{path}", reachable(addr));
    let answer = client.get(url).timeout(SOON).send().await?;
    Ok((answer.status().is_success(), answer.text().await?))
}

async fn try_address(state: &AppState, addr: SocketAddr) -> Finding {
    let finding = |verdict, said: String| Finding::new(verdict, "address", said);
    match TcpListener::bind(addr).await {
        Ok(_) => finding(Verdict::Works, format!("{addr} is free to listen on.")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            match ask_self(&state.client, addr, "healthz").await {
                Ok((true, text)) if text == "ok\n" => {
                    finding(Verdict::Works, format!("A server runs at {addr}."))
                }
                _ => finding(
                    Verdict::Fails,
                    format!("Another program listens on {addr}; CODECRAFT_ADDR chooses another address."),
                ),
            }
        }
        Err(error) => finding(
            Verdict::Fails,
            format!("Cannot listen on {addr} ({error}); CODECRAFT_ADDR chooses another address."),
        ),
    }
}

async fn try_store(state: &AppState) -> Finding {
    let begun = Instant::now();
    match timeout(PATIENCE, state.commons.ready()).await {
        Ok(Ok(())) => Finding::new(Verdict::Works, "redis", format!("Answers in {}.", took(begun))),
        Ok(Err(why)) => Finding::new(Verdict::Fails, "redis", format!("{why} See CODECRAFT_REDIS_URL.")),
        Err(_) => Finding::new(Verdict::Fails, "redis", "Does not answer. See CODECRAFT_REDIS_URL."),
    }
}

/// Asks a provider for its models, which needs the address and the key to be right and costs nothing.
async fn try_provider(state: Arc<AppState>, provider: Provider) -> Finding {
    let (id, kind) = (&provider.id, provider.kind);
    let begun = Instant::now();
    let asked = async {
        let call =
            kind.protocol().list(None).ok_or((Verdict::Unset, "It has no list of models.".to_owned()))?;
        let target = state.upstreams.target(id, Some(Method::Get), &call.path).map_err(|failure| {
            let unset = failure.error.code == Code::ProviderNotReady;
            (if unset { Verdict::Unset } else { Verdict::Fails }, failure.error.message)
        })?;
        let deadline = begun + PATIENCE;
        let answer = relay::ask(&state, target, Method::Get, Bytes::new(), deadline).await.map_err(
            |(failure, cause)| {
                let lonely = failure.error.code == Code::UpstreamUnreachable && is_guess(&provider);
                let verdict = if lonely { Verdict::Unset } else { Verdict::Fails };
                let cause = if cause.is_empty() { String::new() } else { format!(" Cause: {cause}.") };
                (verdict, format!("{}{cause}{}", failure.error.message, address_of(kind)))
            },
        )?;
        let status = answer.status().as_u16();
        let body = timeout_at(deadline, answer.bytes()).await.ok().and_then(Result::ok).unwrap_or_default();
        read_models(kind, status, &body).map_err(|error| {
            let said = match (error.class, error.http) {
                (ErrorClass::BadKey, _) => format!("The key was refused.{}", key_of(kind)),
                (_, Some(status)) => format!("It answered with status {status}.{}", address_of(kind)),
                (_, None) => format!("It did not answer with a list of models.{}", address_of(kind)),
            };
            (Verdict::Fails, said)
        })
    };
    match asked.await {
        Ok(page) => {
            let (count, more) = (page.models.len(), if page.next.is_some() { " or more" } else { "" });
            let models = if count == 1 && more.is_empty() { "model" } else { "models" };
            Finding::new(Verdict::Works, id, format!("{count}{more} {models} in {}.", took(begun)))
        }
        Err((verdict, said)) => Finding::new(verdict, id, said),
    }
}

/// True if the operator has said nothing about this provider: it is looked for where it usually is.
fn is_guess(provider: &Provider) -> bool {
    let home = provider.kind.facts().relay.as_ref().and_then(|relay| relay.home.as_ref());
    provider.key.is_none() && home.is_some_and(|home| provider.base.as_str() == home.url)
}

fn address_of(kind: ProviderKind) -> String {
    let home = kind.facts().relay.as_ref().and_then(|relay| relay.home.as_ref());
    see(home.map_or("CODECRAFT_LOCAL", |home| home.url_vars[0]))
}

fn key_of(kind: ProviderKind) -> String {
    let home = kind.facts().relay.as_ref().and_then(|relay| relay.home.as_ref());
    home.and_then(|home| home.key_vars.first()).map_or_else(String::new, |name| see(name))
}

fn see(setting: &str) -> String {
    format!(" See {setting}.")
}

fn took(begun: Instant) -> String {
    format!("{} ms", begun.elapsed().as_millis())
}

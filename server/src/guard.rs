//! Who may speak to this server: the host check of every request, the origin check of `/api`.
//!
//! The host check stops DNS rebinding, where a foreign name points at this machine and the browser believes that the
//! foreign page is ours. The origin check stops pages of other sites, and frames without an origin, from spending the
//! operator's quota. A request with neither `Origin` nor `Sec-Fetch-Site` comes from a program, not from a page.

use std::net::SocketAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use codecraft_core::api::Code;

use crate::{
    config::{HostRule, WebOrigin, split_host},
    error::Failure,
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The rules of one server.
pub struct Guard {
    hosts: Vec<HostRule>,
    origins: Vec<WebOrigin>,
}

/// Where an accepted request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Our own page, or a program.
    Own,
    /// A page of another site that the operator has allowed; its origin, to be named in the answer.
    Allowed(HeaderValue),
}

impl Guard {
    /// Rules for a server that listens on `addr`: it answers to the loopback names and its own address, each with its
    /// port, and to `hosts`.
    pub fn new(addr: SocketAddr, hosts: &[HostRule], origins: &[WebOrigin]) -> Self {
        let mut names = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec();
        if !addr.ip().is_unspecified() {
            names.push(if addr.is_ipv6() { format!("[{}]", addr.ip()) } else { addr.ip().to_string() });
        }
        let own = names.into_iter().map(|name| HostRule { name, port: Some(addr.port()) });
        Self { hosts: own.chain(hosts.iter().cloned()).collect(), origins: origins.to_vec() }
    }

    /// Checks a request whole: its host always, its origin below `/api`.
    pub fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<Caller, Failure> {
        let host = self.host(uri, headers).ok_or_else(|| {
            Failure::new(
                Code::HostNotAllowed,
                "This server does not answer to this host name; CODECRAFT_ALLOWED_HOSTS adds one.",
            )
        })?;
        if !is_api(uri.path()) {
            return Ok(Caller::Own);
        }
        self.caller(host, headers).ok_or_else(|| {
            Failure::new(
                Code::OriginNotAllowed,
                "Other sites may not call this server; CODECRAFT_ALLOWED_ORIGINS adds one.",
            )
        })
    }

    /// The request's own host, if there is exactly one and it is ours. A target in absolute form has to agree.
    fn host<'a>(&self, uri: &Uri, headers: &'a HeaderMap) -> Option<&'a str> {
        let host = single(headers, &header::HOST).ok()??;
        let ours = |text: &str| {
            split_host(text).is_some_and(|(name, port)| {
                let name = name.to_ascii_lowercase();
                self.hosts.iter().any(|rule| rule.matches(&name, port))
            })
        };
        let target = uri.authority().is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(host));
        (target && ours(host)).then_some(host)
    }

    fn caller(&self, host: &str, headers: &HeaderMap) -> Option<Caller> {
        let origin = single(headers, &header::ORIGIN).ok()?;
        let site = single(headers, &SEC_FETCH_SITE).ok()?;
        if let Some(text) = origin
            && self.origins.iter().any(|allowed| allowed.as_str() == text)
        {
            return headers.get(header::ORIGIN).cloned().map(Caller::Allowed);
        }
        let own_site = site.is_none_or(|site| site == "same-origin");
        let own_origin = origin.is_none_or(|origin| is_origin_of(origin, host));
        (own_site && own_origin).then_some(Caller::Own)
    }
}

/// True for `/api` and everything below it.
pub fn is_api(path: &str) -> bool {
    path.strip_prefix("/api").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A header that stands there twice, or holds more than ASCII: two readers may see two things in it.
struct Ambiguous;

/// The one value of a header, if it is there.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Ambiguous> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    let text = first.to_str().map_err(|_| Ambiguous)?;
    if values.next().is_none() { Ok(Some(text)) } else { Err(Ambiguous) }
}

/// True if `origin` is `http` or `https` at `host`, where a missing port is the scheme's own.
fn is_origin_of(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let default = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return false,
    };
    let (Some((own_name, own_port)), Some((name, port))) = (split_host(host), split_host(authority)) else {
        return false;
    };
    name.eq_ignore_ascii_case(own_name) && port.unwrap_or(default) == own_port.unwrap_or(default)
}

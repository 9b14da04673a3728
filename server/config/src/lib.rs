//! Configuration: read once from where [`Sources`] finds it, checked completely before anything starts.
//!
//! Every mistake is one sentence that names the setting. No sentence repeats a value that may hold a key.

mod base_url;
mod hosts;
mod secret;
mod sources;

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use codecraft_core::provider::{ProviderKind, catalog, openai, protocol::Home};
use codecraft_telemetry::Format;
use http::HeaderName;
pub use ipnet::IpNet;
use url::Url;

pub use base_url::BaseUrl;
use base_url::is_near;
pub use hosts::{HostRule, WebOrigin, split_host};
pub use secret::{MIN_SECRET, Secret};
pub use sources::{Command, Sources, UserCommand};

const DEFAULT_ADDR: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8787);
/// Headers that browsers fill themselves, so that a proxy in front may pass them on as they came.
const CLIENTS_OWN: [&str; 10] = [
    "accept",
    "authorization",
    "connection",
    "content-type",
    "cookie",
    "host",
    "origin",
    "referer",
    "user-agent",
    "x-forwarded-for",
];
const DEFAULT_USERS: &str = "codecraft-users";
const DEFAULT_GENERATIONS: u32 = 10;
const DEFAULT_MAX_STREAMS: u32 = 256;
const DEFAULT_USER_STREAMS: u32 = 16;
/// More streams than this need more sockets than a process may commonly open.
const MOST_STREAMS: u32 = 16_384;

/// Everything the operator decides. Its `Debug` shows no key.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen on.
    pub addr: SocketAddr,
    /// Upstreams in display order.
    pub providers: Vec<Provider>,
    /// Host names this server answers to, besides those of loopback and of `addr`.
    pub allowed_hosts: Vec<HostRule>,
    /// Origins of other sites whose pages may call `/api`.
    pub allowed_origins: Vec<WebOrigin>,
    pub auth: Auth,
    /// Peers whose word on a client's address, and on its name, counts.
    pub trusted_proxies: Vec<IpNet>,
    /// The store that replicas share; without one this server is alone.
    pub redis: Option<Redis>,
    pub limits: Limits,
    pub timeouts: Timeouts,
    pub log: Format,
    /// Opens `/metrics` where people sign in.
    pub metrics_token: Option<Secret>,
}

/// Who may use the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// Everybody who reaches it.
    Off,
    /// Users in this file.
    Users(PathBuf),
    /// Whom a trusted proxy names in this header, beside the secret if there is one.
    Header { name: HeaderName, secret: Option<Secret> },
}

#[derive(Debug, Clone)]
pub struct Redis {
    /// May hold a password.
    pub url: Secret,
    /// If Redis fails, each of so many replicas admits its part of the generations; else none is admitted.
    pub replicas: Option<NonZeroU32>,
}

/// One upstream as configured.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The id in paths: a fixed one, or the operator's name of a local server.
    pub id: String,
    pub kind: ProviderKind,
    pub base: BaseUrl,
    pub key: Option<Secret>,
}

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest request body in bytes.
    pub max_body: usize,
    /// Upstream calls that may be open at once.
    pub max_streams: u32,
    /// The same for one user, over all replicas.
    pub user_streams: u32,
    /// Generations that one user may begin in a minute, over all replicas; 0 for any number.
    pub generations: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body: 1 << 20,
            max_streams: DEFAULT_MAX_STREAMS,
            user_streams: DEFAULT_MAX_STREAMS,
            generations: DEFAULT_GENERATIONS,
        }
    }
}

/// How long each phase may take. But for `stream`, only tests change these.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Connecting to an upstream.
    pub connect: Duration,
    /// From the request to the first byte of the upstream's body. Long, because a local model may have to be loaded first.
    pub first_byte: Duration,
    /// Between two chunks of the upstream's body.
    pub idle: Duration,
    /// From the request to the last byte of the upstream's body.
    pub stream: Duration,
    /// A client's request header, and the pause between two requests on one connection.
    pub header: Duration,
    /// The body of a call.
    pub body: Duration,
    /// The small body of a request to sign in or out, which anybody may send.
    pub sign_in: Duration,
    /// The first frame of a socket.
    pub first_frame: Duration,
    /// A client that takes no bytes although some are waiting.
    pub write_stall: Duration,
    /// Between two pings on a socket; a client that is silent for three of them is gone.
    pub ping: Duration,
    /// From the signal to the end of the process.
    pub shutdown: Duration,
}

impl Timeouts {
    /// From the request to the first byte of the upstream's body: no call waits longer than it may last.
    pub fn to_first_byte(&self) -> Duration {
        self.first_byte.min(self.stream)
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            // The app gives up long before; these end what nobody waits for any more.
            first_byte: Duration::from_hours(1),
            idle: Duration::from_hours(1),
            stream: Duration::from_mins(10),
            header: Duration::from_secs(10),
            body: Duration::from_secs(30),
            sign_in: Duration::from_secs(5),
            first_frame: Duration::from_secs(10),
            write_stall: Duration::from_secs(30),
            ping: Duration::from_secs(15),
            shutdown: Duration::from_secs(5),
        }
    }
}

/// A mistake in the configuration: one sentence for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(String);

impl ConfigError {
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads and checks the settings. `var` gives the value of an environment variable; empty values count as unset.
    /// `exposed` permits an address that others can reach although nobody has to sign in.
    pub fn read(var: impl Fn(&str) -> Option<String>, exposed: bool) -> Result<Self, ConfigError> {
        let var =
            |name: &str| var(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let count = |name: &str, range: std::ops::RangeInclusive<u32>, usual: u32| {
            let Some(text) = var(name) else { return Ok(usual) };
            text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
                ConfigError::new(format!(
                    "{name} must be a number from {} to {}.",
                    range.start(),
                    range.end()
                ))
            })
        };
        let addr = var("CODECRAFT_ADDR").map_or(Ok(DEFAULT_ADDR), |text| read_addr(&text))?;
        let mut providers = ProviderKind::all()
            .filter_map(|kind| Some((kind, kind.facts().relay.as_ref()?.home.as_ref()?)))
            .map(|(kind, home)| read_provider(kind, home, &var))
            .collect::<Result<Vec<_>, _>>()?;
        for entry in list(var("CODECRAFT_LOCAL").as_deref()) {
            let local = read_local(entry)?;
            if providers.iter().any(|other| other.id == local.id) {
                return Err(ConfigError::new(format!("CODECRAFT_LOCAL names {} twice.", local.id)));
            }
            providers.push(local);
        }
        let trusted_proxies =
            list(var("CODECRAFT_TRUSTED_PROXIES").as_deref()).map(read_net).collect::<Result<Vec<_>, _>>()?;
        let allowed_hosts = list(var("CODECRAFT_ALLOWED_HOSTS").as_deref())
            .map(HostRule::read)
            .collect::<Result<Vec<_>, _>>()?;
        let auth = read_auth(&var, &trusted_proxies)?;
        if auth == Auth::Off {
            // Whoever set one of these believes that people sign in.
            let idle = ["CODECRAFT_AUTH_HEADER", "CODECRAFT_AUTH_SECRET", "CODECRAFT_USERS"];
            if let Some(name) = idle.iter().find(|name| var(name).is_some()) {
                return Err(ConfigError::new(format!(
                    "{name} means nothing while CODECRAFT_AUTH is off; set CODECRAFT_AUTH as well."
                )));
            }
            let others = if !addr.ip().is_loopback() {
                Some("CODECRAFT_ADDR")
            } else if !trusted_proxies.is_empty() {
                Some("CODECRAFT_TRUSTED_PROXIES")
            } else if !allowed_hosts.iter().all(HostRule::is_loopback) {
                Some("CODECRAFT_ALLOWED_HOSTS")
            } else {
                None
            };
            if let Some(name) = others.filter(|_| !exposed) {
                return Err(ConfigError::new(format!(
                    "{name} lets others reach this server, who could use your keys and models without signing in; leave \
                     it out, set CODECRAFT_AUTH, or say --i-know."
                )));
            }
        }
        let max_streams = count("CODECRAFT_MAX_STREAMS", 1..=MOST_STREAMS, DEFAULT_MAX_STREAMS)?;
        // Where nobody signs in there is one user, whose tabs are all that there is.
        let user_streams = if auth == Auth::Off { max_streams } else { DEFAULT_USER_STREAMS };
        let replicas = NonZeroU32::new(count("CODECRAFT_REPLICAS", 1..=1000, 0)?);
        let seconds = count("CODECRAFT_STREAM_SECONDS", 10..=86_400, 600)?;
        Ok(Self {
            addr,
            providers,
            allowed_hosts,
            allowed_origins: list(var("CODECRAFT_ALLOWED_ORIGINS").as_deref())
                .map(WebOrigin::read)
                .collect::<Result<_, _>>()?,
            auth,
            trusted_proxies,
            redis: read_redis(&var, replicas)?,
            limits: Limits {
                max_streams,
                user_streams: count("CODECRAFT_USER_STREAMS", 1..=MOST_STREAMS, user_streams)?,
                generations: count("CODECRAFT_RATE_LIMIT", 0..=10_000, DEFAULT_GENERATIONS)?,
                ..Limits::default()
            },
            timeouts: Timeouts { stream: Duration::from_secs(seconds.into()), ..Timeouts::default() },
            log: var("CODECRAFT_LOG")
                .map_or(Ok(Format::Pretty), |text| text.parse())
                .map_err(|()| ConfigError::new("CODECRAFT_LOG must be pretty or json."))?,
            metrics_token: var("CODECRAFT_METRICS_TOKEN")
                .map(|token| read_secret("CODECRAFT_METRICS_TOKEN", &token))
                .transpose()?,
        })
    }
}

fn read_redis(
    var: &impl Fn(&str) -> Option<String>,
    replicas: Option<NonZeroU32>,
) -> Result<Option<Redis>, ConfigError> {
    const NAME: &str = "CODECRAFT_REDIS_URL";
    let Some(text) = var(NAME) else {
        return match replicas {
            Some(_) => Err(ConfigError::new(format!("CODECRAFT_REPLICAS means nothing without {NAME}."))),
            None => Ok(None),
        };
    };
    let plain = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "redis" | "valkey"));
    if plain.is_some_and(|url| !is_near(&url)) {
        return Err(ConfigError::new(format!(
            "{NAME} must begin with rediss://, because its host is not on this machine or its own network, and sessions \
             and a password go there."
        )));
    }
    Ok(Some(Redis { url: read_secret(NAME, &text)?, replicas }))
}

/// The file of users: what `CODECRAFT_USERS` says, or one in the working directory.
pub fn users_file(var: impl Fn(&str) -> Option<String>) -> PathBuf {
    var("CODECRAFT_USERS").unwrap_or_else(|| DEFAULT_USERS.to_owned()).into()
}

fn read_auth(var: &impl Fn(&str) -> Option<String>, trusted: &[IpNet]) -> Result<Auth, ConfigError> {
    match var("CODECRAFT_AUTH").as_deref() {
        None | Some("off") => Ok(Auth::Off),
        Some("users") => Ok(Auth::Users(users_file(var))),
        Some("header") => {
            let name = var("CODECRAFT_AUTH_HEADER")
                .and_then(|name| HeaderName::from_str(&name).ok())
                .filter(|name| !CLIENTS_OWN.contains(&name.as_str()));
            let Some(name) = name else {
                return Err(ConfigError::new(
                    "CODECRAFT_AUTH=header needs CODECRAFT_AUTH_HEADER, the name of a header such as Remote-User.",
                ));
            };
            if trusted.is_empty() {
                return Err(ConfigError::new(
                    "CODECRAFT_AUTH=header needs CODECRAFT_TRUSTED_PROXIES; from anybody else the header would be a lie.",
                ));
            }
            let secret = var("CODECRAFT_AUTH_SECRET");
            let secret = secret.map(|secret| read_secret("CODECRAFT_AUTH_SECRET", &secret)).transpose()?;
            Ok(Auth::Header { name, secret })
        }
        Some(_) => Err(ConfigError::new("CODECRAFT_AUTH must be off, users or header.")),
    }
}

/// A network, or one address.
fn read_net(text: &str) -> Result<IpNet, ConfigError> {
    let net = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    // Everybody is no proxy.
    net.ok().filter(|net| net.prefix_len() > 0).ok_or_else(|| {
        ConfigError::new("CODECRAFT_TRUSTED_PROXIES must look like 127.0.0.1,10.0.0.5,fd00::/64.")
    })
}

/// The parts of a comma-separated list, without empty ones.
fn list(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or("").split(',').map(str::trim).filter(|part| !part.is_empty())
}

fn read_addr(text: &str) -> Result<SocketAddr, ConfigError> {
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    numeric.as_deref().unwrap_or(text).parse().map_err(|_| {
        ConfigError::new(
            "CODECRAFT_ADDR must be an IP address and a port, such as 127.0.0.1:8787 or [::1]:8787.",
        )
    })
}

fn read_secret(name: &str, text: &str) -> Result<Secret, ConfigError> {
    Secret::new(text).ok_or_else(|| {
        ConfigError::new(format!(
            "{name} is no secret: it has at least {MIN_SECRET} letters, digits or signs and no spaces."
        ))
    })
}

/// A provider that has a place of its own in the configuration.
fn read_provider(
    kind: ProviderKind,
    home: &Home,
    var: &impl Fn(&str) -> Option<String>,
) -> Result<Provider, ConfigError> {
    let first = |names: &[&'static str]| names.iter().find_map(|name| Some((*name, var(name)?)));
    let usual = || (home.url_vars[0], home.url.to_owned());
    let (name, url) = first(home.url_vars).unwrap_or_else(usual);
    let base =
        if home.loose { BaseUrl::read_loose(name, &url)? } else { BaseUrl::read(name, &url, home.versions)? };
    let key = first(home.key_vars).map(|(name, key)| read_secret(name, &key)).transpose()?;
    Ok(Provider { id: kind.id().into(), kind, base, key })
}

fn read_local(entry: &str) -> Result<Provider, ConfigError> {
    let Some((name, url)) = entry.split_once('=') else {
        return Err(ConfigError::new("CODECRAFT_LOCAL must look like name=url,name=url."));
    };
    let (name, url) = (name.trim(), url.trim());
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    let first_fits =
        name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if !first_fits || name.len() > 32 || !name.bytes().all(allowed) {
        return Err(ConfigError::new(
            "A name in CODECRAFT_LOCAL has 1 to 32 small letters, digits, - or _, and starts with a letter or digit.",
        ));
    }
    let taken = ProviderKind::named(name).is_some_and(|kind| kind != openai::LOCAL);
    if taken || name == catalog::HERE {
        return Err(ConfigError::new(format!(
            "CODECRAFT_LOCAL may not use the name {name}: it is a provider's own."
        )));
    }
    let base = BaseUrl::read("CODECRAFT_LOCAL", url, &["/v1"])?;
    Ok(Provider { id: name.into(), kind: openai::LOCAL, base, key: None })
}

/// True for an address that only this machine or its own network can have.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_private_v4(ip),
        IpAddr::V6(ip) => is_private_v6(ip),
    }
}

fn is_private_v4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    // 100.64.0.0/10 is what overlay networks give out.
    ip.is_loopback() || ip.is_private() || (a == 100 && (64..128).contains(&b))
}

fn is_private_v6(ip: Ipv6Addr) -> bool {
    ip.to_ipv4_mapped().map_or_else(|| ip.is_loopback() || ip.is_unique_local(), is_private_v4)
}

//! Configuration: read once from the environment and the command line, checked completely before anything starts.
//!
//! Every mistake is one sentence that names the setting. No sentence repeats a value that may hold a key.

mod base_url;
mod hosts;

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use codecraft_core::provider::{ProviderKind, catalog, openai, protocol::Home};

pub use base_url::BaseUrl;
pub use hosts::{HostRule, WebOrigin, split_host};

use crate::secret::{MIN_SECRET, Secret};

/// What `codecraft --help` prints.
pub const HELP: &str = "\
codecraft: serves CodeCraft and relays its calls to the model providers

Usage: codecraft [--i-know] [--help] [--version]

  --i-know     listen on an address that others can reach although keys are set and nobody has to log in
  --help       print this text
  --version    print the version

Settings, all from the environment:
  CODECRAFT_ADDR                      address and port to listen on; port 0 takes a free one [127.0.0.1:8787]
  GOOGLE_API_KEY or GEMINI_API_KEY    key for Gemini
  GEMINI_BASE_URL                     [https://generativelanguage.googleapis.com]
  OLLAMA_API_URL or OLLAMA_HOST       [http://localhost:11434]
  OPENAI_API_KEY                      key for OpenAI
  OPENAI_BASE_URL                     [https://api.openai.com]
  CODECRAFT_LOCAL                     OpenAI-compatible servers of your own: name=url,name=url
  CODECRAFT_ALLOWED_HOSTS             further names this server is reached by: name,name:8787
  CODECRAFT_ALLOWED_ORIGINS           other sites whose pages may call it: https://app.example,…
  CODECRAFT_MAX_STREAMS               calls to providers that may be open at once [256]
";

const DEFAULT_ADDR: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8787);
const DEFAULT_MAX_STREAMS: u32 = 256;
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
    pub limits: Limits,
    pub timeouts: Timeouts,
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
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_body: 1 << 20, max_streams: DEFAULT_MAX_STREAMS }
    }
}

/// How long each phase may take. Only tests change these.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Connecting to an upstream.
    pub connect: Duration,
    /// From the request to the first byte of the upstream's body. Long, because a local model may have to be loaded first.
    pub first_byte: Duration,
    /// Between two chunks of the upstream's body.
    pub idle: Duration,
    /// A client's request header, and the pause between two requests on one connection.
    pub header: Duration,
    /// A client's request body, and the first frame of a socket.
    pub body: Duration,
    /// The first frame of a socket.
    pub first_frame: Duration,
    /// A client that takes no bytes although some are waiting.
    pub write_stall: Duration,
    /// Between two pings on a socket; a client that is silent for three of them is gone.
    pub ping: Duration,
    /// From the signal to the end of the process.
    pub shutdown: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            // The app gives up long before; these end what nobody waits for any more.
            first_byte: Duration::from_hours(1),
            idle: Duration::from_hours(1),
            header: Duration::from_secs(10),
            body: Duration::from_secs(30),
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
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// What the command line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Serve {
        /// `--i-know`: listen beyond loopback although keys are set.
        exposed: bool,
    },
    Help,
    Version,
}

impl Command {
    /// Reads the arguments that follow the program's name.
    pub fn parse(args: impl IntoIterator<Item = String>) -> Result<Self, ConfigError> {
        let mut exposed = false;
        for arg in args {
            match arg.as_str() {
                "--help" | "-h" => return Ok(Self::Help),
                "--version" | "-V" => return Ok(Self::Version),
                "--i-know" => exposed = true,
                _ => return Err(ConfigError::new("Unknown argument; codecraft --help lists what there is.")),
            }
        }
        Ok(Self::Serve { exposed })
    }
}

impl Config {
    /// Reads and checks the settings. `var` gives the value of an environment variable; empty values count as unset.
    /// `exposed` permits an address that others can reach although keys are set.
    pub fn read(var: impl Fn(&str) -> Option<String>, exposed: bool) -> Result<Self, ConfigError> {
        let var =
            |name: &str| var(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
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
        if !addr.ip().is_loopback() && !exposed && providers.iter().any(|provider| provider.key.is_some()) {
            return Err(ConfigError::new(format!(
                "CODECRAFT_ADDR {addr} can be reached by others, who could use your keys without logging in; listen on \
                 127.0.0.1, or say --i-know."
            )));
        }
        let max_streams = var("CODECRAFT_MAX_STREAMS").map_or(Ok(DEFAULT_MAX_STREAMS), |text| {
            let number = text.parse().ok().filter(|number| (1..=MOST_STREAMS).contains(number));
            number.ok_or_else(|| {
                ConfigError::new(format!("CODECRAFT_MAX_STREAMS must be a number from 1 to {MOST_STREAMS}."))
            })
        })?;
        Ok(Self {
            addr,
            providers,
            allowed_hosts: list(var("CODECRAFT_ALLOWED_HOSTS").as_deref())
                .map(HostRule::read)
                .collect::<Result<_, _>>()?,
            allowed_origins: list(var("CODECRAFT_ALLOWED_ORIGINS").as_deref())
                .map(WebOrigin::read)
                .collect::<Result<_, _>>()?,
            limits: Limits { max_streams, ..Limits::default() },
            timeouts: Timeouts::default(),
        })
    }

    /// [`Config::read`] from the process's own environment.
    pub fn from_env(exposed: bool) -> Result<Self, ConfigError> {
        // A value that is not Unicode reads as one with replacement characters, which no setting accepts.
        Self::read(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()), exposed)
    }
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

fn read_key(name: &str, text: &str) -> Result<Secret, ConfigError> {
    Secret::new(text).ok_or_else(|| {
        ConfigError::new(format!(
            "{name} is no key: a key has at least {MIN_SECRET} letters, digits or signs and no spaces."
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
    let key = first(home.key_vars).map(|(name, key)| read_key(name, &key)).transpose()?;
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

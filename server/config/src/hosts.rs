//! The operator's lists of own host names and of foreign origins.

use url::Url;

use crate::ConfigError;

/// A name this server is reached by, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRule {
    /// Name or address, IPv6 in brackets.
    pub name: String,
    /// The port that has to be named; `None` stands for no port, 80 or 443, as behind a reverse proxy.
    pub port: Option<u16>,
}

impl HostRule {
    /// Reads `name` or `name:port`.
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        split_host(&text.to_ascii_lowercase())
            .map(|(name, port)| Self { name: name.to_owned(), port })
            .ok_or_else(|| ConfigError::new("CODECRAFT_ALLOWED_HOSTS must look like name,name:port."))
    }

    /// True for a name that leads to this machine and to no other.
    pub fn is_loopback(&self) -> bool {
        let name = self.name.trim_start_matches('[').trim_end_matches(']');
        name == "localhost"
            || name.ends_with(".localhost")
            || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// True if a request for this host and port is meant for us. `name` is in lower case.
    pub fn matches(&self, name: &str, port: Option<u16>) -> bool {
        self.name == name
            && match self.port {
                Some(own) => port.unwrap_or(80) == own,
                None => matches!(port, None | Some(80 | 443)),
            }
    }
}

/// Splits `host` or `host:port` as it stands in a `Host` header. `None` if it is anything else: user info, an empty
/// port, a port with a leading zero, a trailing dot, a space, an IPv6 address without brackets.
pub fn split_host(text: &str) -> Option<(&str, Option<u16>)> {
    let (name, port) = if let Some(rest) = text.strip_prefix('[') {
        let end = rest.find(']')? + 2;
        text[..end].strip_prefix('[')?.strip_suffix(']')?.parse::<std::net::Ipv6Addr>().ok()?;
        (&text[..end], &text[end..])
    } else {
        text.split_at(text.find(':').unwrap_or(text.len()))
    };
    let label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.' || byte == b'_';
    let plain = !name.is_empty() && !name.starts_with('.') && !name.ends_with('.') && name.bytes().all(label);
    if !plain && !name.starts_with('[') {
        return None;
    }
    if port.is_empty() {
        return Some((name, None));
    }
    let digits = port.strip_prefix(':')?;
    let canonical = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    Some((name, Some(digits.parse().ok().filter(|_| canonical)?)))
}

/// The origin of another site, exactly as its browser sends it: `https://app.example` or `http://10.0.0.5:8080`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOrigin(String);

impl WebOrigin {
    /// Reads an origin; a path, a wildcard and `null` are refused.
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        url.filter(|url| {
            !text.contains('*') && text.trim_end_matches('/') == url.origin().ascii_serialization()
        })
        .map(|url| Self(url.origin().ascii_serialization()))
        .ok_or_else(|| {
            ConfigError::new(
                "CODECRAFT_ALLOWED_ORIGINS must look like https://app.example,https://other.example:8443.",
            )
        })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use crate::*;

    #[test]
    fn hosts_are_split_strictly() {
        for (text, expect) in [
            ("localhost", Some(("localhost", None))),
            ("localhost:8787", Some(("localhost", Some(8787)))),
            ("[::1]:80", Some(("[::1]", Some(80)))),
            ("[::1]", Some(("[::1]", None))),
            ("", None),
            (":80", None),
            ("localhost:", None),
            ("localhost:080", None),
            ("localhost:+80", None),
            ("localhost:99999", None),
            ("localhost.", None),
            ("::1", None),
            ("[::1", None),
            ("[evil]", None),
            ("[::1]x", None),
            ("a@localhost", None),
            ("local host", None),
            ("localhost/x", None),
        ] {
            assert_eq!(split_host(text), expect, "{text}");
        }
    }

    #[test]
    fn an_origin_is_exact() {
        assert_eq!(WebOrigin::read("https://app.example/").unwrap().as_str(), "https://app.example");
        assert_eq!(WebOrigin::read("http://10.0.0.5:8080").unwrap().as_str(), "http://10.0.0.5:8080");
        for bad in [
            "*",
            "null",
            "app.example",
            "https://*.example",
            "https://app.example/x",
            "https://a@b",
            "file:///",
        ] {
            assert!(WebOrigin::read(bad).is_err(), "{bad}");
        }
    }
}

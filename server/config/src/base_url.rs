//! Base URLs of upstreams: where a provider's native paths begin.

use std::fmt;

use url::Url;

use crate::{ConfigError, is_private};

/// A checked base: `http(s)://host[:port][/prefix]` without user info, query, fragment or trailing slash. Plain `http`
/// only for hosts of this machine or its own network.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Reads the value of `setting`. One of `native` at its end is dropped, since other tools want it there and our
    /// native paths begin with it. A listening address such as `0.0.0.0` stands for this machine.
    pub fn read(setting: &str, text: &str, native: &[&str]) -> Result<Self, ConfigError> {
        let wrong = |what: &str| ConfigError::new(format!("{setting} {what}."));
        let mut url = Url::parse(&unlisten(text))
            .map_err(|_| wrong("must be a URL such as http://127.0.0.1:8080 or https://host/prefix"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("must begin with http:// or https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("may hold no user name or password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("may hold no query and no fragment"));
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
        if text.contains('\\') || !url.path().bytes().all(plain) || url.path().contains("//") {
            return Err(wrong("may hold only letters, digits and -_.~ in its path"));
        }
        if url.scheme() == "http" && !is_near(&url) {
            return Err(wrong("must use https, because its host is not on this machine or its own network"));
        }
        let mut path = url.path().trim_end_matches('/');
        path = native.iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path);
        let path = path.trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// Reads Ollama's address: a URL, or the `host:port` that Ollama itself takes, where the host may be missing.
    pub fn read_loose(setting: &str, text: &str) -> Result<Self, ConfigError> {
        if text.contains("://") {
            return Self::read(setting, text, &["/api"]);
        }
        let (authority, path) = text.find('/').map_or((text, ""), |slash| text.split_at(slash));
        let (host, port) = match authority.rsplit_once(':') {
            // An IPv6 address without brackets has colons but no port.
            Some((host, _)) if host.contains(':') && !authority.starts_with('[') => {
                (format!("[{authority}]"), "11434")
            }
            Some((host, port)) if !authority.ends_with(']') => (host.to_owned(), port),
            _ => (authority.to_owned(), "11434"),
        };
        let host = if host.is_empty() { "127.0.0.1" } else { &host };
        Self::read(setting, &format!("http://{host}:{port}{path}"), &["/api"])
    }

    /// The base as text, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A server may listen on every address, but a client has to name one.
fn unlisten(url: &str) -> String {
    url.replacen("://0.0.0.0", "://127.0.0.1", 1).replacen("://[::]", "://[::1]", 1)
}

/// True for hosts of this machine or its own network: private addresses, names without a dot (as containers have),
/// and the endings that never leave a network.
pub fn is_near(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    if let Ok(ip) = host.trim_start_matches('[').trim_end_matches(']').parse() {
        return is_private(ip);
    }
    let endings = [".localhost", ".local", ".lan", ".internal", ".home.arpa"];
    !host.contains('.') || endings.iter().any(|ending| host.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use crate::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let native = ["/v1beta", "/v1"];
        assert_eq!(BaseUrl::read("X", text, &native).map(|base| base.0), Ok(expect.to_owned()), "{text}");
    }

    #[track_caller]
    fn refused(text: &str, because: &str) {
        let sentence = BaseUrl::read("X", text, &[]).expect_err(text).to_string();
        assert!(sentence.starts_with("X ") && sentence.contains(because), "{text}: {sentence}");
    }

    #[test]
    fn a_base_keeps_its_prefix_and_loses_what_native_paths_begin_with() {
        check("https://api.example.com", "https://api.example.com");
        check("https://api.example.com/", "https://api.example.com");
        check("https://api.example.com/v1/", "https://api.example.com");
        check("https://api.example.com/openai/v1", "https://api.example.com/openai");
        check("https://api.example.com/v1beta", "https://api.example.com");
        check("http://127.0.0.1:9797/gemini", "http://127.0.0.1:9797/gemini");
        check("HTTP://LOCALHOST:80/a/../b", "http://localhost/b");
    }

    #[test]
    fn px7_plain_http_stays_on_the_own_network() {
        for near in
            ["127.0.0.1", "[::1]", "10.1.2.3", "192.168.0.9:8080", "172.16.0.1", "100.100.1.1", "[fd00::7]"]
        {
            check(&format!("http://{near}"), &format!("http://{near}"));
        }
        for near in ["localhost", "ollama:11434", "gpu.lan", "mac.local", "host.docker.internal"] {
            check(&format!("http://{near}"), &format!("http://{near}"));
        }
        for far in
            ["example.com", "8.8.8.8", "169.254.169.254", "[2001:db8::1]", "[::ffff:8.8.8.8]", "0.0.0.1"]
        {
            refused(&format!("http://{far}"), "https");
        }
        refused("http://134744072", "https");
    }

    #[test]
    fn anything_but_scheme_host_port_and_prefix_is_refused() {
        refused("", "URL");
        refused("127.0.0.1:8080", "URL");
        refused("localhost:8080", "http://");
        refused("ftp://127.0.0.1", "http://");
        refused("file:///etc/passwd", "http://");
        refused("http://user@127.0.0.1", "user name");
        refused("http://127.0.0.1@evil.example", "user name");
        refused("https://:secret@evil.example", "user name");
        refused("https://evil.example?key=1", "query");
        refused("https://evil.example#x", "fragment");
        refused("https://evil.example/a//b", "path");
        refused("https://evil.example/a%2fb", "path");
        refused("https:\\\\evil.example", "path");
    }

    #[test]
    fn ollama_takes_its_own_short_form() {
        for (text, expect) in [
            ("http://localhost:11434", "http://localhost:11434"),
            ("http://localhost:11434/api", "http://localhost:11434"),
            ("https://ollama.example/x/", "https://ollama.example/x"),
            ("localhost", "http://localhost:11434"),
            ("127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:9000", "http://127.0.0.1:9000"),
            ("http://0.0.0.0:9000", "http://127.0.0.1:9000"),
            (":9000", "http://127.0.0.1:9000"),
            ("[::1]", "http://[::1]:11434"),
            ("[::]:9000", "http://[::1]:9000"),
            ("::1", "http://[::1]:11434"),
            ("gpu:9000/prefix", "http://gpu:9000/prefix"),
        ] {
            assert_eq!(BaseUrl::read_loose("X", text).map(|base| base.0), Ok(expect.to_owned()), "{text}");
        }
        for bad in ["ollama.example.com", "host:port", "user@gpu", "gpu:99999", "a b"] {
            assert!(BaseUrl::read_loose("X", bad).is_err(), "{bad}");
        }
    }
}

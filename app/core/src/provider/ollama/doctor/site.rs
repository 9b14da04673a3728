//! Where the page stands and where it looks: its origin, its machine, and the address of an Ollama.

/// Port of an Ollama that nobody has told another one.
const DEFAULT_PORT: u16 = 11_434;

/// The system of the reader's machine, as far as commands differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Os {
    Linux,
    Macos,
    Windows,
    /// A phone, or one that hides it.
    Other,
}

impl Os {
    /// Reads it from the words of `navigator.platform` and `navigator.userAgent`.
    pub fn of(platform: &str, agent: &str) -> Self {
        let says = |word| platform.contains(word) || agent.contains(word);
        if says("Android") || says("iPhone") || says("iPad") {
            Self::Other
        } else if says("Win") {
            Self::Windows
        } else if says("Mac") {
            Self::Macos
        } else if says("Linux") || says("X11") {
            Self::Linux
        } else {
            Self::Other
        }
    }
}

/// The page that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// `https://app.example`, as `OLLAMA_ORIGINS` wants it.
    pub origin: String,
    pub os: Os,
    /// The engine keeps https pages from plain http even on the own machine.
    pub webkit: bool,
}

impl Site {
    /// From `location.origin` and the two words of the navigator.
    pub fn new(origin: &str, platform: &str, agent: &str) -> Self {
        let webkit = agent.contains("Safari/") && !agent.contains("Chrome/") && !agent.contains("Chromium/");
        Self { origin: origin.into(), os: Os::of(platform, agent), webkit }
    }

    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// True for a page that comes from the reader's own machine. Such a page is never asked for permission.
    pub fn is_loopback(&self) -> bool {
        let authority = self.origin.split_once("://").map_or("", |(_, rest)| rest);
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        host == "localhost" || host == "[::1]" || host.ends_with(".localhost") || host.starts_with("127.")
    }
}

/// A checked address of an Ollama.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    base: String,
    host: String,
}

impl Address {
    /// What stands in the field at first.
    pub const DEFAULT: &'static str = "http://localhost:11434";

    /// Checks what somebody wrote. A bare host gets `http://` and Ollama's port.
    ///
    /// # Errors
    /// The sentence to show at the field.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const EXAMPLE: &str = "Write an address such as http://localhost:11434.";
        let text = text.trim();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => (String::new(), text),
        };
        let rest = rest.trim_end_matches('/');
        if !["", "http", "https"].contains(&scheme.as_str()) {
            return Err("The address begins with http:// or https://.");
        }
        if rest.contains(|c: char| c.is_whitespace() || c.is_control() || "@?#\\\"'".contains(c)) {
            return Err(EXAMPLE);
        }
        if rest.starts_with('[') {
            return Err("Write localhost or 127.0.0.1: pages have no right to addresses in brackets.");
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => match port.parse::<u16>() {
                Ok(port) if port > 0 => (host, Some(port)),
                _ => return Err("The port is a number from 1 to 65535."),
            },
            None => (authority, None),
        };
        let host = host.to_ascii_lowercase();
        if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        {
            return Err(EXAMPLE);
        }
        if host == "0.0.0.0" {
            return Err("0.0.0.0 stands for all addresses of a machine. Write localhost.");
        }
        let port = port.or(scheme.is_empty().then_some(DEFAULT_PORT));
        let scheme = if scheme.is_empty() { "http" } else { &scheme };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self { base: format!("{scheme}://{host}{port}{path}"), host })
    }

    /// Without a slash at its end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The base without its scheme, for sentences.
    pub fn name(&self) -> &str {
        self.base.split_once("://").map_or(&self.base, |(_, rest)| rest)
    }

    pub fn is_https(&self) -> bool {
        self.base.starts_with("https:")
    }

    /// True for the reader's own machine, by one of the two names that a page's policy knows.
    pub fn is_loopback(&self) -> bool {
        ["localhost", "127.0.0.1"].contains(&self.host.as_str())
    }

    /// The browser's names of the permission that a call there needs, newest first; browsers know one of them or none.
    pub fn permission_names(&self) -> [&'static str; 2] {
        // Chromium 142 had one name for both.
        [if self.is_loopback() { "loopback-network" } else { "local-network" }, "local-network-access"]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Result<&str, &str>) {
        let found = Address::parse(text);
        match expect {
            Ok(base) => assert_eq!(found.as_ref().map(Address::base), Ok(base), "{text}"),
            Err(word) => assert!(found.is_err_and(|error| error.contains(word)), "{text}"),
        }
    }

    #[test]
    fn addresses_are_completed_or_refused_with_a_sentence() {
        check(Address::DEFAULT, Ok("http://localhost:11434"));
        check(" localhost ", Ok("http://localhost:11434"));
        check("127.0.0.1:8080/", Ok("http://127.0.0.1:8080"));
        check("HTTPS://Box.Example/ollama/", Ok("https://box.example/ollama"));
        check("http://localhost", Ok("http://localhost"));
        check("", Err("such as"));
        check("http://", Err("such as"));
        check("ftp://localhost", Err("http://"));
        check("http://user:key@localhost", Err("such as"));
        check("http://localhost?x", Err("such as"));
        check("http://local host", Err("such as"));
        check("http://localhost:0", Err("65535"));
        check("http://localhost:99999", Err("65535"));
        check("http://[::1]:11434", Err("localhost"));
        check("http://0.0.0.0:11434", Err("localhost"));
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (text, expect) in [
            ("http://localhost:1", true),
            ("http://127.0.0.1:1", true),
            ("http://127.0.0.9:1", false),
            ("http://192.168.1.4:1", false),
            ("http://localhost.example:1", false),
        ] {
            assert_eq!(Address::parse(text).map(|address| address.is_loopback()), Ok(expect), "{text}");
        }
    }

    #[test]
    fn pages_know_where_they_come_from() {
        for (origin, https, loopback) in [
            ("http://127.0.0.1:8787", false, true),
            ("http://localhost", false, true),
            ("http://[::1]:8787", false, true),
            ("https://app.example", true, false),
            ("https://localhost.example:8443", true, false),
        ] {
            let site = Site::new(origin, "", "");
            assert_eq!((site.is_https(), site.is_loopback()), (https, loopback), "{origin}");
        }
    }

    #[track_caller]
    fn check_browser(platform: &str, agent: &str, os: Os, webkit: bool) {
        let site = Site::new("https://app.example", platform, agent);
        assert_eq!((site.os, site.webkit), (os, webkit), "{agent}");
    }

    #[test]
    fn browsers_tell_their_system() {
        let chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        check_browser("Linux x86_64", &format!("Mozilla/5.0 (X11; Linux x86_64) {chrome}"), Os::Linux, false);
        check_browser("Win32", &format!("Mozilla/5.0 (Windows NT 10.0; Win64) {chrome}"), Os::Windows, false);
        check_browser(
            "MacIntel",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
            Os::Macos,
            true,
        );
        check_browser(
            "iPhone",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) CriOS/156.0 Safari/604.1",
            Os::Other,
            true,
        );
        check_browser(
            "Linux armv81",
            &format!("Mozilla/5.0 (Linux; Android 10; K) {chrome}"),
            Os::Other,
            false,
        );
        check_browser(
            "",
            "Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Gecko/20100101 Firefox/149.0",
            Os::Linux,
            false,
        );
    }
}

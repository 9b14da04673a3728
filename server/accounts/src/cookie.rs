//! The cookie that carries a session in a browser.
//!
//! Its name begins with `__Host-`, so a browser takes it over HTTPS only, for this very host and for all of its paths. The reader's
//! own machine is the one place that is safe without HTTPS; there the cookie has a plain name and no `Secure`.

use http::{HeaderMap, HeaderValue, header};

use crate::Token;

/// How long a browser keeps it: as long as a session can last.
const MAX_AGE_SECONDS: u32 = 30 * 24 * 60 * 60;

/// The cookie's form at one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// On this machine: `cc`.
    Loopback,
    /// Anywhere else: `__Host-cc`, over HTTPS only.
    Secure,
}

impl Cookie {
    /// The form for the host that a request names, without its port and in any case.
    pub fn at(host: &str) -> Self {
        let loopback = ["localhost", "127.0.0.1", "[::1]"].iter().any(|own| host.eq_ignore_ascii_case(own));
        if loopback { Self::Loopback } else { Self::Secure }
    }

    /// `set-cookie` with this token.
    pub fn set(self, token: &Token) -> HeaderValue {
        self.header(token.expose(), MAX_AGE_SECONDS)
    }

    /// `set-cookie` that makes the browser forget it.
    pub fn clear(self) -> HeaderValue {
        self.header("", 0)
    }

    /// The token in the cookies of a request. `None` if there are two of the name: another page of the same site, or
    /// another port of this machine, has planted one of them, and nothing tells which.
    pub fn read(self, headers: &HeaderMap) -> Option<Token> {
        let mut values = headers
            .get_all(header::COOKIE)
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
            .filter_map(|pair| {
                let (name, value) = std::str::from_utf8(pair).ok()?.trim().split_once('=')?;
                (name.trim_end() == self.name()).then_some(value.trim_start())
            });
        let value = values.next()?;
        if values.next().is_some() { None } else { Token::read(value) }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Loopback => "cc",
            Self::Secure => "__Host-cc",
        }
    }

    fn header(self, value: &str, max_age: u32) -> HeaderValue {
        let name = self.name();
        let secure = if self == Self::Secure { " Secure;" } else { "" };
        let text = format!("{name}={value}; Path=/;{secure} HttpOnly; SameSite=Strict; Max-Age={max_age}");
        let mut header = HeaderValue::try_from(text).expect("a token is ASCII, and so is the rest");
        header.set_sensitive(true);
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const B: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

    #[track_caller]
    fn check(cookie: Cookie, lines: &[&str], expect: Option<&str>) {
        let headers: HeaderMap =
            lines.iter().map(|line| (header::COOKIE, HeaderValue::from_str(line).unwrap())).collect();
        let read = cookie.read(&headers);
        assert_eq!(read.as_ref().map(Token::expose), expect, "{lines:?}");
    }

    #[test]
    fn the_form_follows_the_host() {
        for host in ["localhost", "LocalHost", "127.0.0.1", "[::1]"] {
            assert_eq!(Cookie::at(host), Cookie::Loopback, "{host}");
        }
        for host in ["codecraft.example", "localhost.example", "127.0.0.2", "10.0.0.1", "[::2]", "::1", ""] {
            assert_eq!(Cookie::at(host), Cookie::Secure, "{host}");
        }
    }

    #[test]
    fn it_is_set_and_cleared_with_exactly_these_attributes() {
        let token = Token::read(A).unwrap();
        assert_eq!(
            Cookie::Secure.set(&token),
            format!("__Host-cc={A}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=2592000")
        );
        assert_eq!(
            Cookie::Loopback.set(&token),
            format!("cc={A}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000")
        );
        assert_eq!(
            Cookie::Secure.clear(),
            "__Host-cc=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"
        );
        assert_eq!(Cookie::Loopback.clear(), "cc=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
        assert!(Cookie::Secure.set(&token).is_sensitive());
    }

    #[test]
    fn exactly_one_of_the_name_is_read() {
        let both = |value: &str| format!("__Host-cc={value}");
        check(Cookie::Secure, &[&both(A)], Some(A));
        check(Cookie::Secure, &[&format!("a=1; {};b=2", both(A))], Some(A));
        check(Cookie::Secure, &["a=1", &both(A), "b=2"], Some(A));
        check(Cookie::Loopback, &[&format!(" cc = {A} ")], Some(A));
        check(Cookie::Loopback, &[&format!("xcc={B}; cc={A}; ccx={B}; CC={B}")], Some(A));
        for lines in [
            &[][..],
            &["cc"],
            &["cc="],
            &["cc=short"],
            &[&format!("cc={A}; cc={B}")],
            &[&format!("cc={A}; cc={A}")],
            &[&format!("cc={A}; cc=")],
            &[&format!("cc={A}"), &format!("cc={B}")],
            &[&format!("cc=\"{A}\"")],
            &[&format!("cc={A}, cc={B}")],
            &[&both(A)],
        ] {
            check(Cookie::Loopback, lines, None);
        }
        check(Cookie::Secure, &[&format!("cc={A}")], None);
    }
}

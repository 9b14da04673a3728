//! Names that a reverse proxy vouches for, in a header of the operator's choice: `Remote-User` of Authelia,
//! `X-Forwarded-User` or `X-Auth-Request-User` of oauth2-proxy, `Tailscale-User-Login`.
//!
//! The header is a claim that anybody can make, so it counts from the peers that the operator has named and is an error
//! from everybody else: whoever sends it by another way tries to be somebody else, or has built the way wrongly.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};
use subtle::ConstantTimeEq;

use crate::Proxies;

/// Carries the secret that the proxy shares with this server.
const SECRET: &str = "x-codecraft-secret";
/// Longest name in bytes.
const MAX_NAME: usize = 128;

/// Whose word counts, and where it stands.
pub struct Vouched {
    name: HeaderName,
    proxies: Proxies,
    secret: Option<String>,
}

/// The header is there, and nobody who may say it has said it, or not so that it can be understood in one way only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotTrusted;

impl Vouched {
    /// Names stand in the header `name` of requests from `proxies`, beside `secret` in `x-codecraft-secret` if there is one.
    pub fn new(name: HeaderName, proxies: Proxies, secret: Option<String>) -> Self {
        Self { name, proxies, secret }
    }

    /// The user of a request whose socket leads to `peer`; `None` if nobody is named.
    pub fn user(&self, peer: IpAddr, headers: &HeaderMap) -> Result<Option<String>, NotTrusted> {
        // Some servers behind which proxies stand take `Remote_User` for `Remote-User`, so some proxies let it pass.
        if headers.keys().any(|other| *other != self.name && dashed(other) == dashed(&self.name)) {
            return Err(NotTrusted);
        }
        let mut values = headers.get_all(&self.name).iter();
        let Some(value) = values.next() else { return Ok(None) };
        let trusted = self.proxies.trust(peer) && self.knows_secret(headers);
        let name = value.to_str().ok().filter(|name| is_name(name));
        match name {
            Some(name) if trusted && values.next().is_none() => Ok(Some(name.to_owned())),
            _ => Err(NotTrusted),
        }
    }

    fn knows_secret(&self, headers: &HeaderMap) -> bool {
        let Some(secret) = &self.secret else { return true };
        let mut values = headers.get_all(SECRET).iter();
        let said = values.next().is_some_and(|value| value.as_bytes().ct_eq(secret.as_bytes()).into());
        said && values.next().is_none()
    }
}

fn dashed(name: &HeaderName) -> String {
    name.as_str().replace('_', "-")
}

/// ASCII of which no part is a control character, nor a comma: two headers that something joined look like one with it. Nor
/// a brace: what a proxy fills in where it knows no name can be the name of the place to fill, and would be one user that
/// all who are anonymous share.
fn is_name(name: &str) -> bool {
    let letter = |byte: u8| (byte.is_ascii_graphic() || byte == b' ') && !b",{}".contains(&byte);
    !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const PROXY: &str = "10.0.0.5";

    fn vouched(name: &str, secret: Option<&str>) -> Vouched {
        let proxies = Proxies::new(&["10.0.0.0/24", "fd00::/64"].map(|net| net.parse().unwrap()));
        Vouched::new(name.parse().unwrap(), proxies, secret.map(str::to_owned))
    }

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&str, &str)| {
            (name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        lines.iter().map(pair).collect()
    }

    #[track_caller]
    fn check(peer: &str, lines: &[(&str, &str)], expect: Result<Option<&str>, NotTrusted>) {
        let user = vouched("remote-user", None).user(peer.parse().unwrap(), &headers(lines));
        assert_eq!(
            user.as_ref().map(Option::as_deref),
            expect.as_ref().map(|user| *user),
            "{peer} {lines:?}"
        );
    }

    #[test]
    fn px18_the_usual_proxies_are_understood() {
        for (name, value) in [
            ("remote-user", "ada"),
            ("x-forwarded-user", "ada@example.org"),
            ("x-auth-request-user", "auth0|5f7c8ec7c33c6c004bbafe82"),
            ("x-auth-request-preferred-username", "Ada Lovelace"),
            ("tailscale-user-login", "ada+lab@github"),
        ] {
            let user = vouched(name, None).user(PROXY.parse().unwrap(), &headers(&[(name, value)]));
            assert_eq!(user, Ok(Some(value.to_owned())), "{name}");
        }
    }

    #[test]
    fn px18_the_word_of_a_peer_counts_by_its_address() {
        let line = [("remote-user", "ada")];
        for peer in [PROXY, "::ffff:10.0.0.5", "fd00::1"] {
            check(peer, &line, Ok(Some("ada")));
            check(peer, &[], Ok(None));
        }
        for peer in ["127.0.0.1", "::1", "10.0.1.5", "203.0.113.7", "fd01::1"] {
            check(peer, &line, Err(NotTrusted));
            check(peer, &[], Ok(None));
            // Where a request says to come from is no peer.
            check(peer, &[("remote-user", "ada"), ("x-forwarded-for", PROXY)], Err(NotTrusted));
        }
    }

    #[test]
    fn px18_what_can_be_read_in_two_ways_is_refused() {
        let long = "a".repeat(MAX_NAME + 1);
        for lines in [
            &[("remote-user", "ada"), ("remote-user", "eve")][..],
            &[("remote-user", "ada"), ("remote-user", "ada")],
            &[("remote-user", "ada, eve")],
            &[("remote-user", "")],
            &[("remote-user", "ädä")],
            &[("remote-user", "a\tb")],
            &[("remote-user", "{http.reverse_proxy.header.Remote-User}")],
            &[("remote-user", &long)],
            &[("remote_user", "ada")],
            &[("remote-user", "ada"), ("remote_user", "eve")],
        ] {
            check(PROXY, lines, Err(NotTrusted));
            check("203.0.113.7", lines, Err(NotTrusted));
        }
        check(PROXY, &[("remote-user", &long[1..])], Ok(Some(&long[1..])));
        check(PROXY, &[("remote-users", "eve"), ("x-remote-user", "eve")], Ok(None));
        let underscored = vouched("remote_user", None);
        let dashed = headers(&[("remote-user", "ada")]);
        assert_eq!(underscored.user(PROXY.parse().unwrap(), &dashed), Err(NotTrusted));
    }

    #[test]
    fn px18_a_secret_has_to_be_there_if_there_is_one() {
        let vouched = vouched("remote-user", Some("a shared secret"));
        let user = |peer: &str, lines: &[(&str, &str)]| vouched.user(peer.parse().unwrap(), &headers(lines));
        let named = ("remote-user", "ada");
        let secret = ("x-codecraft-secret", "a shared secret");
        assert_eq!(user(PROXY, &[named, secret]), Ok(Some("ada".into())));
        assert_eq!(user("203.0.113.7", &[named, secret]), Err(NotTrusted));
        assert_eq!(user(PROXY, &[secret]), Ok(None));
        for wrong in ["", "a shared secre", "a shared secret!", "A shared secret"] {
            assert_eq!(user(PROXY, &[named, ("x-codecraft-secret", wrong)]), Err(NotTrusted), "{wrong}");
        }
        assert_eq!(user(PROXY, &[named]), Err(NotTrusted));
        assert_eq!(user(PROXY, &[named, secret, secret]), Err(NotTrusted));
    }
}

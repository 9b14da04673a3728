//! Tokens: random numbers that stand for a session, or for the right to make the first user.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Bytes of randomness in a token.
const BYTES: usize = 32;
/// Its length as text.
const LENGTH: usize = 43;

/// 256 random bits, as base64url text. Its `Debug` shows nothing of it, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new one.
    ///
    /// # Panics
    /// If the system has no random numbers to give: nothing could be kept safe then.
    pub fn random() -> Self {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).expect("the system has random numbers");
        Self(Base64UrlUnpadded::encode_string(&bytes))
    }

    /// `text`, if it has the form of a token. That says nothing about whether there is such a session.
    pub fn read(text: &str) -> Option<Self> {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (text.len() == LENGTH && text.bytes().all(letter)).then(|| Self(text.to_owned()))
    }

    /// The token that a program sends: behind `Bearer` in `authorization`, or as it is in one of the headers `keys`, where a
    /// provider's own client puts what it takes for its key.
    pub fn sent(headers: &HeaderMap, keys: impl IntoIterator<Item = &'static str>) -> Option<Self> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let bearer = text(header::AUTHORIZATION.as_str()).and_then(|value| value.split_once(' '));
        let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let mut values = bearer.map(|(_, value)| value).into_iter().chain(keys.into_iter().filter_map(text));
        values.find_map(|value| Self::read(value.trim()))
    }

    /// The token itself, for the one who may use it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What a store may know of it: its SHA-256. Who reads the store cannot use the session.
    pub fn key(&self) -> String {
        digest(&self.0)
    }

    /// True if `text` is this token, in a time that does not tell how much of it is right.
    pub fn is(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The SHA-256 of a text, as text.
pub(crate) fn digest(text: &str) -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_can_be_read_again() {
        let (one, two) = (Token::random(), Token::random());
        assert_ne!(one, two);
        for token in [&one, &two] {
            assert_eq!(token.expose().len(), LENGTH);
            assert_eq!(Token::read(token.expose()).as_ref(), Some(token));
            assert!(token.is(token.expose()));
        }
        assert!(!one.is(two.expose()) && !one.is("") && !one.is(&one.expose()[1..]));
    }

    #[test]
    fn only_what_has_the_form_of_a_token_is_read() {
        let good = "A".repeat(LENGTH);
        assert!(Token::read(&good).is_some());
        for bad in [
            String::new(),
            "A".repeat(LENGTH - 1),
            "A".repeat(LENGTH + 1),
            format!("{} ", &good[1..]),
            format!("{}=", &good[1..]),
            format!("{}+", &good[1..]),
            format!("{}ä", &good[2..]),
        ] {
            assert_eq!(Token::read(&bad), None, "{bad}");
        }
    }

    #[test]
    fn programs_send_it_as_a_bearer_or_where_their_key_would_stand() {
        let (a, b) = ("A".repeat(LENGTH), "B".repeat(LENGTH));
        let sent = |lines: &[(&'static str, String)]| {
            let headers: HeaderMap = lines
                .iter()
                .map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap()))
                .collect();
            Token::sent(&headers, ["x-goog-api-key"]).map(|token| token.0)
        };
        for scheme in ["Bearer", "bearer", "BEARER", "Bearer "] {
            assert_eq!(sent(&[("authorization", format!("{scheme} {a}"))]).as_ref(), Some(&a), "{scheme}");
        }
        assert_eq!(sent(&[("x-goog-api-key", a.clone())]).as_ref(), Some(&a));
        let both = [("x-goog-api-key", a.clone()), ("authorization", format!("Bearer {b}"))];
        assert_eq!(sent(&both).as_ref(), Some(&b));
        let dummy = [("x-goog-api-key", a.clone()), ("authorization", "Bearer sk-none".to_owned())];
        assert_eq!(sent(&dummy).as_ref(), Some(&a));
        for (name, value) in [
            ("authorization", a.clone()),
            ("authorization", format!("Basic {a}")),
            ("authorization", format!("Bearer{a}")),
            ("authorization", format!("Bearer {a},{a}")),
            ("x-goog-api-key", format!("Bearer {a}")),
            ("x-api-key", a.clone()),
            ("cookie", format!("cc={a}")),
        ] {
            assert_eq!(sent(&[(name, value.clone())]), None, "{name}: {value}");
        }
    }

    #[test]
    fn the_key_is_a_digest_and_debug_shows_nothing() {
        let token = Token::read(&"A".repeat(LENGTH)).unwrap();
        // printf 'AAAA…' (43 letters) | openssl dgst -binary -sha256 | basenc --base64url
        assert_eq!(token.key(), "DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo");
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}

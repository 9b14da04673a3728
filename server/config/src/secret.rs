//! Secrets that cannot be printed by accident.

use std::{fmt, sync::Arc};

use subtle::ConstantTimeEq as _;

/// Shortest secret that is accepted, in bytes. A shorter one would blot out ordinary text when it is redacted.
pub const MIN_SECRET: usize = 8;

/// A key. Its `Debug` shows nothing of it, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes `text` as a secret if it can stand in a header and is at least [`MIN_SECRET`] bytes long.
    pub fn new(text: &str) -> Option<Self> {
        let fits = text.len() >= MIN_SECRET && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.into()))
    }

    /// Whether somebody knows the secret. The time that it takes says nothing about how much of it was right.
    pub fn is(&self, given: &[u8]) -> bool {
        given.ct_eq(self.0.as_bytes()).into()
    }

    /// The secret itself, to be put into a header and nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

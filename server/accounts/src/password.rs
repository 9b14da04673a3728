//! Passwords and their hashes, argon2id as PHC strings.
//!
//! A password is taken as it was typed or pasted: nothing is normalised, cut or trimmed, so that no two programs can
//! disagree on what it is.

use argon2::{Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier};

use crate::UsersError;

/// Fewest characters of a new password.
pub const MIN_CHARS: usize = 12;
/// Most bytes of a new password.
pub const MAX_BYTES: usize = 1024;

/// Says whether a new password can be taken.
pub fn check(password: &str) -> Result<(), UsersError> {
    let fits = password.chars().count() >= MIN_CHARS && password.len() <= MAX_BYTES;
    if fits { Ok(()) } else { Err(UsersError::Password) }
}

/// A hash with a salt of its own and today's parameters.
///
/// # Panics
/// If the system has no random numbers or no 19 MiB of memory to give.
pub fn hash(password: &str) -> PasswordHash {
    Argon2::default()
        .hash_password(password.as_bytes())
        .expect("there are random numbers and memory for a hash")
}

/// True if the hash was made from this password, with whichever parameters.
pub fn matches(password: &str, hash: &PasswordHash) -> bool {
    Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
}

/// Reads a hash: argon2id with salt and digest, of parameters that can be computed with.
pub fn read(text: &str) -> Option<PasswordHash> {
    let hash = PasswordHash::new(text).ok()?;
    let complete = hash.salt.is_some() && hash.hash.is_some() && Params::try_from(&hash).is_ok();
    (hash.algorithm == argon2::ARGON2ID_IDENT && complete).then_some(hash)
}

/// True if less work went into the hash than goes into one today: memory, as often as it is gone through.
pub fn is_outdated(hash: &PasswordHash) -> bool {
    let work = |params: &Params| u64::from(params.m_cost()) * u64::from(params.t_cost());
    Params::try_from(hash).is_ok_and(|own| work(&own) < work(&Params::DEFAULT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn px17_a_new_password_has_a_length() {
        for (password, fits) in [
            ("", false),
            ("elevenchars", false),
            ("twelve chars", true),
            ("            ", true),
            ("zwölf säulen", true),
            ("elf zeichen", false),
            // Eleven characters, though of 44 bytes.
            ("🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀", false),
            ("🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀", true),
            (&"x".repeat(MAX_BYTES), true),
            (&"x".repeat(MAX_BYTES + 1), false),
            (&"ä".repeat(MAX_BYTES / 2 + 1), false),
        ] {
            assert_eq!(check(password).is_ok(), fits, "{password}");
        }
    }

    #[test]
    fn px17_a_hash_is_argon2id_of_today_and_fits_one_password_only() {
        // An a with two dots, as one character and as two: these are two passwords.
        let composed = "gr\u{fc}ne wiesen \u{1f980}";
        let hash = hash(composed);
        let text = hash.to_string();
        assert!(text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{text}");
        assert_eq!(read(&text).as_ref(), Some(&hash));
        assert!(matches(composed, &hash) && !is_outdated(&hash));
        for other in ["gru\u{308}ne wiesen \u{1f980}", "", &format!("{composed} "), &composed.to_uppercase()]
        {
            assert!(!matches(other, &hash), "{other}");
        }
        assert_ne!(super::hash(composed).to_string(), text, "each has its own salt");
    }

    #[test]
    fn px17_only_whole_argon2id_hashes_are_read() {
        let salt = "c29tZXNhbHRzb21lc2FsdA";
        let digest = "FfuBBcA3ixzBZtZzMFAtuGlCjGvzNQfhE5ftXZxKRh0";
        for (params, outdated) in [
            ("m=19456,t=2,p=1", false),
            ("m=47104,t=1,p=1", false),
            ("m=19456,t=1,p=1", true),
            ("m=8,t=2,p=1", true),
        ] {
            let hash = read(&format!("$argon2id$v=19${params}${salt}${digest}")).unwrap();
            assert_eq!(is_outdated(&hash), outdated, "{params}");
        }
        for bad in [
            String::new(),
            "plain-password".to_owned(),
            format!("$argon2i$v=19$m=19456,t=2,p=1${salt}${digest}"),
            format!("$argon2d$v=19$m=19456,t=2,p=1${salt}${digest}"),
            format!("$2b$12${salt}{digest}"),
            format!("$argon2id$v=19$m=19456,t=2,p=1${salt}"),
            "$argon2id$v=19$m=19456,t=2,p=1".to_owned(),
            format!("$argon2id$v=19$m=1,t=2,p=1${salt}${digest}"),
            format!("$argon2id$v=19$m=19456,t=0,p=1${salt}${digest}"),
            format!("$argon2id$v=19$m=19456,t=2,p=1${salt}${digest}$more"),
        ] {
            assert_eq!(read(&bad), None, "{bad}");
        }
    }
}

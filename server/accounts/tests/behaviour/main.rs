//! The crate as a server uses it, on files of its own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod users;

use std::{
    fs,
    path::{Path, PathBuf},
};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use codecraft_accounts::{Token, Users};

const PASSWORD: &str = "correct horse battery";
const OTHER: &str = "staple battery horse";

/// A file of users that is gone with the test.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(Token::random().expose());
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.join("users")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    fn open(&self) -> Users {
        Users::open(self.path(), |error| panic!("{error}")).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A line with a hash that takes no time.
fn weak_line(name: &str, password: &str) -> String {
    let weak = Params::new(8, 1, 1, None).unwrap();
    let hash =
        Argon2::new(Algorithm::Argon2id, Version::V0x13, weak).hash_password(password.as_bytes()).unwrap();
    format!("{name}:{hash}\n")
}

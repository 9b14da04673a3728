//! The names under which things are kept.
//!
//! Names that come from outside enter as digests: of one length, without signs that mean something, and not to be read in
//! passing.

use sha2::{Digest, Sha256};

/// Written to see whether the store takes writes.
pub const PROBE: &str = "codecraft:probe";
/// The current series of sessions of each user.
pub const SERIES: &str = "codecraft:sessions:series";

/// When the generations of a user began.
pub fn generations(user: &str) -> String {
    format!("codecraft:{}:generations", digest(user))
}

/// The calls of one run.
pub fn run(user: &str, run: &str) -> String {
    format!("codecraft:{}:run:{run}", digest(user))
}

/// The open streams of a user.
pub fn streams(user: &str) -> String {
    format!("codecraft:{}:streams", digest(user))
}

pub fn session(key: &str) -> String {
    format!("codecraft:sessions:key:{key}")
}

/// The failures to sign in of each name.
pub fn failures(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("codecraft:failures:{}", digest(name))).collect()
}

fn digest(name: &str) -> String {
    let digest = Sha256::digest(name);
    let half = digest.first_chunk().expect("a digest has 32 bytes");
    format!("{:032x}", u128::from_be_bytes(*half))
}

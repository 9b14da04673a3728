//! Every path of the app, in one place.

/// The Generate page.
pub const GENERATE: &str = "";
/// Providers: what can be asked, and what is missing.
pub const PROVIDERS: &str = "providers";

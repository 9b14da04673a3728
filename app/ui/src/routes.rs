//! Every path of the app, in one place. They begin with a slash: a link without one leads on from the page it stands on.

/// The Generate page.
pub const GENERATE: &str = "/";
/// Providers: what can be asked, and what is missing.
pub const PROVIDERS: &str = "/providers";
/// Decisions for all runs; its sections stand below it.
pub const SETTINGS: &str = "/settings";

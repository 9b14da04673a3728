//! Every touch of JavaScript outside the transports: one file per capability.

pub mod clock;
pub mod dom;
pub mod door;
pub mod editor;
pub mod fetch;
pub mod files;
pub mod live_code;
pub mod memory;
pub mod probe;
pub mod prompt;
pub mod theme;
pub mod visit;

use std::pin::Pin;

use leptos::prelude::document;
use wasm_bindgen_futures::spawn_local;

/// Why the browser refused something, as a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserError(pub &'static str);

/// Begins `work`, which then goes on by itself. Boxed, so that the code that drives it exists once.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    fn boxed(work: Pin<Box<dyn Future<Output = ()>>>) {
        spawn_local(work);
    }
    boxed(Box::pin(work));
}

/// What the build wrote into `<meta name="cc:app" data-…>`.
pub fn app_data(name: &str) -> String {
    document()
        .query_selector("meta[name='cc:app']")
        .ok()
        .flatten()
        .and_then(|meta| meta.get_attribute(&format!("data-{name}")))
        .unwrap_or_default()
}

/// Where the app is served from; ends with a slash.
pub fn base() -> String {
    let base = app_data("base");
    if base.ends_with('/') { base } else { "/".into() }
}

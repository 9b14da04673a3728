//! The app: a Leptos single-page app compiled to Wasm.
//!
//! `state` is what it knows, `drive` performs what core decides, `transport` talks to the proxy, `browser` is every other
//! touch of JavaScript, `pages` and `components` are what people see. What it says to them stands in core.

mod app;
mod browser;
mod components;
mod drive;
mod pages;
mod routes;
mod state;
#[cfg(test)]
mod tests;
mod transport;

use codecraft_core::words;

fn main() {
    console_error_panic_hook::set_once();
    app::start();
}

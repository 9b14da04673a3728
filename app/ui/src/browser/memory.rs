//! Small choices that this browser remembers. Where storage is off, nothing is remembered and nothing fails.

use leptos::prelude::window;

/// What was kept under `key`.
pub fn recall(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(key).ok().flatten()
}

/// Keeps `value` under `key`, or forgets it.
pub fn keep(key: &str, value: Option<&str>) {
    let Ok(Some(storage)) = window().local_storage() else { return };
    match value {
        Some(value) => storage.set_item(key, value).ok(),
        None => storage.remove_item(key).ok(),
    };
}

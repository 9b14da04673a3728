//! Small choices that this browser remembers. Where storage is off, nothing is remembered and nothing fails.

use leptos::prelude::window;
use wasm_bindgen::{JsCast, closure::Closure};

/// What was kept under `key`.
pub fn recall(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(key).ok().flatten()
}

/// Keeps `value` under `key`, or forgets it; false if the browser refuses.
pub fn keep(key: &str, value: Option<&str>) -> bool {
    let Ok(Some(storage)) = window().local_storage() else { return false };
    match value {
        Some(value) => storage.set_item(key, value).is_ok(),
        None => storage.remove_item(key).is_ok(),
    }
}

/// Calls `changed` whenever another tab keeps or forgets something, for the life of the app.
pub fn on_change(changed: impl FnMut() + 'static) {
    let closure = Closure::<dyn FnMut()>::new(changed);
    window().add_event_listener_with_callback("storage", closure.as_ref().unchecked_ref()).ok();
    closure.forget();
}

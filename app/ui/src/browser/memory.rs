//! Small choices that this browser remembers. Where storage is off, nothing is remembered and nothing fails.
//!
//! What somebody decides is theirs alone: where people sign in, each has keys of their own. Where nobody does, the keys are
//! plain.

use std::cell::RefCell;

use leptos::prelude::window;
use wasm_bindgen::{JsCast, closure::Closure};

/// What every key of ours begins with.
const PREFIX: &str = "cc.";

thread_local! {
    /// Whose keys are used: a user's name with a dot behind it, or nothing.
    static SCOPE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// From now on, [`own`] keys are those of `user`; of nobody in particular without one.
pub fn scope(user: Option<&str>) {
    SCOPE.set(user.map(|user| format!("{user}.")).unwrap_or_default());
}

/// The key of something that belongs to whoever is here. `name` has no dot in it, so that no two people share a key.
pub fn own(name: &str) -> String {
    SCOPE.with_borrow(|scope| format!("{PREFIX}{scope}{name}"))
}

/// The key of something that is the browser's, whoever uses it.
pub fn shared(name: &str) -> String {
    format!("{PREFIX}{name}")
}

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

//! The page as a visit: leaving it for good, and coming back to one that the browser had put aside.

use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::PageTransitionEvent;

/// On the document's root while nobody may see the page.
const AWAY: &str = "data-away";

/// Loads the page anew.
pub fn reload() {
    hide();
    window().location().reload().ok();
}

/// Loads `address` in this page's place, which is then in no history.
pub fn replace(address: &str) {
    hide();
    window().location().replace(address).ok();
}

/// Hides the page: what it shows may be somebody else's by now.
fn hide() {
    if let Some(root) = document().document_element() {
        root.set_attribute(AWAY, "").ok();
    }
}

/// Shows it again.
pub fn show() {
    if let Some(root) = document().document_element() {
        root.remove_attribute(AWAY).ok();
    }
}

/// Hides the page whenever the browser puts it aside while `is_private`, and calls `back` when somebody returns to it, for the
/// life of the app. Who is there then has to be found out; [`show`] ends it.
pub fn on_return(is_private: impl Fn() -> bool + 'static, back: impl Fn() + 'static) {
    let turn = Closure::<dyn Fn(PageTransitionEvent)>::new(move |event: PageTransitionEvent| {
        if !event.persisted() || !is_private() {
            return;
        }
        hide();
        if event.type_() == "pageshow" {
            back();
        }
    });
    for event in ["pagehide", "pageshow"] {
        window().add_event_listener_with_callback(event, turn.as_ref().unchecked_ref()).ok();
    }
    turn.forget();
}

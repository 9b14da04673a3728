//! Small errands in the document: focus, title, visibility, keys.

use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::HtmlElement;

/// Puts the focus on the element with this id, if it is there.
pub fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.unchecked_ref::<HtmlElement>().focus().ok();
    }
}

/// Gives the focus to `id` if what had it is gone, as a button is that has done its work.
pub fn catch_focus(id: impl Into<String>) {
    let id = id.into();
    after_render(move || {
        if document().active_element().is_none_or(|element| element.tag_name() == "BODY") {
            focus(&id);
        }
    });
}

/// Gives the focus to where work begins: to the prompt, or to the page where that is not to be seen.
pub fn begin() {
    after_render(|| {
        focus("main");
        focus(super::prompt::ID);
    });
}

/// Does `then` after the current event and its rendering.
pub fn after_render(then: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(then);
    window().request_animation_frame(callback.unchecked_ref()).ok();
}

pub fn set_title(title: &str) {
    if document().title() != title {
        document().set_title(title);
    }
}

/// Sets the title, unless somebody else did in the meantime.
pub fn replace_title(own: &str, title: &str) {
    if document().title() == own {
        document().set_title(title);
    }
}

pub fn is_hidden() -> bool {
    document().hidden()
}

/// Calls `changed` whenever the page is hidden or shown, for the life of the app.
pub fn on_visibility(changed: impl FnMut() + 'static) {
    let closure = Closure::<dyn FnMut()>::new(changed);
    document().add_event_listener_with_callback("visibilitychange", closure.as_ref().unchecked_ref()).ok();
    closure.forget();
}

/// Input types that keys do not write into.
const BUTTON_LIKE: [&str; 3] = ["radio", "checkbox", "button"];

/// True if typing there writes text, so that single-key shortcuts must keep out.
pub fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    event.composed_path().get(0).dyn_into::<HtmlElement>().is_ok_and(|target| {
        match target.tag_name().as_str() {
            "INPUT" => target.get_attribute("type").is_none_or(|kind| !BUTTON_LIKE.contains(&kind.as_str())),
            "TEXTAREA" | "SELECT" => true,
            _ => target.is_content_editable(),
        }
    })
}

/// The value of one query parameter of the address, decoded.
pub fn query(name: &str) -> Option<String> {
    let search = window().location().search().ok()?;
    web_sys::UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

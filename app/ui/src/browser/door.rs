//! The door: what stands in place of the workplace until the server knows who is there, or over it once it does not any more.
//!
//! Its pages and the form are templates in `index.html`, plain HTML as password managers know it, read when it is sent. As views
//! of the app they would cost every first load ten times as much.

use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, Event, HtmlDialogElement, HtmlElement, HtmlInputElement, HtmlTemplateElement};

use super::{dom, prompt};

/// Field of the name.
pub const NAME: &str = "username";
pub const PASSWORD: &str = "password";
/// Field of the token that makes the first user.
pub const TOKEN: &str = "token";
/// Templates of pages.
pub const SIGN_IN: &str = "sign-in";
pub const SET_UP: &str = "set-up";
pub const PROXY: &str = "proxy";
pub const UNCHECKED: &str = "unchecked";
/// Templates of dialogs.
pub const SIGN_IN_AGAIN: &str = "sign-in-again";
pub const PROXY_AGAIN: &str = "proxy-again";

/// What stands there now: a page or a dialog.
const FRAME: &str = "door";
const FORM: &str = "door-form";
const PROBLEM: &str = "door-problem";
/// Spoken, and not to be seen.
const SAID: &str = "door-said";
const SEND: &str = "door-send";
/// On the document's root while a page stands in front of everything else.
const SHUT: &str = "data-shut";
/// On the document's root while the server does not know the session any more: what leads in again is shown then.
const LOST: &str = "data-lost";

fn element(id: &str) -> Option<Element> {
    document().get_element_by_id(id)
}

fn input(id: &str) -> Option<HtmlInputElement> {
    element(id).map(JsCast::unchecked_into)
}

/// Puts a flag on the document's root, which the sheets know.
fn flag(name: &str, on: bool) {
    if let Some(root) = document().document_element() {
        root.toggle_attribute_with_force(name, on).ok();
    }
}

/// A copy of what a template holds, which is one element.
fn copy(template: &str) -> Option<Element> {
    let template: HtmlTemplateElement = element(&format!("t-{template}"))?.unchecked_into();
    let content = template.content().first_element_child()?;
    content.clone_node_with_deep(true).ok().map(JsCast::unchecked_into)
}

/// Shows one of the pages in place of everything else.
pub fn page(template: &str) {
    close();
    // What was written before the app was there is kept for whoever comes in.
    let written = prompt::keep().is_some_and(|area| !area.value().is_empty());
    prompt::remove_shell();
    flag(SHUT, true);
    put("page", template);
    if written && let Some(note) = element("door-kept") {
        note.remove_attribute("hidden").ok();
    }
}

/// Shows the form over the page, with a name filled in; or how to sign in elsewhere.
pub fn dialog(template: &str, user: &str) {
    if flagged(SHUT) {
        return;
    }
    close();
    put("dialog", template);
    if let Some(name) = input(NAME) {
        name.set_value(user);
    }
    if let Some(frame) = element(FRAME) {
        frame.unchecked_ref::<HtmlDialogElement>().show_modal().ok();
    }
    focus_first();
}

fn put(frame: &str, template: &str) {
    let (Some(frame), Some(content)) = (copy(frame), copy(template)) else { return };
    frame.set_id(FRAME);
    if let (Ok(Some(place)), Some(body)) = (frame.query_selector(".door-in"), document().body()) {
        place.prepend_with_node_1(&content).ok();
        body.append_child(&frame).ok();
    }
    if let Ok(Some(heading)) = content.query_selector("h1, h2")
        && flagged(SHUT)
    {
        dom::set_title(&format!("{} – CodeCraft", heading.text_content().unwrap_or_default()));
    }
    focus_first();
}

fn flagged(name: &str) -> bool {
    document().document_element().is_some_and(|root| root.has_attribute(name))
}

fn focus_first() {
    let empty = |id: &&str| input(id).is_some_and(|field| field.value().is_empty());
    if let Some(id) = [TOKEN, NAME, PASSWORD].into_iter().find(empty) {
        dom::focus(id);
    }
}

/// Takes away what stands there; true if it was a page.
pub fn close() -> bool {
    let shut = flagged(SHUT);
    flag(SHUT, false);
    if let Some(frame) = element(FRAME) {
        if let Some(dialog) = frame.dyn_ref::<HtmlDialogElement>() {
            // Then the focus goes back to where it was.
            dialog.close();
        }
        frame.remove();
    }
    shut
}

/// Whether the server has forgotten the session.
pub fn set_lost(lost: bool) {
    flag(LOST, lost);
}

/// Calls `send` when the form is sent, for the life of the app. What else can be pressed here is done on the spot.
pub fn listen(send: impl Fn() + 'static) {
    let heard = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
            return;
        };
        if event.type_() == "submit" {
            if target.id() == FORM {
                event.prevent_default();
                send();
            }
            return;
        }
        let Ok(Some(button)) = target.closest("[data-door]") else { return };
        match button.get_attribute("data-door").as_deref() {
            Some("show") => show_password(button.get_attribute("aria-pressed").as_deref() == Some("false")),
            Some("reload") => window().location().reload().unwrap_or_default(),
            _ => {
                close();
            }
        }
    });
    for event in ["submit", "click"] {
        document().add_event_listener_with_callback(event, heard.as_ref().unchecked_ref()).ok();
    }
    heard.forget();
}

fn show_password(on: bool) {
    if let (Some(field), Ok(Some(button))) = (input(PASSWORD), document().query_selector("[data-door=show]"))
    {
        field.set_type(if on { "text" } else { "password" });
        button.set_attribute("aria-pressed", if on { "true" } else { "false" }).ok();
    }
}

/// True where the first user is made.
pub fn has_token() -> bool {
    element(TOKEN).is_some()
}

/// What stands in a field; empty if it is not there.
pub fn value(id: &str) -> String {
    input(id).map(|field| field.value()).unwrap_or_default()
}

/// While the server is asked.
pub fn set_busy(busy: bool) {
    // What is sent must be a password to the browser, or it does not offer to keep it.
    show_password(false);
    if let Some(send) = element(SEND) {
        send.set_attribute("aria-busy", if busy { "true" } else { "false" }).ok();
    }
}

/// Says what is wrong and leads to the field that it is about; an empty sentence, about nothing, takes it back.
pub fn complain(sentence: &str, about: &str) {
    for id in [TOKEN, NAME, PASSWORD] {
        if let Some(field) = element(id) {
            field.set_attribute("aria-invalid", if id == about { "true" } else { "false" }).ok();
        }
    }
    if let Some(problem) = element(PROBLEM) {
        problem.set_text_content(Some(sentence));
    }
    dom::focus(about);
}

/// Nobody may try again before `left` is over; an empty one ends the wait. `said` is spoken, if it is not empty. False once the
/// form is gone.
pub fn wait(left: &str, said: &str) -> bool {
    let Some(send) = element(SEND) else { return false };
    let send: &HtmlElement = send.unchecked_ref();
    if left.is_empty() {
        send.remove_attribute("disabled").ok();
        send.set_text_content(send.get_attribute("data-words").as_deref());
    } else {
        send.set_attribute("disabled", "").ok();
        send.set_text_content(Some(left));
    }
    if let Some(region) = element(SAID).filter(|_| !said.is_empty()) {
        region.set_text_content(Some(said));
    }
    true
}

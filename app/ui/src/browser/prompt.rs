//! The prompt box that stands in the document from the first paint, before any Wasm.
//!
//! The app adopts that very node, so nothing typed early is lost: same text, caret, focus and undo history.

use std::cell::{Cell, RefCell};

use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{Element, HtmlElement, HtmlTextAreaElement, Node};

/// Id of the static text area.
pub const ID: &str = "prompt";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = Element)]
    type Movable;
    /// Moves a node without losing its state. Chromium 133 has it, others throw.
    #[wasm_bindgen(method, catch, js_name = moveBefore)]
    fn move_before(this: &Movable, node: &Node, before: Option<&Node>) -> Result<(), JsValue>;
}

thread_local! {
    /// The adopted node; it survives when its page is left.
    static PROMPT: RefCell<Option<HtmlTextAreaElement>> = const { RefCell::new(None) };
    /// Whether it listens already.
    static PLACED: Cell<bool> = const { Cell::new(false) };
}

/// Moves the prompt into `slot`, once from the static page and later from wherever it was kept.
///
/// `changed` is called with the text at once and on every input; only the first call's `changed` is kept.
pub fn adopt(slot: &HtmlElement, mut changed: impl FnMut(String) + 'static) {
    let Some(area) = keep() else { return };
    if PLACED.replace(true) {
        slot.append_child(&area).ok();
        return;
    }
    changed(area.value());
    let target = area.clone();
    let input = Closure::<dyn FnMut()>::new(move || changed(target.value()));
    area.add_event_listener_with_callback("input", input.as_ref().unchecked_ref()).ok();
    // The node lives as long as the app.
    input.forget();

    let focused = document().active_element().as_ref() == Some(area.as_ref());
    let start = area.selection_start().ok().flatten();
    let end = area.selection_end().ok().flatten();
    if slot.unchecked_ref::<Movable>().move_before(&area, None).is_err() {
        slot.append_child(&area).ok();
        if focused {
            area.focus().ok();
        }
        area.set_selection_start(start).ok();
        area.set_selection_end(end).ok();
    }
}

/// Takes hold of the static text area, so that it and its text outlive the static page. Every page calls this first.
pub fn keep() -> Option<HtmlTextAreaElement> {
    PROMPT.with_borrow_mut(|kept| {
        if kept.is_none() {
            *kept = document().get_element_by_id(ID).map(JsCast::unchecked_into);
        }
        kept.clone()
    })
}

/// Removes the static page, after the prompt was taken out of it.
pub fn remove_shell() {
    if let Some(shell) = document().get_element_by_id("shell") {
        shell.remove();
    }
}

/// Replaces the text, as "Start from" does. As if it were typed: undo takes it back, and the browser sends the input event.
pub fn set_text(text: &str) {
    let Some(area) = PROMPT.with_borrow(Clone::clone) else { return };
    area.focus().ok();
    area.select();
    let document = document();
    let html: &web_sys::HtmlDocument = document.unchecked_ref();
    if !html.exec_command_with_show_ui_and_value("insertText", false, text).unwrap_or(false) {
        area.set_value(text);
        if let Ok(event) = web_sys::Event::new("input") {
            area.dispatch_event(&event).ok();
        }
    }
}

/// Empties it, for the next one who sees this page.
pub fn clear() {
    if let Some(area) = keep() {
        area.set_value("");
    }
}

/// Browsers fill in what was written when a page is loaded anew or gone back to; not this one, from now on.
pub fn forget_on_reload() {
    if let Some(area) = keep() {
        area.set_attribute("autocomplete", "off").ok();
    }
}

/// Tells assistive technology about a problem, or takes it back.
pub fn set_invalid(invalid: bool, described_by: &str) {
    PROMPT.with_borrow(|prompt| {
        if let Some(area) = prompt {
            if invalid {
                area.set_attribute("aria-invalid", "true").ok();
            } else {
                area.remove_attribute("aria-invalid").ok();
            }
            area.set_attribute("aria-describedby", described_by).ok();
        }
    });
}

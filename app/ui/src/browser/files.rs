//! Clipboard and downloads.

use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, HtmlTextAreaElement, Url};

use super::BrowserError;

/// Copies text. Falls back to a selection where the clipboard needs a secure page.
///
/// # Errors
/// If both ways are closed.
pub async fn copy(text: &str) -> Result<(), BrowserError> {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &JsValue::from_str("clipboard"));
    if clipboard.is_ok_and(|clipboard| !clipboard.is_undefined())
        && JsFuture::from(window().navigator().clipboard().write_text(text)).await.is_ok()
    {
        return Ok(());
    }
    copy_by_selection(text)
        .ok_or(BrowserError("The browser refused the clipboard. Select the code and copy it by hand."))
}

fn copy_by_selection(text: &str) -> Option<()> {
    let document = document();
    let area: HtmlTextAreaElement = document.create_element("textarea").ok()?.unchecked_into();
    area.set_value(text);
    let body = document.body()?;
    body.append_child(&area).ok()?;
    area.select();
    let html: &web_sys::HtmlDocument = document.unchecked_ref();
    let done = html.exec_command("copy").unwrap_or(false);
    area.remove();
    done.then_some(())
}

/// Offers `bytes` as a file. `name` must already be safe.
///
/// # Errors
/// If the browser cannot make the file.
pub fn download(name: &str, mime: &str, bytes: &[u8]) -> Result<(), BrowserError> {
    let failed = BrowserError("The browser could not make the file. Copy the code instead.");
    save(name, mime, bytes).ok_or(failed)
}

fn save(name: &str, mime: &str, bytes: &[u8]) -> Option<()> {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
    let url = Url::create_object_url_with_blob(&blob).ok()?;
    let link: HtmlAnchorElement = document().create_element("a").ok()?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The click has started the download; the address is not needed any more.
    Url::revoke_object_url(&url).ok();
    Some(())
}

//! The code editor, fetched on first use: a viewer for finished code, a comparison, and the zip writer that travels with it.

use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

use super::{BrowserError, app_data};

const NOT_LOADED: BrowserError =
    BrowserError("The code viewer could not be loaded. The plain text below is complete.");

const NO_ZIP: BrowserError = BrowserError("The zip could not be made. Download the files one by one.");

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = cc, catch)]
    async fn load(url: &str) -> Result<JsValue, JsValue>;

    type Module;
    #[wasm_bindgen(method, catch)]
    fn mount(this: &Module, parent: &Element, options: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn compare(this: &Module, parent: &Element, options: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn zip(this: &Module, files: &JsValue) -> Result<JsValue, JsValue>;

    /// One view in the page.
    pub type Handle;
    #[wasm_bindgen(method, js_name = setWrap)]
    pub fn set_wrap(this: &Handle, on: bool);
    #[wasm_bindgen(method)]
    pub fn destroy(this: &Handle);
}

async fn module() -> Result<Module, BrowserError> {
    load(&app_data("editor")).await.map(JsCast::unchecked_into).map_err(|_| NOT_LOADED)
}

async fn settled(value: Result<JsValue, JsValue>) -> Result<JsValue, BrowserError> {
    let value = value.map_err(|_| NOT_LOADED)?;
    match value.dyn_into::<js_sys::Promise>() {
        Ok(promise) => JsFuture::from(promise).await.map_err(|_| NOT_LOADED),
        Err(value) => Ok(value),
    }
}

fn options(pairs: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (key, value) in pairs {
        // Setting a plain property of a fresh object cannot fail.
        js_sys::Reflect::set(&object, &JsValue::from_str(key), value).ok();
    }
    object.into()
}

/// Shows `text` in `parent`, read-only.
///
/// # Errors
/// If the viewer cannot be fetched or started.
pub async fn mount(
    parent: &Element,
    text: &str,
    language: &str,
    wrap: bool,
    label: &str,
) -> Result<Handle, BrowserError> {
    let options = options(&[
        ("text", text.into()),
        ("language", language.into()),
        ("wrap", wrap.into()),
        ("label", label.into()),
    ]);
    settled(module().await?.mount(parent, &options)).await.map(JsCast::unchecked_into)
}

/// Shows two texts side by side with their differences marked.
///
/// # Errors
/// As [`mount`].
pub async fn compare(
    parent: &Element,
    left: (&str, &str),
    right: (&str, &str),
    language: &str,
    wrap: bool,
) -> Result<Handle, BrowserError> {
    let options = options(&[
        ("left", left.1.into()),
        ("leftLabel", left.0.into()),
        ("right", right.1.into()),
        ("rightLabel", right.0.into()),
        ("language", language.into()),
        ("wrap", wrap.into()),
    ]);
    settled(module().await?.compare(parent, &options)).await.map(JsCast::unchecked_into)
}

/// Packs named texts into one zip file.
///
/// # Errors
/// If the packer cannot be fetched.
pub async fn zip(files: &[(String, String)]) -> Result<Vec<u8>, BrowserError> {
    let list = files
        .iter()
        .map(|(name, text)| js_sys::Array::of2(&JsValue::from_str(name), &JsValue::from_str(text)))
        .collect::<js_sys::Array>();
    let bytes = settled(module().await.map_err(|_| NO_ZIP)?.zip(&list)).await.map_err(|_| NO_ZIP)?;
    Ok(js_sys::Uint8Array::new(&bytes).to_vec())
}

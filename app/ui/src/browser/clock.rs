//! Time: now, later, and the next frame.

use codecraft_core::run::Millis;
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

/// Milliseconds since the page began; it never goes back.
pub fn now() -> Millis {
    window().performance().map_or(0.0, |performance| performance.now()) as Millis
}

/// Milliseconds since 1970, by the clock of the machine, which may be set back.
pub fn unix_ms() -> u64 {
    js_sys::Date::now() as u64
}

/// Resolves after `ms`.
pub async fn sleep(ms: u32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let delay = i32::try_from(ms).unwrap_or(i32::MAX);
        if window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, delay).is_err() {
            resolve.call0(&JsValue::NULL).ok();
        }
    });
    JsFuture::from(promise).await.ok();
}

/// Calls `tick` every `ms` as long as the page lives.
pub fn every(ms: i32, tick: impl FnMut() + 'static) {
    let closure = Closure::<dyn FnMut()>::new(tick);
    window()
        .set_interval_with_callback_and_timeout_and_arguments_0(closure.as_ref().unchecked_ref(), ms)
        .ok();
    // For the life of the app.
    closure.forget();
}

/// A frame callback that is made once and asked for often.
pub struct Frame {
    closure: Closure<dyn FnMut()>,
}

impl Frame {
    pub fn new(draw: impl FnMut() + 'static) -> Self {
        Self { closure: Closure::new(draw) }
    }

    /// Calls back before the next paint; never while the page is hidden.
    pub fn request(&self) {
        window().request_animation_frame(self.closure.as_ref().unchecked_ref()).ok();
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID, catch)]
    fn random_uuid() -> Result<String, JsValue>;
}

/// A fresh id. `crypto.randomUUID` is missing on plain-HTTP addresses other than localhost; then time and chance do.
pub fn uuid() -> String {
    random_uuid().unwrap_or_else(|_| {
        let part = || (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:08x}{:04x}",
            part(),
            part() >> 16,
            part() >> 20,
            part() >> 20,
            part(),
            part() >> 16
        )
    })
}

//! Calls that nobody can forget to end.

use codecraft_core::provider::{Call, Method};
use futures_util::future::{Either, select};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, ReadableStreamDefaultReader, ReadableStreamReadResult, RequestInit, RequestMode,
    Response,
};

use super::clock;

#[wasm_bindgen]
extern "C" {
    /// `RequestInit` with a member that web-sys does not have yet.
    #[wasm_bindgen(extends = RequestInit)]
    type MarkedInit;
    #[wasm_bindgen(method, structural, setter, js_name = targetAddressSpace)]
    fn set_target_address_space(this: &MarkedInit, space: &str);

    #[wasm_bindgen(js_namespace = cc, js_name = early, catch)]
    async fn early_answer() -> Result<JsValue, JsValue>;
}

/// Where a call goes and how.
#[derive(Debug, Clone, Copy)]
pub struct Destination<'a> {
    /// The address below which native paths stand, without a slash at its end.
    pub base: &'a str,
    /// The address is one of the reader's own machine. Browsers that guard it are told so.
    pub loopback: bool,
    /// False: all that may be known of the answer is that it came.
    pub readable: bool,
}

/// An answer whose body may still come. Dropping it closes the connection.
pub struct Exchange {
    response: Response,
    reader: Option<ReadableStreamDefaultReader>,
    _abort: Option<AbortOnDrop>,
}

struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends a call; `None` if the browser has no answer, which is all that it tells. Dropping the future ends the call.
///
/// It carries no header but the body's type, because servers allow pages no others.
pub async fn send(to: Destination<'_>, call: &Call) -> Option<Exchange> {
    let abort = AbortOnDrop(AbortController::new().ok()?);
    let init = RequestInit::new();
    init.set_method(call.method.as_str());
    init.set_signal(Some(&abort.0.signal()));
    if !to.readable {
        init.set_mode(RequestMode::NoCors);
    }
    if call.method == Method::Post {
        init.set_body(&JsValue::from_str(&call.body));
        init.set_headers(&js_sys::JSON::parse(r#"{"content-type":"application/json"}"#).ok()?);
    }
    if to.loopback {
        init.unchecked_ref::<MarkedInit>().set_target_address_space("loopback");
    }
    let address = format!("{}/{}", to.base, call.path);
    let response = JsFuture::from(window().fetch_with_str_and_init(&address, &init)).await.ok()?;
    Some(Exchange::of(response, Some(abort)))
}

/// The answer that `boot.js` asked for while the app was on its way; `None` if there is none. Its body can be read once.
pub async fn early() -> Option<Exchange> {
    early_answer().await.ok().map(|response| Exchange::of(response, None))
}

impl Exchange {
    fn of(response: JsValue, abort: Option<AbortOnDrop>) -> Self {
        let response: Response = response.unchecked_into();
        let reader = response.body().and_then(|body| ReadableStreamDefaultReader::new(&body).ok());
        Self { response, reader, _abort: abort }
    }

    /// Status of the answer; 0 for one that may not be read.
    pub fn status(&self) -> u16 {
        self.response.status()
    }

    /// The next bytes, in the pieces in which they come; `None` at the end.
    ///
    /// # Errors
    /// If the connection broke.
    pub async fn next(&mut self) -> Option<Result<Vec<u8>, Broken>> {
        let piece = match JsFuture::from(self.reader.as_ref()?.read()).await {
            Ok(piece) => piece.unchecked_into::<ReadableStreamReadResult>(),
            Err(_) => return Some(Err(Broken)),
        };
        if piece.get_done() == Some(true) {
            return None;
        }
        Some(Ok(js_sys::Uint8Array::new(&piece.get_value()).to_vec()))
    }

    /// All of it, up to `limit` bytes.
    ///
    /// # Errors
    /// If the connection broke.
    pub async fn body(mut self, limit: usize) -> Result<Vec<u8>, Broken> {
        let mut body = Vec::new();
        while let Some(piece) = self.next().await {
            body.extend_from_slice(&piece?);
            if body.len() >= limit {
                break;
            }
        }
        Ok(body)
    }
}

/// The connection ended before the answer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

/// What `work` gives, or `None` once `ms` have passed; it is dropped then.
pub async fn within<T>(ms: u32, work: impl Future<Output = T>) -> Option<T> {
    let (work, limit) = (std::pin::pin!(work), std::pin::pin!(clock::sleep(ms)));
    match select(work, limit).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

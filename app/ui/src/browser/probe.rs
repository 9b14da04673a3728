//! The doctor's instruments: what the browser says about the page, one permission, and single calls with a stop-watch.
//!
//! A call to the reader's own machine can make the browser ask for permission, so none is made before somebody pressed
//! something.

use codecraft_core::provider::{
    Call,
    doctor::{Address, Outcome, Permission, Probe, Site},
};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use super::{
    clock,
    fetch::{self, Destination},
};

/// How long an answer may take, in milliseconds. What runs on the own machine answers in ten.
const LIMIT_MS: u32 = 5000;
/// Most bytes read of an answer; long model lists are a tenth of it.
const MAX_BODY: usize = 1024 * 1024;

#[wasm_bindgen]
extern "C" {
    /// Names that web-sys does not know are refused by its own type, and by browsers that do not know them.
    #[wasm_bindgen(js_namespace = ["navigator", "permissions"], js_name = query, catch)]
    async fn query_permission(descriptor: &JsValue) -> Result<JsValue, JsValue>;

    /// `PermissionStatus` without the table of words that comes with web-sys's own.
    type Status;
    #[wasm_bindgen(method, structural, getter)]
    fn state(this: &Status) -> String;
}

/// Where this page stands.
pub fn site() -> Site {
    let navigator = window().navigator();
    Site::new(
        &window().location().origin().unwrap_or_default(),
        &navigator.platform().unwrap_or_default(),
        &navigator.user_agent().unwrap_or_default(),
    )
}

/// Whether the browser lets this page reach `address`.
pub async fn permission(address: &Address) -> Permission {
    for name in address.permission_names() {
        let Ok(descriptor) = js_sys::JSON::parse(&format!(r#"{{"name":"{name}"}}"#)) else { continue };
        if let Ok(status) = query_permission(&descriptor).await {
            return Permission::named(&status.unchecked_ref::<Status>().state());
        }
    }
    Permission::Unsupported
}

/// Makes a call and reads the answer.
pub async fn ask(to: Destination<'_>, call: &Call) -> Probe {
    let start = clock::now();
    let answer = async {
        let exchange = fetch::send(to, call).await?;
        let status = exchange.status();
        let body = exchange.body(MAX_BODY).await.ok()?;
        Some(Outcome::Answer { status, body })
    };
    let outcome = match fetch::within(LIMIT_MS, answer).await {
        None => Outcome::Late,
        Some(answer) => answer.unwrap_or(Outcome::Failed),
    };
    Probe { outcome, took_ms: clock::now() - start }
}

/// Whether anything answers a call that may not be read.
pub async fn answers(to: Destination<'_>, call: &Call) -> bool {
    let to = Destination { readable: false, ..to };
    fetch::within(LIMIT_MS, fetch::send(to, call)).await.flatten().is_some()
}

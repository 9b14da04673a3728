//! Finished code: at once as plain lines with our own colours, then in the editor as soon as that has arrived.
//!
//! If the editor never comes (offline, blocked), the plain lines stay: they are complete.

use codecraft_core::brief::Language;
use leptos::{html, prelude::*};
use web_sys::Element;

use super::answer::{Answer, tab_id};
use crate::{
    browser::{
        self, BrowserError,
        editor::{self, Handle},
        live_code::LiveCode,
    },
    components::effect,
};

/// The code of one answer.
pub fn code(answer: Answer, wrap: RwSignal<bool>) -> AnyView {
    let label = format!("Code of {}", answer.name);
    let tab = tab_id(answer.index);
    let ready = RwSignal::new(false);
    let plain = plain(&label, answer.code.clone(), answer.language, ready);
    let host = place(ready, wrap, move |host, wrap| async move {
        editor::mount(&host, &answer.code, answer.language.slug(), wrap, &label).await
    });
    view! {
        <div class="code-frame" role="tabpanel" id="answer-panel" aria-labelledby=tab>
            {host}
            {plain}
        </div>
    }
    .into_any()
}

/// Two answers side by side.
pub fn compare(left: Answer, right: Answer, wrap: RwSignal<bool>) -> AnyView {
    let ready = RwSignal::new(false);
    let tab = tab_id(left.index);
    let names = (left.name.clone(), right.name.clone());
    let plain_left = plain(&format!("Code of {}", left.name), left.code.clone(), left.language, ready);
    let plain_right = plain(&format!("Code of {}", right.name), right.code.clone(), right.language, ready);
    let host = place(ready, wrap, move |host, wrap| async move {
        let (one, other) =
            ((left.name.as_str(), left.code.as_str()), (right.name.as_str(), right.code.as_str()));
        editor::compare(&host, one, other, left.language.slug(), wrap).await
    });
    view! {
        <div class="code-frame" role="tabpanel" id="answer-panel" aria-labelledby=tab>
            <div class="compare-head"><span class="truncate">{names.0}</span><span class="truncate">{names.1}</span></div>
            {host}
            <div class="compare" hidden=move || ready.get()>{plain_left}{plain_right}</div>
        </div>
    }
    .into_any()
}

/// Complete code as plain lines, until `ready` says that the editor has taken its place.
fn plain(label: &str, code: String, language: Language, ready: RwSignal<bool>) -> AnyView {
    let host = NodeRef::<html::Pre>::new();
    effect(move || {
        if let Some(host) = host.get() {
            LiveCode::new((*host).clone(), language).append(&code);
        }
    });
    let label = label.to_owned();
    view! {
        <pre class="code" hidden=move || ready.get() node_ref=host tabindex="0" role="region" aria-label=label></pre>
    }
    .into_any()
}

/// A place for an editor view. `ready` becomes true once it stands there.
fn place<F, R>(ready: RwSignal<bool>, wrap: RwSignal<bool>, open: F) -> AnyView
where
    F: FnOnce(Element, bool) -> R + 'static,
    R: Future<Output = Result<Handle, BrowserError>> + 'static,
{
    let host = NodeRef::<html::Div>::new();
    let handle = StoredValue::new_local(None::<Handle>);
    let open = StoredValue::new_local(Some(open));
    effect(move || {
        let (Some(host), Some(open)) = (host.get(), open.try_update_value(Option::take).flatten()) else {
            return;
        };
        let opened = open((*host).clone().into(), wrap.get_untracked());
        browser::spawn(async move {
            let Ok(view) = opened.await else { return };
            // It may have been pressed while the editor was fetched.
            if let Some(on) = wrap.try_get_untracked() {
                view.set_wrap(on);
            }
            // The page may have moved on while the editor was fetched.
            if let Some(view) = handle.try_set_value(Some(view)) {
                if let Some(view) = view {
                    view.destroy();
                }
            } else {
                ready.try_set(true);
            }
        });
    });
    effect(move || {
        let wrap = wrap.get();
        handle.with_value(|handle| {
            if let Some(view) = handle {
                view.set_wrap(wrap);
            }
        });
    });
    on_cleanup(move || {
        if let Some(Some(view)) = handle.try_update_value(Option::take) {
            view.destroy();
        }
    });
    view! { <div class="code-editor" hidden=move || !ready.get() node_ref=host></div> }.into_any()
}

//! The button that copies a text. It shows what came of it.

use leptos::prelude::*;

use super::icon::icon;
use crate::{
    browser::{self, clock, files},
    state::App,
};

/// How long the button says that it copied, in milliseconds.
const SHOWN_MS: u32 = 2_000;

/// A button that copies `text`. With a `name` it shows an icon and is called that; without one it shows words, which are its name.
pub fn copy_button(class: &'static str, name: Option<String>, text: String) -> AnyView {
    let app = App::here();
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let text = text.clone();
        browser::spawn(async move {
            match files::copy(&text).await {
                Ok(()) => {
                    // The page may have been left meanwhile.
                    copied.try_set(true);
                    app.announce("Copied.");
                    clock::sleep(SHOWN_MS).await;
                    copied.try_set(false);
                }
                Err(error) => app.complain(error.0),
            }
        });
    };
    let words = name.is_none();
    let text = move || words.then(|| if copied.get() { "Copied" } else { "Copy" });
    view! {
        <button class=class type="button" aria-label=name on:click=copy>
            {move || icon(if copied.get() { "i-check" } else { "i-copy" })}
            {text}
        </button>
    }
    .into_any()
}

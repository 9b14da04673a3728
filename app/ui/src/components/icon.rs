//! Icons: symbols of the sprite that the build writes into the document.

use leptos::prelude::*;

/// An icon by its symbol id, such as `i-copy`. It says nothing; the control around it has the words.
pub fn icon(id: &'static str) -> AnyView {
    view! { <svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><use href=format!("#{id}")></use></svg> }
        .into_any()
}

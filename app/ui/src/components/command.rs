//! A line for a terminal, and the button that copies it.

use leptos::prelude::*;

use super::copy::copy_button;

/// The line as it is to be typed.
pub fn command(line: String) -> AnyView {
    let label = format!("Copy {line}");
    view! { <div class="command"><code>{line.clone()}</code>{copy_button("btn btn-icon", Some(label), line)}</div> }
        .into_any()
}

//! A line for a terminal, and the button that copies it.

use leptos::prelude::*;

use super::button::Button;
use crate::{
    browser::{self, files},
    state::App,
};

/// The line as it is to be typed.
pub fn command(line: String) -> AnyView {
    let app = App::here();
    let label = format!("Copy {line}");
    let text = line.clone();
    let copy = move || {
        let line = line.clone();
        browser::spawn(async move {
            app.announce(match files::copy(&line).await {
                Ok(()) => "Copied.",
                Err(error) => error.0,
            });
        });
    };
    view! {
        <div class="command"><code>{text}</code>{Button::new("btn btn-icon").icon("i-copy").label(label).on_press(copy)}</div>
    }
    .into_any()
}

//! About: version, licence, and where everything is kept.

use codecraft_core::settings::Settings;
use leptos::prelude::*;

use crate::{components::button::Button, state::App};

/// What is kept, where, and until when.
const KEPT: [(&str, &str, &str); 7] = [
    (
        "That you are signed in, where people sign in",
        "This browser, as a cookie that no script can read",
        "Until you sign out, or stay away for a week",
    ),
    ("Settings, prices and rules", "This browser", "Until you forget them"),
    ("Theme, and the address of your own machine's server", "This browser", "Until you change them"),
    ("Your brief and the answers of a run", "This tab", "Until it is closed or reloaded"),
    ("Answers for repeats, if you allow them", "This tab", "Until it is closed or reloaded"),
    ("Keys of providers", "The CodeCraft server", "They never reach a browser"),
    ("What you ask", "The models that you chose, and their fallbacks", "As their providers say"),
];

pub fn about() -> AnyView {
    let app = App::here();
    let rows = KEPT
        .into_iter()
        .map(|(what, place, until)| view! { <tr><th scope="row">{what}</th><td data-label="Where">{place}</td><td data-label="Until">{until}</td></tr> }.into_any())
        .collect::<Vec<_>>();
    let decided = move || app.settings.with(|settings| *settings != Settings::default());
    let forget = move || {
        app.decide(|settings| *settings = Settings::default());
        crate::browser::dom::focus("about-h");
    };
    let reset = move || {
        if decided() {
            Button::new("btn btn-compact btn-danger").text("Forget all settings").on_press(forget)
        } else {
            view! { <p class="hint">"Everything is as shipped."</p> }.into_any()
        }
    };
    view! {
        <section class="settings-group" aria-labelledby="about-h">
            <h2 id="about-h" tabindex="-1">"CodeCraft "{env!("CARGO_PKG_VERSION")}</h2>
            <p class="settings-words">"One request, code from several models at once, and the reasons why one answer is first. Licence: "{env!("CARGO_PKG_LICENSE")}"."</p>
        </section>
        <section class="settings-group" aria-labelledby="kept-h">
            <h2 id="kept-h">"What is kept where"</h2>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Table of what is kept where">
                <table class="table table-words table-stack">
                    <thead><tr><th scope="col">"What"</th><th scope="col">"Where"</th><th scope="col">"Until"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <div>{move || reset()}</div>
        </section>
    }
    .into_any()
}

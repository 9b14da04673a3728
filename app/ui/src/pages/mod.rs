//! The pages. Each reads state, sends intents to the driver, and owns only how it looks.

pub mod account;
mod generate;
mod providers;
mod settings;

use leptos::prelude::*;
use leptos_router::components::A;

pub use generate::Generate;
pub use providers::Providers;
pub use settings::Settings;

use crate::routes;

#[cfg(test)]
pub use generate::test_params;

/// A path that leads nowhere.
#[component]
pub fn NotFound() -> impl IntoView {
    crate::browser::prompt::keep();
    crate::browser::prompt::remove_shell();
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="empty">
                <h1>"There is nothing at this address"</h1>
                <p>"It may have been mistyped, or come from another version of CodeCraft."</p>
                <A href=routes::GENERATE attr:class="btn btn-primary">"Write a brief"</A>
            </div>
        </main>
    }
}

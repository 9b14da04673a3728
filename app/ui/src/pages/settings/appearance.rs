//! Appearance: light or dark, and whether single keys do something.

use leptos::prelude::*;

use crate::{
    browser::theme::{self, Theme},
    state::App,
};

pub fn appearance() -> AnyView {
    let app = App::here();
    let themes = Theme::ALL
        .into_iter()
        .map(|choice| {
            view! {
                <label>
                    <input type="radio" name="theme" prop:checked=move || app.theme.get() == choice
                        on:change=move |_| {
                            app.theme.set(choice);
                            theme::apply(choice);
                        }/>
                    <span>{choice.name()}</span>
                </label>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <fieldset class="settings-group">
            <legend><h2>"Theme"</h2></legend>
            <div class="segments settings-segments">{themes}</div>
        </fieldset>
        <section class="settings-group" aria-labelledby="keys-h">
            <h2 id="keys-h">"Keys"</h2>
            <label class="switch">
                <input type="checkbox" role="switch" aria-describedby="keys-hint"
                    prop:checked=move || app.settings.with(|settings| settings.shortcuts)
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        app.decide(|settings| settings.shortcuts = on);
                    }/>
                "Single keys are shortcuts"
            </label>
            <p class="settings-words" id="keys-hint"><kbd>"/"</kbd>" leads to the model search of Generate. Switch it off if you dictate or if keys are pressed by mistake. "<kbd>"Ctrl"</kbd>" "<kbd>"Enter"</kbd>" always sends."</p>
        </section>
    }
    .into_any()
}

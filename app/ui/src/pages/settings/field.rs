//! A field that is checked when it is left, and kept at once if nothing is wrong with it.

use codecraft_core::settings::Settings;
use leptos::prelude::*;

use crate::{
    components::{effect, icon::icon, memo},
    state::App,
};

/// What a field's text comes to: a change of the settings, or a sentence for the place below it.
pub type Checked = Result<Box<dyn FnOnce(&mut Settings)>, String>;

/// A field: its name, its place, and what it stands for.
pub struct SettingField {
    pub id: String,
    pub label: String,
    /// The label is for ears; a table says it to eyes.
    pub in_table: bool,
    pub placeholder: String,
    pub keyboard: &'static str,
    /// What is decided, as text.
    pub stored: fn(&Settings, &str) -> String,
    /// Checks a text.
    pub check: fn(String, &str) -> Checked,
    /// Whom the decision is about, given to both.
    pub about: String,
}

impl SettingField {
    pub fn draw(self) -> AnyView {
        let app = App::here();
        let Self { id, label, in_table, placeholder, keyboard, stored, check, about } = self;
        let about = StoredValue::new(about);
        let text = RwSignal::new(String::new());
        let problem = RwSignal::new(None::<String>);
        // Another tab may decide, too.
        let kept =
            memo(move || app.settings.with(|settings| about.with_value(|about| stored(settings, about))));
        effect(move || {
            text.set(kept.get());
            problem.set(None);
        });
        let checked = move || about.with_value(|about| check(text.get_untracked(), about));
        let typed = move |event| {
            text.set(event_target_value(&event));
            if problem.with_untracked(Option::is_some) {
                problem.set(checked().err());
            }
        };
        let left = move |_| match checked() {
            Ok(change) => {
                problem.set(None);
                app.decide(change);
                // As it is written from now on, whatever was typed.
                text.set(kept.get_untracked());
            }
            Err(sentence) => problem.set(Some(sentence)),
        };
        let note = format!("{id}-problem");
        let sentence = move || {
            problem
                .get()
                .map(|sentence| view! { <p class="field-error">{icon("i-error")}{sentence}</p> }.into_any())
        };
        view! {
            <div class="field">
                <label class=if in_table { "sr-only" } else { "label" } for=id.clone()>{label}</label>
                <input class="input" id=id placeholder=placeholder inputmode=keyboard autocomplete="off" spellcheck="false"
                    aria-invalid=move || problem.with(Option::is_some).then_some("true")
                    aria-describedby=note.clone()
                    prop:value=move || text.get()
                    on:input=typed
                    on:change=left/>
                <div class="field-note" id=note role="status">{move || sentence()}</div>
            </div>
        }
        .into_any()
    }
}

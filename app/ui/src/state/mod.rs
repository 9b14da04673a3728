//! What the app knows, owned by the app and not by a page: a run goes on while somebody looks at another page.

pub mod board;
pub mod form;
pub mod models;
pub mod session;
pub mod settings;

use codecraft_core::settings::Settings;
use leptos::prelude::*;

pub use board::{Board, Mode, Panel};
pub use form::Form;
pub use models::Models;

use crate::browser::{self, clock, theme::Theme};

/// How long a sentence for the eye stays, in milliseconds: enough to read it twice.
const SHOWN_MS: u32 = 6_000;

/// Everything, as one context.
#[derive(Clone, Copy)]
pub struct App {
    pub models: Models,
    pub form: Form,
    pub board: Board,
    /// What was decided for all runs.
    pub settings: RwSignal<Settings>,
    /// False once the browser refused to keep them.
    pub kept: RwSignal<bool>,
    /// How many generations our server lets somebody begin in a minute; 0 if it does not count, or did not say.
    pub generations: StoredValue<u32>,
    /// What is left of them, in words.
    pub left: RwSignal<String>,
    pub theme: RwSignal<Theme>,
    /// The polite live region: milestones only, never text of a stream.
    pub announcement: RwSignal<String>,
    /// Whether the announcement is for the eye as well.
    pub loud: RwSignal<bool>,
    /// Counts the announcements, so that one takes away no sentence but its own.
    said: StoredValue<u32>,
}

impl App {
    /// Makes the state below the current owner, which must be the root, for whoever has come in.
    pub fn provide() -> Self {
        let models = Models::new();
        let app = Self {
            models,
            form: Form::new(models),
            board: Board::new(),
            settings: RwSignal::new(settings::remembered()),
            kept: RwSignal::new(true),
            generations: StoredValue::new(0),
            left: RwSignal::new(String::new()),
            theme: RwSignal::new(browser::theme::remembered()),
            announcement: RwSignal::new(String::new()),
            loud: RwSignal::new(false),
            said: StoredValue::new(0),
        };
        provide_context(app);
        app.follow_other_tabs();
        app
    }

    /// The state, from any component.
    pub fn here() -> Self {
        expect_context()
    }

    /// Says something to assistive technology.
    pub fn announce(&self, sentence: impl Into<String>) {
        self.say(sentence.into(), false);
    }

    /// Says it to everybody, for a moment to the eye: something did not work.
    pub fn complain(&self, sentence: &str) {
        self.say(sentence.into(), true);
    }

    fn say(&self, mut sentence: String, loud: bool) {
        // Only a change of the text is spoken; a no-break space makes the same words a change.
        if self.announcement.with_untracked(|said| *said == sentence) {
            sentence.push('\u{a0}');
        }
        self.loud.set(loud);
        self.announcement.set(sentence);
        self.said.update_value(|count| *count += 1);
        if loud {
            let (app, count) = (*self, self.said.get_value());
            browser::spawn(async move {
                clock::sleep(SHOWN_MS).await;
                if app.said.get_value() == count {
                    app.loud.set(false);
                }
            });
        }
    }
}

//! Light, dark, or as the system says. `head.js` applies the choice before the first paint.

use leptos::prelude::{document, window};

const KEY: &str = "cc.theme";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    /// The next one when somebody presses the button.
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    /// Label of the button.
    pub fn label(self) -> &'static str {
        match self {
            Self::System => "Theme: follows the system",
            Self::Light => "Theme: light",
            Self::Dark => "Theme: dark",
        }
    }

    fn word(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
}

/// The remembered choice.
pub fn remembered() -> Theme {
    let stored =
        window().local_storage().ok().flatten().and_then(|storage| storage.get_item(KEY).ok().flatten());
    match stored.as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

/// Applies and remembers a choice. Where storage is off it holds for this page.
pub fn apply(theme: Theme) {
    if let Some(root) = document().document_element() {
        match theme.word() {
            Some(word) => root.set_attribute("data-theme", word).ok(),
            None => root.remove_attribute("data-theme").ok(),
        };
    }
    if let Ok(Some(storage)) = window().local_storage() {
        match theme.word() {
            Some(word) => storage.set_item(KEY, word).ok(),
            None => storage.remove_item(KEY).ok(),
        };
    }
}

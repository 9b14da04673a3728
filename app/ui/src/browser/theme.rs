//! Light, dark, or as the system says. `head.js` applies the choice before the first paint.

use leptos::prelude::document;

use super::memory;

/// The same for everybody who uses this browser: it is read before anybody is known.
const KEY: &str = "theme";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Name in a list of all.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "As the system",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

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
    let stored = memory::recall(&memory::shared(KEY));
    let chosen =
        Theme::ALL.into_iter().find(|theme| theme.word().is_some() && theme.word() == stored.as_deref());
    chosen.unwrap_or(Theme::System)
}

/// Applies and remembers a choice. Where storage is off it holds for this page.
pub fn apply(theme: Theme) {
    if let Some(root) = document().document_element() {
        match theme.word() {
            Some(word) => root.set_attribute("data-theme", word).ok(),
            None => root.remove_attribute("data-theme").ok(),
        };
    }
    memory::keep(&memory::shared(KEY), theme.word());
}

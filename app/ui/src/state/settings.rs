//! What the reader decided, kept by the browser: loaded at start, written with every change, followed from tab to tab.
//!
//! Where it is kept is known by [`remembered`] and [`keep`] alone.

use codecraft_core::settings::{self, Settings};
use leptos::prelude::*;

use super::App;
use crate::browser::memory;

/// Where the settings are kept.
const KEY: &str = "settings";

/// The settings of earlier visits.
pub fn remembered() -> Settings {
    memory::recall(&memory::own(KEY)).map(|text| settings::read(&text)).unwrap_or_default()
}

/// Keeps settings for later visits; false if the browser refuses.
fn keep(settings: &Settings) -> bool {
    let text = settings::write(settings);
    memory::keep(&memory::own(KEY), (*settings != Settings::default()).then_some(&text))
}

impl App {
    /// Changes what is decided. It holds at once, and for later visits if the browser keeps it.
    pub fn decide(&self, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.settings.get_untracked();
        change(&mut settings);
        self.adopt(settings);
    }

    fn adopt(&self, settings: Settings) {
        if self.settings.with_untracked(|known| *known == settings) {
            return;
        }
        let kept = keep(&settings);
        self.settings.set(settings);
        self.kept.set(kept);
        self.announce(if kept { "Kept." } else { "It holds until this page is closed." });
    }

    /// Takes over what other tabs decide.
    pub(super) fn follow_other_tabs(self) {
        memory::on_change(move || {
            let theirs = remembered();
            if self.settings.with_untracked(|own| *own != theirs) {
                self.settings.set(theirs);
            }
        });
    }
}

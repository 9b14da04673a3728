//! Pieces that more than one page or pane shows.
//!
//! Views here and in the pages are erased early (`into_any`), and what changes in them yields a text or an erased view.
//! Every other type would be built, changed and dropped by code of its own, which all travels with the first load.

use leptos::prelude::Effect;

pub mod assay;
pub mod button;
pub mod command;
pub mod icon;
pub mod timeline;

/// Runs `run` now and whenever something that it read has changed.
pub fn effect(run: impl FnMut() + 'static) {
    let mut run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(move |_| run());
}

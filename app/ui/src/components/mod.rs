//! Pieces that more than one page or pane shows.
//!
//! Views here and in the pages are erased early (`into_any`), and what changes in them yields a text or an erased view.
//! Every other type would be built, changed and dropped by code of its own, which all travels with the first load.

use std::sync::Arc;

use leptos::prelude::*;

pub mod assay;
pub mod button;
pub mod command;
pub mod copy;
pub mod icon;
pub mod timeline;

/// Runs `run` now and whenever something that it read has changed.
pub fn effect(run: impl FnMut() + 'static) {
    let mut run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(move |_| run());
}

/// A value that is worked out anew when something that it read has changed, and passed on when it became another.
pub fn memo<T: PartialEq + Send + Sync + 'static>(read: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    let read: Box<dyn Fn() -> T + Send + Sync> = Box::new(read);
    Memo::new(move |_| read())
}

/// A list whose items stay what they are when others come or go: one view per key, made once.
pub fn keyed(
    keys: impl Fn() -> Vec<String> + Send + Sync + 'static,
    view: impl Fn(String) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let keys: Box<dyn Fn() -> Vec<String> + Send + Sync> = Box::new(keys);
    let view: Arc<dyn Fn(String) -> AnyView + Send + Sync> = Arc::new(view);
    view! { <For each=keys key=Clone::clone children=move |key| view(key)/> }.into_any()
}

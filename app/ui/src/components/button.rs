//! Buttons. One function draws them all: written out, each of some thirty would be a type and a piece of code of its own.

use leptos::prelude::*;

use super::icon::icon;

/// What a button looks like and how it is called.
#[derive(Default)]
pub struct Button {
    class: Option<&'static str>,
    symbol: Option<&'static str>,
    text: String,
    label: Option<String>,
    title: Option<String>,
    id: Option<String>,
    expanded: Option<Signal<bool>>,
}

impl Button {
    /// A button with these classes.
    pub fn new(class: &'static str) -> Self {
        Self { class: Some(class), ..Self::default() }
    }

    /// Its icon, by symbol id.
    pub fn icon(self, symbol: &'static str) -> Self {
        Self { symbol: Some(symbol), ..self }
    }

    /// Its words.
    pub fn text(self, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..self }
    }

    /// Its name, where it has no words of its own or they do not tell it from others.
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }

    /// What a pointer that rests on it is told.
    pub fn title(self, title: impl Into<String>) -> Self {
        Self { title: Some(title.into()), ..self }
    }

    /// Its id, for the focus to come back to.
    pub fn id(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// Whether what it opens is open.
    pub fn expanded(self, open: Signal<bool>) -> Self {
        Self { expanded: Some(open), ..self }
    }

    /// The button, and what it does.
    pub fn on_press(self, press: impl FnMut() + 'static) -> AnyView {
        self.draw(Box::new(press))
    }

    fn draw(self, mut press: Box<dyn FnMut()>) -> AnyView {
        let expanded = self.expanded;
        view! {
            <button class=self.class type="button" id=self.id aria-expanded=move || expanded.map(|open| open.get().to_string()) aria-label=self.label title=self.title on:click=move |_| press()>
                {self.symbol.map(icon)}{self.text}
            </button>
        }
        .into_any()
    }
}

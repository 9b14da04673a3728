//! Prices and caps: what a run may cost, what a model costs by the shipped lists, and what it costs this reader.

use codecraft_core::{
    price::{AS_OF, Day, Rate},
    provider::{ModelRef, catalog::Model},
    settings::{Settings, form, shipped_price},
};
use leptos::prelude::*;

use super::{field::SettingField, model_list};
use crate::browser::clock;

pub fn prices() -> AnyView {
    let cap = SettingField {
        id: "cap".into(),
        label: "Most that a run may cost, in dollars".into(),
        in_table: false,
        placeholder: "no cap".into(),
        keyboard: "decimal",
        stored: |settings, _| settings.cap.map(form::amount).unwrap_or_default(),
        check: |text, _| {
            let cap = form::cap(&text)?;
            Ok(Box::new(move |settings: &mut Settings| settings.cap = cap))
        },
        about: String::new(),
    };
    let words = format!(
        "Dollars for a million tokens, in and out. List prices as of {AS_OF}, without free quotas and discounts. An own price \
         goes before the list; a dash is a price that nobody stated. A name that ends in “latest” has a price once the version \
         behind it has answered."
    );
    view! {
        <section class="settings-group" aria-labelledby="cap-h">
            <h2 id="cap-h">"Cap"</h2>
            <div class="settings-narrow">{cap.draw()}</div>
            <p class="settings-words">"A run that costs more stops what still works, and keeps what has arrived. Models on your own machine go on. Unknown prices are not counted."</p>
        </section>
        <section class="settings-group" aria-labelledby="prices-h">
            <h2 id="prices-h">"Prices"</h2>
            <p class="settings-words">{words}</p>
            {model_list("price-search", row, table)}
        </section>
    }
    .into_any()
}

fn table(rows: AnyView) -> AnyView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Prices of models">
            <table class="table table-fields table-stack">
                <thead><tr><th scope="col">"Model"</th><th scope="col" class="r">"List price"</th><th scope="col">"Your price"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(model: Model) -> AnyView {
    let name = model.id.to_string();
    let own = SettingField {
        id: format!("price-{name}"),
        label: format!("Your price of {name}"),
        in_table: true,
        placeholder: "in / out".into(),
        keyboard: "text",
        stored: |settings, model| {
            let price = model.parse().ok().and_then(|model: ModelRef| settings.price(&model));
            price.map(|price| price.to_string()).unwrap_or_default()
        },
        check: |text, model| {
            let (price, model) = (form::price(&text)?, model.parse::<ModelRef>());
            Ok(Box::new(move |settings: &mut Settings| {
                if let Ok(model) = model {
                    settings.set_price(&model, price);
                }
            }))
        },
        about: name.clone(),
    };
    view! { <tr><th scope="row" class="mono">{name}</th><td class="r" data-label="List price"><span>{list_price(&model)}</span></td><td data-label="Your price">{own.draw()}</td></tr> }.into_any()
}

/// The shipped price as it stands in tables: that of usual prompts, and below it that of long ones.
pub fn list_price(model: &Model) -> AnyView {
    match shipped_price(model, Day::of_unix_ms(clock::unix_ms())) {
        Rate::Free => "none".into_any(),
        Rate::Unknown => {
            view! { <span aria-hidden="true">"–"</span><span class="sr-only">"unknown"</span> }.into_any()
        }
        Rate::Known(price) => {
            let words = price.to_string();
            match words.split_once("; ") {
                Some((usual, long)) => {
                    view! { {usual.to_owned()}<span class="hint table-more">{long.to_owned()}</span> }
                        .into_any()
                }
                None => words.into_any(),
            }
        }
    }
}

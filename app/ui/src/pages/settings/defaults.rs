//! Defaults: which of the chosen models are asked, whether repeats are answered from memory, lanes and waits per provider.

use codecraft_core::{
    run::{Policy, Rules},
    settings::{Settings, Waits, form},
    words,
};
use leptos::prelude::*;

use super::field::SettingField;
use crate::{
    components::{button::Button, effect, memo},
    drive::{Driver, driver},
    state::{App, models::Group},
};

pub fn defaults() -> AnyView {
    view! { {policy()} {repeats()} {providers()} }.into_any()
}

fn policy() -> AnyView {
    let app = App::here();
    let choices = Policy::ALL
        .into_iter()
        .map(|policy| {
            view! {
                <label class="choice">
                    <input class="radio" type="radio" name="policy"
                        prop:checked=move || app.settings.with(|settings| settings.policy == policy)
                        on:change=move |_| app.decide(|settings| settings.policy = policy)/>
                    <span><strong>{policy.name()}</strong><span class="hint">{policy.explained()}</span></span>
                </label>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <fieldset class="settings-group">
            <legend><h2>"Which of the chosen models are asked"</h2></legend>
            <div class="choices">{choices}</div>
        </fieldset>
    }
    .into_any()
}

fn repeats() -> AnyView {
    let app = App::here();
    let driver = driver();
    let driver: StoredValue<Driver, LocalStorage> = StoredValue::new_local(driver);
    let count = RwSignal::new(0);
    // A run may end while somebody looks, and the switch forgets.
    effect(move || {
        app.board.changed.track();
        app.settings.track();
        let now = driver.get_value().remembered();
        if count.get_untracked() != now {
            count.set(now);
        }
    });
    let forget = move || {
        driver.get_value().forget();
        count.set(0);
        app.announce("Forgotten.");
        crate::browser::dom::focus("repeats");
    };
    let kept = move || match count.get() {
        0 => view! { <p class="hint">"No answer is remembered."</p> }.into_any(),
        n => Button::new("btn btn-compact")
            .text(format!("Forget {}", words::count(n, "answer")))
            .on_press(forget),
    };
    view! {
        <section class="settings-group" aria-labelledby="repeats-h">
            <h2 id="repeats-h">"Repeats"</h2>
            <label class="switch">
                <input type="checkbox" role="switch" id="repeats" aria-describedby="repeats-hint"
                    prop:checked=move || app.settings.with(|settings| settings.repeats)
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        app.decide(|settings| settings.repeats = on);
                    }/>
                "Answer an identical request from memory"
            </label>
            <p class="settings-words" id="repeats-hint">"The same model, parameters and prompt get the same answer again, at once and at no cost. Only whole answers are remembered, in this tab and until it is closed. The card says how old the answer is; Retry asks the model anew."</p>
            <div>{move || kept()}</div>
        </section>
    }
    .into_any()
}

fn providers() -> AnyView {
    let app = App::here();
    let rows = memo(move || {
        let groups = app.models.groups.get();
        groups
            .into_iter()
            .filter(|group| !group.kind.is_sample())
            .map(|group| Row::of(&group))
            .collect::<Vec<_>>()
    });
    let table = move || {
        let rows = rows.get();
        if rows.is_empty() {
            return view! { <p class="settings-empty">"No provider is known yet. Start the CodeCraft server, then look under Providers."</p> }.into_any();
        }
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label="Table of calls and waits">
                <table class="table table-fields table-stack">
                    <thead><tr>
                        <th scope="col">"Provider"</th>
                        <th scope="col">"Calls at once"</th>
                        <th scope="col">"First word within, s"</th>
                        <th scope="col">"Longest pause, s"</th>
                    </tr></thead>
                    <tbody>{rows.into_iter().map(row).collect::<Vec<_>>()}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="settings-group" aria-labelledby="lanes-h">
            <h2 id="lanes-h">"Calls and waits"</h2>
            <p class="settings-words">"How many calls to a provider run at once, and how long silence may last before another try. What is left empty is shipped; single models can have waits of their own under Fallbacks."</p>
            {move || table()}
        </section>
    }
    .into_any()
}

/// What the table needs of a provider, so that a fresh list of models does not draw it anew.
#[derive(Clone, PartialEq)]
struct Row {
    id: String,
    name: String,
    lane: usize,
    rules: Rules,
}

impl Row {
    fn of(group: &Group) -> Self {
        Self {
            id: group.id.clone(),
            name: group.name.clone(),
            lane: group.kind.facts().lane,
            rules: Rules::of(group.kind),
        }
    }
}

fn row(row: Row) -> AnyView {
    let field = |slug: &str, label: &str, shipped: u64, stored, check| {
        SettingField {
            id: format!("{slug}-{}", row.id),
            label: format!("{label} of {}", row.name),
            in_table: true,
            placeholder: shipped.to_string(),
            keyboard: "numeric",
            stored,
            check,
            about: row.id.clone(),
        }
        .draw()
    };
    let lane = field(
        "lane",
        "Calls at once",
        row.lane as u64,
        |settings, provider| text(settings.lane(provider)),
        |text, provider| {
            let (calls, provider) = (form::calls(&text)?, provider.to_owned());
            Ok(Box::new(move |settings: &mut Settings| settings.set_lane(&provider, calls)))
        },
    );
    let first = field(
        "first",
        "First word within, in seconds,",
        row.rules.first_token_ms / 1000,
        |settings, provider| text(settings.waits(provider).first_token_s),
        |text, provider| waits(&text, provider, |waits, seconds| waits.first_token_s = seconds),
    );
    let idle = field(
        "idle",
        "Longest pause, in seconds,",
        row.rules.idle_ms / 1000,
        |settings, provider| text(settings.waits(provider).idle_s),
        |text, provider| waits(&text, provider, |waits, seconds| waits.idle_s = seconds),
    );
    view! { <tr><th scope="row">{row.name.clone()}</th><td data-label="Calls at once">{lane}</td><td data-label="First word within, s">{first}</td><td data-label="Longest pause, s">{idle}</td></tr> }.into_any()
}

fn waits(text: &str, provider: &str, set: fn(&mut Waits, Option<u32>)) -> super::field::Checked {
    let (seconds, provider) = (form::seconds(text)?, provider.to_owned());
    Ok(Box::new(move |settings: &mut Settings| {
        let mut waits = settings.waits(&provider);
        set(&mut waits, seconds);
        settings.set_waits(&provider, waits);
    }))
}

fn text(number: Option<impl ToString>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

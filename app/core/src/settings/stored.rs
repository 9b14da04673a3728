//! Settings as text, for whatever keeps them.
//!
//! Reading never fails: a part that is unknown, broken or out of bounds is left out, so that neither an older nor a newer
//! version, nor somebody's own hand, can make the rest unreadable.

use std::str::FromStr;

use serde_json::Value;

use super::{MOST_CALLS, MOST_RETRIES, MOST_SECONDS, ModelRules, Settings, Waits, form::sound};
use crate::{
    brief::{Params, Thinking},
    price::{Money, Price},
    provider::{
        ModelRef, json,
        write::{Object, array, quoted},
    },
    run::Policy,
};

/// Longest list that is read. Nobody has more models.
const MOST_ENTRIES: usize = 1_000;

/// The settings that a text holds; what it does not hold is shipped.
pub fn read(text: &str) -> Settings {
    let Some(root) = json::parse(text.as_bytes()) else { return Settings::default() };
    let shipped = Settings::default();
    let switch = |key: &str, shipped: bool| root.get(key).and_then(Value::as_bool).unwrap_or(shipped);
    Settings {
        policy: json::text(&root, "policy").and_then(Policy::named).unwrap_or_default(),
        repeats: switch("repeats", shipped.repeats),
        shortcuts: switch("shortcuts", shipped.shortcuts),
        cap: json::count(&root, "cap").map(Money::from_nanos).filter(|cap| *cap <= Money::MOST_TYPED),
        lanes: entries(&root, "lanes", |entry| {
            Some((provider(entry)?, within(entry, "calls", 1, MOST_CALLS)? as usize))
        }),
        waits: entries(&root, "waits", |entry| {
            let waits = Waits { first_token_s: wait(entry, "first_s"), idle_s: wait(entry, "idle_s") };
            (waits != Waits::default()).then_some((provider(entry)?, waits))
        }),
        prices: entries(&root, "prices", |entry| {
            Some((json::text(entry, "model")?.to_owned(), parsed::<Price>(entry, "price")?))
        }),
        models: entries(&root, "models", |entry| {
            let model: ModelRef = parsed(entry, "model")?;
            let rules = rules(entry, &model);
            (rules != ModelRules::default()).then_some((model, rules))
        }),
    }
}

/// The list at `key`: the entries that can be read, each key once.
fn entries<K: PartialEq, V>(root: &Value, key: &str, read: impl Fn(&Value) -> Option<(K, V)>) -> Vec<(K, V)> {
    let mut known: Vec<(K, V)> = Vec::new();
    for (key, value) in json::list(root, key).iter().take(MOST_ENTRIES).filter_map(read) {
        if known.iter().all(|(other, _)| *other != key) {
            known.push((key, value));
        }
    }
    known
}

fn provider(entry: &Value) -> Option<String> {
    json::text(entry, "provider").map(ToOwned::to_owned)
}

fn parsed<T: FromStr>(entry: &Value, key: &str) -> Option<T> {
    json::text(entry, key)?.parse().ok()
}

fn within(entry: &Value, key: &str, low: u32, high: u32) -> Option<u32> {
    let number = u32::try_from(json::count(entry, key)?).ok()?;
    (low..=high).contains(&number).then_some(number)
}

fn wait(entry: &Value, key: &str) -> Option<u32> {
    within(entry, key, 1, MOST_SECONDS)
}

fn rules(entry: &Value, model: &ModelRef) -> ModelRules {
    let chain = || json::list(entry, "fallbacks").iter().filter_map(|id| id.as_str()?.parse().ok());
    let decided = entry.get("fallbacks").is_some_and(Value::is_array);
    ModelRules {
        first_token_s: wait(entry, "first_s"),
        idle_s: wait(entry, "idle_s"),
        retries: within(entry, "retries", 0, MOST_RETRIES),
        params: Params {
            temperature: parsed(entry, "temperature"),
            top_p: parsed(entry, "top_p"),
            max_tokens: within(entry, "max_tokens", 1, u32::MAX),
            context: within(entry, "context", 1, u32::MAX),
            thinking: json::text(entry, "thinking").and_then(Thinking::named),
        },
        fallbacks: decided.then(|| sound(&chain().collect::<Vec<_>>(), model)),
    }
}

/// The text that [`read`] reads; what is shipped is not in it.
pub fn write(settings: &Settings) -> String {
    let shipped = Settings::default();
    let switch = |on: bool, shipped: bool| (on != shipped).then(|| on.to_string());
    Object::default()
        .maybe("policy", (settings.policy != shipped.policy).then(|| quoted(settings.policy.slug())))
        .maybe("repeats", switch(settings.repeats, shipped.repeats))
        .maybe("shortcuts", switch(settings.shortcuts, shipped.shortcuts))
        .maybe("cap", settings.cap.map(|cap| cap.nanos().to_string()))
        .maybe(
            "lanes",
            list(&settings.lanes, |(provider, calls)| {
                Object::default().text("provider", provider).with("calls", &calls.to_string())
            }),
        )
        .maybe(
            "waits",
            list(&settings.waits, |(provider, waits)| {
                Object::default()
                    .text("provider", provider)
                    .maybe("first_s", number(waits.first_token_s))
                    .maybe("idle_s", number(waits.idle_s))
            }),
        )
        .maybe(
            "prices",
            list(&settings.prices, |(model, price)| {
                Object::default().text("model", model).text("price", &price.to_string())
            }),
        )
        .maybe("models", list(&settings.models, |(model, rules)| model_object(model, rules)))
        .end()
}

fn model_object(model: &ModelRef, rules: &ModelRules) -> Object {
    let params = &rules.params;
    let name = |model: &ModelRef| quoted(&model.to_string());
    Object::default()
        .with("model", &name(model))
        .maybe("first_s", number(rules.first_token_s))
        .maybe("idle_s", number(rules.idle_s))
        .maybe("retries", number(rules.retries))
        .maybe("temperature", params.temperature.map(|number| quoted(&number.to_string())))
        .maybe("top_p", params.top_p.map(|number| quoted(&number.to_string())))
        .maybe("max_tokens", number(params.max_tokens))
        .maybe("context", number(params.context))
        .maybe("thinking", params.thinking.map(|thinking| quoted(thinking.name())))
        .maybe(
            "fallbacks",
            rules.fallbacks.as_ref().map(|chain| array(&chain.iter().map(name).collect::<Vec<_>>())),
        )
}

fn number(number: Option<u32>) -> Option<String> {
    number.map(|number| number.to_string())
}

fn list<T>(entries: &[T], object: impl Fn(&T) -> Object) -> Option<String> {
    let entries: Vec<String> = entries.iter().map(|entry| object(entry).end()).collect();
    (!entries.is_empty()).then(|| array(&entries))
}

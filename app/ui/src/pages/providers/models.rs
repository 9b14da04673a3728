//! The models of one provider: what is known of each, what it costs, and what was decided for it. More is asked for only when
//! somebody wants to know.

use codecraft_core::{
    brief::thousands,
    provider::{ModelDetails, catalog::Model},
    settings::ModelRules,
};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    components::button::Button,
    components::memo,
    drive,
    pages::settings::list_price,
    routes,
    state::{
        App,
        models::{Group, Told},
    },
    words,
};

/// Id of the heading, which takes the focus when somebody asks for a provider's models.
pub const HEADING: &str = "models-h";
/// A context of fewer tokens cuts the prompts of an ordinary day.
const SMALL_CONTEXT: u64 = 8_192;

pub fn models(chosen: RwSignal<Option<String>>) -> AnyView {
    let app = App::here();
    let shown = memo(move || {
        let wanted = chosen.get();
        app.models.groups.with(|groups| {
            let lists = |group: &&Group| group.lists();
            let by_choice = wanted.and_then(|id| groups.iter().find(|group| group.id == id));
            let real = || groups.iter().filter(lists).find(|group| !group.kind.is_sample());
            let group = by_choice.or_else(real).or_else(|| groups.iter().find(lists));
            group.map(|group| (group.name.clone(), group.models.clone()))
        })
    });
    let view = move || {
        let (name, models) = shown.get().unwrap_or_default();
        if models.is_empty() {
            return view! { <p class="settings-empty">"No models are listed. Check the provider above."</p> }
                .into_any();
        }
        let rows = models.into_iter().map(row).collect::<Vec<_>>();
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label=format!("Models of {name}")>
                <table class="table models-table">
                    <thead><tr>
                        <th scope="col">"Model"</th>
                        <th scope="col" class="r">"Size"</th>
                        <th scope="col" class="r">"Context"</th>
                        <th scope="col">"Can"</th>
                        <th scope="col" class="r">"Price"</th>
                        <th scope="col"><span class="sr-only">"More"</span></th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="models-of" aria-labelledby=HEADING>
            <div class="sect-head">
                <h2 id=HEADING tabindex="-1">"Models"</h2>
                <span class="small muted">{move || shown.with(|shown| shown.as_ref().map(|(name, _)| format!("of {name}")))}</span>
            </div>
            {move || view()}
        </section>
    }
    .into_any()
}

fn row(model: Model) -> AnyView {
    let app = App::here();
    let name = model.id.model.clone();
    let id = StoredValue::new(model.id.clone());
    let told = memo(move || {
        app.models
            .told
            .with(|all| id.with_value(|id| all.iter().find(|(known, _)| known == id).map(|(_, told)| *told)))
    });
    let details = move || match told.get() {
        Some(Told::This(details)) => Some(details),
        _ => None,
    };
    let own = memo(move || app.settings.with(|settings| id.with_value(|id| settings.of(id).map(decided))));
    let listed = model.context;
    let can = model.abilities;
    let asks = model.kind.protocol().details(&name).is_some();
    let price = list_price(&model);
    let own_price = move || {
        app.settings.with(|settings| id.with_value(|id| settings.price(id))).map(|price| price.to_string())
    };
    let shown_price = StoredValue::new(model.clone());
    let more = {
        let label = format!("Details of {name}");
        move || match told.get() {
            _ if !asks => ().into_any(),
            Some(Told::Asking) => view! { <span class="hint">"asking"</span> }.into_any(),
            Some(Told::Nothing) => view! { <span class="hint">"no answer"</span> }.into_any(),
            Some(Told::This(_)) => view! { <span class="hint">"as served"</span> }.into_any(),
            None => Button::new("btn btn-quiet btn-compact")
                .text("Details")
                .label(label.clone())
                .on_press(move || shown_price.with_value(|model| drive::details(app, model))),
        }
    };
    view! {
        <tr>
            <th scope="row">
                <span class="mono">{name}</span>
                {model.remote.then(|| view! { <span class="tag" data-tone="warn">"runs elsewhere"</span> }.into_any())}
                {move || own.get().map(|words| view! { <span class="table-more"><A href=format!("{}/fallbacks", routes::SETTINGS)>{words}</A></span> }.into_any())}
            </th>
            <td class="r">{model.size_bytes.map_or_else(dash, |bytes| words::bytes(bytes).into_any())}</td>
            <td class="r">{move || context(listed, details())}</td>
            <td>{move || abilities(details().map_or(can, |details| details.abilities).names())}</td>
            <td class="r">{match untrack(own_price) { Some(own) => own.into_any(), None => price }}</td>
            <td class="models-more">{move || more()}</td>
        </tr>
    }
    .into_any()
}

fn dash() -> AnyView {
    view! { <span aria-hidden="true">"–"</span><span class="sr-only">"unknown"</span> }.into_any()
}

/// What the server gives, where it told, else what the model was made for.
fn context(listed: Option<u64>, details: Option<ModelDetails>) -> AnyView {
    let made_for = details.and_then(|details| details.context).or(listed);
    match (details.and_then(|details| details.served_context), made_for) {
        (Some(served), _) if served < SMALL_CONTEXT => {
            view! { <span class="is-warn">{thousands(served)}</span><span class="hint table-more">"small"</span> }.into_any()
        }
        (Some(served), _) => thousands(served).into_any(),
        (None, Some(tokens)) => thousands(tokens).into_any(),
        (None, None) => dash(),
    }
}

fn abilities(names: Vec<&'static str>) -> AnyView {
    if names.is_empty() { "code".into_any() } else { format!("code, {}", names.join(", ")).into_any() }
}

/// The rules of a model in a few words.
fn decided(rules: &ModelRules) -> String {
    let mut words = Vec::new();
    if let Some(temperature) = rules.params.temperature {
        words.push(format!("temperature {temperature}"));
    }
    if let Some(retries) = rules.retries {
        words.push(if retries == 1 { "1 retry".into() } else { format!("{retries} retries") });
    }
    if let Some(chain) = &rules.fallbacks {
        words.push(words::count(chain.len(), "fallback"));
    }
    if words.is_empty() { "own rules".into() } else { words.join(", ") }
}

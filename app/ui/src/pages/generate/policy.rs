//! How a run goes about its models, and what it may cost, before it starts.

use codecraft_core::{
    brief::{Brief, Complexity},
    price::{Answerer, Day, Rate, tokens_of},
    prompt,
    provider::ModelRef,
    run::{Entry, Policy, estimate},
};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    browser::clock,
    components::icon::icon,
    routes,
    state::App,
    words::{self, Budget},
};

/// The choice, with what it means in one sentence.
pub fn policy() -> AnyView {
    let app = App::here();
    let now = move || app.settings.with(|settings| settings.policy);
    let options = Policy::ALL
        .into_iter()
        .map(|policy| {
            view! { <option value=policy.slug() prop:selected=move || now() == policy>{policy.name()}</option> }.into_any()
        })
        .collect::<Vec<_>>();
    let choose = move |event| {
        if let Some(policy) = Policy::named(&event_target_value(&event)) {
            app.decide(|settings| settings.policy = policy);
        }
    };
    view! {
        <div class="field field-wide brief-policy">
            <label class="label" for="policy">"When the run starts"</label>
            <select class="select" id="policy" aria-describedby="policy-hint" on:change=choose>{options}</select>
            <p class="hint" id="policy-hint">{move || now().explained()}</p>
        </div>
    }
    .into_any()
}

/// Whom the chosen models lead to. It does not change while somebody types.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Asked {
    /// Prices of those that may cost something, with the limits that their own rules set.
    rates: Vec<(Rate, Option<u32>)>,
    /// Names of providers that nobody chose and that are asked if a chosen one fails.
    pub instead: Vec<String>,
}

/// Follows the chosen models to their prices and to their fallbacks.
pub fn asked(app: App, chosen: &[ModelRef]) -> Asked {
    app.models.groups.track();
    app.settings.with(|settings| {
        let tariff = settings.tariff(Day::of_unix_ms(clock::unix_ms()));
        let mut asked = Asked::default();
        for Entry { target, fallbacks, .. } in
            chosen.iter().filter_map(|model| app.models.entry(model, settings))
        {
            let who = Answerer { model: &target.model, answered_as: None, at_home: target.is_local() };
            match tariff.prices.rate(who, tariff.day) {
                Rate::Free => {}
                _ if target.kind.is_sample() => {}
                rate => asked.rates.push((rate, target.rules.params.max_tokens)),
            }
            for other in fallbacks {
                let provider = &other.model.provider;
                let name = words::host(provider, other.kind);
                let known = chosen.iter().any(|model| model.provider == *provider);
                if !known && !asked.instead.contains(&name) {
                    asked.instead.push(name);
                }
            }
        }
        asked
    })
}

/// What the draft as it stands may cost.
pub fn budget(app: App, asked: &Asked) -> Budget {
    if asked.rates.is_empty() {
        return Budget::default();
    }
    let draft = app.form.draft.read();
    let own = app.form.brief();
    let limit = own.as_ref().and_then(|brief| brief.params().max_tokens);
    let rates = asked.rates.iter().map(|(rate, usual)| (*rate, limit.or(*usual)));
    let sent = own.as_ref().map_or_else(|| tokens_of(&draft.prompt) + ABOUT_SYSTEM, sent);
    let typical = if draft.complexity == Complexity::Advanced { 3000 } else { 1500 };
    let (known, unknown) = estimate(rates, sent, typical);
    app.settings.with(|settings| words::budget(known, unknown, settings.policy, settings.cap))
}

/// Tokens of what is said besides the prompt, about.
const ABOUT_SYSTEM: u64 = 250;

fn sent(brief: &Brief) -> u64 {
    let prompt = prompt::compose(brief);
    tokens_of(&prompt.system) + tokens_of(&prompt.user)
}

/// Id of the sentence on the cap.
pub const WARNING: &str = "cap-warning";

/// What the cap has to do with it, beside the button.
pub fn warning(budget: Memo<Budget>) -> AnyView {
    view! {
        {move || {
            let Budget { warning, refused, .. } = budget.get();
            (!warning.is_empty()).then(|| view! {
                <p class="brief-cap" data-refused=refused.then_some("") id=WARNING tabindex="-1">
                    {icon(if refused { "i-error" } else { "i-warn" })}
                    <span>{warning}" "<A href=routes::SETTINGS>"Settings"</A></span>
                </p>
            }.into_any())
        }}
    }
    .into_any()
}

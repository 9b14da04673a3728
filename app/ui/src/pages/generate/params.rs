//! The drawer with the sampling parameters. What is left empty is not sent.

use codecraft_core::brief::{Field, Tuning};
use leptos::{html, prelude::*};

use super::form::problem;
use crate::components::{effect, icon::icon};
use crate::state::{App, form::field_id};

/// One parameter: its field, label, keyboard, and where the draft keeps it.
struct Parameter {
    field: Field,
    label: &'static str,
    keyboard: &'static str,
    slot: fn(&mut Tuning) -> &mut String,
}

const PARAMETERS: [Parameter; 3] = [
    Parameter {
        field: Field::Temperature,
        label: "Temperature",
        keyboard: "decimal",
        slot: |tuning| &mut tuning.temperature,
    },
    Parameter { field: Field::TopP, label: "Top-p", keyboard: "decimal", slot: |tuning| &mut tuning.top_p },
    Parameter {
        field: Field::MaxTokens,
        label: "Longest answer, in tokens",
        keyboard: "numeric",
        slot: |tuning| &mut tuning.max_tokens,
    },
];

pub fn params() -> AnyView {
    let form = App::here().form;
    let summary = move || {
        form.draft.with(|draft| {
            let set: Vec<String> = PARAMETERS
                .iter()
                .filter_map(|parameter| {
                    let value = (parameter.slot)(&mut draft.tuning.clone()).trim().to_owned();
                    (!value.is_empty()).then(|| format!("{} {value}", parameter.label))
                })
                .collect();
            if set.is_empty() {
                "Nothing set. Each model uses its own defaults.".into()
            } else {
                set.join(" · ")
            }
        })
    };
    // A problem inside opens the drawer, so that its field can take the focus.
    let drawer = NodeRef::<html::Details>::new();
    effect(move || {
        if PARAMETERS.iter().any(|parameter| form.problem(parameter.field).is_some())
            && let Some(drawer) = drawer.get()
        {
            drawer.set_open(true);
        }
    });
    let fields = PARAMETERS
        .iter()
        .map(|parameter| {
            let id = field_id(parameter.field);
            let invalid = move || form.problem(parameter.field).map(|_| "true");
            view! {
                <div class="field">
                    <label class="label" for=id>{parameter.label}</label>
                    <input class="input" id=id placeholder="not sent" inputmode=parameter.keyboard autocomplete="off"
                        aria-invalid=invalid aria-describedby=format!("{id}-problem")
                        prop:value=move || form.draft.with(|draft| (parameter.slot)(&mut draft.tuning.clone()).clone())
                        on:input=move |event| form.edit(|draft| *(parameter.slot)(&mut draft.tuning) = event_target_value(&event))/>
                    {problem(parameter.field)}
                </div>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <details class="disclosure brief-drawer" node_ref=drawer>
            <summary>{icon("i-right")}<span>"Parameters"</span><span class="muted push truncate">{move || summary()}</span></summary>
            <div class="brief-params">{fields}</div>
        </details>
    }
    .into_any()
}

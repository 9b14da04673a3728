//! Sampling parameters as fields: in the drawer of the form, and on a card. What is left empty is left to the rules of a model, or to the model.

use codecraft_core::{
    brief::{Field, Problem, Thinking, Tuning},
    provider::ProviderKind,
};
use leptos::{html, prelude::*};

use crate::components::{effect, icon::icon, memo};
use crate::state::{App, form::field_id};

/// One parameter: its field, label, keyboard, and where it is kept.
struct Parameter {
    field: Field,
    label: &'static str,
    keyboard: &'static str,
    slot: fn(&mut Tuning) -> &mut String,
}

const PARAMETERS: [Parameter; 4] = [
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
    Parameter {
        field: Field::Context,
        label: "Context, in tokens",
        keyboard: "numeric",
        slot: |tuning| &mut tuning.context,
    },
];

/// Parameters that not every provider takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Takes {
    pub context: bool,
    pub thinking: bool,
}

/// A set of fields: where what is typed is kept, and what is wrong with it.
pub struct Fields {
    /// Before the ids, so that two sets can be on one page.
    pub prefix: String,
    pub tuning: Signal<Tuning>,
    pub problems: Signal<Vec<Problem>>,
    /// What holds where a field is left empty, and by whom; the first that has a value counts.
    pub bases: Vec<(&'static str, Tuning)>,
    /// What is said where nobody has one.
    pub unset: &'static str,
    pub takes: Signal<Takes>,
    /// Takes what was typed.
    pub edit: Callback<Tuning>,
}

impl Fields {
    /// What an empty field stands for: "as the brief: 0.2".
    fn empty(&self, slot: impl Fn(&Tuning) -> String) -> String {
        let mut bases = self.bases.iter().map(|(whose, base)| (whose, slot(base)));
        bases
            .find(|(_, value)| !value.is_empty())
            .map_or_else(|| self.unset.to_owned(), |(whose, value)| format!("{whose}: {value}"))
    }
}

/// Id of a field in a set.
pub fn id(prefix: &str, field: Field) -> String {
    format!("{prefix}{}", field_id(field))
}

/// The fields of a set.
pub fn fields(set: &Fields) -> AnyView {
    let fields = PARAMETERS.iter().map(|parameter| field(set, parameter)).collect::<Vec<_>>();
    view! { {fields}{thinking(set)} }.into_any()
}

fn field(set: &Fields, parameter: &'static Parameter) -> AnyView {
    let id = id(&set.prefix, parameter.field);
    let (tuning, problems, takes, edit) = (set.tuning, set.problems, set.takes, set.edit);
    let read = move || (parameter.slot)(&mut tuning.get()).clone();
    let wrong = move || {
        problems.with(|all| all.iter().find(|p| p.field == parameter.field).map(|p| p.sentence.clone()))
    };
    let placeholder = set.empty(|base| (parameter.slot)(&mut base.clone()).clone());
    // What was typed stays in sight, also when nobody takes it any more.
    let hidden = move || parameter.field == Field::Context && !takes.get().context && read().is_empty();
    let write = move |event| {
        let mut next = tuning.get_untracked();
        *(parameter.slot)(&mut next) = event_target_value(&event);
        edit.run(next);
    };
    let problem = format!("{id}-problem");
    let described_by = problem.clone();
    view! {
        <div class="field" hidden=hidden>
            <label class="label" for=id.clone()>{parameter.label}</label>
            <input class="input" id=id placeholder=placeholder inputmode=parameter.keyboard autocomplete="off"
                aria-invalid=move || wrong().map(|_| "true") aria-describedby=described_by
                prop:value=read on:input=write/>
            {move || wrong().map(|sentence| view! {
                <p class="field-error" id=problem.clone()>{icon("i-error")}{sentence}</p>
            }.into_any())}
        </div>
    }
    .into_any()
}

fn thinking(set: &Fields) -> AnyView {
    let id = format!("{}thinking", set.prefix);
    let (tuning, takes, edit) = (set.tuning, set.takes, set.edit);
    let chosen = memo(move || tuning.get().thinking);
    let write = move |event| {
        let thinking = Thinking::named(&event_target_value(&event));
        edit.run(Tuning { thinking, ..tuning.get_untracked() });
    };
    let unset =
        set.empty(|base| base.thinking.map(|thinking| thinking.name().to_owned()).unwrap_or_default());
    let options = Thinking::ALL
        .into_iter()
        .map(|thinking| {
            view! { <option value=thinking.name() prop:selected=move || chosen.get() == Some(thinking)>{thinking.name()}</option> }.into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <div class="field" hidden=move || !takes.get().thinking && chosen.get().is_none()>
            <label class="label" for=id.clone()>"Thinking"</label>
            <select class="select" id=id on:change=write>
                <option value="" prop:selected=move || chosen.get().is_none()>{unset}</option>
                {options}
            </select>
        </div>
    }
    .into_any()
}

/// What the chosen models take.
fn takes(app: App) -> Takes {
    let chosen = app.form.chosen.read();
    app.models.groups.with(|groups| {
        let mut takes = Takes::default();
        for id in chosen.iter() {
            let Some(group) = groups.iter().find(|group| group.id == id.provider) else { continue };
            let bounds = ProviderKind::facts(group.kind).bounds;
            let known = group.models.iter().find(|model| model.id == *id);
            let thinks = known.is_none_or(|model| model.abilities.thinking != Some(false));
            takes.context |= bounds.context.is_some();
            takes.thinking |= bounds.thinking && thinks;
        }
        takes
    })
}

/// The drawer of the form.
pub fn params() -> AnyView {
    let app = App::here();
    let form = app.form;
    let tuning = memo(move || form.draft.with(|draft| draft.tuning.clone()));
    let summary = move || {
        tuning.with(|tuning| {
            let mut set: Vec<String> = PARAMETERS
                .iter()
                .filter_map(|parameter| {
                    let value = (parameter.slot)(&mut tuning.clone()).trim().to_owned();
                    (!value.is_empty()).then(|| format!("{} {value}", parameter.label))
                })
                .collect();
            set.extend(tuning.thinking.map(|thinking| format!("Thinking {}", thinking.name())));
            if set.is_empty() {
                "Nothing set here. The rules of each model hold.".into()
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
    let set = Fields {
        prefix: String::new(),
        tuning: tuning.into(),
        problems: form.problems.into(),
        bases: Vec::new(),
        unset: "not set here",
        takes: memo(move || takes(app)).into(),
        edit: Callback::new(move |tuning| form.edit(|draft| draft.tuning = tuning)),
    };
    view! {
        <details class="disclosure brief-drawer" node_ref=drawer>
            <summary>{icon("i-right")}<span>"Parameters"</span><span class="muted push truncate">{move || summary()}</span></summary>
            <div class="brief-params">{fields(&set)}</div>
        </details>
    }
    .into_any()
}

//! Fallbacks: how long to wait for each model, how often to try again, with which parameters, and whom to ask when it fails.

use codecraft_core::{
    brief::{Field, Thinking},
    provider::catalog::Model,
    run::Rules,
    settings::{ModelForm, ModelRules, RuleProblem, Slot},
};
use leptos::prelude::*;

use super::{chain, model_list};
use crate::{
    browser::dom,
    components::{button::Button, icon::icon, memo},
    state::App,
};

/// The form that is open, if one is. It is no part of its row, so that a row drawn anew takes nothing of it away.
#[derive(Clone, Copy)]
pub struct Editor {
    pub model: StoredValue<Option<Model>>,
    /// Name of that model, for the rows.
    pub open: RwSignal<String>,
    pub form: RwSignal<ModelForm>,
    problems: RwSignal<Vec<RuleProblem>>,
}

impl Editor {
    fn open(self, app: App, model: &Model) {
        let rules = app.settings.with_untracked(|settings| settings.of(&model.id).cloned());
        self.form.set(ModelForm::from(&rules.unwrap_or_default()));
        self.problems.set(Vec::new());
        self.model.set_value(Some(model.clone()));
        self.open.set(model.id.to_string());
        dom::after_render(|| dom::focus(slot_id(Slot::FirstToken)));
    }

    fn close(self) {
        let button = edit_id(&self.open.get_untracked());
        self.open.set(String::new());
        dom::after_render(move || dom::focus(&button));
    }

    fn check(self) -> Result<ModelRules, Vec<RuleProblem>> {
        let Some(model) = self.model.get_value() else { return Ok(ModelRules::default()) };
        self.form.with_untracked(|form| form.check(&model.id, model.kind))
    }

    fn edit(self, change: impl FnOnce(&mut ModelForm)) {
        self.form.update(change);
        if self.problems.with_untracked(|problems| !problems.is_empty()) {
            self.problems.set(self.check().err().unwrap_or_default());
        }
    }

    fn save(self, app: App) {
        match self.check() {
            Ok(rules) => self.decide(app, rules),
            Err(problems) => {
                let first = problems.first().map(|problem| problem.slot);
                self.problems.set(problems);
                if let Some(slot) = first {
                    dom::after_render(move || dom::focus(slot_id(slot)));
                }
            }
        }
    }

    fn decide(self, app: App, rules: ModelRules) {
        if let Some(model) = self.model.get_value() {
            app.decide(|settings| settings.set_rules(model.id, rules));
        }
        self.close();
    }

    fn problem(self, slot: Slot) -> Option<String> {
        self.problems.with(|all| all.iter().find(|p| p.slot == slot).map(|p| p.sentence.clone()))
    }
}

fn slot_id(slot: Slot) -> &'static str {
    match slot {
        Slot::FirstToken => "rule-first",
        Slot::Idle => "rule-idle",
        Slot::Retries => "rule-retries",
        Slot::Param(Field::Temperature) => "rule-temperature",
        Slot::Param(Field::TopP) => "rule-top-p",
        Slot::Param(Field::MaxTokens) => "rule-longest",
        Slot::Param(_) => "rule-context",
    }
}

fn edit_id(model: &str) -> String {
    format!("edit-{model}")
}

pub fn rules() -> AnyView {
    provide_context(Editor {
        model: StoredValue::new(None),
        open: RwSignal::new(String::new()),
        form: RwSignal::new(ModelForm::default()),
        problems: RwSignal::new(Vec::new()),
    });
    view! {
        <p class="settings-words">"What holds for a model whenever a run asks it. A card's own parameters go first, then those of the brief, then these. Nothing is tried again once text was shown, and a refused key is never hidden behind another model."</p>
        {model_list("rule-search", row, table)}
    }
    .into_any()
}

fn table(rows: AnyView) -> AnyView {
    view! {
        <table class="table rules table-stack">
            <thead><tr>
                <th scope="col">"Model"</th>
                <th scope="col" class="r">"First word"</th>
                <th scope="col" class="r">"Pause"</th>
                <th scope="col" class="r">"Retries"</th>
                <th scope="col" class="r">"Temperature"</th>
                <th scope="col">"When it fails"</th>
                <th scope="col"><span class="sr-only">"Edit"</span></th>
            </tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// A row, and below it the form while it is open.
fn row(model: Model) -> AnyView {
    let app = App::here();
    let editor: Editor = expect_context();
    let name = model.id.to_string();
    let model = StoredValue::new(model);
    // What holds, and what of it somebody decided.
    let holding = memo(move || {
        model.with_value(|model| {
            app.settings.with(|settings| {
                let usual = settings.usual(&model.id.provider, model.kind);
                let own = settings.of(&model.id).cloned().unwrap_or_default();
                (settings.target(model).rules, own, usual)
            })
        })
    });
    let asked = move || {
        let usable = app.models.usable();
        model.with_value(|model| app.settings.with(|settings| settings.chain(&model.id, &usable)))
    };
    let cell = move |label: &'static str, text: fn(&Rules) -> String, own: fn(&ModelRules) -> bool| {
        view! {
            <td class="r" data-label=label data-own=move || holding.with(|(_, rules, _)| own(rules)).then_some("")>
                {move || holding.with(|(rules, _, _)| text(rules))}
            </td>
        }
        .into_any()
    };
    let chain_words = move || {
        let names: Vec<String> = asked().iter().map(|next| brief_name(next, model)).collect();
        if names.is_empty() { "nobody".to_owned() } else { format!("→ {}", names.join(" → ")) }
    };
    let is_open = {
        let name = name.clone();
        move || editor.open.with(|open| *open == name)
    };
    let expanded = is_open.clone();
    let press = move |_| {
        if expanded() {
            editor.close();
        } else {
            model.with_value(|model| editor.open(app, model));
        }
    };
    let (expanded, opened) = (is_open.clone(), is_open);
    view! {
        <tr>
            <th scope="row" class="mono">
                {name.clone()}
                {move || holding.with(|(_, own, _)| *own != ModelRules::default()).then(|| view! { <span class="tag">"own rules"</span> }.into_any())}
            </th>
            {cell("First word", |rules| span(rules.first_token_ms), |own| own.first_token_s.is_some())}
            {cell("Pause", |rules| span(rules.idle_ms), |own| own.idle_s.is_some())}
            {cell("Retries", |rules| rules.retries.to_string(), |own| own.retries.is_some())}
            {cell("Temperature", |rules| rules.params.temperature.map_or_else(|| "not sent".into(), |number| number.to_string()), |own| own.params.temperature.is_some())}
            <td class="rule-chain" data-label="When it fails" data-own=move || holding.with(|(_, own, _)| own.fallbacks.is_some()).then_some("")>{move || chain_words()}</td>
            <td class="rule-edit">
                <button class="btn btn-compact" type="button" id=edit_id(&name) aria-label=format!("Edit {name}") aria-expanded=move || expanded().to_string() on:click=press>"Edit"</button>
            </td>
        </tr>
        {move || opened().then(|| view! { <tr class="rule-form-row"><td colspan="7">{form(editor)}</td></tr> }.into_any())}
    }
    .into_any()
}

/// A model of the chain: with its provider only where that is another one.
fn brief_name(next: &codecraft_core::provider::ModelRef, of: StoredValue<Model>) -> String {
    if of.with_value(|model| model.id.provider == next.provider) { next.name() } else { next.to_string() }
}

fn span(ms: u64) -> String {
    format!("{} s", ms / 1000)
}

/// A field of the form: its slot, label, keyboard, and where the form keeps it.
struct Entry {
    slot: Slot,
    label: &'static str,
    keyboard: &'static str,
    place: fn(&mut ModelForm) -> &mut String,
}

const ENTRIES: [Entry; 7] = [
    Entry {
        slot: Slot::FirstToken,
        label: "First word within, in seconds",
        keyboard: "numeric",
        place: |form| &mut form.first_token,
    },
    Entry {
        slot: Slot::Idle,
        label: "Longest pause, in seconds",
        keyboard: "numeric",
        place: |form| &mut form.idle,
    },
    Entry { slot: Slot::Retries, label: "Retries", keyboard: "numeric", place: |form| &mut form.retries },
    Entry {
        slot: Slot::Param(Field::Temperature),
        label: "Temperature",
        keyboard: "decimal",
        place: |form| &mut form.tuning.temperature,
    },
    Entry {
        slot: Slot::Param(Field::TopP),
        label: "Top-p",
        keyboard: "decimal",
        place: |form| &mut form.tuning.top_p,
    },
    Entry {
        slot: Slot::Param(Field::MaxTokens),
        label: "Longest answer, in tokens",
        keyboard: "numeric",
        place: |form| &mut form.tuning.max_tokens,
    },
    Entry {
        slot: Slot::Param(Field::Context),
        label: "Context, in tokens",
        keyboard: "numeric",
        place: |form| &mut form.tuning.context,
    },
];

fn form(editor: Editor) -> AnyView {
    let app = App::here();
    let Some(model) = editor.model.get_value() else { return ().into_any() };
    let bounds = model.kind.facts().bounds;
    let usual = app.settings.with_untracked(|settings| settings.usual(&model.id.provider, model.kind));
    let fields = ENTRIES
        .iter()
        .filter(|entry| entry.slot != Slot::Param(Field::Context) || bounds.context.is_some())
        .map(|entry| field(editor, entry, &usual))
        .collect::<Vec<_>>();
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        editor.save(app);
    };
    let decided = app.settings.with_untracked(|settings| settings.of(&model.id).is_some());
    let shipped = move || editor.decide(app, ModelRules::default());
    view! {
        <form class="rule-form" novalidate on:submit=save aria-label=format!("Rules of {}", model.id)>
            <div class="rule-fields">{fields}{bounds.thinking.then(|| thinking(editor))}</div>
            {chain::chain(editor)}
            <div class="row row-wrap">
                <button class="btn btn-primary" type="submit">"Save"</button>
                {Button::new("btn").text("Cancel").on_press(move || editor.close())}
                {decided.then(|| Button::new("btn btn-quiet").text("Back to what is shipped").on_press(shipped))}
            </div>
        </form>
    }
    .into_any()
}

fn field(editor: Editor, entry: &'static Entry, usual: &Rules) -> AnyView {
    let id = slot_id(entry.slot);
    let note = format!("{id}-problem");
    let placeholder = match entry.slot {
        Slot::FirstToken => (usual.first_token_ms / 1000).to_string(),
        Slot::Idle => (usual.idle_ms / 1000).to_string(),
        Slot::Retries => usual.retries.to_string(),
        Slot::Param(_) => "not sent".into(),
    };
    let sentence = move || match editor.problem(entry.slot) {
        Some(sentence) => view! { <p class="field-error">{icon("i-error")}{sentence}</p> }.into_any(),
        None if entry.slot == Slot::Retries => {
            view! { <p class="hint">"After silence or a broken stream once at most."</p> }.into_any()
        }
        None => ().into_any(),
    };
    view! {
        <div class="field">
            <label class="label" for=id>{entry.label}</label>
            <input class="input" id=id placeholder=placeholder inputmode=entry.keyboard autocomplete="off"
                aria-invalid=move || editor.problem(entry.slot).map(|_| "true")
                aria-describedby=note.clone()
                prop:value=move || editor.form.with(|form| (entry.place)(&mut form.clone()).clone())
                on:input=move |event| editor.edit(|form| *(entry.place)(form) = event_target_value(&event))/>
            <div class="field-note" id=note>{move || sentence()}</div>
        </div>
    }
    .into_any()
}

fn thinking(editor: Editor) -> AnyView {
    let chosen = move || editor.form.with(|form| form.tuning.thinking.map_or("", Thinking::name));
    let options = Thinking::ALL
        .into_iter()
        .map(|thinking| {
            let name = thinking.name();
            view! { <option value=name prop:selected=move || chosen() == name>{name}</option> }.into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <div class="field">
            <label class="label" for="rule-thinking">"Thinking"</label>
            <select class="select" id="rule-thinking"
                on:change=move |event| editor.edit(|form| form.tuning.thinking = Thinking::named(&event_target_value(&event)))>
                <option value="" prop:selected=move || chosen().is_empty()>"not sent"</option>
                {options}
            </select>
        </div>
    }
    .into_any()
}

//! The form of the Generate page.

use codecraft_core::brief::{Brief, Draft, Field, Language, Problem};
use codecraft_core::provider::ModelRef;
use leptos::prelude::*;

use super::Models;
use crate::{
    browser::{self, dom},
    components::memo,
};

/// The draft and what is wrong with it.
#[derive(Clone, Copy)]
pub struct Form {
    /// Tells whose bounds the parameters have to keep.
    models: Models,
    pub draft: RwSignal<Draft>,
    /// The models of the draft. It does not change while somebody types.
    pub chosen: Memo<Vec<ModelRef>>,
    /// Shown at their fields after the first try to send; kept up to date from then on.
    pub problems: RwSignal<Vec<Problem>>,
    /// Models of the link that are not known yet: they are chosen as soon as their provider's list is there.
    pub wanted: RwSignal<Vec<String>>,
    /// All that the link named, in its order, which is that of the cards.
    pub link: StoredValue<Vec<String>>,
    /// What became of names of the link that are retired.
    pub notices: RwSignal<Vec<String>>,
    /// True once somebody chose models, so that defaults keep out.
    pub touched: RwSignal<bool>,
}

impl Form {
    /// A form filled from the link: `?models=a,b&lang=rust`.
    pub fn new(models: Models) -> Self {
        let mut draft = Draft::default();
        if let Some(language) = dom::query("lang") {
            draft.language = Language::from_name(&language).map_or(language, |known| known.slug().into());
        }
        let wanted: Vec<String> = dom::query("models")
            .map(|list| list.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect())
            .unwrap_or_default();
        let unknown_language = Language::from_name(&draft.language).is_none();
        let draft = RwSignal::new(draft);
        let form = Self {
            models,
            draft,
            chosen: memo(move || draft.with(|draft| draft.models.clone())),
            problems: RwSignal::new(Vec::new()),
            touched: RwSignal::new(!wanted.is_empty()),
            link: StoredValue::new(wanted.clone()),
            notices: RwSignal::new(Vec::new()),
            wanted: RwSignal::new(wanted),
        };
        if unknown_language {
            form.recheck(&[Field::Language]);
        }
        form
    }

    /// Changes the draft; problems that were shown are checked again.
    pub fn edit(&self, change: impl FnOnce(&mut Draft)) {
        self.draft.update(change);
        let shown: Vec<Field> =
            self.problems.with_untracked(|problems| problems.iter().map(|p| p.field).collect());
        if !shown.is_empty() {
            self.recheck(&shown);
        }
    }

    /// Shows what is wrong with these fields now.
    fn recheck(&self, fields: &[Field]) {
        let found = self.draft.with_untracked(|draft| {
            draft.check(|model| self.models.kind(&model.provider)).err().unwrap_or_default()
        });
        self.problems.set(found.into_iter().filter(|problem| fields.contains(&problem.field)).collect());
    }

    /// The brief that the draft makes right now, if it makes one. Nothing is shown of what is wrong.
    pub fn brief(&self) -> Option<Brief> {
        self.draft.with(|draft| draft.check(|model| self.models.kind(&model.provider))).ok()
    }

    /// The brief, or the problems at their fields with the focus on the first.
    pub fn submit(&self) -> Option<Brief> {
        match self.draft.with_untracked(|draft| draft.check(|model| self.models.kind(&model.provider))) {
            Ok(brief) => {
                self.problems.set(Vec::new());
                Some(brief)
            }
            Err(problems) => {
                let first = problems.first().map(|problem| problem.field);
                self.problems.set(problems);
                if let Some(field) = first {
                    dom::after_render(move || dom::focus(field_id(field)));
                }
                None
            }
        }
    }

    /// The sentence below a field, if something is wrong there.
    pub fn problem(&self, field: Field) -> Option<String> {
        self.problems.with(|all| all.iter().find(|p| p.field == field).map(|p| p.sentence.clone()))
    }

    pub fn is_chosen(&self, model: &ModelRef) -> bool {
        self.chosen.with(|chosen| chosen.contains(model))
    }

    /// Adds a model at the end, or removes it.
    pub fn choose(&self, model: &ModelRef, on: bool) {
        self.touched.set(true);
        self.edit(|draft| {
            draft.models.retain(|chosen| chosen != model);
            if on {
                draft.models.push(model.clone());
            }
        });
    }

    pub fn choose_all(&self, models: Vec<ModelRef>) {
        self.touched.set(true);
        self.edit(|draft| draft.models = models);
    }
}

/// Id of a field's control, for labels, problems and the focus.
pub fn field_id(field: Field) -> &'static str {
    match field {
        Field::Prompt => browser::prompt::ID,
        Field::Language => "lang",
        Field::Temperature => "temperature",
        Field::TopP => "top-p",
        Field::MaxTokens => "max-tokens",
        Field::Context => "context",
        Field::Models => "model-search",
    }
}

//! The draft: what a form holds, in the words of the person who fills it in, and the check that makes a [`Brief`] of it.

use super::{Brief, Complexity, Language, MAX_MODELS, MAX_PROMPT_CHARS, Params, Tuning, Wishes};
use crate::provider::{ModelRef, ProviderKind};

/// A form's content. Anything goes; nothing is lost by checking it.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub prompt: String,
    pub models: Vec<ModelRef>,
    /// A slug, name or alias of a [`Language`].
    pub language: String,
    pub complexity: Complexity,
    pub wishes: Wishes,
    /// Parameters of all cards that have none of their own.
    pub tuning: Tuning,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            prompt: String::new(),
            models: Vec::new(),
            language: Language::TypeScript.slug().into(),
            complexity: Complexity::default(),
            wishes: [super::Wish::ErrorHandling, super::Wish::BestPractices].into_iter().collect(),
            tuning: Tuning::default(),
        }
    }
}

/// A field of the form, in the order of the form: the first problem gets the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    Prompt,
    Language,
    Temperature,
    TopP,
    MaxTokens,
    Context,
    Models,
}

/// One thing that stands between a draft and a brief.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub field: Field,
    /// What to do, as a sentence for the place below the field.
    pub sentence: String,
}

impl Draft {
    /// Checks every field. `kind_of` tells the kind of a model's provider, as far as it is known.
    ///
    /// # Errors
    /// All problems, in the order of the form; never empty.
    pub fn check(&self, kind_of: impl Fn(&ModelRef) -> Option<ProviderKind>) -> Result<Brief, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut report = |field, sentence: String| problems.push(Problem { field, sentence });

        let chars = self.prompt.chars().count();
        if self.prompt.trim().is_empty() {
            report(
                Field::Prompt,
                "Say what the code should do. A name, inputs and outputs are enough.".into(),
            );
        } else if chars > MAX_PROMPT_CHARS {
            let over = thousands((chars - MAX_PROMPT_CHARS) as u64);
            report(
                Field::Prompt,
                format!("{over} characters too many. At most {} fit.", thousands(MAX_PROMPT_CHARS as u64)),
            );
        }

        let language = Language::from_name(&self.language);
        if language.is_none() {
            report(
                Field::Language,
                format!("“{}” is not one of the languages. Choose one from the list.", clip(&self.language)),
            );
        }

        let mut kinds = Vec::new();
        for kind in self.models.iter().filter_map(&kind_of) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        let params = self.tuning.check(&kinds).unwrap_or_else(|found| {
            for problem in found {
                report(problem.field, problem.sentence);
            }
            Params::default()
        });

        let mut models: Vec<ModelRef> = Vec::with_capacity(self.models.len());
        for model in &self.models {
            if !models.contains(model) {
                models.push(model.clone());
            }
        }
        if models.is_empty() {
            report(Field::Models, "Choose at least one model.".into());
        } else if models.len() > MAX_MODELS {
            report(
                Field::Models,
                format!(
                    "{} models are chosen, {MAX_MODELS} can run at once. Remove {}.",
                    models.len(),
                    models.len() - MAX_MODELS
                ),
            );
        }

        match (problems.is_empty(), language) {
            (true, Some(language)) => Ok(Brief {
                prompt: self.prompt.clone(),
                models,
                language,
                complexity: self.complexity,
                wishes: self.wishes,
                params,
            }),
            _ => Err(problems),
        }
    }
}

/// The start of a text that somebody else wrote, for a sentence of ours.
fn clip(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// "12,345", as every figure in our sentences is written.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(model: &ModelRef) -> Option<ProviderKind> {
        ProviderKind::named(&model.provider)
    }

    fn good() -> Draft {
        Draft {
            prompt: "Write parse_duration.".into(),
            models: vec![ModelRef::new("sample", "quick")],
            ..Draft::default()
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Draft), expect: &[(Field, &str)]) {
        let mut draft = good();
        change(&mut draft);
        let problems = draft.check(kind_of).err().unwrap_or_default();
        let got: Vec<_> = problems.iter().map(|p| (p.field, p.sentence.as_str())).collect();
        assert_eq!(got, expect);
    }

    #[test]
    fn a_good_draft_becomes_a_brief() {
        let brief = good().check(kind_of).unwrap();
        assert_eq!(brief.prompt(), "Write parse_duration.");
        assert_eq!(brief.language(), Language::TypeScript);
        assert_eq!(*brief.params(), Params::default());
    }

    #[test]
    fn prompts_have_bounds() {
        check(
            |d| d.prompt = " \n\t".into(),
            &[(Field::Prompt, "Say what the code should do. A name, inputs and outputs are enough.")],
        );
        check(|d| d.prompt = "é".repeat(32_000), &[]);
        check(
            |d| d.prompt = "é".repeat(33_500),
            &[(Field::Prompt, "1,500 characters too many. At most 32,000 fit.")],
        );
    }

    #[test]
    fn one_to_eight_models() {
        let nine = (0..9).map(|n| ModelRef::new("m", n.to_string())).collect::<Vec<_>>();
        check(|d| d.models.clear(), &[(Field::Models, "Choose at least one model.")]);
        check(
            |d| d.models = nine.clone(),
            &[(Field::Models, "9 models are chosen, 8 can run at once. Remove 1.")],
        );
        check(|d| d.models = nine[..8].to_vec(), &[]);
        check(|d| d.models = vec![ModelRef::new("m", "1"); 9], &[]);
    }

    #[test]
    fn parameters_have_ranges_and_can_be_left_unset() {
        let temperature = [(Field::Temperature, "Between 0 and 2. Leave it empty to let the model decide.")];
        for bad in ["2.1", "-0.1", "hot", "NaN", "inf", "1e400"] {
            check(|d| d.tuning.temperature = bad.into(), &temperature);
        }
        for good in ["", " ", "0", "2", "0,7", " 1.5 "] {
            check(|d| d.tuning.temperature = good.into(), &[]);
        }
        let top_p = [(Field::TopP, "Above 0, up to 1. Leave it empty to let the model decide.")];
        check(|d| d.tuning.top_p = "0".into(), &top_p);
        check(|d| d.tuning.top_p = "1.01".into(), &top_p);
        check(|d| d.tuning.top_p = "1".into(), &[]);
        let max = [(
            Field::MaxTokens,
            "A whole number from 1 to 1,000,000. Leave it empty to let the model decide.",
        )];
        check(|d| d.tuning.max_tokens = "0".into(), &max);
        check(|d| d.tuning.max_tokens = "1.5".into(), &max);
        check(|d| d.tuning.max_tokens = "1000001".into(), &max);
        for bad in ["2.000", "8,00", "80,0000", ",800", "1e3", "-1"] {
            check(|d| d.tuning.max_tokens = bad.into(), &max);
        }
        for good in ["2048", "8,000", "1,000,000"] {
            check(|d| d.tuning.max_tokens = good.into(), &[]);
        }
        let brief = Draft { tuning: Tuning { max_tokens: "8,000".into(), ..Tuning::default() }, ..good() }
            .check(kind_of)
            .unwrap();
        assert_eq!(brief.params().max_tokens, Some(8000));
    }

    #[test]
    fn problems_come_all_at_once_in_the_order_of_the_form() {
        let draft = Draft {
            language: "klingon".into(),
            tuning: Tuning { temperature: "9".into(), ..Tuning::default() },
            models: Vec::new(),
            ..Draft::default()
        };
        let fields: Vec<_> = draft.check(kind_of).unwrap_err().into_iter().map(|p| p.field).collect();
        assert_eq!(fields, [Field::Prompt, Field::Language, Field::Temperature, Field::Models]);
        assert!(fields.is_sorted());
    }
}

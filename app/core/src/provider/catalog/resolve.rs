//! Names that somebody wrote down earlier, and the models that are there now: what a name means, what has gone, and who is
//! nearest to it.

use super::{
    Model,
    choice::{fallbacks, merit},
    family, successor,
};
use crate::provider::ModelRef;

/// The tag that a server fills in where a name has none.
const USUAL_TAG: &str = ":latest";

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    pub model: ModelRef,
    /// Said when another model than the named one answers.
    pub notice: Option<String>,
}

/// The model that a name means: `provider/model`, or a bare id, which the first provider that has it answers.
///
/// A retired id leads to its successor, a name without a tag to an installed tag of it; both with a notice.
pub fn resolve(name: &str, available: &[Model]) -> Option<Resolved> {
    if let Some(model) = find(name, available) {
        return Some(Resolved { model: model.id.clone(), notice: None });
    }
    let bare = name.rsplit_once('/').map_or(name, |(_, id)| id);
    if let Some((id, notice)) = successor(bare) {
        if let Some(model) = find(id, available) {
            return Some(Resolved { model: model.id.clone(), notice: Some(notice.into()) });
        }
        let family = |id: &str| family::of(id).map(std::ptr::from_ref);
        let relatives = available.iter().filter(|model| family(&model.id.model) == family(id));
        return relatives.min_by_key(|model| merit(model)).map(|model| instead(bare, "is retired", model));
    }
    let tags = available.iter().filter(|model| is_tag_of(model, name));
    tags.min_by_key(|model| merit(model)).map(|model| instead(bare, "is not installed without a tag", model))
}

fn instead(name: &str, why: &str, model: &Model) -> Resolved {
    let notice = format!("{name} {why}. {} answers in its place.", model.id.model);
    Resolved { model: model.id.clone(), notice: Some(notice) }
}

/// The listed model with this name, by its full name before its bare id.
fn find<'a>(name: &str, available: &'a [Model]) -> Option<&'a Model> {
    let exact = available.iter().find(|model| is_named(model, name));
    exact.or_else(|| available.iter().find(|model| same_id(&model.id.model, name)))
}

fn is_named(model: &Model, name: &str) -> bool {
    own_part(model, name).is_some_and(|id| same_id(&model.id.model, id))
}

/// The id in `provider/id`, if the provider is that of `model`.
fn own_part<'a>(model: &Model, name: &'a str) -> Option<&'a str> {
    name.strip_prefix(&model.id.provider)?.strip_prefix('/')
}

/// True if both ids are one: a server completes `codellama` to `codellama:latest`.
fn same_id(listed: &str, id: &str) -> bool {
    listed == id || listed.strip_suffix(USUAL_TAG) == Some(id)
}

fn is_tag_of(model: &Model, name: &str) -> bool {
    let id = own_part(model, name).unwrap_or(name);
    model.id.model.strip_prefix(id).is_some_and(|rest| rest.starts_with(':'))
}

/// The listed model that `chosen` is, perhaps under its full name; `None` if the list has none.
pub fn listed(chosen: &ModelRef, available: &[Model]) -> Option<ModelRef> {
    let mut of_it = available.iter().filter(|model| model.id.provider == chosen.provider);
    let exact = of_it.clone().find(|model| model.id == *chosen);
    exact
        .or_else(|| of_it.find(|model| same_id(&model.id.model, &chosen.model)))
        .map(|model| model.id.clone())
}

/// Whom to choose in place of a model that has gone: the nearest of its relatives that is not chosen already.
pub fn nearest(gone: &ModelRef, chosen: &[ModelRef], available: &[Model]) -> Option<ModelRef> {
    let free: Vec<Model> = available.iter().filter(|model| !chosen.contains(&model.id)).cloned().collect();
    // Another tag of the same model is nearer than the rest of its family.
    let name = gone.model.split(':').next().unwrap_or(&gone.model);
    let tag = free
        .iter()
        .filter(|model| model.id.provider == gone.provider && is_tag_of(model, name))
        .min_by_key(|model| merit(model));
    tag.map(|model| model.id.clone()).or_else(|| fallbacks(gone, &free).into_iter().next())
}

#[cfg(test)]
mod tests {
    use super::{super::choice::tests::models, *};

    #[track_caller]
    fn check(name: &str, available: &[&str], expect: Option<(&str, &str)>) {
        let got = resolve(name, &models(available));
        let got = got.map(|found| (found.model.to_string(), found.notice.unwrap_or_default()));
        assert_eq!(got, expect.map(|(model, notice)| (model.to_owned(), notice.to_owned())), "{name}");
    }

    const SERVER: [&str; 6] = [
        "gemini/gemini-pro-latest",
        "ollama/codellama:13b@7",
        "ollama/codellama:7b@4",
        "ollama/llama3.3:latest@43",
        "ollama/granite-code:8b@5",
        "ollama/deepseek-coder:6.7b@4",
    ];

    #[test]
    fn the_owners_first_list_resolves() {
        let gone = |id: &str, why: &str| format!("{id} {why}. gemini-pro-latest answers in its place.");
        let pro = "gemini/gemini-pro-latest";
        check(
            "gemini-pro-code",
            &SERVER,
            Some((pro, &gone("gemini-pro-code", "is not a model that Gemini offers"))),
        );
        check("gemini-pro", &SERVER, Some((pro, &gone("gemini-pro", "was shut down by Google"))));
        check(
            "gemini-1.5-pro-001",
            &SERVER,
            Some((pro, &gone("gemini-1.5-pro-001", "was shut down by Google"))),
        );
        let tag = |id: &str, tag: &str| {
            format!("{id} is not installed without a tag. {id}:{tag} answers in its place.")
        };
        check("codellama", &SERVER, Some(("ollama/codellama:13b", &tag("codellama", "13b"))));
        check("llama3.3", &SERVER, Some(("ollama/llama3.3:latest", "")));
        check("granite-code", &SERVER, Some(("ollama/granite-code:8b", &tag("granite-code", "8b"))));
        check(
            "deepseek-coder",
            &SERVER,
            Some(("ollama/deepseek-coder:6.7b", &tag("deepseek-coder", "6.7b"))),
        );
    }

    #[test]
    fn a_name_with_its_provider_means_that_provider() {
        check("ollama/codellama:7b", &SERVER, Some(("ollama/codellama:7b", "")));
        check("ollama/llama3.3", &SERVER, Some(("ollama/llama3.3:latest", "")));
        check("box/llama3.3", &SERVER, None);
        check("box/codellama", &SERVER, None);
        check(
            "gemini/gemini-pro",
            &SERVER,
            Some((
                "gemini/gemini-pro-latest",
                "gemini-pro was shut down by Google. gemini-pro-latest answers in its place.",
            )),
        );
    }

    #[test]
    fn an_exact_name_goes_before_a_tag_and_the_first_provider_before_later_ones() {
        check("phi4", &["ollama/phi4:14b", "box/phi4"], Some(("box/phi4", "")));
        check("phi4", &["ollama/phi4:latest", "box/phi4"], Some(("ollama/phi4:latest", "")));
        check("box/phi4", &["ollama/phi4:latest", "box/phi4"], Some(("box/phi4", "")));
    }

    #[test]
    fn a_model_id_may_hold_slashes() {
        check("hf.co/org/m:q4", &["ollama/hf.co/org/m:q4"], Some(("ollama/hf.co/org/m:q4", "")));
        check("ollama/hf.co/org/m:q4", &["ollama/hf.co/org/m:q4"], Some(("ollama/hf.co/org/m:q4", "")));
    }

    #[test]
    fn a_tag_that_was_named_is_never_exchanged() {
        check("codellama:34b", &SERVER, None);
        check("code", &SERVER, None);
        check("", &SERVER, None);
        check("gemini-pro", &["ollama/codellama:7b"], None);
    }

    #[test]
    fn where_the_alias_of_a_retired_id_is_not_listed_a_relative_answers() {
        check("gemini-1.5-pro", &["ollama/phi4"], None);
        check(
            "gemini-pro",
            &["gemini/gemini-3.8-flash", "gemini/gemini-3.1-pro"],
            Some(("gemini/gemini-3.1-pro", "gemini-pro is retired. gemini-3.1-pro answers in its place.")),
        );
    }

    #[track_caller]
    fn check_listed(chosen: &str, available: &[&str], expect: Option<&str>) {
        let got = listed(&chosen.parse().unwrap(), &models(available));
        assert_eq!(got.map(|model| model.to_string()).as_deref(), expect, "{chosen}");
    }

    #[test]
    fn a_choice_is_found_again_under_its_full_name_and_not_elsewhere() {
        check_listed("ollama/codellama", &["ollama/codellama:latest"], Some("ollama/codellama:latest"));
        check_listed(
            "ollama/codellama",
            &["ollama/codellama:latest", "ollama/codellama"],
            Some("ollama/codellama"),
        );
        check_listed("ollama/codellama", &["ollama/codellama:13b", "here/codellama"], None);
        check_listed("ollama/qwen3:8b", &[], None);
    }

    #[track_caller]
    fn check_nearest(gone: &str, chosen: &[&str], available: &[&str], expect: Option<&str>) {
        let chosen: Vec<ModelRef> = chosen.iter().map(|id| id.parse().unwrap()).collect();
        let got = nearest(&gone.parse().unwrap(), &chosen, &models(available));
        assert_eq!(got.map(|model| model.to_string()).as_deref(), expect, "{gone}");
    }

    #[test]
    fn another_tag_is_nearest_then_the_family_then_what_writes_code() {
        let here = ["ollama/qwen2.5-coder:14b", "ollama/qwen3:14b", "ollama/qwen3-vl:8b"];
        check_nearest("ollama/qwen3:8b", &[], &here, Some("ollama/qwen3:14b"));
        check_nearest("ollama/qwen3:8b", &["ollama/qwen3:14b"], &here, Some("ollama/qwen3-vl:8b"));
        check_nearest("ollama/qwen3:8b", &[], &here[..1], Some("ollama/qwen2.5-coder:14b"));
        check_nearest(
            "gemini/gemini-3.5-flash",
            &[],
            &["gemini/gemini-flash-latest", "openai/gpt-5"],
            Some("gemini/gemini-flash-latest"),
        );
        check_nearest("gemini/gemini-3.5-flash", &[], &["openai/gpt-5"], None);
        check_nearest("ollama/qwen3:8b", &[], &[], None);
    }
}

//! Choosing among the models that are there: whom to ask instead, and sets to begin with.

use std::cmp::Reverse;

use super::{Model, Preset, family, family::Family};
use crate::{
    brief::MAX_MODELS,
    order::sort_by_key,
    provider::{ModelRef, sample},
};

/// Most models that are asked in place of one.
const MAX_FALLBACKS: usize = 2;
/// Most models of "Best for code".
const MAX_BEST: usize = 5;
/// Most models of "Local only": one machine answers for them one after the other.
const MAX_LOCAL: usize = 4;
/// A family that we do not know counts as a middling one.
const UNKNOWN_CODE: u8 = 3;
/// Up to this size on disk, in bytes, a model is loaded and answers quickly.
const QUICK_BYTES: u64 = 6_000_000_000;

/// Whom to ask when `model` fails, in order, out of those that are there; at most two.
///
/// Relatives at the same provider come first. A model that needs a key is never asked for one of another provider:
/// neither a bill nor a prompt goes where nobody sent it. Servers of one's own may stand in for everybody. Samples answer
/// for samples only.
pub fn fallbacks(model: &ModelRef, available: &[Model]) -> Vec<ModelRef> {
    if model.provider == sample::PROVIDER {
        let stand_in = || ModelRef::new(sample::PROVIDER, sample::STAND_IN);
        return (model.model == sample::FALLS_BACK).then(stand_in).into_iter().collect();
    }
    let own = family::of(&model.model);
    let rank = |candidate: &&Model| kinship(own, candidate);
    // A server of one's own may pass some models on to others: a prompt for one that stays at home stays there.
    let leaves = available.iter().any(|known| known.id == *model && known.remote);
    let near = |other: &&Model| {
        other.id.provider == model.provider && other.id != *model && (!other.remote || leaves)
    };
    let home = |other: &&Model| other.is_local() && other.id.provider != model.provider;
    let mut near: Vec<_> = available.iter().filter(near).collect();
    let mut home: Vec<_> = available.iter().filter(home).collect();
    for group in [&mut near, &mut home] {
        group.retain(|candidate| rank(candidate).0 != Kinship::None);
        sort_by_key(group, |candidate| (rank(&candidate), merit(candidate)));
    }
    // If a whole provider is down, its second model is of no more use than its first.
    let near_first = if near.first().is_some_and(|first| first.kind.at_home()) { MAX_FALLBACKS } else { 1 };
    let (first, later) = near.split_at(near_first.min(near.len()));
    let order = first.iter().chain(&home).chain(later);
    order.take(MAX_FALLBACKS).map(|candidate| candidate.id.clone()).collect()
}

/// How a candidate is related to a model that failed, nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kinship {
    /// Of the same family.
    Family,
    /// Named by the family.
    Named,
    /// Good enough at code.
    Other,
    /// Not to be asked.
    None,
}

/// How `candidate` is related to the family that failed, and its place among its like.
fn kinship(own: Option<&'static Family>, candidate: &Model) -> (Kinship, usize) {
    let theirs = family::of(&candidate.id.model);
    let name = family::name(&candidate.id.model);
    let place = own.and_then(|own| own.instead.iter().position(|start| name.starts_with(start)));
    match (own, theirs, place) {
        (Some(own), Some(theirs), _) if std::ptr::eq(own, theirs) => {
            (Kinship::Family, place.unwrap_or(usize::MAX))
        }
        (_, _, Some(place)) => (Kinship::Named, place),
        (_, Some(theirs), None) if theirs.code >= UNKNOWN_CODE => (Kinship::Other, 0),
        _ => (Kinship::None, 0),
    }
}

/// Sets to choose from, out of the models that are there; none is empty. The first is a good choice to begin with: the
/// samples as long as there is nothing else, what answers quickly after that.
pub fn presets(available: &[Model]) -> Vec<Preset> {
    let (samples, real): (Vec<_>, Vec<_>) = available.iter().partition(|model| model.kind.is_sample());

    let mut by_merit = real.clone();
    sort_by_key(&mut by_merit, merit);
    let mut by_speed = real;
    sort_by_key(&mut by_speed, |model| (slowness(model), merit(model)));
    by_speed.retain(|model| code(model) >= UNKNOWN_CODE);
    let local: Vec<_> = by_merit.iter().copied().filter(|model| model.is_local()).collect();
    let first_look = ["quick", "thorough", sample::FALLS_BACK];
    let first_look = first_look.iter().filter_map(|id| samples.iter().find(|model| model.id.model == *id));

    let sets = [
        ("Quick pair", at_least_two(one_per(&by_speed, relatives, 2))),
        ("Best for code", one_per(&by_merit, relatives, MAX_BEST)),
        ("One of each provider", at_least_two(one_per(&by_merit, neighbours, MAX_MODELS))),
        ("Local only", one_per(&local, relatives, MAX_LOCAL)),
        ("First look", first_look.map(|model| model.id.clone()).collect()),
    ];
    let sets = sets.into_iter().filter(|(_, models)| !models.is_empty());
    sets.map(|(name, models)| Preset { name, models }).collect()
}

/// The first of `models` of each kind, up to `limit`.
fn one_per(models: &[&Model], alike: fn(&Model, &Model) -> bool, limit: usize) -> Vec<ModelRef> {
    let mut chosen: Vec<&Model> = Vec::new();
    for model in models {
        if chosen.len() < limit && !chosen.iter().any(|other| alike(other, model)) {
            chosen.push(model);
        }
    }
    chosen.into_iter().map(|model| model.id.clone()).collect()
}

/// Same provider and same family: their answers would be much the same.
fn relatives(a: &Model, b: &Model) -> bool {
    let family = |model: &Model| family::of(&model.id.model).map(std::ptr::from_ref);
    neighbours(a, b) && family(a).is_some() && family(a) == family(b)
}

fn neighbours(a: &Model, b: &Model) -> bool {
    a.id.provider == b.id.provider
}

/// A set that is about comparing needs two.
fn at_least_two(models: Vec<ModelRef>) -> Vec<ModelRef> {
    if models.len() < 2 { Vec::new() } else { models }
}

fn code(model: &Model) -> u8 {
    family::of(&model.id.model).map_or(UNKNOWN_CODE, |family| family.code)
}

/// Sorts the better model first: by family, then what stays current, then what is finished, then the larger.
pub(super) fn merit(model: &Model) -> impl Ord + use<> {
    let name = family::name(&model.id.model);
    let passing = ["preview", "exp", "beta", "202"].iter().any(|word| family::begins_word(&name, word));
    (
        Reverse(code(model)),
        !family::has_word(&name, "latest"),
        passing,
        Reverse(model.size_bytes),
        Reverse(model.id.clone()),
    )
}

/// Sorts the quicker model first.
fn slowness(model: &Model) -> impl Ord + use<> {
    let by_family = family::of(&model.id.model).is_some_and(|family| family.quick);
    let quick = model.size_bytes.map_or(by_family, |bytes| bytes <= QUICK_BYTES);
    (!quick, model.kind.at_home())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::provider::{ListedModel, catalog::describe};

    /// Models written as `provider/id`, with a size in GB behind `@`.
    pub fn models(entries: &[&str]) -> Vec<Model> {
        let model = |entry: &&str| {
            let (id, size) =
                entry.split_once('@').map_or((*entry, None), |(id, size)| (id, size.parse().ok()));
            let id: ModelRef = id.parse().expect("provider/id");
            let kind = match id.provider.as_str() {
                "gemini" => crate::provider::gemini::KIND,
                "ollama" => crate::provider::ollama::KIND,
                "openai" => crate::provider::openai::KIND,
                "sample" => sample::KIND,
                _ => crate::provider::openai::LOCAL,
            };
            let size_bytes = size.map(|gigabytes: u64| gigabytes * 1_000_000_000);
            describe(&id.provider, kind, &ListedModel { id: id.model, size_bytes, ..ListedModel::default() })
        };
        entries.iter().map(model).collect()
    }

    #[track_caller]
    fn check_fallbacks(model: &str, available: &[&str], expect: &[&str]) {
        let got = fallbacks(&model.parse().expect("provider/id"), &models(available));
        assert_eq!(got.iter().map(ToString::to_string).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn relatives_come_first_then_what_the_family_names() {
        check_fallbacks(
            "ollama/codellama",
            &["ollama/llama3.3", "ollama/codegemma", "ollama/codellama:13b", "ollama/codellama"],
            &["ollama/codellama:13b", "ollama/codegemma"],
        );
        check_fallbacks(
            "ollama/codellama",
            &["ollama/llama3.3", "ollama/codegemma:7b"],
            &["ollama/codegemma:7b", "ollama/llama3.3"],
        );
        check_fallbacks(
            "gemini/gemini-flash-latest",
            &["gemini/gemini-pro-latest", "gemini/gemini-flash-lite-latest", "gemini/gemini-flash-latest"],
            &["gemini/gemini-flash-lite-latest", "gemini/gemini-pro-latest"],
        );
        check_fallbacks(
            "openai/o3",
            &["openai/gpt-4.1", "openai/gpt-5-mini"],
            &["openai/gpt-5-mini", "openai/gpt-4.1"],
        );
    }

    #[test]
    fn only_what_is_there_is_asked() {
        check_fallbacks("ollama/codellama", &[], &[]);
        check_fallbacks("ollama/codellama", &["ollama/codellama"], &[]);
        check_fallbacks("ollama/unheard-of", &["ollama/unknown-too", "ollama/phi3"], &[]);
    }

    #[test]
    fn servers_at_home_stand_in_but_never_the_other_way_round() {
        check_fallbacks(
            "gemini/gemini-flash-latest",
            &["gemini/gemini-pro-latest", "gemini/gemini-3.8-flash", "ollama/qwen2.5-coder", "openai/gpt-5"],
            &["gemini/gemini-3.8-flash", "ollama/qwen2.5-coder"],
        );
        check_fallbacks("gemini/gemini-flash-latest", &["openai/gpt-5"], &[]);
        check_fallbacks("ollama/codellama", &["gemini/gemini-pro-latest", "openai/gpt-5"], &[]);
        check_fallbacks("ollama/codellama", &["lmstudio/qwen2.5-coder-7b"], &["lmstudio/qwen2.5-coder-7b"]);
    }

    #[test]
    fn a_model_at_home_is_not_replaced_by_one_that_its_server_passes_on() {
        let mut available = models(&["ollama/qwen2.5-coder:7b", "ollama/qwen2.5-coder:480b-cloud"]);
        available[1].remote = true;
        let at_home = available[0].id.clone();
        assert_eq!(fallbacks(&at_home, &available), []);
        assert_eq!(fallbacks(&available[1].id.clone(), &available), [at_home]);
    }

    #[test]
    fn what_a_server_at_home_passes_on_is_not_at_home() {
        let mut available = models(&["ollama/qwen3-coder:480b-cloud", "gemini/gemini-pro-latest"]);
        available[0].remote = true;
        assert_eq!(fallbacks(&available[1].id.clone(), &available), []);
        assert!(presets(&available).iter().all(|preset| preset.name != "Local only"));
        available[0].remote = false;
        assert_eq!(fallbacks(&available[1].id.clone(), &available), [available[0].id.clone()]);
    }

    #[test]
    fn samples_answer_for_samples_only() {
        let samples = ["sample/quick", "sample/falls-back"];
        check_fallbacks("sample/falls-back", &[], &["sample/stand-in"]);
        check_fallbacks("sample/falls-back", &["ollama/codellama"], &["sample/stand-in"]);
        check_fallbacks("sample/quick", &samples, &[]);
        check_fallbacks("ollama/codellama", &samples, &[]);
    }

    #[test]
    fn at_most_two_and_never_itself() {
        let all = [
            "ollama/codellama",
            "ollama/codellama:13b",
            "ollama/codellama:34b",
            "ollama/codegemma",
            "box/phi4",
        ];
        for id in all {
            let model: ModelRef = id.parse().expect("provider/id");
            let got = fallbacks(&model, &models(&all));
            assert!(got.len() <= 2 && !got.contains(&model), "{got:?}");
        }
    }

    #[track_caller]
    fn check_presets(available: &[&str], expect: &[(&str, &[&str])]) {
        let presets = presets(&models(available));
        let got: Vec<_> = presets
            .iter()
            .map(|preset| (preset.name, preset.models.iter().map(ToString::to_string).collect::<Vec<_>>()))
            .collect();
        let expect: Vec<_> =
            expect.iter().map(|(name, ids)| (*name, ids.iter().map(ToString::to_string).collect())).collect();
        assert_eq!(got, expect);
    }

    const SAMPLES: [&str; 5] =
        ["sample/quick", "sample/thorough", "sample/falls-back", "sample/cut-off", "sample/faulty-page"];
    const FIRST_LOOK: (&str, &[&str]) =
        ("First look", &["sample/quick", "sample/thorough", "sample/falls-back"]);

    #[test]
    fn with_nothing_else_the_samples_are_the_first_look() {
        check_presets(&[], &[]);
        check_presets(&SAMPLES, &[FIRST_LOOK]);
    }

    #[test]
    fn real_models_go_before_samples() {
        let available = [&SAMPLES[..], &["ollama/codellama@4"]].concat();
        check_presets(
            &available,
            &[("Best for code", &["ollama/codellama"]), ("Local only", &["ollama/codellama"]), FIRST_LOOK],
        );
    }

    #[test]
    fn sets_mix_families_and_providers() {
        check_presets(
            &[
                "gemini/gemini-3.8-flash",
                "gemini/gemini-flash-latest",
                "gemini/gemini-pro-latest",
                "gemini/gemini-3.1-pro-preview",
                "ollama/qwen2.5-coder:14b@9",
                "ollama/qwen2.5-coder:7b@4",
                "ollama/codegemma@5",
                "openai/gpt-5",
                "openai/gpt-5-mini",
            ],
            &[
                ("Quick pair", &["gemini/gemini-flash-latest", "openai/gpt-5-mini"]),
                (
                    "Best for code",
                    &[
                        "gemini/gemini-pro-latest",
                        "openai/gpt-5",
                        "gemini/gemini-flash-latest",
                        "openai/gpt-5-mini",
                        "ollama/qwen2.5-coder:14b",
                    ],
                ),
                (
                    "One of each provider",
                    &["gemini/gemini-pro-latest", "openai/gpt-5", "ollama/qwen2.5-coder:14b"],
                ),
                ("Local only", &["ollama/qwen2.5-coder:14b", "ollama/codegemma"]),
            ],
        );
    }

    #[test]
    fn a_quick_pair_at_home_is_of_small_models() {
        let presets =
            presets(&models(&["ollama/llama3.3@43", "ollama/qwen2.5-coder:7b@4", "ollama/codegemma@5"]));
        assert_eq!(presets[0].name, "Quick pair");
        assert_eq!(
            presets[0].models,
            ["ollama/qwen2.5-coder:7b", "ollama/codegemma"].map(|id| id.parse().unwrap())
        );
    }

    #[test]
    fn sets_fit_into_a_run() {
        let many: Vec<_> = (0..20).map(|n| format!("box{n}/model-{n}")).collect();
        let presets = presets(&models(&many.iter().map(String::as_str).collect::<Vec<_>>()));
        assert!(!presets.is_empty());
        for preset in presets {
            assert!((1..=MAX_MODELS).contains(&preset.models.len()), "{preset:?}");
        }
    }
}

//! What is known about models before they are asked: strengths, defaults, fallbacks and retired names, by family.
//!
//! The lists themselves come from the providers at run time; this only adds words and defaults to them.

mod choice;
mod family;
mod resolve;

use super::{Abilities, ListedModel, ModelRef, ProviderKind, sample};

pub use choice::{fallbacks, presets};
pub use resolve::{Resolved, listed, nearest, resolve};

/// A model as the picker shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    pub id: ModelRef,
    pub kind: ProviderKind,
    /// What it is good for, in a few words; may be empty.
    pub strengths: String,
    /// Context in tokens.
    pub context: Option<u64>,
    /// Tokens that one answer may have.
    pub output: Option<u64>,
    /// Size on disk in bytes.
    pub size_bytes: Option<u64>,
    pub abilities: Abilities,
    /// Runs elsewhere although its server is one's own.
    pub remote: bool,
    /// Typical duration of an answer in seconds, where known.
    pub typical_seconds: Option<u32>,
}

impl Model {
    /// True if it answers on a machine of one's own.
    pub fn is_local(&self) -> bool {
        self.kind.at_home() && !self.remote
    }
}

/// A named set of models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// Name for people.
    pub name: &'static str,
    /// 1 to [`MAX_MODELS`](crate::brief::MAX_MODELS), each once.
    pub models: Vec<ModelRef>,
}

/// Adds what is known of its family to a listed model. What the list says goes before what is usual.
pub fn describe(provider: &str, kind: ProviderKind, listed: &ListedModel) -> Model {
    let sample = kind.is_sample();
    let family = if sample { None } else { family::of(&listed.id) };
    let strengths =
        if sample { sample::strengths(&listed.id) } else { family.map(|family| family.strengths) };
    Model {
        id: ModelRef::new(provider, &listed.id),
        kind,
        strengths: strengths.unwrap_or_default().into(),
        context: listed.context.or(family.and_then(|family| family.context)),
        output: listed.output,
        size_bytes: listed.size_bytes,
        abilities: listed.abilities,
        remote: listed.remote,
        typical_seconds: if sample { sample::typical_seconds(&listed.id) } else { None },
    }
}

/// Models to show for a provider that has not been asked, or cannot be.
pub fn shipped(kind: ProviderKind) -> Vec<ListedModel> {
    if kind.is_sample() {
        return sample::models();
    }
    let ids = kind.facts().shipped;
    ids.iter().map(|id| ListedModel { id: (*id).into(), ..ListedModel::default() }).collect()
}

/// Beginnings of words in the ids of models that do something else than write.
const NOT_WRITING: &[&str] = &[
    "embed",
    "bge",
    "minilm",
    "e5",
    "rerank",
    "clip", // vectors
    "tts",
    "whisper",
    "transcribe",
    "audio",
    "speech",
    "realtime",
    "lyria", // sound
    "image",
    "imagen",
    "dall",
    "banana",
    "diffusion",
    "veo",
    "sora",
    "video", // pictures
    "moderation",
    "guard",
    "shieldgemma", // judges
    "robotics",
    "computer", // tools of their own
];

/// True for a listed model that can write code (no embedding, speech or image models).
pub fn writes_code(kind: ProviderKind, listed: &ListedModel) -> bool {
    let name = family::name(&listed.id);
    !NOT_WRITING.iter().chain(kind.facts().other_calls).any(|word| family::begins_word(&name, word))
}

/// A retired id's successor and the notice to show.
pub fn successor(id: &str) -> Option<(&'static str, &'static str)> {
    macro_rules! retired {
        ($($id:literal => $successor:literal, $why:literal;)*) => {
            match id {
                $($id => Some((
                    $successor,
                    concat!($id, " ", $why, ". ", $successor, " answers in its place."),
                )),)*
                _ => None,
            }
        };
    }
    retired! {
        "gemini-pro-code" => "gemini-pro-latest", "is not a model that Gemini offers";
        "gemini-pro" => "gemini-pro-latest", "was shut down by Google";
        "gemini-1.0-pro" => "gemini-pro-latest", "was shut down by Google";
        "gemini-1.5-pro-001" => "gemini-pro-latest", "was shut down by Google";
        "gemini-1.5-pro-002" => "gemini-pro-latest", "was shut down by Google";
        "gemini-1.5-pro" => "gemini-pro-latest", "was shut down by Google";
        "gemini-1.5-flash" => "gemini-flash-latest", "was shut down by Google";
        "gemini-2.0-flash" => "gemini-flash-latest", "was shut down by Google";
        "gemini-2.0-flash-lite" => "gemini-flash-lite-latest", "was shut down by Google";
    }
}

/// Id of a provider on the reader's own machine, which the browser asks straight.
pub const HERE: &str = "here";

/// A provider's name for people.
pub fn provider_name(id: &str, kind: ProviderKind) -> String {
    let name = kind.facts().name.unwrap_or(id);
    if id == HERE { format!("{name} here") } else { name.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: &str) -> ListedModel {
        ListedModel { id: id.into(), ..ListedModel::default() }
    }

    #[test]
    fn listed_facts_go_before_usual_ones() {
        let known = ListedModel {
            id: "codellama:7b".into(),
            context: Some(4_096),
            size_bytes: Some(3_800_000_000),
            ..ListedModel::default()
        };
        let model = describe("ollama", crate::provider::ollama::KIND, &known);
        assert_eq!(model.id.to_string(), "ollama/codellama:7b");
        assert_eq!((model.context, model.size_bytes), (Some(4_096), Some(3_800_000_000)));
        assert_eq!(
            describe("ollama", crate::provider::ollama::KIND, &listed("codellama")).context,
            Some(16_384)
        );
    }

    #[test]
    fn an_unknown_model_has_no_invented_facts() {
        let model = describe("box", crate::provider::openai::LOCAL, &listed("my-own-model"));
        assert_eq!((model.strengths.as_str(), model.context, model.typical_seconds), ("", None, None));
    }

    #[test]
    fn samples_say_what_they_show_and_how_long_they_take() {
        for sample in sample::models() {
            let model = describe(sample::PROVIDER, sample::KIND, &sample);
            assert!(!model.strengths.is_empty() && model.typical_seconds.is_some(), "{}", sample.id);
        }
        // A server may call its model anything.
        assert_eq!(describe("box", crate::provider::openai::LOCAL, &listed("quick")).typical_seconds, None);
    }

    #[test]
    fn shipped_models_write_code_and_have_words() {
        for kind in [
            crate::provider::gemini::KIND,
            crate::provider::ollama::KIND,
            crate::provider::openai::KIND,
            sample::KIND,
        ] {
            let models = shipped(kind);
            assert!(!models.is_empty());
            for model in models {
                assert!(writes_code(kind, &model), "{}", model.id);
                assert!(!describe("x", kind, &model).strengths.is_empty(), "{}", model.id);
            }
        }
    }

    #[track_caller]
    fn check_writes(kind: ProviderKind, expect: bool, ids: &[&str]) {
        for id in ids {
            assert_eq!(writes_code(kind, &listed(id)), expect, "{id}");
        }
    }

    #[test]
    fn only_models_that_write_are_offered() {
        check_writes(
            crate::provider::gemini::KIND,
            true,
            &["gemini-3.8-flash", "gemini-pro-latest", "gemma-4-31b-it"],
        );
        check_writes(
            crate::provider::gemini::KIND,
            false,
            &[
                "gemini-embedding-001",
                "gemini-2.5-flash-preview-tts",
                "gemini-2.5-flash-image",
                "imagen-4.0-generate-001",
                "veo-3.0-generate-001",
                "gemini-live-2.5-flash",
                "gemini-robotics-er-1.5-preview",
                "gemini-2.5-computer-use-preview",
                "nano-banana-pro-preview",
                "aqa",
            ],
        );
        check_writes(
            crate::provider::openai::KIND,
            true,
            &["gpt-5", "gpt-4.1-mini", "o3-mini", "chatgpt-4o-latest", "gpt-3.5-turbo"],
        );
        check_writes(
            crate::provider::openai::KIND,
            false,
            &[
                "text-embedding-3-small",
                "omni-moderation-latest",
                "tts-1-hd",
                "whisper-1",
                "dall-e-3",
                "gpt-image-1",
                "gpt-4o-realtime-preview",
                "gpt-4o-audio-preview",
                "gpt-4o-transcribe",
                "sora-2",
                "davinci-002",
                "gpt-3.5-turbo-instruct",
                "gpt-5-codex",
                "gpt-5-pro",
                "o3-deep-research",
            ],
        );
        check_writes(
            crate::provider::ollama::KIND,
            true,
            &["codellama:13b-instruct", "qwen2.5-coder:14b", "hf.co/bartowski/DeepSeek-R1-GGUF"],
        );
        check_writes(
            crate::provider::ollama::KIND,
            false,
            &[
                "nomic-embed-text",
                "mxbai-embed-large:335m",
                "all-minilm",
                "bge-m3",
                "llama-guard3",
                "shieldgemma:2b",
            ],
        );
        check_writes(
            crate::provider::openai::LOCAL,
            false,
            &["Qwen/Qwen3-Embedding-0.6B", "intfloat/e5-mistral-7b"],
        );
    }

    #[test]
    fn the_one_on_the_own_machine_is_told_from_the_servers() {
        let kind = crate::provider::ollama::KIND;
        assert_ne!(provider_name(HERE, kind), provider_name(kind.id(), kind));
    }

    #[test]
    fn retired_ids_lead_to_an_alias_of_today_with_a_sentence() {
        for (id, alias) in [
            ("gemini-pro-code", "gemini-pro-latest"),
            ("gemini-pro", "gemini-pro-latest"),
            ("gemini-1.5-pro-001", "gemini-pro-latest"),
            ("gemini-1.5-flash", "gemini-flash-latest"),
            ("gemini-2.0-flash-lite", "gemini-flash-lite-latest"),
        ] {
            let (successor, notice) = successor(id).expect(id);
            assert_eq!(successor, alias);
            assert!(notice.starts_with(id) && notice.contains(alias) && notice.ends_with('.'), "{notice}");
            assert_eq!(super::successor(successor), None, "a successor is not retired itself");
        }
    }

    #[test]
    fn living_ids_have_no_successor() {
        for kind in [
            crate::provider::gemini::KIND,
            crate::provider::ollama::KIND,
            crate::provider::openai::KIND,
            sample::KIND,
        ] {
            for model in shipped(kind) {
                assert_eq!(successor(&model.id), None, "{}", model.id);
            }
        }
        assert_eq!(successor(""), None);
    }
}

//! What is known by family: a table of models that share a name, a strength and a usual context.

/// Models that share a name.
#[derive(Debug)]
pub(super) struct Family {
    /// The name: an id that holds all of these words is of the family.
    name: &'static [&'static str],
    /// What it is good for, in at most five words.
    pub strengths: &'static str,
    /// Usual context in tokens, where the provider's list does not say.
    pub context: Option<u64>,
    /// How well it writes code among the families here, 0 to 9. Our order, not a measurement.
    pub code: u8,
    /// It begins to answer at once: small, or built for speed.
    pub quick: bool,
    /// Beginnings of the ids to ask instead, best first.
    pub instead: &'static [&'static str],
}

const fn family(name: &'static [&'static str], strengths: &'static str, context: u64, code: u8) -> Family {
    Family { name, strengths, context: Some(context), code, quick: false, instead: &[] }
}

impl Family {
    const fn quick(self) -> Self {
        Self { quick: true, ..self }
    }

    const fn instead(self, instead: &'static [&'static str]) -> Self {
        Self { instead, ..self }
    }
}

/// Every family, once in memory, so that address is identity. The first that fits counts, so narrower names stand
/// before wider ones.
#[rustfmt::skip]
static FAMILIES: &[Family] = &[
    // Gemini and Gemma
    family(&["gemini", "flash", "lite"], "Fastest, for small tasks", 1_048_576, 6).quick()
        .instead(&["gemini-flash-latest"]),
    family(&["gemini", "flash"], "Fast, long context", 1_048_576, 8).quick()
        .instead(&["gemini-flash-lite-latest", "gemini-pro-latest"]),
    family(&["gemini", "pro"], "Hard problems, slower", 1_048_576, 9)
        .instead(&["gemini-flash-latest", "gemini-flash-lite-latest"]),
    family(&["gemini"], "Broad knowledge, long context", 1_048_576, 8)
        .instead(&["gemini-flash-latest", "gemini-pro-latest"]),
    family(&["codegemma"], "Small, quick completions", 8_192, 3).quick()
        .instead(&["qwen2.5-coder", "codellama"]),
    family(&["gemma", "4"], "Broad, many spoken languages", 262_144, 5),
    family(&["gemma3"], "Broad, many spoken languages", 131_072, 4),
    family(&["gemma", "3"], "Broad, many spoken languages", 131_072, 4),
    family(&["gemma"], "Small, for explanations", 8_192, 2).quick(),
    // Meta
    family(&["codellama"], "Known well, runs anywhere", 16_384, 3)
        .instead(&["codellama:13b", "codegemma", "qwen2.5-coder"]),
    family(&["llama3.3"], "Follows long instructions", 131_072, 5)
        .instead(&["llama3.1", "qwen2.5-coder"]),
    family(&["llama"], "Explains and plans", 131_072, 3)
        .instead(&["llama3.1", "qwen2.5-coder"]),
    // IBM
    family(&["granite", "code"], "Business code, openly trained", 128_000, 4)
        .instead(&["granite-code:8b", "qwen2.5-coder"]),
    family(&["granite"], "Business text, small", 131_072, 3)
        .instead(&["granite-code", "qwen2.5-coder"]),
    // DeepSeek
    family(&["deepseek", "coder", "v2"], "Many languages, strong", 163_840, 6)
        .instead(&["deepseek-coder", "qwen2.5-coder"]),
    family(&["deepseek", "coder"], "Many languages, completions", 16_384, 4)
        .instead(&["deepseek-coder-v2", "qwen2.5-coder", "codellama"]),
    family(&["deepseek", "r1"], "Thinks first, slow", 131_072, 5)
        .instead(&["deepseek-coder-v2", "qwen2.5-coder"]),
    family(&["deepseek"], "Strong all round", 131_072, 7)
        .instead(&["deepseek-coder-v2", "qwen2.5-coder"]),
    // Qwen
    family(&["qwen3", "coder"], "Large code bases", 262_144, 8)
        .instead(&["qwen2.5-coder", "qwen3"]),
    family(&["qwen", "coder"], "Strong code, all sizes", 32_768, 7)
        .instead(&["qwen3-coder", "deepseek-coder-v2"]),
    family(&["qwen3"], "Thinks first, broad", 40_960, 5)
        .instead(&["qwen2.5-coder"]),
    family(&["qwen"], "Broad, many spoken languages", 32_768, 4)
        .instead(&["qwen2.5-coder"]),
    // Mistral
    family(&["codestral"], "Code in 80 languages", 32_768, 6)
        .instead(&["devstral", "qwen2.5-coder"]),
    family(&["devstral"], "Code across files", 131_072, 7)
        .instead(&["codestral", "qwen2.5-coder"]),
    family(&["mistral"], "Quick, general", 32_768, 3).quick()
        .instead(&["codestral", "qwen2.5-coder"]),
    family(&["ministral"], "Small, general", 131_072, 3).quick()
        .instead(&["codestral", "qwen2.5-coder"]),
    family(&["mixtral"], "General, several experts", 32_768, 3)
        .instead(&["codestral", "qwen2.5-coder"]),
    // Others that run at home
    family(&["starcoder"], "Completions, openly trained", 16_384, 3)
        .instead(&["qwen2.5-coder", "codellama"]),
    family(&["phi4"], "Small, reasons well", 16_384, 4).quick()
        .instead(&["qwen2.5-coder"]),
    family(&["phi", "4"], "Small, reasons well", 16_384, 4).quick()
        .instead(&["qwen2.5-coder"]),
    family(&["phi"], "Very small, quick", 4_096, 2).quick()
        .instead(&["qwen2.5-coder"]),
    // OpenAI
    family(&["gpt", "oss"], "Thinks first, runs locally", 131_072, 6)
        .instead(&["qwen3-coder", "qwen2.5-coder"]),
    family(&["gpt-5", "mini"], "Fast, good code", 400_000, 8).quick()
        .instead(&["gpt-4.1-mini"]),
    family(&["gpt-5", "nano"], "Fastest, for small tasks", 400_000, 6).quick()
        .instead(&["gpt-4.1-mini"]),
    family(&["gpt-5"], "Hard problems, careful code", 400_000, 9)
        .instead(&["gpt-5-mini", "gpt-4.1"]),
    family(&["gpt-4.1", "mini"], "Fast, long context", 1_047_576, 6).quick()
        .instead(&["gpt-5-mini", "gpt-4.1"]),
    family(&["gpt-4.1"], "Follows instructions, long context", 1_047_576, 7)
        .instead(&["gpt-4.1-mini", "gpt-5-mini"]),
    family(&["gpt-4o", "mini"], "Fast, cheap", 128_000, 5).quick()
        .instead(&["gpt-4.1-mini"]),
    family(&["gpt-3.5"], "Old, cheap", 16_385, 3).quick()
        .instead(&["gpt-4.1-mini"]),
    family(&["gpt"], "Strong all round", 128_000, 7)
        .instead(&["gpt-4.1", "gpt-4.1-mini"]),
    family(&["chatgpt"], "Conversation first", 128_000, 6)
        .instead(&["gpt-4.1", "gpt-4.1-mini"]),
    family(&["o1"], "Thinks first, slow", 200_000, 7).instead(&["gpt-5-mini", "gpt-4.1"]),
    family(&["o3"], "Thinks first, slow", 200_000, 8).instead(&["gpt-5-mini", "gpt-4.1"]),
    family(&["o4"], "Thinks first", 200_000, 8).instead(&["gpt-5-mini", "gpt-4.1"]),
];

/// The family of a provider's model id.
pub(super) fn of(id: &str) -> Option<&'static Family> {
    let id = name(id);
    FAMILIES.iter().find(|family| family.name.iter().all(|part| has_word(&id, part)))
}

/// The name in an id, in lower case: without the owner or the folders before it, as in `Qwen/Qwen2.5-Coder-7B`.
pub(super) fn name(id: &str) -> String {
    id.rsplit(['/', '\\']).next().unwrap_or(id).to_ascii_lowercase()
}

/// True if `word` stands in `name` by itself: a version may follow at once, as in `phi4`, but no letter.
pub(super) fn has_word(name: &str, word: &str) -> bool {
    places(name, word).any(|at| !name[at + word.len()..].starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// True if one of the words of `name` begins with `start`.
pub(super) fn begins_word(name: &str, start: &str) -> bool {
    places(name, start).next().is_some()
}

/// Where `text` stands in `name` behind anything that is no letter or digit.
fn places<'a>(name: &'a str, text: &'a str) -> impl Iterator<Item = usize> {
    let starts_word = |at: &usize| !name[..*at].ends_with(|c: char| c.is_ascii_alphanumeric());
    name.match_indices(text).map(|(at, _)| at).filter(starts_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(id: &str, strengths: Option<&str>) {
        assert_eq!(of(id).map(|family| family.strengths), strengths, "{id}");
    }

    #[test]
    fn ids_find_their_family() {
        check("gemini-flash-latest", Some("Fast, long context"));
        check("gemini-3.5-flash-lite", Some("Fastest, for small tasks"));
        check("gemini-pro-latest", Some("Hard problems, slower"));
        check("gemini-4-argon", Some("Broad knowledge, long context"));
        check("gemma-4-31b-it", Some("Broad, many spoken languages"));
        check("gemma2:9b", Some("Small, for explanations"));
        check("codegemma:7b", Some("Small, quick completions"));
        check("codellama", Some("Known well, runs anywhere"));
        check("CodeLlama-13b-Instruct-hf", Some("Known well, runs anywhere"));
        check("llama3.3:70b", Some("Follows long instructions"));
        check("llama3.1", Some("Explains and plans"));
        check("Meta-Llama-3-8B", Some("Explains and plans"));
        check("granite-code:8b", Some("Business code, openly trained"));
        check("granite-8b-code-instruct", Some("Business code, openly trained"));
        check("granite4", Some("Business text, small"));
        check("deepseek-coder:6.7b", Some("Many languages, completions"));
        check("deepseek-coder-v2:16b", Some("Many languages, strong"));
        check("deepseek-r1:14b", Some("Thinks first, slow"));
        check("deepseek-chat", Some("Strong all round"));
        check("qwen2.5-coder:14b", Some("Strong code, all sizes"));
        check("Qwen/Qwen2.5-Coder-7B-Instruct-GGUF", Some("Strong code, all sizes"));
        check("qwen3-coder:30b", Some("Large code bases"));
        check("qwen3:8b", Some("Thinks first, broad"));
        check("starcoder2:3b", Some("Completions, openly trained"));
        check("codestral", Some("Code in 80 languages"));
        check("devstral:24b", Some("Code across files"));
        check("mistral-small3.2", Some("Quick, general"));
        check("phi4", Some("Small, reasons well"));
        check("phi3:mini", Some("Very small, quick"));
        check("gpt-oss:20b", Some("Thinks first, runs locally"));
        check("gpt-4.1-mini", Some("Fast, long context"));
        check("gpt-5.1", Some("Hard problems, careful code"));
        check("gpt-4o", Some("Strong all round"));
        check("o3-mini", Some("Thinks first, slow"));
        check("/models/qwen2.5-coder-7b-q4_k_m.gguf", Some("Strong code, all sizes"));
        check("C:\\models\\Phi-4.gguf", Some("Small, reasons well"));
    }

    #[test]
    fn what_only_looks_like_a_family_is_none() {
        check("", None);
        check("my-model", None);
        check("llama/unheard-of", None);
        check("solo3", None);
        check("philosopher", None);
    }

    #[test]
    fn strengths_are_at_most_five_words() {
        for family in FAMILIES {
            let words = family.strengths.split_whitespace().count();
            assert!((1..=5).contains(&words), "{}", family.strengths);
            assert!(family.code <= 9);
        }
    }

    #[test]
    fn every_family_can_be_reached_and_every_fallback_has_one() {
        for family in FAMILIES {
            let id = family.name.join("-");
            assert!(
                of(&id).is_some_and(|found| std::ptr::eq(found, family)),
                "{id} is hidden by an earlier one"
            );
            for other in family.instead {
                assert!(of(other).is_some(), "{other}");
            }
        }
    }
}

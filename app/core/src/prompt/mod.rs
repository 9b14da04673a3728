//! The words that go to a model: a brief in, a system and a user message out.
//!
//! The system message says how to answer, the user message what to write. Both are short, because small local models lose
//! the request in long instructions: only what was chosen is said, each thing once. The sentences are tables in `guidance`.

mod guidance;

use crate::brief::Brief;

/// What is sent, the same for every model of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// How to answer.
    pub system: String,
    /// What to write: the prompt as it was typed, then one line on the form of the answer.
    pub user: String,
}

/// What every answer must be like. A model that says "rest of code" here has not answered.
const CONTRACT: &str = "One fenced code block holds one complete file that works as it stands: every import, every \
    function written out, nothing shortened to a placeholder, an ellipsis or a remark such as \"rest of code\". Before \
    the block, at most two sentences on the approach. Where the request leaves something open, take the simplest \
    reasonable meaning and say so there.";

/// Composes the messages of `brief`.
pub fn compose(brief: &Brief) -> Prompt {
    let language = brief.language();
    let guidance = guidance::of(language);
    let mut system = format!("You write {}.\n{CONTRACT}\n", language.name());
    let mut say = |sentence: &str| {
        system.push_str("\n- ");
        system.push_str(sentence);
    };
    say(guidance.idiom);
    say(guidance::for_complexity(brief.complexity()));
    for wish in brief.wishes().iter() {
        say(guidance::for_wish(wish).unwrap_or(guidance.tests));
    }
    // Repeated where small models look last: behind the request.
    let user = format!(
        "{}\n\nAnswer with the complete file in one {}{} block.",
        brief.prompt(),
        guidance.fence,
        language.slug()
    );
    Prompt { system, user }
}

#[cfg(test)]
mod tests {
    use super::{guidance, *};
    use crate::{
        brief::{Complexity, Draft, Language, Wish, Wishes},
        provider::ModelRef,
    };

    fn brief(prompt: &str, language: Language, complexity: Complexity, wishes: Wishes) -> Brief {
        let draft = Draft {
            prompt: prompt.into(),
            models: vec![ModelRef::new("sample", "quick")],
            language: language.slug().into(),
            complexity,
            wishes,
            ..Draft::default()
        };
        draft.check(|_| None).expect("the draft is good")
    }

    fn wish_sentence(wish: Wish, language: Language) -> &'static str {
        guidance::for_wish(wish).unwrap_or(guidance::of(language).tests)
    }

    /// All 32 sets of wishes.
    fn all_wishes() -> impl Iterator<Item = Wishes> {
        (0..1 << Wish::ALL.len()).map(|bits| {
            Wish::ALL
                .into_iter()
                .enumerate()
                .filter(|(i, _)| bits >> i & 1 == 1)
                .map(|(_, wish)| wish)
                .collect()
        })
    }

    #[test]
    fn the_whole_message_reads_as_meant() {
        let wishes = [Wish::ErrorHandling, Wish::Tests].into_iter().collect();
        let prompt = compose(&brief("Add two numbers.", Language::Go, Complexity::Basic, wishes));
        assert_eq!(
            prompt.system,
            "You write Go.\n\
             One fenced code block holds one complete file that works as it stands: every import, every function \
             written out, nothing shortened to a placeholder, an ellipsis or a remark such as \"rest of code\". Before \
             the block, at most two sentences on the approach. Where the request leaves something open, take the \
             simplest reasonable meaning and say so there.\n\
             \n\
             - Current Go, gofmt style, standard library first. Return errors wrapped with %w and what was being done; \
             pass context.Context to whatever blocks; never leave a goroutine behind.\n\
             - Keep it simple, for a beginner: the direct solution, common features only, a comment on each step.\n\
             - Check input where it enters; report failures with what was wrong and where.\n\
             - End the file with table-driven tests for the testing package."
        );
        assert_eq!(prompt.user, "Add two numbers.\n\nAnswer with the complete file in one ```go block.");
    }

    #[test]
    fn every_choice_is_said_once_and_nothing_else_is() {
        for &language in Language::ALL {
            for complexity in Complexity::ALL {
                for wishes in all_wishes() {
                    let system = compose(&brief("x", language, complexity, wishes)).system;
                    let count = |sentence: &str| system.matches(sentence).count();
                    for &other in Language::ALL {
                        assert_eq!(count(guidance::of(other).idiom), usize::from(other == language));
                    }
                    for other in Complexity::ALL {
                        assert_eq!(count(guidance::for_complexity(other)), usize::from(other == complexity));
                    }
                    for wish in Wish::ALL {
                        assert_eq!(
                            count(wish_sentence(wish, language)),
                            usize::from(wishes.has(wish)),
                            "{wish:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_longest_system_message_stays_short() {
        let all = Wish::ALL.into_iter().collect();
        for &language in Language::ALL {
            for complexity in Complexity::ALL {
                let length = compose(&brief("x", language, complexity, all)).system.len();
                assert!(length <= 1_200, "{length} characters for {}", language.name());
            }
        }
    }

    #[test]
    fn the_prompt_goes_out_as_it_was_typed() {
        for typed in ["  indented\n\n\ttext \n", "{} {0} %s \\n", "```rust\nfn main() {}\n```", "Grüße 🎉"]
        {
            let prompt = compose(&brief(typed, Language::Rust, Complexity::Basic, Wishes::NONE));
            assert!(prompt.user.starts_with(typed), "{}", prompt.user);
            assert!(!prompt.system.contains(typed));
        }
    }

    #[test]
    fn markdown_asks_for_a_fence_that_holds_fences() {
        let user = |language| compose(&brief("x", language, Complexity::Basic, Wishes::NONE)).user;
        assert!(user(Language::Markdown).contains("one ````markdown block"));
        assert!(user(Language::CSharp).contains("one ```csharp block"));
    }
}

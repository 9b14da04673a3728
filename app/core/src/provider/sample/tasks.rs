//! What the samples know: three tasks, and the answers to them in the languages they were written in.

use crate::brief::Language;

/// A request to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Starter {
    /// What it is, for a button: "a duration parser".
    pub label: &'static str,
    /// The words for the prompt box.
    pub prompt: &'static str,
}

/// The requests that the samples can answer. They suit every model and, in their wording, every language.
pub fn starters() -> &'static [Starter] {
    &STARTERS
}

const STARTERS: [Starter; 3] = [
    Starter {
        label: "a duration parser",
        prompt: r#"Write parseDuration(text): whole milliseconds from texts such as "1h30m", "90s" or "2.5s". Units are d, h, m, s and ms; spaces between parts are fine. Anything else is an error that names the position.

parseDuration("90s") === 90000
parseDuration("1h 30m") === 5400000
parseDuration("2.5s") === 2500"#,
    },
    Starter {
        label: "an LRU cache with expiry",
        prompt: r#"Write LruCache(capacity, ttlMs, now) with get(key), set(key, value) and a size. When it is full, the entry that was not used for longest goes. An entry that is ttlMs old counts as gone. now is the clock, in milliseconds, so that tests need not wait.

new LruCache(2, 1000).size === 0
new LruCache(2, 1000).get("a") === undefined"#,
    },
    Starter {
        label: "a CSV import with bad rows",
        prompt: r#"Write importCsv(text) for the header name,email,age. It returns rows and errors. A bad row never stops the import: it becomes an error with its line and the reason (wrong number of fields, no name, no address, an age that is no number, broken quotes). Quoted fields may hold commas, doubled quotes and line breaks.

importCsv("name,email,age\nAda,ada@example.org,36").rows.length === 1
importCsv("name,email,age\nAda,ada@example.org,old").errors[0].line === 2"#,
    },
];

/// The page with faults.
pub(super) const FAULTY_PAGE: &str = include_str!("answers/faulty-page.md");

/// Who speaks: three answers to each task, alike in approach and different in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    Quick,
    Thorough,
    StandIn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Duration,
    Lru,
    Csv,
}

impl Task {
    const ALL: [Self; 3] = [Self::Duration, Self::Lru, Self::Csv];

    fn name(self) -> &'static str {
        match self {
            Self::Duration => "duration parser",
            Self::Lru => "LRU cache with expiry",
            Self::Csv => "CSV import with bad rows",
        }
    }

    /// Words of a request, in lower case: it may mean this task if one is there, and means it if all are.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Duration => &["duration", "pars"],
            Self::Lru => &["cache", "lru"],
            Self::Csv => &["csv", "import"],
        }
    }

    fn reasoning(self) -> &'static str {
        match self {
            Self::Duration => {
                "A duration is one or more parts, and a part is a number with a unit. If every part must start where \
                 the last one ended, the position of an error comes for free. Try ms before m. Round once, at the end."
            }
            Self::Lru => {
                "Both operations should take constant time, so the container itself should keep the order of use. \
                 Reading moves an entry to the end. Expiry can wait until somebody asks. The clock comes from outside."
            }
            Self::Csv => {
                "Keep two questions apart: where a record ends, which depends on quotes, and whether a record is a \
                 good row. A record can span lines, so the line to report is the one on which it begins."
            }
        }
    }
}

/// The task that `request` comes nearest to, and whether it means just that.
fn task(request: &str) -> (Task, bool) {
    let request = request.to_ascii_lowercase();
    let hits = |task: Task| task.words().iter().filter(|word| request.contains(**word)).count();
    // The first of equals: max_by_key would give the last.
    let best = Task::ALL.into_iter().rev().max_by_key(|task| hits(*task)).unwrap_or(Task::Duration);
    (best, hits(best) == best.words().len())
}

/// What is thought about the task before it is answered.
pub(super) fn reasoning(request: &str) -> &'static str {
    task(request).0.reasoning()
}

/// The answer to what comes nearest to `request`. Where that is not what was asked for, the first line says so.
pub(super) fn answer(request: &str, language: Language, voice: Voice) -> String {
    let (task, asked) = task(request);
    let known = |language| Some((language, written(task, language, voice)?));
    let (spoken, text) = known(language)
        .or_else(|| known(sibling(language)))
        .or_else(|| known(Language::TypeScript))
        .expect("every task is answered in TypeScript by every voice");
    if asked && spoken == language {
        return text.to_owned();
    }
    format!("Sample models know three tasks. This is the {} in {}.\n\n{text}", task.name(), spoken.name())
}

/// The language whose readers can read `language` best.
fn sibling(language: Language) -> Language {
    if language == Language::Jsx { Language::JavaScript } else { Language::TypeScript }
}

fn written(task: Task, language: Language, voice: Voice) -> Option<&'static str> {
    macro_rules! voices {
        ($task:literal, $language:literal) => {
            match voice {
                Voice::Quick => include_str!(concat!("answers/", $task, "-quick-", $language, ".md")),
                Voice::Thorough => include_str!(concat!("answers/", $task, "-thorough-", $language, ".md")),
                Voice::StandIn => include_str!(concat!("answers/", $task, "-stand-in-", $language, ".md")),
            }
        };
    }
    Some(match (task, language) {
        (Task::Duration, Language::TypeScript) => voices!("duration", "ts"),
        (Task::Duration, Language::JavaScript) => voices!("duration", "js"),
        (Task::Duration, Language::Python) => voices!("duration", "py"),
        (Task::Duration, Language::Rust) => voices!("duration", "rs"),
        (Task::Lru, Language::TypeScript) => voices!("lru", "ts"),
        (Task::Lru, Language::Python) => voices!("lru", "py"),
        (Task::Csv, Language::TypeScript) => voices!("csv", "ts"),
        (Task::Csv, Language::Python) => voices!("csv", "py"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOICES: [Voice; 3] = [Voice::Quick, Voice::Thorough, Voice::StandIn];

    #[track_caller]
    fn check(request: &str, language: Language, first_line: Option<&str>, fence: &str) {
        for voice in VOICES {
            let answer = answer(request, language, voice);
            let honest = answer.lines().next().filter(|line| line.starts_with("Sample models know"));
            assert_eq!(honest, first_line);
            assert!(answer.contains(&format!("\n```{fence}\n")), "{answer}");
        }
    }

    #[test]
    fn starters_are_answered_in_the_languages_they_were_written_in() {
        let [duration, lru, csv] = STARTERS.map(|starter| starter.prompt);
        check(duration, Language::TypeScript, None, "typescript");
        check(duration, Language::JavaScript, None, "javascript");
        check(duration, Language::Python, None, "python");
        check(duration, Language::Rust, None, "rust");
        check(lru, Language::TypeScript, None, "typescript");
        check(lru, Language::Python, None, "python");
        check(csv, Language::TypeScript, None, "typescript");
        check(csv, Language::Python, None, "python");
    }

    #[test]
    fn anything_else_gets_the_nearest_and_is_told_so() {
        let told = |what| Some(format!("Sample models know three tasks. This is the {what}."));
        let duration_ts = told("duration parser in TypeScript");
        check(STARTERS[0].prompt, Language::Go, duration_ts.as_deref(), "typescript");
        check("Sort a list", Language::Sql, duration_ts.as_deref(), "typescript");
        check(
            STARTERS[0].prompt,
            Language::Jsx,
            told("duration parser in JavaScript").as_deref(),
            "javascript",
        );
        check("Animate with a duration", Language::Rust, told("duration parser in Rust").as_deref(), "rust");
        check(
            "Cache it",
            Language::Rust,
            told("LRU cache with expiry in TypeScript").as_deref(),
            "typescript",
        );
        check("Write CSV", Language::Python, told("CSV import with bad rows in Python").as_deref(), "python");
    }

    #[test]
    fn requests_are_known_by_their_words() {
        for (request, expect) in [
            ("PARSE a Duration", (Task::Duration, true)),
            ("an lru cache", (Task::Lru, true)),
            ("cache durations in an LRU", (Task::Lru, true)),
            ("import rows of CSV", (Task::Csv, true)),
            ("read csv", (Task::Csv, false)),
            ("", (Task::Duration, false)),
        ] {
            assert_eq!(task(request), expect, "{request}");
        }
    }

    #[test]
    fn every_answer_is_prose_and_one_closed_fence() {
        for task in Task::ALL {
            for &language in Language::ALL {
                for text in VOICES.iter().filter_map(|voice| written(task, language, *voice)) {
                    assert_eq!(text.matches("```").count(), 2, "{text}");
                    assert!(text.starts_with(char::is_alphabetic) || text.starts_with('`'), "{text}");
                    assert!(!text.contains('\t') && text.is_ascii(), "{text}");
                }
            }
        }
    }

    #[test]
    fn voices_differ() {
        for task in Task::ALL {
            for &language in Language::ALL {
                let texts: Vec<_> =
                    VOICES.iter().filter_map(|voice| written(task, language, *voice)).collect();
                assert!(texts.is_empty() || texts.len() == 3);
                assert!(texts.windows(2).all(|pair| pair[0] != pair[1]));
            }
        }
    }
}

//! What is said for each language, complexity and wish: tables of sentences.

use crate::brief::{Complexity, Language, Wish};

/// What is said about a language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guidance {
    /// Version, idiom and how errors are reported.
    pub idiom: &'static str,
    /// How to test; said if tests are wished for.
    pub tests: &'static str,
    /// The mark that opens the block of the answer: longer than any inside it.
    pub fence: &'static str,
}

/// The guidance of `language`.
pub(super) fn of(language: Language) -> Guidance {
    let (idiom, tests) = match language {
        Language::TypeScript => (
            "TypeScript 5 in strict mode, ES modules, no any: narrow unknown instead. Unions over enums, readonly where \
             it holds. Throw Error subclasses that name the offending value.",
            "End the file with tests for node:test and node:assert/strict.",
        ),
        Language::JavaScript => (
            "Modern JavaScript (ES2023), ES modules, const before let, JSDoc types on exports. Throw Error subclasses \
             that name the offending value; await every promise or handle its rejection.",
            "End the file with tests for node:test and node:assert/strict, in plain JavaScript.",
        ),
        Language::Tsx => (
            "React 19 function components in strict TypeScript with typed props. Derive state instead of copying it, \
             stable keys, effects only for outside systems. Label every control; show loading and failure.",
            "End the file with Vitest and Testing Library tests that find things by role and name, props typed.",
        ),
        Language::Jsx => (
            "React 19 function components in plain JavaScript, props in JSDoc. Derive state instead of copying it, \
             stable keys, effects only for outside systems. Label every control; show loading and failure.",
            "End the file with Vitest and Testing Library tests that find things by role and name.",
        ),
        Language::Python => (
            "Python 3.12, type hints on every signature, PEP 8, standard library first: dataclasses, pathlib. Raise \
             specific exceptions that name the offending value; no bare except, no mutable defaults.",
            "End the file with pytest tests, parametrized where they form a table.",
        ),
        Language::Rust => (
            "Rust, edition 2024, standard library unless the request needs a crate. Return Result with an error enum \
             that implements Display and Error; no unwrap outside tests; borrow rather than clone.",
            "End the file with a #[cfg(test)] module, one test per behaviour.",
        ),
        Language::Go => (
            "Current Go, gofmt style, standard library first. Return errors wrapped with %w and what was being done; \
             pass context.Context to whatever blocks; never leave a goroutine behind.",
            "End the file with table-driven tests for the testing package.",
        ),
        Language::Java => (
            "Java 21: records, sealed types, pattern matching, java.time, try-with-resources. Throw specific exceptions \
             with a message; return Optional or an empty collection, never null.",
            "End the file with a nested class of JUnit 5 tests, parameterized where they form a table.",
        ),
        Language::Kotlin => (
            "Kotlin 2: data and sealed classes, val before var, null safety without !!. Guard with require and check; \
             structured coroutines for what waits, and never swallow CancellationException.",
            "End the file with kotlin.test tests whose names are sentences.",
        ),
        Language::Swift => (
            "Swift 6 with complete concurrency checking: structs first, guard for early exit, async/await. Throw enums \
             that conform to Error; no force unwrap, no try!.",
            "End the file with Swift Testing tests: @Test and #expect.",
        ),
        Language::CSharp => (
            "C# 13 with nullable enabled: records, pattern matching, file-scoped namespaces. Async methods take a \
             CancellationToken; throw specific exceptions with nameof; dispose with using.",
            "End the file with xUnit tests, [Theory] where they form a table.",
        ),
        Language::Cpp => (
            "C++20: RAII, standard containers and ranges, string_view and span as parameters, const by default, no raw \
             new or delete. Exceptions for failure, std::optional for absence.",
            "End the file with Catch2 tests behind an #ifdef.",
        ),
        Language::C => (
            "C17, clean under -Wall -Wextra -Wpedantic. Pass sizes along with buffers, check every allocation and \
             return value, free on every path; report errors by return code. State who owns what.",
            "End the file with a main behind #ifdef TEST that checks with assert.",
        ),
        Language::Php => (
            "PHP 8.3 with declare(strict_types=1), PSR-12, typed readonly properties, enums, match. Throw specific \
             exceptions; bind SQL parameters, escape output where it is printed.",
            "End the file with a PHPUnit test class that uses data providers.",
        ),
        Language::Ruby => (
            "Ruby 3.3 with frozen_string_literal, keyword arguments, small methods, Enumerable over loops. Raise \
             subclasses of StandardError with a message; never rescue Exception.",
            "End the file with Minitest tests.",
        ),
        Language::Html => (
            "One HTML document from <!doctype html> to </html>: lang, charset, viewport, title, landmarks, one h1. CSS in \
             one <style>, script only if needed, nothing loaded from elsewhere. Alt texts, labels, contrast, fits 320 px.",
            "End the body with an HTML comment that lists what to check by hand.",
        ),
        Language::Css => (
            "Modern CSS: custom properties, grid and flex, logical properties, nesting, layers. Low specificity, no ids, \
             no !important. Visible focus, contrast of 4.5, prefers-reduced-motion honoured.",
            "End the file with a comment holding markup that shows every rule at work.",
        ),
        Language::Sql => (
            "Standard SQL that runs on PostgreSQL 16; name the dialect if it must be another. Explicit columns and joins, \
             constraints in the schema, placeholders for values, one transaction for what belongs together.",
            "End the file with queries that return no row if all is right.",
        ),
        Language::Bash => (
            "Bash 5 with set -euo pipefail: quote expansions, arrays for lists, [[ ]] for conditions, local in functions, \
             trap for clean-up. Errors go to stderr with a non-zero status; ShellCheck finds nothing.",
            "Guard main so that the file can be sourced, and end it with Bats tests in a comment.",
        ),
        Language::Json => (
            "Strict JSON (RFC 8259): double quotes, no comments, no trailing commas, two spaces of indent. One style of \
             key names; dates as ISO 8601 strings; null only where it means something.",
            "Let the data include the edge cases of the request.",
        ),
        Language::Yaml => (
            "YAML 1.2, two spaces of indent, no tabs, block style. Quote strings that look like numbers, booleans or dates; \
             anchors only against real repetition. Comment what is not obvious.",
            "End the file with a comment on how to check it, with the command.",
        ),
        Language::Markdown => (
            "CommonMark with GFM tables: one h1, headings in order, fenced code with its language, links that say where they \
             lead. Open and close the answer's own block with four backticks.",
            "Make every code sample complete enough to be run, with its output.",
        ),
    };
    let fence = if language == Language::Markdown { "````" } else { "```" };
    Guidance { idiom, tests, fence }
}

/// What is said about `complexity`.
pub(super) fn for_complexity(complexity: Complexity) -> &'static str {
    match complexity {
        Complexity::Basic => {
            "Keep it simple, for a beginner: the direct solution, common features only, a comment on each step."
        }
        Complexity::Intermediate => {
            "Write for a working developer: idiomatic, edge cases handled, no abstraction without a need."
        }
        Complexity::Advanced => {
            "Write for an expert: sound under concurrency and at scale, extensible where change is likely, advanced \
             features where they pay."
        }
    }
}

/// What is said for `wish`; `None` if the language says it.
pub(super) fn for_wish(wish: Wish) -> Option<&'static str> {
    match wish {
        Wish::ErrorHandling => {
            Some("Check input where it enters; report failures with what was wrong and where.")
        }
        Wish::BestPractices => {
            Some("Follow the common style guide: telling names, small functions, no global state.")
        }
        Wish::Documentation => {
            Some("Document what is public: purpose, parameters, result, errors, one example.")
        }
        Wish::Performance => Some("Mind time and memory; note the complexity where it is not obvious."),
        Wish::Tests => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_own_words() {
        for (i, &language) in Language::ALL.iter().enumerate() {
            for &other in &Language::ALL[..i] {
                assert!(!of(language).idiom.contains(of(other).idiom), "{language:?} and {other:?}");
            }
        }
    }

    #[test]
    fn sentences_end_and_hold_no_double_spaces() {
        let languages = Language::ALL.iter().flat_map(|language| [of(*language).idiom, of(*language).tests]);
        let complexities = Complexity::ALL.into_iter().map(for_complexity);
        let wishes = Wish::ALL.into_iter().filter_map(for_wish);
        for text in languages.chain(complexities).chain(wishes) {
            assert!(text.ends_with('.') && !text.contains("  ") && !text.contains('\n'), "{text}");
        }
    }
}

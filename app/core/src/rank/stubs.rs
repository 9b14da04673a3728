//! Places in the code that stand for code that is missing.
//!
//! Missed ones cost less than false ones: complete code must not lose to a worse answer because it is about a list of things to do.

use crate::brief::Language;
use crate::highlight::{Highlighter, Tone};

/// A place that stands for missing code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stub {
    /// From 1.
    pub(super) line: usize,
    /// What stands there, as people would name it.
    pub(super) what: &'static str,
}

/// All places, in order.
pub(super) fn find(code: &str, language: Language) -> Vec<Stub> {
    let mut highlighter = Highlighter::new(language);
    let mut bodies = Bodies::default();
    let mut found = Vec::new();
    let mut parts = Parts::default();
    for (index, line) in code.lines().enumerate() {
        parts.read(&mut highlighter, line);
        let what = in_comment(&parts.comment).or_else(|| in_code(&parts, language)).or_else(|| {
            let python = language == Language::Python;
            if python { bodies.line(line, &parts) } else { dots_alone(&parts, &mut bodies.brackets) }
        });
        found.extend(what.map(|what| Stub { line: index + 1, what }));
    }
    found
}

/// A line taken apart. Kept from line to line for its room.
#[derive(Default)]
struct Parts {
    comment: String,
    /// Code without comments and without what is in strings.
    code: String,
    text: String,
}

impl Parts {
    fn read(&mut self, highlighter: &mut Highlighter, line: &str) {
        for part in [&mut self.comment, &mut self.code, &mut self.text] {
            part.clear();
        }
        highlighter.line(line, |tone, piece| match tone {
            Tone::Comment => self.comment.push_str(piece),
            Tone::Text => {
                self.text.push_str(piece);
                self.code.push('"');
            }
            Tone::Plain | Tone::Keyword | Tone::Type | Tone::Number => self.code.push_str(piece),
        });
    }
}

/// Phrases that only stand in a comment in place of code.
const PHRASES: &[&str] = &[
    "rest of the code",
    "rest of code",
    "rest of your code",
    "rest of the implementation",
    "rest of the file",
    "rest of the component",
    "rest of the function",
    "your code here",
    "your code goes here",
    "your logic here",
    "code goes here",
    "implementation goes here",
    "implementation here",
    "add your code",
    "add your logic",
    "to be implemented",
    "not implemented",
    "omitted for brevity",
    "left as an exercise",
];

/// Phrases that explanations use as well: they count at the start of a comment or beside dots.
const VAGUE: &[&str] = &[
    "remaining code",
    "existing code",
    "implement this",
    "same as before",
    "remains the same",
    "remain the same",
    "remains unchanged",
    "unchanged code",
];

fn in_comment(comment: &str) -> Option<&'static str> {
    let text = comment.trim().trim_start_matches(['/', '#', '*', '-', '<', '!', ' ', ';', '{']);
    let text = text.trim_end_matches(['/', '*', '-', '>', '}', ' ']);
    for (word, what) in [("TODO", "TODO"), ("FIXME", "FIXME")] {
        if let Some(rest) = text.strip_prefix(word)
            && !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-')
            && !["list", "item", "app", "entry", "entries"]
                .iter()
                .any(|thing| rest.trim_start().starts_with(thing))
        {
            return Some(what);
        }
    }
    if text == "..." || text == "…" {
        return Some("\"...\" in place of code");
    }
    if text.is_empty() {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let dots = lower.contains("...") || lower.contains('…');
    let vague =
        || VAGUE.iter().find(|phrase| lower.starts_with(**phrase) || (dots && lower.contains(**phrase)));
    PHRASES.iter().find(|phrase| lower.contains(**phrase)).or_else(vague).copied()
}

/// Calls and exceptions that say so themselves.
fn in_code(parts: &Parts, language: Language) -> Option<&'static str> {
    let code = parts.code.as_str();
    let has = |word: &str| {
        code.match_indices(word).any(|(at, _)| {
            !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.' || c == ':')
        })
    };
    match language {
        Language::Rust if has("todo!") => Some("todo!()"),
        Language::Rust if has("unimplemented!") => Some("unimplemented!()"),
        Language::Kotlin if has("TODO(") => Some("TODO()"),
        Language::CSharp if code.contains("throw") && code.contains("NotImplementedException") => {
            Some("NotImplementedException")
        }
        Language::Ruby if has("raise") && code.contains("NotImplementedError") => Some("NotImplementedError"),
        _ => {
            let thrown = ["throw", "panic", "raise", "fatalError"].iter().any(|word| has(word));
            let says = thrown && parts.text.len() < 60 && {
                let text = parts.text.to_ascii_lowercase();
                // "Todo not found" is a sentence of a to-do list, "TODO" alone is a gap.
                let bare = text.trim_matches(['"', '\'', '`', ' ', '.', '!']);
                bare == "todo"
                    || bare.starts_with("todo:")
                    || ["not implemented", "unimplemented", "not yet implemented"]
                        .iter()
                        .any(|word| text.contains(word))
            };
            says.then_some("an error \"not implemented\"")
        }
    }
}

/// A line of nothing but dots. In brackets it may be syntax: a parameter pack.
fn dots_alone(parts: &Parts, brackets: &mut isize) -> Option<&'static str> {
    let text = parts.code.trim();
    let alone = *brackets <= 0 && parts.text.is_empty() && (text == "..." || text == "…");
    *brackets += depth(text);
    alone.then_some("\"...\" in place of code")
}

/// Round and square brackets opened less those closed.
fn depth(code: &str) -> isize {
    code.bytes()
        .map(|byte| match byte {
            b'(' | b'[' => 1,
            b')' | b']' => -1,
            _ => 0,
        })
        .sum()
}

/// Follows Python by its lines: where a body begins, `pass` and `...` are all there is to it.
#[derive(Default)]
struct Bodies {
    brackets: isize,
    /// A function's head has ended, and nothing but its documentation came since.
    fresh: bool,
    /// A function's head goes on.
    head: bool,
    /// The function is declared as one that others fill in.
    abstract_: bool,
    /// Indent of a class that only describes others.
    protocol: Option<usize>,
}

impl Bodies {
    fn line(&mut self, line: &str, parts: &Parts) -> Option<&'static str> {
        let code = parts.code.trim();
        // Only a comment, a blank, or documentation.
        if code.bytes().all(|b| b == b'"') {
            return None;
        }
        let indent = line.len() - line.trim_start().len();
        let outside = self.brackets <= 0;
        self.brackets += depth(code);
        if outside {
            self.protocol = self.protocol.filter(|class| indent > *class);
            if code.starts_with('@') {
                self.abstract_ |= code.contains("abstract") || code.contains("overload");
                self.fresh = false;
                return None;
            }
            if code.starts_with("class ") {
                let describes = code.contains("Protocol") || code.contains("ABC");
                self.protocol = self.protocol.or(describes.then_some(indent));
                (self.fresh, self.abstract_) = (false, false);
                return None;
            }
            self.head = self.head || code.starts_with("def ") || code.starts_with("async def ");
        }
        if self.head {
            if self.brackets > 0 {
                return None;
            }
            self.head = false;
            self.fresh = code.ends_with(':');
            let body = code.rsplit_once(':').map_or("", |(_, body)| body.trim());
            return (!self.fresh && !self.declared()).then(|| empty_body(body)).flatten();
        }
        let raised = code.starts_with("raise NotImplementedError").then_some("NotImplementedError");
        let whole = if std::mem::take(&mut self.fresh) { empty_body(code) } else { None };
        let dots = (outside && code == "...").then_some("\"...\" in place of code");
        let found = raised.or(whole).or(dots).filter(|_| !self.declared());
        self.abstract_ = false;
        found
    }

    fn declared(&self) -> bool {
        self.abstract_ || self.protocol.is_some()
    }
}

fn empty_body(body: &str) -> Option<&'static str> {
    match body {
        "pass" => Some("a function with only pass"),
        "..." => Some("a function with only \"...\""),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(language: Language, code: &str, expect: &[usize]) {
        let lines: Vec<_> = find(code, language).into_iter().map(|stub| stub.line).collect();
        assert_eq!(lines, expect, "{code}");
    }

    #[test]
    fn comments_in_place_of_code_are_found() {
        check(Language::JavaScript, "f();\n// TODO: the rest\n", &[2]);
        check(Language::JavaScript, "/* FIXME */ f();", &[1]);
        check(Language::Tsx, "{/* ... existing code ... */}", &[1]);
        check(Language::Python, "x = 1\n# ... rest of the code", &[2]);
        check(Language::Go, "// Your code here", &[1]);
        check(Language::Html, "<!-- ... -->", &[1]);
        check(Language::Rust, "// ...", &[1]);
        check(Language::Sql, "-- TODO", &[1]);
    }

    #[test]
    fn programs_about_things_to_do_are_complete() {
        check(Language::JavaScript, "// TODO list of a user\nconst TODO = 'TODO';\n// Adds a TODO item", &[]);
        check(Language::Html, "<h1>TODO</h1><!-- TODO app -->", &[]);
        check(Language::Python, "# Todos are kept here\nTODOS = []", &[]);
    }

    #[test]
    fn bodies_that_do_nothing_are_found() {
        check(Language::Python, "def f():\n    pass", &[2]);
        check(
            Language::Python,
            "def f(\n    a,\n) -> int:\n    \"\"\"Do.\n\n    More.\n    \"\"\"\n    ...",
            &[8],
        );
        check(Language::Python, "async def f(): pass", &[1]);
        check(Language::Python, "def f():\n    raise NotImplementedError(\"x\")", &[2]);
        check(Language::Python, "x = 1\n...\n", &[2]);
        check(Language::JavaScript, "f();\n...\n", &[2]);
    }

    #[test]
    fn legal_dots_and_passes_are_not() {
        check(Language::Python, "try:\n    f()\nexcept E:\n    pass", &[]);
        check(Language::Python, "class E(Exception):\n    pass", &[]);
        check(Language::Python, "@abstractmethod\ndef f(self):\n    ...", &[]);
        check(
            Language::Python,
            "class P(Protocol):\n    x: int\n\n    def f(self) -> int: ...\n    def g(self):\n        ...",
            &[],
        );
        check(Language::Python, "x: tuple[\n    int,\n    ...\n]\ny = a[..., 0]", &[]);
        check(Language::Python, "def f():\n    if x:\n        pass\n    return 1", &[]);
        check(Language::TypeScript, "const a = [...b];\nfunction f(...c: d[]) {}", &[]);
        check(Language::JavaScript, "log('Loading...'); // Wait for it...", &[]);
        check(Language::Go, "func f(a ...int) {}", &[]);
        check(Language::Cpp, "f(\n...\n);", &[]);
    }

    #[test]
    fn code_that_says_it_is_missing_is_found() {
        check(Language::Rust, "fn f() {\n    todo!()\n}\nfn g() { unimplemented!(\"x\") }", &[2, 4]);
        check(Language::Kotlin, "fun f() = TODO(\"x\")", &[1]);
        check(Language::CSharp, "throw new NotImplementedException();", &[1]);
        check(Language::JavaScript, "throw new Error('Not implemented');", &[1]);
        check(Language::Go, "panic(\"not implemented\")", &[1]);
    }

    #[test]
    fn words_in_strings_and_names_are_not() {
        check(Language::Rust, "let s = \"todo!()\"; my_todo!();", &[]);
        check(Language::JavaScript, "alert('Not implemented');", &[]);
        check(Language::Python, "except NotImplementedError:\n    f()", &[]);
        check(Language::JavaScript, "throw new Error('Todo not found');", &[]);
        check(Language::Python, "raise KeyError(\"todo not found\")", &[]);
        check(Language::Rust, "// The order of equal elements remains the same.", &[]);
        check(Language::JavaScript, "// All shapes must implement this interface", &[]);
    }
}

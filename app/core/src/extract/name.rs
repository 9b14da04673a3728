//! File names that an answer gives its code, and what is safe to keep of them.

use crate::brief::Language;

/// Longest name kept, in bytes.
const MAX_NAME: usize = 80;

/// Endings, beside those of the languages, that make a word with a dot a file.
const OTHER_ENDINGS: &[&str] = &[
    "bat", "cfg", "conf", "csproj", "csv", "env", "gradle", "graphql", "ini", "less", "lock", "mod",
    "prisma", "proto", "ps1", "sass", "scss", "svelte", "svg", "toml", "txt", "vue", "xml",
];
/// Products that are named like files.
const PRODUCTS: &[&str] = &[
    "chart.js",
    "d3.js",
    "express.js",
    "next.js",
    "node.js",
    "nuxt.js",
    "p5.js",
    "react.js",
    "three.js",
    "vue.js",
];
const WHOLE_NAMES: &[&str] = &["Dockerfile", "Makefile", "Gemfile", "Rakefile", "Procfile"];
/// Names that are devices on Windows.
const DEVICES: &[&str] = &["aux", "con", "nul", "prn"];

/// The language a path's ending names.
pub(super) fn language_of(path: &str) -> Option<Language> {
    let (_, ending) = path.rsplit_once('.')?;
    Language::from_name(ending)
}

/// The path in a word of an info string: `title="App.tsx"`, `src/a.py`.
pub(super) fn path_in_info(word: &str) -> Option<&str> {
    let value = word.split_once('=').map_or(word, |(_, value)| value);
    Some(value.trim_matches(['"', '\'', '`', '{', '}'])).filter(|path| is_path(path))
}

/// The path in the line above a block: `**src/a.py**`, `### a.py`, `a.py:`, ``Create `src/a.py`:``.
pub(super) fn path_in_heading(line: &str) -> Option<&str> {
    let mentioned = line.split('`').skip(1).step_by(2).filter(|word| is_path(word)).last();
    mentioned.or_else(|| {
        let text = line.trim().trim_start_matches(['#', '*', '-', '_', ' ']);
        let text =
            text.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(['.', ')', ' ', '*']);
        whole_path(text.trim_end_matches([':', '*', '_', ' ']))
    })
}

/// The path in a comment that is the first line of the code: `// src/a.ts`, `# file: a.py`, `<!-- a.html -->`.
pub(super) fn path_in_comment(line: &str) -> Option<&str> {
    let text = line.trim();
    let marks = ["//", "#", "--", "/*", "<!--", ";"];
    let text = marks.iter().find_map(|mark| text.strip_prefix(mark))?;
    whole_path(text.trim_end_matches("-->").trim_end_matches("*/").trim())
}

/// A text that is a path and nothing else, but for "File:" before it.
fn whole_path(text: &str) -> Option<&str> {
    let text = match text.split_once([':', ' ']) {
        Some((label, rest))
            if matches!(label.to_ascii_lowercase().as_str(), "file" | "filename" | "path") =>
        {
            rest
        }
        _ => text,
    };
    Some(text.trim_matches([' ', '*', '`', '"', ':'])).filter(|text| is_path(text))
}

fn is_path(text: &str) -> bool {
    if text.is_empty()
        || text.len() > 200
        || text.contains(|c: char| c.is_whitespace() || "()<>|?*;,:".contains(c))
    {
        return false;
    }
    let last = last_part(text);
    if WHOLE_NAMES.contains(&last) {
        return true;
    }
    let Some((stem, ending)) = last.rsplit_once('.') else { return false };
    let ending = ending.to_ascii_lowercase();
    let known = OTHER_ENDINGS.contains(&ending.as_str())
        || (Language::from_name(&ending).is_some() && ending.bytes().all(|b| b.is_ascii_alphanumeric()));
    known && !stem.is_empty() && !PRODUCTS.contains(&last.to_ascii_lowercase().as_str())
}

fn last_part(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The last part of a path as a name for a download, or `None` if nothing safe is left of it.
pub(super) fn sanitised(path: &str) -> Option<String> {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let name: String = last_part(path).chars().map(safe).collect();
    let name = name.trim_matches(['.', '-']);
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let device = DEVICES.contains(&stem.as_str())
        || (stem.len() == 4
            && (stem.starts_with("com") || stem.starts_with("lpt"))
            && stem.ends_with(|c: char| c.is_ascii_digit()));
    (!name.is_empty() && name.len() <= MAX_NAME && !device).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: Option<&str>, expect: Option<&str>) {
        assert_eq!(found, expect);
    }

    #[test]
    fn headings_name_files() {
        check(path_in_heading("**src/a.py**"), Some("src/a.py"));
        check(path_in_heading("### 1. `a.py`"), Some("a.py"));
        check(path_in_heading("### 2. src/b.ts"), Some("src/b.ts"));
        check(path_in_heading("a.py:"), Some("a.py"));
        check(path_in_heading("**File: a.py**"), Some("a.py"));
        check(path_in_heading("Create `x` as `src/index.html`:"), Some("src/index.html"));
        check(path_in_heading("Dockerfile"), Some("Dockerfile"));
    }

    #[test]
    fn sentences_and_products_name_none() {
        check(path_in_heading("Here is the code in a.py for you:"), None);
        check(path_in_heading("### Node.js"), None);
        check(path_in_heading("Call `console.log` twice."), None);
        check(path_in_heading("e.g."), None);
    }

    #[test]
    fn comments_name_files_only_if_they_say_nothing_else() {
        check(path_in_comment("// src/a.ts"), Some("src/a.ts"));
        check(path_in_comment("# file: a.py"), Some("a.py"));
        check(path_in_comment("<!-- index.html -->"), Some("index.html"));
        check(path_in_comment("/* style.css */"), Some("style.css"));
        check(path_in_comment("#!/usr/bin/env node"), None);
        check(path_in_comment("// see a.ts for more"), None);
        check(path_in_comment("let a = b.js"), None);
    }

    #[test]
    fn what_is_kept_of_a_path_is_a_safe_name() {
        for (path, expect) in [
            ("src/a.py", Some("a.py")),
            ("..\\..\\x y.js", Some("x-y.js")),
            ("../../etc/.bashrc", Some("bashrc")),
            ("con.py", None),
            ("COM1.rs", None),
            ("..", None),
            ("a/", None),
            ("é\u{202e}.py", Some("py")),
        ] {
            assert_eq!(sanitised(path).as_deref(), expect, "{path}");
        }
        assert_eq!(sanitised(&"a".repeat(81)), None);
    }
}

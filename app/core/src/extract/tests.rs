use Language::{Bash, Html, JavaScript, Json, Markdown, Python, Rust, Sql, Tsx, TypeScript, Yaml};
use proptest::prelude::*;

use super::*;

/// The answer's code, or `None`.
#[track_caller]
fn check(answer: &str, wanted: Language, expect: Option<&str>) {
    assert_eq!(extract(answer, wanted).map(|found| found.code).as_deref(), expect, "{answer}");
}

fn whole(answer: &str, wanted: Language) -> Extraction {
    extract(answer, wanted).expect("the answer holds code")
}

#[test]
fn ordinary_fences_give_what_they_hold() {
    check("Here:\n\n```python\nx = 1\n```\nBye.", Python, Some("x = 1"));
    check("~~~python\nx = 1\n~~~", Python, Some("x = 1"));
    check("````python\na = '''\n```\n'''\n````", Python, Some("a = '''\n```\n'''"));
    check("1. Do:\n\n   ```python\n   if x:\n       y\n   ```\n", Python, Some("if x:\n    y"));
    check("```python\r\nx = 1\r\ny = 2\r\n```\r\n", Python, Some("x = 1\ny = 2"));
    check("> ```python\n> x = 1\n>\n> y = 2\n> ```\n\nBye", Python, Some("x = 1\n\ny = 2"));
    check("``` json\n{}\n```", Json, Some("{}"));
    check("```\nx = 1\n```", Python, Some("x = 1"));
    check("```js\nconst a = \"```\";\nlet b;\n```", JavaScript, Some("const a = \"```\";\nlet b;"));
    check("```python\n\n  x\n\n```", Python, Some("\n  x\n"));
}

#[test]
fn info_strings_and_lines_above_name_language_and_file() {
    for (answer, language, file) in [
        ("```C++\nint x;\n```", Some(Language::Cpp), None),
        ("```C#\nint x;\n```", Some(Language::CSharp), None),
        ("```python:src/a.py\nx\n```", Some(Python), Some("a.py")),
        ("```tsx title=\"App.tsx\"\nx\n```", Some(Tsx), Some("App.tsx")),
        ("**src/main.rs**\n\n```rust\nfn x() {}\n```", Some(Rust), Some("main.rs")),
        ("Save it as `db/init.sql`:\n```\nSELECT 1;\n```", Some(Sql), Some("init.sql")),
        ("```ts\n// src/../a b.ts\nlet x;\n```", Some(TypeScript), None),
        ("```ts\n// src/../.ab.ts\nlet x;\n```", Some(TypeScript), Some("ab.ts")),
    ] {
        let found = whole(answer, language.expect("each case has one"));
        assert_eq!((found.language, found.file_name.as_deref()), (language, file), "{answer}");
    }
}

#[test]
fn an_unclosed_fence_is_truncation() {
    let found = whole("Here:\n```python\ndef f():\n    return", Python);
    assert_eq!((found.code.as_str(), found.truncated), ("def f():\n    return", true));
    assert!(found.notes.contains(&"The answer ends inside the code.".to_owned()));
}

#[test]
fn a_closing_mark_that_is_cut_or_glued_to_the_code_closes() {
    for answer in ["```js\nf();\n``", "```js\nf();```", "```js\nf();```\n"] {
        let found = whole(answer, JavaScript);
        assert_eq!((found.code.as_str(), found.truncated), ("f();", false), "{answer}");
    }
}

#[test]
fn fences_of_the_same_length_nest_in_a_document() {
    let readme = "# A\n\n```bash\nnpm i\n```\n\nUse:\n\n```\nrun\n```\n\nEnd.";
    check(&format!("```markdown\n{readme}\n```\n\nThat is it."), Markdown, Some(readme));
    check(&format!("```md\n{readme}"), Markdown, Some(readme));
    check("```markdown\n# A\n```\n\nThen:\n\n```\nb\n```\n", Markdown, Some("# A"));
}

#[test]
fn fences_in_strings_and_comments_are_code() {
    let template = "const a = `\n```bash\nnpm i\n```\n`;\nf(a);";
    check(&format!("```js\n{template}\n```"), JavaScript, Some(template));
    let docstring = "def f():\n    \"\"\"Do.\n\n```\nf()\n```\n\"\"\"\n    return 1";
    check(&format!("```python\n{docstring}\n```\nand\n```bash\nls\n```"), Python, Some(docstring));
    let page = "<!DOCTYPE html>\n<html><script>\nlet a = 1;\n```js\nb\n```\n</script></html>";
    check(&format!("```html\n{page}\n```\n"), Html, Some(page));
}

#[test]
fn a_misread_string_does_not_swallow_the_answer() {
    // The quote in the expression is taken for a string, and the first fence for text.
    let answer = "```tsx\nconst a = <p>`</p>;\n```\n\nThen:\n\n```bash\nnpm i\n```\n";
    check(answer, Tsx, Some("const a = <p>`</p>;"));
}

#[test]
fn text_behind_the_closing_mark_is_not_code() {
    check("```python\nx = 1\n```Hope this helps!", Python, Some("x = 1"));
    check("```python\nx = 1\n```Hope\nbye", Python, Some("x = 1"));
}

#[test]
fn a_fence_may_open_behind_prose() {
    check("Here it is: ```python\nx = 1\n```", Python, Some("x = 1"));
    check("Sure:```\nx = 1\n```", Python, Some("x = 1"));
}

#[test]
fn reasoning_is_no_answer() {
    check("<think>\nMaybe:\n```python\nno\n```\n</think>\n```python\nx = 1\n```", Python, Some("x = 1"));
    check("<think>a</think>```python\nx = 1\n```", Python, Some("x = 1"));
    check("<think>\n```python\nx = 1\n```", Python, None);
    check("First\n```python\nno\n```\n</think>\n\n```python\nx = 1\n```", Python, Some("x = 1"));
    check("<think>a\n</think>\nimport os\nprint(os)", Python, Some("import os\nprint(os)"));
    check("```html\n<think>\n```", Html, Some("<think>"));
}

#[test]
fn a_page_needs_no_fence() {
    let page = "<!DOCTYPE html>\n<html>\n    <p>\n\n    a\n</html>";
    check(page, Html, Some(page));
    check(&format!("Here you are:\n\n{page}\n\nEnjoy."), Html, Some(page));
    let cut = whole("<html>\n<body>\n<p", Html);
    assert!(cut.truncated);
}

#[test]
fn an_end_that_was_forgotten_is_where_the_next_block_begins() {
    check("```python\nx = 1\n\n```bash\nls\n```", Python, Some("x = 1\n"));
}

#[test]
fn the_wanted_language_wins() {
    check("```css\na {}\nb {}\nc {}\n```\n```html\n<p>\n```", Html, Some("<p>"));
    check("```json\n{}\n```\n```js\nf()\n```", TypeScript, Some("f()"));
    check("```text\na\n```\n```\nx = 1\n```", Python, Some("x = 1"));
}

#[test]
fn commands_are_the_code_only_where_they_are_wanted() {
    check("```bash\npip install x\n```\n```python\nx\n```", Python, Some("x"));
    check("```\npip install x\n```\n\n```\nx = 1\n```", Python, Some("x = 1"));
    check("```console\n$ ls\n```", Python, None);
    check("```sh\nls\n```", Python, None);
    check("```sh\nls\n```", Bash, Some("ls"));
}

#[test]
fn a_diff_is_taken_only_where_there_is_nothing_else() {
    let diff = "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b";
    let found = whole(&format!("```diff\n{diff}\n```"), Python);
    assert_eq!((found.code.as_str(), found.diff), (diff, true));
    assert!(whole(&format!("```python\n{diff}\n```"), Python).diff);
    check(&format!("```python\nb\n```\n```diff\n{diff}\n```"), Python, Some("b"));
}

#[test]
fn the_last_block_of_a_path_wins() {
    let found = whole("`a.py`:\n```python\na = 1\nb = 2\n```\nBetter:\n```python:a.py\na = 2\n```", Python);
    assert_eq!(found.code, "a = 2");
    assert_eq!(
        found.notes,
        ["Removed 1 line of introduction.", "Left out 1 version of a file that came again later."]
    );
}

#[test]
fn of_several_blocks_the_most_complete_is_taken() {
    check(
        "```python\nf(1)\n```\n```python\ndef f(x):\n    return x\n```\n```python\nf(2)\n```",
        Python,
        Some("def f(x):\n    return x"),
    );
    check("```js\nf(\n{\n```\n```js\nf();\n```", JavaScript, Some("f();"));
    check("```js\nf();\n```\n```js\nlet a;\nlet b;\nlet c", JavaScript, Some("let a;\nlet b;\nlet c"));
}

#[test]
fn code_without_a_fence_is_code() {
    for (language, code) in [
        (Python, "import os\n\n\ndef f(x):\n    return x\n\nprint(f(1))"),
        (Python, "\"\"\"Doc.\n\n```python\nexample()\n```\n\"\"\"\nimport os\nx = os"),
        (Rust, "use std::io;\n\nfn main() {\n    println!(\"a\");\n}"),
        (JavaScript, "// Adds.\nfunction add(a, b) {\n  return a + b;\n}"),
        (Json, "{\n  \"a\": 1\n}"),
        (Sql, "SELECT a\nFROM b\nWHERE c = 1;"),
        (Yaml, "name: a\non:\n  push:\n    - b"),
        (Html, "<div>\n  <p>a</p>\n</div>"),
        (Markdown, "# Title\n\nText.\n\n```js\nf()\n```"),
    ] {
        let found = whole(code, language);
        assert_eq!((found.code.as_str(), found.truncated), (code, false));
    }
    let found = whole("fn main() {\n    f();\n}\n\nThis calls f once.", Rust);
    assert_eq!(found.code, "fn main() {\n    f();\n}");
    assert!(whole("fn main() {\n    f();\n", Rust).truncated);
}

#[test]
fn prose_is_no_code() {
    for answer in [
        "",
        "\n\n",
        "I cannot help with that.",
        "For this you need a key. Ask your admin.",
        "If you want, I can write it in Go.\nWhich version do you use?",
        "Use `x = 1` and then call it.",
        "```python\n\n```",
        "1. First do this.\n2. Then that.",
    ] {
        for wanted in [Python, Rust, TypeScript, Sql, Bash] {
            check(answer, wanted, None);
        }
    }
}

#[test]
fn a_parser_decides_between_ends_and_blocks() {
    let answer = "```python\na = [\n```\nb\n```\n";
    let brackets = |code: &str, _: Language| Some(code.ends_with('b'));
    let found = extract_with(answer, Python, &brackets).expect("code");
    assert_eq!(found.code, "a = [\n```\nb");
    let second = |code: &str, _: Language| Some(code == "b = 2");
    let found =
        extract_with("```python\na = 1\nc = 1\n```\n```python\nb = 2\n```", Python, &second).expect("code");
    assert_eq!(found.code, "b = 2");
}

#[test]
fn notes_say_what_was_removed() {
    let found =
        whole("<think>a</think>\nOne.\nTwo.\n```python\nx = 1\n```\nThree.\n```bash\nls\n```", Python);
    assert_eq!(
        found.notes,
        [
            "Removed the reasoning.",
            "Removed 2 lines of introduction.",
            "Removed 1 line after the code.",
            "Left out 1 block of commands or output.",
        ]
    );
}

#[test]
fn hostile_answers_cost_their_length() {
    for piece in [
        "```a\n",
        "```\n",
        "```\n`\n",
        "</think>",
        "<think></think>",
        "> ",
        "```md\n```\nx\n",
        "<html></html>\n",
        "`",
        "~~~~",
    ] {
        let answer = piece.repeat(20_000);
        for wanted in [Python, Markdown, Html] {
            // Each would take minutes if it were quadratic; that it comes back is the test.
            let _ = extract(&answer, wanted);
            let (mut live, mut length) = (LiveExtract::new(wanted), 0);
            live.push(&answer, |op| length += usize::from(op != LiveOp::Clear));
            assert!(length <= answer.len());
        }
    }
}

pub(super) fn answers() -> impl Strategy<Value = String> {
    let marks = prop::sample::select(vec![
        "```",
        "````",
        "~~~",
        "`",
        "``",
        "python",
        "bash",
        "html\n",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        " ",
        "    ",
        "> ",
        "- ",
        "1. ",
        "<think>",
        "</think>",
        "<!DOCTYPE html>\n",
        "</html>",
        "def f():",
        "x = 1",
        "\"\"\"",
        "/*",
        "a.py:",
        "Text",
        "é",
        "😀",
        "{",
        "}",
    ]);
    prop::collection::vec(marks, 0..80).prop_map(|marks| marks.concat())
}

proptest! {
    #[test]
    fn a_text_in_a_long_enough_fence_comes_back(text in prop_oneof![answers(), any::<String>()], byte in prop::sample::select(vec!['`', '~'])) {
        prop_assume!(!text.trim().is_empty());
        let longest = text.split(|c| c != byte).map(str::len).max().unwrap_or(0);
        let mark = byte.to_string().repeat(longest.max(2) + 1);
        for language in [Python, Markdown, Html, Rust] {
            let answer = format!("Here:\n\n{mark}{}\n{text}\n{mark}\n\nBye.\n", language.slug());
            let found = extract(&answer, language);
            prop_assert_eq!(found.as_ref().map(|found| found.code.as_str()), Some(text.as_str()));
            prop_assert!(!found.is_some_and(|found| found.truncated));
        }
    }

    #[test]
    fn no_answer_panics(answer in prop_oneof![answers(), any::<String>()]) {
        for &wanted in Language::ALL {
            let _ = extract(&answer, wanted);
        }
    }
}

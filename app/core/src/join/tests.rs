use Language::{Css, Html, JavaScript, Json, Markdown, Python};
use proptest::prelude::*;

use super::model::{STYLES, answers, join, pieces};
use super::*;
use crate::brief::Language;
use crate::extract::extract;

/// Joins in pieces of several sizes, which must not matter.
#[track_caller]
fn joined(text: &str, wanted: Language, rest: &str) -> (String, Option<Seam>) {
    let whole = join(text, wanted, &[rest]);
    for size in [1, 7] {
        assert_eq!(join(text, wanted, &pieces(rest, size)), whole, "in pieces of {size}");
    }
    whole
}

#[test]
fn a_cut_answer_and_its_rest_are_the_whole_answer_however_a_model_goes_on() {
    for answer in answers().into_iter().flat_map(|answer| [answer.in_line_end(), answer]) {
        for (style, go_on) in STYLES {
            let Some(rest) = go_on(&answer) else { continue };
            let (found, seam) = joined(answer.text(), answer.wanted, &rest);
            assert_eq!(found, answer.whole, "{}: {style}", answer.name);
            assert!(!matches!(seam, None | Some(Seam::Replaced { .. })), "{}: {style}", answer.name);
        }
    }
}

#[test]
fn every_style_is_tried_on_many_answers() {
    for (style, go_on) in STYLES {
        let tried = answers().iter().filter(|answer| go_on(answer).is_some()).count();
        assert!(tried >= 8, "{style}: {tried}");
    }
}

#[test]
fn a_model_that_does_as_asked_may_be_cut_off_anywhere() {
    let obeys = ["as asked", "as asked, below a fence", "from the beginning"];
    for answer in answers().iter().filter(|answer| answer.name != "minified") {
        for cut in (1..answer.whole.len()).filter(|cut| answer.whole.is_char_boundary(*cut)).step_by(2) {
            let answer = answer.at(cut);
            for (style, go_on) in STYLES.iter().filter(|(style, _)| obeys.contains(style)) {
                let Some(rest) = go_on(&answer) else { continue };
                let (found, _) = join(answer.text(), answer.wanted, &[&rest]);
                assert_eq!(found, answer.whole, "{} at {cut}: {style}", answer.name);
            }
        }
    }
}

#[test]
fn an_answer_can_be_cut_off_again_and_again() {
    for answer in answers() {
        let mut text = answer.text().to_owned();
        while text.len() < answer.whole.len() {
            let end = answer.whole.ceil_char_boundary((text.len() + 90).min(answer.whole.len()));
            let part = answer.at(text.len());
            let rest = part.quote() + &answer.whole[text.len()..end];
            text = joined(&text, answer.wanted, &rest).0;
            assert_eq!(text, answer.whole[..end], "{}", answer.name);
        }
    }
}

#[track_caller]
fn check(text: &str, wanted: Language, rest: &str, expect: &str, seam: Option<Seam>) {
    assert_eq!(joined(text, wanted, rest), (expect.to_owned(), seam));
}

#[test]
fn nothing_new_changes_nothing() {
    let text = "```python\nimport os\n\n\ndef first_function():\n    return os.ge";
    check(text, Python, "", text, None);
    check(text, Python, "    return os.ge", text, None);
    check(text, Python, "import os\n\n\ndef first_function():\n    return o", text, None);
    check(text, Python, text, text, None);
    let closed = "```python\nimport os\n```\n";
    check(closed, Python, "```\n", closed, None);
    check(closed, Python, "```", closed, None);
}

#[test]
fn a_closing_fence_gets_a_line_of_its_own() {
    let text = "```python\nprint(\"one\")\nprint(\"two\")";
    let whole = "```python\nprint(\"one\")\nprint(\"two\")\n```";
    check(text, Python, "```", whole, Some(Seam::Plain));
    check(text, Python, "\n```", whole, Some(Seam::Plain));
    check(&format!("{text}\n"), Python, "```", whole, Some(Seam::Plain));
    let asked = "print(\"one\")\n```";
    check(
        "```python\nprint(\"one\")\nprint",
        Python,
        asked,
        "```python\nprint(\"one\")\nprint\n```",
        Some(Seam::Checked { lines: 1 }),
    );
}

#[test]
fn a_proven_join_says_how_many_lines_were_repeated() {
    let text = "```python\nimport os\nimport sys\nfrom json import du";
    check(
        text,
        Python,
        "import os\nimport sys\nfrom json import dumps\n",
        "```python\nimport os\nimport sys\nfrom json import dumps\n",
        Some(Seam::Checked { lines: 3 }),
    );
    check(
        text,
        Python,
        "mps\n",
        "```python\nimport os\nimport sys\nfrom json import dumps\n",
        Some(Seam::Plain),
    );
}

#[test]
fn a_file_that_begins_anew_and_differs_replaces_the_rest() {
    let head = "```python\nimport os\nimport sys\n\n\ndef collect(root):\n";
    let text = format!("{head}    names = os.listdir(root)\n    for name in na");
    let anew = "```python\nimport os\nimport sys\n\n\ndef collect(root):\n    return sorted(os.listdir(root))\n\n\nprint(collect(sys.argv[1]))\n```\n";
    check(&text, Python, anew, anew, Some(Seam::Replaced { lines: 2 }));
    // Shorter, but with an end.
    let short = "```python\nimport os\nimport sys\n\n\ndef collect(root):\n    return 1\n```\n";
    check(&text, Python, short, short, Some(Seam::Replaced { lines: 2 }));
    // Cut off again before it brings more than there was.
    check(
        &text,
        Python,
        "```python\nimport os\nimport sys\n\n\ndef collect(root):\n    return so",
        &text,
        None,
    );
}

#[test]
fn a_cut_line_that_was_written_differently_is_replaced() {
    let text = "```python\nimport os\nimport sys\nfrom json import du";
    let rest = "import os\nimport sys\nimport json\nprint(json.dumps(sys.argv))\n```\n";
    check(text, Python, rest, &format!("```python\n{rest}"), Some(Seam::Replaced { lines: 1 }));
}

#[test]
fn equal_lines_are_no_proof() {
    // The next rule is like the one before, also behind the line feed that was missing.
    let rule = "  color: red;\n  margin: 0 auto;\n  padding: 1rem;\n}\n\n";
    let text = format!("```css\n.a {{\n{rule}.b {{\n  display: flex;");
    check(&text, Css, &format!("\n{rule}.c {{}}\n"), &format!("{text}\n{rule}.c {{}}\n"), Some(Seam::Plain));
    // Braces.
    let text = "```javascript\nif (a) {\n  if (b) {\n    call();\n  }\n";
    check(text, JavaScript, "}\n```\n", &format!("{text}}}\n```\n"), Some(Seam::Plain));
    // A row like the last one.
    let text = "```html\n<ul>\n  <li>Item</li>\n  <li>Item</li>\n";
    let rest = "  <li>Item</li>\n</ul>\n```\n";
    check(text, Html, rest, &format!("{text}{rest}"), Some(Seam::Plain));
    let text = "```json\n[\n  0, 0, 0, 0,\n  0, 0, ";
    check(
        text,
        Json,
        "0, 0,\n  0, 0, 0, 0\n]\n```",
        &format!("{text}0, 0,\n  0, 0, 0, 0\n]\n```"),
        Some(Seam::Plain),
    );
}

#[test]
fn a_block_in_a_document_is_no_second_opening() {
    let text = "````markdown\n# Timer\n\nCounts.\n\n";
    let rest = "Install it like this:\n\n```bash\nnpm install timer\n```\n````\n";
    check(text, Markdown, rest, &format!("{text}{rest}"), Some(Seam::Plain));
}

#[test]
fn a_block_that_has_not_begun_keeps_its_fence() {
    let rest = "```python\nprint(1)\n```\n";
    check("I print a number", Python, rest, &format!("I print a number\n{rest}"), Some(Seam::Plain));
    check("I print a number.\n\n", Python, rest, &format!("I print a number.\n\n{rest}"), Some(Seam::Plain));
    check("", Python, rest, rest, Some(Seam::Plain));
}

#[test]
fn lines_are_shown_once_the_join_is_proven() {
    let text = "```python\nimport os\nimport sys\nfrom json import du";
    let mut joiner = Joiner::new(text, Python);
    assert_eq!(joiner.push("import os\nimport sys\n"), None);
    assert_eq!(joiner.push("from json import"), None);
    assert_eq!(joiner.push(" dumps"), Some(Splice { keep: text.len(), append: "mps".into() }));
    assert_eq!(joiner.push("\n"), Some(Splice { keep: text.len() + 3, append: "\n".into() }));
    assert_eq!(joiner.finish(), None);
}

#[track_caller]
fn asks(text: &str, wanted: Language, line: Option<usize>, quote: &str) {
    let asked = resume(text, wanted);
    assert_eq!(asked.line, line, "{text}");
    assert!(asked.ask.contains(&format!("\n````\n{quote}\n````\n")), "{}", asked.ask);
    assert_eq!(asked.said, text);
}

#[test]
fn the_last_three_lines_and_the_cut_one_are_asked_for() {
    let code = "import os\nimport sys\n\nFIRST = 1\nSECOND = 2\n\nTHIRD = 3\nFOUR";
    asks(&format!("Here:\n\n```python\n{code}"), Python, Some(4), "FIRST = 1\nSECOND = 2\n\nTHIRD = 3\nFOUR");
    asks("```python\nimport os\nx =", Python, Some(1), "import os\nx =");
    asks(
        "```python\nimport os\nimport re\nimport sys\n",
        Python,
        Some(1),
        "import os\nimport re\nimport sys",
    );
    asks("```python\nimport os\n```\nRun it wi", Python, None, "```python\nimport os\n```\nRun it wi");
}

#[test]
fn lines_that_repeat_are_asked_for_from_above_their_repetition() {
    let row = "  <li class=\"item\"></li>\n";
    asks(
        &format!("```html\n<p>\n<ul>\n{}  <li", row.repeat(5)),
        Html,
        Some(2),
        &format!("<ul>\n{}  <li", row.repeat(5)),
    );
}

#[test]
fn of_a_long_line_only_the_end_is_asked_for() {
    let text = format!("```json\n[{}", "1, ".repeat(300));
    let asked = resume(&text, Json);
    assert_eq!(asked.line, Some(1));
    assert!(asked.ask.contains("these characters") && asked.ask.len() < 800, "{}", asked.ask);
}

#[test]
fn of_a_long_answer_the_beginning_and_the_end_are_said() {
    let lines: Vec<_> = (0..2_000).map(|n| format!("print({n})\n")).collect();
    let code = lines.concat();
    let text = format!("```python\n{code}print(");
    let asked = resume(&text, Python);
    assert!(asked.said.len() <= 12_000, "{}", asked.said.len());
    assert!(asked.said.starts_with("```python\nprint(0)\n") && asked.said.ends_with("print(1999)\nprint("));
    assert!(asked.said.contains(")\n[…]\nprint(") && asked.ask.contains("[…]"));
    assert_eq!(asked.line, Some(1_998));
}

#[test]
fn a_quote_with_a_fence_stands_in_a_longer_one() {
    let asked = resume("````markdown\n# A heading\n\n```bash\nnpm install timer\n```\nThen", Markdown);
    assert!(asked.ask.contains("\n````\n```bash\nnpm install timer\n```\nThen\n````\n"), "{}", asked.ask);
}

/// Lines as code has them, some of them equal.
fn code() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("```python\n"),
        Just("```\n"),
        Just("`"),
        Just("}\n"),
        Just("\n"),
        Just("\r\n"),
        Just("    return value\n"),
        Just("  "),
        Just("first_value = 1\n"),
        Just("second_value = 2\n"),
        Just("Here is the rest:\n"),
        Just("def f(x):\n"),
        Just("aaaaaaaaaaaaaaaaaaaa"),
        Just("é"),
        Just("👨‍👩‍👧"),
    ];
    prop::collection::vec(line, 0..40).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn the_join_does_not_depend_on_the_pieces(
        text in prop_oneof![code(), code().prop_map(|code| format!("```python\n{code}")), any::<String>()],
        rest in prop_oneof![code(), any::<String>()],
        repeat in any::<prop::sample::Index>(),
        repeats in any::<bool>(),
        size in 1..50_usize,
    ) {
        let repeat = text.floor_char_boundary(repeat.index(text.len() + 1));
        let rest = if repeats { format!("{}{rest}", &text[repeat..]) } else { rest };
        for wanted in [Python, Markdown] {
            let whole = join(&text, wanted, &[&rest]);
            prop_assert_eq!(&join(&text, wanted, &pieces(&rest, 1)), &whole);
            prop_assert_eq!(&join(&text, wanted, &pieces(&rest, size)), &whole);
            let asked = resume(&text, wanted);
            prop_assert!(asked.line.is_none_or(|line| line > 0));
        }
    }

    #[test]
    fn a_file_without_equal_lines_is_whole_wherever_it_is_cut(
        words in prop::collection::vec("[a-z]{3,12}", 6..40), cut in any::<prop::sample::Index>(),
    ) {
        let lines: Vec<_> = words.iter().enumerate().map(|(n, word)| format!("{}{word}_{n} = call({n})\n", "    ".repeat(n % 3))).collect();
        let code = lines.concat();
        let whole = format!("Here it is.\n\n```python\n{code}```\n");
        let cut = cut.index(whole.len() - 1) + 1;
        // Nobody can tell whether `j` and `join` make `jjoin`, nor how much of an indentation is missing.
        let stem = &whole[whole[..cut].rfind('\n').map_or(0, |at| at + 1)..cut];
        let unclear = !stem.is_empty() && (stem.trim().is_empty() || whole[cut..].starts_with(stem));
        let exact = if unclear { &whole } else { &whole[cut..] };
        let from = whole[..cut].match_indices('\n').rev().nth(3).map_or(0, |(at, _)| at + 1);
        for rest in [exact, &whole[from..], &whole] {
            let (found, _) = join(&whole[..cut], Python, &pieces(rest, 5));
            prop_assert_eq!(extract(&found, Python).map(|found| found.code), Some(code.trim_end_matches('\n').to_owned()));
        }
    }
}

/// In quadratic time this would not end soon.
#[test]
fn long_texts_in_single_characters_take_linear_time() {
    let lines = "    value = value + 1\n".repeat(2_000);
    let long = "0, ".repeat(15_000);
    for (text, rest) in [(&lines, &lines), (&long, &long), (&lines, &long), (&long, &lines)] {
        let text = format!("```python\n{text}");
        let again = format!("{text}{rest}");
        for rest in [rest, &again] {
            let (found, _) = join(&text, Python, &pieces(rest, 1));
            assert!(found.len() >= text.len());
        }
    }
}

use Language::{Html, JavaScript, Json, Markdown, Python, Rust};
use proptest::prelude::*;

use super::tests::answers;
use super::*;

/// Everything the live view shows at the end, and what it showed at its longest moment before each clear.
fn live(pieces: &[&str], wanted: Language) -> (String, Vec<String>) {
    let (mut view, mut cleared) = (String::new(), Vec::new());
    let mut extract = LiveExtract::new(wanted);
    let mut apply = |op: LiveOp<'_>| match op {
        LiveOp::Clear => cleared.push(std::mem::take(&mut view)),
        LiveOp::Append(text) => view.push_str(text),
    };
    for piece in pieces {
        extract.push(piece, &mut apply);
    }
    extract.finish(&mut apply);
    (view, cleared)
}

#[test]
fn the_live_view_shows_what_the_extraction_finds() {
    for (answer, wanted) in [
        ("Here:\n\n```python\nx = 1\n\n  y\n```\nBye.", Python),
        ("````python\na = '''\n```\n'''\n````", Python),
        ("1. Do:\n\n   ```python\n   if x:\n       y\n   ```\n", Python),
        ("```python\r\nx = 1\r\n\r\ny = 2\r\n```\r\n", Python),
        ("> ```python\n> x = 1\n>\n> y = 2\n> ```\n\nBye", Python),
        ("Here it is: ```python\nx = 1\n```Hope it helps\n", Python),
        ("<think>\n```python\nno\n```\n</think>\n```python\nx = 1\n```", Python),
        ("<think>a</think>\nimport os\nprint(os)", Python),
        ("No\n```python\nno\n```\n</think>\n\n```python\nx = 1\n```", Python),
        ("```css\na\n```\n```html\n<p>\n```\n```html\n\n```", Html),
        ("```js\nconst a = `\n```bash\nnpm i\n```\n`;\n```", JavaScript),
        ("```python\nx = 1\n```bash\nls\n```", Python),
        ("Hi.\n<!DOCTYPE html>\n<html>\n<p>a\n</html>\nBye.", Html),
        ("<!DOCTYPE html><html><p>a", Html),
        ("fn main() {\n    f();\n}\n", Rust),
        ("{\"a\":1}", Json),
        ("```python\ndef f():\n    ret", Python),
        ("```python\nx = 1\n``", Python),
        ("```bash\nls\n```\nNo code.", Python),
        ("I cannot.", Python),
    ] {
        let expect = extract(answer, wanted).map(|found| found.code).unwrap_or_default();
        assert_eq!(live(&[answer], wanted).0, expect, "{answer}");
    }
}

#[test]
fn a_long_first_line_is_shown_before_it_ends() {
    let line = format!("[{}", "1, ".repeat(200));
    let mut shown = String::new();
    LiveExtract::new(Json).push(&line, |op| {
        if let LiveOp::Append(text) = op {
            shown.push_str(text);
        }
    });
    assert_eq!(shown, line);
}

#[test]
fn code_is_shown_character_by_character() {
    let mut extract = LiveExtract::new(Python);
    let mut step = |piece: &str| {
        let mut shown = String::new();
        extract.push(piece, |op| {
            if let LiveOp::Append(text) = op {
                shown.push_str(text);
            }
        });
        shown
    };
    for (piece, expect) in [
        ("Here:\n```py", ""),
        ("thon\n", ""),
        ("a", "a"),
        (" =", " ="),
        ("\n", ""),
        ("    ", "\n    "),
        ("b", "b"),
        ("\n``", ""),
        (" c", "\n`` c"),
        ("\n```", ""),
        ("\nbye", ""),
    ] {
        assert_eq!(step(piece), expect, "{piece}");
    }
}

#[test]
fn the_live_view_starts_over_for_a_better_block_only() {
    let answer = "```json\n{}\n```\n```python\nx = 1\n```\n```python\ny = 2\n```\n```css\na\n```";
    assert_eq!(live(&[answer], Python), ("x = 1".to_owned(), vec!["{}".to_owned()]));
}

proptest! {
    #[test]
    fn the_live_view_does_not_depend_on_the_pieces(
        answer in prop_oneof![answers(), answers().prop_map(|a| format!("```python\n{a}")), any::<String>()],
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut ends: Vec<_> = cuts.iter().map(|cut| answer.floor_char_boundary(cut.index(answer.len() + 1))).collect();
        ends.extend([0, answer.len()]);
        ends.sort_unstable();
        let pieces: Vec<_> = ends.windows(2).map(|pair| &answer[pair[0]..pair[1]]).collect();
        let single: Vec<_> = answer.char_indices().map(|(at, c)| &answer[at..at + c.len_utf8()]).collect();
        for wanted in [Python, Html, Markdown, Json] {
            let expect = live(&[&answer], wanted);
            prop_assert_eq!(&live(&pieces, wanted), &expect);
            prop_assert_eq!(&live(&single, wanted), &expect);
        }
    }
}

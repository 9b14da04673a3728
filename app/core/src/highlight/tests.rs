use proptest::prelude::*;

use super::*;

/// Colours the lines and writes them with marks: `k:if` and so on, plain text as it is.
fn marked(language: Language, text: &str) -> String {
    let mut highlighter = Highlighter::new(language);
    let mut all = String::new();
    for line in text.split('\n') {
        if !all.is_empty() {
            all.push('\n');
        }
        highlighter.line(line, |tone, piece| match tone.class() {
            None => all.push_str(piece),
            Some(class) => {
                all.push('‹');
                all.push_str(class);
                all.push(' ');
                all.push_str(piece);
                all.push('›');
            }
        });
    }
    all
}

#[track_caller]
fn check(language: Language, text: &str, expect: &str) {
    assert_eq!(marked(language, text), expect);
}

#[test]
fn words_strings_numbers_and_comments_are_told_apart() {
    check(Language::TypeScript, "const n: number = 1.5; // x", "‹k const› n: ‹t number› = ‹n 1.5›; ‹c // x›");
    check(Language::Python, "def f(x): return 'a\\'b' # c", "‹k def› f(x): ‹k return› ‹s 'a\\'b'› ‹c # c›");
    check(Language::Go, "var s = `a\nb` + x", "‹k var› s = ‹s `a›\n‹s b`› + x");
    check(Language::Java, "String s = \"a\";", "‹t String› s = ‹s \"a\"›;");
    check(Language::C, "#include <stdio.h>", "‹k #include› <stdio.h>");
    check(Language::Cpp, "#include <map>", "‹k #include› <‹t map›>");
    check(Language::Kotlin, "val x = 1..9", "‹k val› x = ‹n 1›..‹n 9›");
    check(Language::Swift, "let s = \"\"\"\na\n\"\"\"", "‹k let› s = ‹s \"\"\"›\n‹s a›\n‹s \"\"\"›");
    check(Language::CSharp, "var s = @\"c:\\\"; // d", "‹k var› s = ‹s @\"c:\\\"›; ‹c // d›");
    check(Language::Php, "$this->a = 'b'; # c", "‹k $this›->a = ‹s 'b'›; ‹c # c›");
    check(Language::Ruby, "x = \"a#{b}\" # c", "x = ‹s \"a#{b}\"› ‹c # c›");
    check(Language::Sql, "select a from T -- x", "‹k select› a ‹k from› T ‹c -- x›");
    check(Language::Bash, "if [ $# -gt 1 ]; # c", "‹k if› [ $# -gt ‹n 1› ]; ‹c # c›");
    check(Language::Json, "{\"a\": [\"b\", 1, null]}", "{‹t \"a\"›: [‹s \"b\"›, ‹n 1›, ‹k null›]}");
}

#[test]
fn a_name_after_a_dot_is_no_keyword() {
    check(Language::JavaScript, "a.delete(b)", "a.delete(b)");
    check(Language::Rust, "0..for", "‹n 0›..‹k for›");
}

#[test]
fn comments_go_on_over_lines_and_nest_where_the_language_nests() {
    check(Language::JavaScript, "/* a\n/* b */ c", "‹c /* a›\n‹c /* b */› c");
    check(Language::Rust, "/* a /* b */\nc */ d", "‹c /* a /* b */›\n‹c c */› d");
    check(Language::Html, "<!-- a\nb --><p>", "‹c <!-- a›\n‹c b -->›<‹k p›>");
    check(Language::Css, "/* a\nb */ p {", "‹c /* a›\n‹c b */› ‹k p› {");
}

#[test]
fn templates_follow_their_holes() {
    check(
        Language::JavaScript,
        "x = `a ${b.map(c => `<i>${c}</i>`)} d`; e",
        "x = ‹s `a ${›b.map(c => ‹s `<i>${›c‹s }</i>`›)‹s } d`›; e",
    );
    check(Language::Tsx, "`a ${{b: 1}\n}c`", "‹s `a ${›{b: ‹n 1›}\n‹s }c`›");
}

#[test]
fn a_slash_is_a_regular_expression_only_where_a_value_may_begin() {
    check(Language::JavaScript, "a = /[/\"]+/g.test(b)", "a = ‹s /[/\"]+/g›.test(b)");
    check(Language::JavaScript, "a = b / c / d", "a = b / c / d");
    check(Language::Tsx, "<p>Don't</p><br />", "<p>‹t Don›'t</p><br />");
}

#[test]
fn rust_knows_raw_strings_characters_and_lifetimes() {
    check(Language::Rust, "r#\"a\"\nb\"#; c", "‹s r#\"›‹s a\"›\n‹s b\"#›; c");
    check(Language::Rust, "fn f<'a>(x: &'a str) { '\\'' }", "‹k fn› f<'a>(x: &'a ‹t str›) { ‹s '\\''› }");
    check(Language::Rust, "('é', 'b', '\\u{1F600}')", "(‹s 'é'›, ‹s 'b'›, ‹s '\\u{1F600}'›)");
}

#[test]
fn chosen_end_marks_end_strings() {
    check(
        Language::Bash,
        "cat <<'EOF' > f\n$x # no\nEOF\ndone",
        "cat <<'EOF' > f\n‹s $x # no›\n‹s EOF›\n‹k done›",
    );
    check(Language::Sql, "AS $f$ a 'b\n$f$ LANGUAGE", "‹k AS› ‹s $f$›‹s  a 'b›\n‹s $f$› ‹k LANGUAGE›");
    check(Language::Cpp, "R\"x(a\")\n)x\" b", "‹s R\"x(›‹s a\")›\n‹s )x\"› b");
}

#[test]
fn pages_colour_tags_and_what_they_embed() {
    check(
        Language::Html,
        "<a href=\"x\" b='y\nz'>if</a>",
        "<‹k a› ‹t href›=‹s \"x\"› ‹t b›=‹s 'y›\n‹s z'›>if</‹k a›>",
    );
    check(
        Language::Html,
        "<script>let a = `\n</script><style>p { color: #fff }</style>",
        "<‹k script›>‹k let› a = ‹s `›\n</‹k script›><‹k style›>‹k p› { ‹t color›: ‹n #fff› }</‹k style›>",
    );
}

#[test]
fn data_and_prose_have_their_own_marks() {
    check(
        Language::Yaml,
        "on:\n  - run: |\n      echo 1\n  b: true # c",
        "‹t on›:\n  - ‹t run›: |\n      ‹s echo 1›\n  ‹t b›: ‹k true› ‹c # c›",
    );
    check(
        Language::Markdown,
        "# A\n```js\nlet\n```\na `b`",
        "‹k # A›\n‹c ```js›\n‹s let›\n‹c ```›\na ‹s `b`›",
    );
    check(
        Language::Css,
        "@media x {\n  a { margin: 0 1.5em; }",
        "‹k @media› ‹k x› {\n  a { ‹t margin›: ‹n 0› ‹n 1.5em›; }",
    );
}

#[test]
fn word_lists_are_sorted() {
    for &language in Language::ALL {
        let grammar = grammar::of(language);
        for words in [grammar.keywords, grammar.types] {
            assert!(words.iter().is_sorted_by(|a, b| a < b), "{}", language.name());
        }
        assert!(grammar.strings.len() < 15, "the bits of what has no end");
    }
}

#[test]
fn openness_is_being_inside_a_string_or_comment() {
    for (language, line, expect) in [
        (Language::Python, "x = \"\"\"a", true),
        (Language::Python, "x = 'a", false),
        (Language::JavaScript, "x = `${", true),
        (Language::JavaScript, "x = {", false),
        (Language::Rust, "/* /* */", true),
        (Language::Html, "<!--", true),
        (Language::Html, "<p", false),
        (Language::Yaml, "a: |", false),
    ] {
        let mut highlighter = Highlighter::new(language);
        highlighter.line(line, |_, _| {});
        assert_eq!(highlighter.is_open(), expect, "{} {line}", language.name());
    }
}

#[test]
fn a_peek_changes_nothing() {
    let mut highlighter = Highlighter::new(Language::Rust);
    highlighter.peek("/*", |_, _| {});
    let mut tones = Vec::new();
    highlighter.line("fn", |tone, _| tones.push(tone));
    assert_eq!(tones, [Tone::Keyword]);
}

#[test]
fn hostile_lines_cost_their_length() {
    // Each of these would take hours if an opener without an end were searched again at every place it stands.
    for piece in ["'", "/ ", "`${", "<!", "{", "$a$", "<<A ", "\"\\", "r#", "&'", "/*"] {
        let line = piece.repeat(20_000);
        for &language in Language::ALL {
            let mut length = 0;
            Highlighter::new(language).line(&line, |_, text| length += text.len());
            assert_eq!(length, line.len(), "{} {piece}", language.name());
        }
    }
}

fn code_like() -> impl Strategy<Value = String> {
    let marks = prop::sample::select(vec![
        "\"",
        "'",
        "`",
        "\"\"\"",
        "'''",
        "${",
        "}",
        "{",
        "/*",
        "*/",
        "//",
        "#",
        "--",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<style ",
        ">",
        "<",
        "/",
        "\\",
        "r#\"",
        "\"#",
        "R\"x(",
        ")x\"",
        "$a$",
        "<<EOF",
        "EOF",
        "a: |",
        "- ",
        "```",
        "~~~",
        "\n",
        " ",
        "é",
        "日本",
        "😀",
        "if",
        "Name",
        "1.5e-3",
        "@",
        "$",
        ":",
        ";",
        "=begin",
        "=end",
    ]);
    prop::collection::vec(marks, 0..60).prop_map(|marks| marks.concat())
}

proptest! {
    #[test]
    fn pieces_joined_are_the_line(text in prop_oneof![code_like(), "\\PC{0,80}", any::<String>()]) {
        for &language in Language::ALL {
            let mut highlighter = Highlighter::new(language);
            for line in text.split('\n') {
                let mut peeked = String::new();
                highlighter.peek(line, |_, piece| peeked.push_str(piece));
                prop_assert_eq!(&peeked, line);
                let mut joined = String::new();
                highlighter.line(line, |_, piece| joined.push_str(piece));
                prop_assert_eq!(&joined, line);
            }
        }
    }
}

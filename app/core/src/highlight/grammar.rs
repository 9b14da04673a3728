//! What the walk of [`super::code`] knows of each language, as tables.

use super::words::{self, Words};
use crate::brief::Language;

pub(super) struct Grammar {
    /// What begins a comment to the end of the line.
    pub(super) comments: &'static [&'static str],
    /// A comment mark counts only at the line's start or after white space or `;` (`$#`, `a#b` are no comments).
    pub(super) spaced_comments: bool,
    pub(super) block: Option<Block>,
    /// Longest openers first.
    pub(super) strings: &'static [Quote],
    /// Upper case where `any_case`.
    pub(super) keywords: Words,
    pub(super) types: Words,
    /// Keywords match in any case.
    pub(super) any_case: bool,
    /// Names that begin with a capital and are not all capitals are types.
    pub(super) capital_types: bool,
    /// Bytes other than letters, digits and `_` that belong to names.
    pub(super) name_bytes: &'static [u8],
    pub(super) extra: Extra,
}

/// A comment with two ends.
pub(super) struct Block {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    pub(super) nests: bool,
}

/// A kind of string.
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// A backslash takes the next byte along.
    pub(super) escapes: bool,
    pub(super) multiline: bool,
    /// `${` opens a hole with code in it.
    pub(super) holes: bool,
    /// Without an end on the line it is no string: an apostrophe in the text between tags.
    pub(super) lenient: bool,
}

/// The one thing a language has that tables of quotes and comments cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    None,
    /// `/…/` where a value is expected.
    Regex,
    /// `r#"…"#`, and `'a` beside `'a'`.
    Rust,
    /// `R"tag(…)tag"`, and `#include`.
    Cpp,
    /// `$tag$…$tag$`.
    Dollar,
    /// `<<TAG`; in Ruby only capitals, since `<<` is also an operator.
    HereDoc {
        mark: &'static str,
        capitals: bool,
    },
    /// A string before a colon is a key.
    Keys,
}

const fn quote(mark: &'static str) -> Quote {
    Quote { open: mark, close: mark, escapes: true, multiline: false, holes: false, lenient: false }
}

const fn long(open: &'static str, close: &'static str) -> Quote {
    Quote { open, close, escapes: true, multiline: true, holes: false, lenient: false }
}

const fn verbatim(open: &'static str, close: &'static str) -> Quote {
    Quote { escapes: false, ..long(open, close) }
}

const TEMPLATE: Quote = Quote { holes: true, ..long("`", "`") };
const LOOSE: Quote = Quote { lenient: true, ..quote("'") };
const C_BLOCK: Option<Block> = Some(Block { open: "/*", close: "*/", nests: false });
const NESTED_BLOCK: Option<Block> = Some(Block { open: "/*", close: "*/", nests: true });

const C_LIKE: Grammar = Grammar {
    comments: &["//"],
    spaced_comments: false,
    block: C_BLOCK,
    strings: &[quote("\""), quote("'")],
    keywords: words::C,
    types: words::C_TYPES,
    any_case: false,
    capital_types: true,
    name_bytes: b"",
    extra: Extra::None,
};

static TYPESCRIPT: Grammar = Grammar {
    strings: &[quote("\""), quote("'"), TEMPLATE],
    keywords: words::TYPESCRIPT,
    types: words::TYPESCRIPT_TYPES,
    name_bytes: b"$",
    extra: Extra::Regex,
    ..C_LIKE
};
pub(super) static JAVASCRIPT: Grammar = Grammar {
    strings: TYPESCRIPT_STRINGS,
    keywords: words::JAVASCRIPT,
    types: Words::NONE,
    name_bytes: b"$",
    extra: Extra::Regex,
    ..C_LIKE
};
const TYPESCRIPT_STRINGS: &[Quote] = &[quote("\""), quote("'"), TEMPLATE];
const JSX_STRINGS: &[Quote] = &[quote("\""), LOOSE, TEMPLATE];
static TSX: Grammar = Grammar {
    strings: JSX_STRINGS,
    keywords: words::TYPESCRIPT,
    types: words::TYPESCRIPT_TYPES,
    name_bytes: b"$",
    extra: Extra::Regex,
    ..C_LIKE
};
static JSX: Grammar = Grammar {
    strings: JSX_STRINGS,
    keywords: words::JAVASCRIPT,
    types: Words::NONE,
    name_bytes: b"$",
    extra: Extra::Regex,
    ..C_LIKE
};
static PYTHON: Grammar = Grammar {
    comments: &["#"],
    block: None,
    strings: &[long("\"\"\"", "\"\"\""), long("'''", "'''"), quote("\""), quote("'")],
    keywords: words::PYTHON,
    types: words::PYTHON_TYPES,
    ..C_LIKE
};
static RUST: Grammar = Grammar {
    block: NESTED_BLOCK,
    strings: &[long("\"", "\"")],
    keywords: words::RUST,
    types: words::RUST_TYPES,
    extra: Extra::Rust,
    ..C_LIKE
};
static GO: Grammar = Grammar {
    strings: &[quote("\""), quote("'"), verbatim("`", "`")],
    keywords: words::GO,
    types: words::GO_TYPES,
    capital_types: false,
    ..C_LIKE
};
static JAVA: Grammar = Grammar {
    strings: &[long("\"\"\"", "\"\"\""), quote("\""), quote("'")],
    keywords: words::JAVA,
    types: words::JAVA_TYPES,
    ..C_LIKE
};
static KOTLIN: Grammar = Grammar {
    block: NESTED_BLOCK,
    strings: &[verbatim("\"\"\"", "\"\"\""), quote("\""), quote("'")],
    keywords: words::KOTLIN,
    types: Words::NONE,
    ..C_LIKE
};
static SWIFT: Grammar = Grammar {
    block: NESTED_BLOCK,
    strings: &[long("\"\"\"", "\"\"\""), quote("\"")],
    keywords: words::SWIFT,
    types: Words::NONE,
    name_bytes: b"@#",
    ..C_LIKE
};
static CSHARP: Grammar = Grammar {
    strings: &[
        verbatim("\"\"\"", "\"\"\""),
        verbatim("$@\"", "\""),
        verbatim("@\"", "\""),
        quote("\""),
        quote("'"),
    ],
    keywords: words::CSHARP,
    types: words::CSHARP_TYPES,
    ..C_LIKE
};
static CPP: Grammar = Grammar { keywords: words::CPP, types: words::CPP_TYPES, extra: Extra::Cpp, ..C_LIKE };
static C: Grammar = Grammar { name_bytes: b"#", ..C_LIKE };
static PHP: Grammar = Grammar {
    comments: &["//", "# "],
    strings: &[long("\"", "\""), long("'", "'")],
    keywords: words::PHP,
    types: words::PHP_TYPES,
    name_bytes: b"$",
    extra: Extra::HereDoc { mark: "<<<", capitals: false },
    ..C_LIKE
};
static RUBY: Grammar = Grammar {
    comments: &["#"],
    spaced_comments: true,
    block: Some(Block { open: "=begin", close: "=end", nests: false }),
    strings: &[long("\"", "\""), quote("'"), quote("`")],
    keywords: words::RUBY,
    types: Words::NONE,
    name_bytes: b"@$",
    extra: Extra::HereDoc { mark: "<<", capitals: true },
    ..C_LIKE
};
static BASH: Grammar = Grammar {
    comments: &["#"],
    spaced_comments: true,
    block: None,
    strings: &[long("\"", "\""), verbatim("'", "'")],
    keywords: words::BASH,
    types: Words::NONE,
    capital_types: false,
    name_bytes: b"$",
    extra: Extra::HereDoc { mark: "<<", capitals: false },
    ..C_LIKE
};
static SQL: Grammar = Grammar {
    comments: &["--"],
    strings: &[verbatim("'", "'"), verbatim("\"", "\""), verbatim("`", "`")],
    keywords: words::SQL,
    types: words::SQL_TYPES,
    any_case: true,
    capital_types: false,
    extra: Extra::Dollar,
    ..C_LIKE
};
static JSON: Grammar = Grammar {
    strings: &[quote("\"")],
    keywords: words::JSON,
    types: Words::NONE,
    capital_types: false,
    extra: Extra::Keys,
    ..C_LIKE
};
/// Values of YAML; keys and block scalars are [`super::yaml`]'s.
pub(super) static YAML: Grammar = Grammar {
    comments: &["#"],
    spaced_comments: true,
    block: None,
    strings: &[Quote { lenient: true, ..quote("\"") }, LOOSE],
    keywords: words::YAML,
    types: Words::NONE,
    capital_types: false,
    name_bytes: b"-./",
    extra: Extra::Keys,
    ..C_LIKE
};

/// The table of a language. Those with a walk of their own have the table of what they embed.
pub(super) fn of(language: Language) -> &'static Grammar {
    match language {
        Language::TypeScript => &TYPESCRIPT,
        Language::JavaScript | Language::Html | Language::Css => &JAVASCRIPT,
        Language::Tsx => &TSX,
        Language::Jsx => &JSX,
        Language::Python => &PYTHON,
        Language::Rust => &RUST,
        Language::Go => &GO,
        Language::Java => &JAVA,
        Language::Kotlin => &KOTLIN,
        Language::Swift => &SWIFT,
        Language::CSharp => &CSHARP,
        Language::Cpp => &CPP,
        Language::C => &C,
        Language::Php => &PHP,
        Language::Ruby => &RUBY,
        Language::Sql => &SQL,
        Language::Bash => &BASH,
        Language::Json => &JSON,
        Language::Yaml | Language::Markdown => &YAML,
    }
}

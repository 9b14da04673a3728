//! A model that knows a whole answer and goes on with it in the ways models do.

use super::*;
use crate::brief::Language;

/// Stands in a fixture where it is cut.
const MARK: char = '‸';

/// An answer and what there is of it.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) name: &'static str,
    pub(super) wanted: Language,
    pub(super) whole: String,
    pub(super) cut: usize,
}

macro_rules! fixtures {
    ($($name:literal $wanted:ident,)*) => {
        /// The answers below `tests/fixtures/joins`, cut where they are marked.
        pub(super) fn answers() -> Vec<Answer> {
            vec![$(Answer::marked(
                $name,
                Language::$wanted,
                include_str!(concat!("../../../../tests/fixtures/joins/", $name, ".md")),
            )),*]
        }
    };
}

fixtures! {
    "html-attribute" Html,
    "html-tag" Html,
    "css-value" Css,
    "rust-string" Rust,
    "python-comment" Python,
    "fence-line" JavaScript,
    "prose-before" Python,
    "unicode" Json,
    "json-table" Json,
    "equal-rows" Html,
    "indentation" TypeScript,
    "template-literal" JavaScript,
    "after-newline" Go,
    "before-closing" Bash,
    "after-closing" Sql,
    "closing-fence" Yaml,
    "markdown" Markdown,
    "minified" Json,
}

impl Answer {
    fn marked(name: &'static str, wanted: Language, text: &str) -> Self {
        let cut = text.find(MARK).expect("a fixture says where it is cut");
        Self { name, wanted, whole: text.replacen(MARK, "", 1), cut }
    }

    /// The same answer with the line ends of Windows, cut between two characters of one, the first behind its cut.
    pub(super) fn in_line_end(&self) -> Self {
        let cut = self.whole[self.cut..].find('\n').map_or(self.cut, |at| self.cut + at);
        let before = self.whole[..cut].matches('\n').count();
        Self { cut: cut + before + 1, whole: self.whole.replace('\n', "\r\n"), ..self.clone() }
    }

    pub(super) fn at(&self, cut: usize) -> Self {
        Self { cut, ..self.clone() }
    }

    pub(super) fn text(&self) -> &str {
        &self.whole[..self.cut]
    }

    fn rest(&self) -> &str {
        &self.whole[self.cut..]
    }

    fn line_start(&self) -> usize {
        self.text().rfind('\n').map_or(0, |at| at + 1)
    }

    /// The opening fence of the block it is cut in.
    fn fence(&self) -> Option<&str> {
        resume(self.text(), self.wanted).line?;
        self.whole.lines().find(|line| line.starts_with("```"))
    }

    /// What the request asks to begin with, read out of it as a model does.
    pub(super) fn quote(&self) -> String {
        let ask = resume(self.text(), self.wanted).ask;
        let Some((_, from)) = ask.split_once("\n\n````") else { return String::new() };
        let (mark, from) = from.split_once('\n').expect("the mark ends its line");
        let (quote, _) = from.split_once(&format!("\n````{mark}\n")).expect("the quote ends");
        let quote = if self.text().ends_with('\n') { format!("{quote}\n") } else { quote.to_owned() };
        assert!(self.text().ends_with(&quote), "{}: {quote:?}", self.name);
        quote
    }

    fn asked(&self) -> String {
        self.quote() + self.rest()
    }
}

/// How a model goes on; `None` where an answer gives no occasion.
pub(super) type Style = fn(&Answer) -> Option<String>;

pub(super) const STYLES: &[(&str, Style)] = &[
    ("as asked", |answer| Some(answer.asked())),
    ("at the very character", |answer| Some(answer.rest().to_owned())),
    ("at the cut line", |answer| Some(answer.whole[answer.line_start()..].to_owned())),
    ("as asked, below a fence", |answer| Some(format!("{}\n{}", answer.fence()?, answer.asked()))),
    ("as asked, below words and a fence", |answer| {
        Some(format!("Sure, here is the rest:\n\n{}\n{}", answer.fence()?, answer.asked()))
    }),
    ("as asked, below words", |answer| {
        Some(format!("Here is the rest of the answer:\n\n{}", answer.asked()))
    }),
    ("as asked, below a bare fence", |answer| {
        answer.fence()?;
        Some(format!("```\n{}", answer.asked()))
    }),
    ("at the very character, below words and a fence", |answer| {
        Some(format!("Continuing from there:\n\n{}\n{}", answer.fence()?, answer.rest()))
    }),
    ("at the cut line, below a fence", |answer| {
        Some(format!("{}\n{}", answer.fence()?, &answer.whole[answer.line_start()..]))
    }),
    ("from the beginning", |answer| Some(answer.whole.clone())),
    ("from the first line of code", |answer| {
        let fence = answer.fence()?;
        let at = answer.whole.find(fence).filter(|at| at + fence.len() < answer.cut)?;
        Some(answer.whole[at..].to_owned())
    }),
    ("from the first line of code, below other words", |answer| {
        let fence = answer.fence()?;
        let at = answer.whole.find(fence).filter(|at| at + fence.len() < answer.cut)?;
        Some(format!("Here is the complete file.\n\n{}", &answer.whole[at..]))
    }),
    ("as asked, without indentation", |answer| {
        let quote = answer.quote();
        // Without any of its letters the line would lose what the text has of its indentation.
        if answer.whole[answer.line_start()..answer.cut].trim().is_empty() {
            return None;
        }
        let lines: Vec<_> = quote.split('\n').map(str::trim_start).collect();
        Some(lines.join("\n") + answer.rest())
    }),
    ("as asked, with space behind each line", |answer| {
        Some(answer.quote().replace('\n', "  \n") + answer.rest())
    }),
    ("as asked, the cut line twice", |answer| {
        let again = &answer.whole[answer.line_start()..];
        let quote = answer.quote();
        // Where the line is whole already, nobody can tell it from one more of its kind.
        let open = answer.line_start() + 20 < answer.cut && !answer.rest().starts_with('\n');
        (open && quote.len() >= answer.cut - answer.line_start()).then(|| format!("{quote}\n{again}"))
    }),
];

/// Cuts a text into pieces of `size` characters.
pub(super) fn pieces(text: &str, size: usize) -> Vec<&str> {
    let mut starts: Vec<_> = text.char_indices().map(|(at, _)| at).step_by(size).collect();
    starts.push(text.len());
    starts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

/// The text in the end. Every change must be one that can be made.
pub(super) fn join(text: &str, wanted: Language, pieces: &[&str]) -> (String, Option<Seam>) {
    let (mut joined, mut joiner) = (text.to_owned(), Joiner::new(text, wanted));
    let mut apply = |splice: Option<Splice>| {
        if let Some(Splice { keep, append }) = splice {
            assert!(joined.is_char_boundary(keep), "{keep} in {joined:?}");
            joined.truncate(keep);
            joined.push_str(&append);
        }
    };
    for piece in pieces {
        apply(joiner.push(piece));
    }
    apply(joiner.finish());
    (joined, joiner.seam())
}

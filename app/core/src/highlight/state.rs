//! What one line tells the next: small and `Copy`, so that a look ahead costs nothing.

/// State between two lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct State {
    pub(super) mode: Mode,
    /// Where a page is; `Text` in every language but HTML.
    pub(super) page: Page,
    /// Open `${` holes of template literals, innermost last.
    pub(super) holes: Holes,
    /// Open braces of a style sheet.
    pub(super) braces: u8,
}

impl State {
    pub(super) fn is_open(&self) -> bool {
        self.page == Page::Comment
            || self.holes.any()
            || !matches!(self.mode, Mode::Code | Mode::Scalar { .. } | Mode::Fence { .. })
    }

    /// Leaves embedded code: whatever it had open ends with it.
    pub(super) fn reset_code(&mut self) {
        self.mode = Mode::Code;
        self.holes = Holes::default();
        self.braces = 0;
    }
}

/// Inside what the line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mode {
    #[default]
    Code,
    /// A block comment, with its depth where comments nest.
    Comment { depth: u8 },
    /// A string of the rule at this place in the grammar.
    Text { rule: u8 },
    /// A Rust raw string that ends with `"` and this many `#`.
    Raw { hashes: u8 },
    /// A C++ raw string: ends with `)`, the tag, `"`.
    Delimited(Tag),
    /// A dollar-quoted SQL string: ends with the tag, its dollars included.
    Dollar(Tag),
    /// A here-document: ends with a line that is the tag.
    HereDoc(Tag),
    /// A YAML block scalar below a line of this indent.
    Scalar { indent: u8 },
    /// A Markdown fence of this byte and length.
    Fence { byte: u8, len: u8 },
}

/// Where in a page the line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Page {
    #[default]
    Text,
    Comment,
    /// Between `<name` and `>`; what follows the `>` is the content.
    Tag(Content),
    /// In an attribute's value.
    Value(Content, u8),
    Inside(Content),
}

/// What a start tag is followed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Markup,
    Script,
    Style,
}

/// An end mark chosen by the author of the code, remembered without keeping it: two different marks of equal length collide
/// once in four billion, and then a colour is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) len: u8,
    hash: u32,
}

impl Tag {
    /// `None` if the mark is longer than 255 bytes.
    pub(super) fn of(mark: &[u8]) -> Option<Self> {
        Some(Self { len: u8::try_from(mark.len()).ok()?, hash: fnv(mark) })
    }

    pub(super) fn is(self, text: &[u8]) -> bool {
        text.len() == usize::from(self.len) && fnv(text) == self.hash
    }
}

fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// A stack of brace depths, one for each hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Holes {
    depths: [u8; 6],
    rules: [u8; 6],
    len: u8,
}

impl Holes {
    pub(super) fn any(self) -> bool {
        self.len > 0
    }

    /// False if they are nested too deeply to follow; the hole is then text like the rest.
    pub(super) fn enter(&mut self, rule: u8) -> bool {
        let at = usize::from(self.len);
        if at == self.depths.len() {
            return false;
        }
        self.depths[at] = 0;
        self.rules[at] = rule;
        self.len += 1;
        true
    }

    pub(super) fn brace(&mut self) {
        if let Some(top) = self.top() {
            self.depths[top] = self.depths[top].saturating_add(1);
        }
    }

    /// A closing brace: `Some(rule)` if it ends the hole and the string of that rule goes on.
    pub(super) fn close(&mut self) -> Option<u8> {
        let top = self.top()?;
        if self.depths[top] > 0 {
            self.depths[top] -= 1;
            return None;
        }
        self.len -= 1;
        Some(self.rules[top])
    }

    fn top(self) -> Option<usize> {
        usize::from(self.len).checked_sub(1)
    }
}

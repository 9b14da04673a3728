//! Code of an answer that still arrives. This file reads what stands outside blocks, `block` what stands inside one.

mod block;

use super::choose::{Class, class_of};
use super::fence::{Fence, Info, InfoKind};
use super::nest::Nest;
use super::scan::{self, Outer};
use super::{bare, name};
use crate::brief::Language;
use block::{At, Inside, Kind};

/// Bytes of a first line after which it is judged without its end: an answer may be one long line.
const LONG_LINE: usize = 200;

/// Shows code while the answer streams: feed every piece of text, get what to append. Costs time in the size of the piece only.
///
/// It cannot look ahead, so where an answer takes more than its past to be read, [`super::extract`] has the last word. What is appended
/// in all does not depend on how the answer was cut into pieces.
#[derive(Debug, Clone)]
pub struct LiveExtract {
    wanted: Language,
    place: Place,
    /// The line so far; in code only what [`Nest`] needs of it.
    line: String,
    /// Nothing but blank lines and reasoning so far.
    fresh: bool,
    /// There was a fence.
    fenced: bool,
    /// The first line was too long to wait for, and is no code.
    judged: bool,
    /// Language of a file named above, and for how many lines that holds.
    heading: Option<(Language, u8)>,
    /// Class of the block on display.
    best: Option<Class>,
    /// Something is on display.
    shown: bool,
}

/// What the live view does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveOp<'a> {
    /// A better block began: start over.
    Clear,
    /// Add this text at the end.
    Append(&'a str),
}

type Apply<'a> = &'a mut dyn FnMut(LiveOp<'_>);

#[derive(Debug, Clone)]
enum Place {
    Outside,
    Reasoning(&'static str),
    Inside(Box<Inside>),
}

impl LiveExtract {
    /// `wanted` is the language of the brief.
    pub fn new(wanted: Language) -> Self {
        Self {
            wanted,
            place: Place::Outside,
            line: String::new(),
            fresh: true,
            fenced: false,
            judged: false,
            heading: None,
            best: None,
            shown: false,
        }
    }

    /// The next piece of the answer.
    pub fn push(&mut self, text: &str, mut apply: impl FnMut(LiveOp<'_>)) {
        self.feed(text, &mut apply);
    }

    /// The answer is over: what was held back comes out.
    pub fn finish(&mut self, mut apply: impl FnMut(LiveOp<'_>)) {
        let line = std::mem::take(&mut self.line);
        match &mut self.place {
            Place::Inside(inside) => {
                if inside.at == At::Code {
                    if std::mem::take(&mut inside.carriage) && inside.show {
                        apply(LiveOp::Append("\r"));
                    }
                } else if !line.is_empty() && !inside.is_cut_mark(&line) {
                    self.line_of_block(&line, &mut apply);
                }
            }
            Place::Outside if !line.is_empty() => self.line_outside(&line, &mut apply),
            Place::Outside | Place::Reasoning(_) => {}
        }
    }

    fn feed(&mut self, mut text: &str, apply: Apply<'_>) {
        while !text.is_empty() {
            text = if matches!(self.place, Place::Inside(_)) {
                self.feed_block(text, apply)
            } else {
                self.feed_outside(text, apply)
            };
        }
    }

    /// Collects a line; returns what is left of the piece.
    fn feed_outside<'t>(&mut self, text: &'t str, apply: Apply<'_>) -> &'t str {
        let Some(end) = text.find('\n') else {
            let room = LONG_LINE.saturating_sub(self.line.len());
            if self.fresh && !self.judged && text.len() > room {
                return self.judge_long_line(text, room, apply);
            }
            self.line.push_str(text);
            return "";
        };
        let room = LONG_LINE.saturating_sub(self.line.len());
        if self.fresh && !self.judged && end > room {
            return self.judge_long_line(text, room, apply);
        }
        self.line.push_str(&text[..end]);
        self.judged = false;
        let line = std::mem::take(&mut self.line);
        self.line_outside(&line, apply);
        self.keep_room(line);
        &text[end + 1..]
    }

    /// Takes back the buffer of a line that was read, so that lines do not allocate.
    fn keep_room(&mut self, mut line: String) {
        if self.line.is_empty() {
            line.clear();
            self.line = line;
        }
    }

    fn judge_long_line<'t>(&mut self, text: &'t str, room: usize, apply: Apply<'_>) -> &'t str {
        let at = text.floor_char_boundary(room);
        self.line.push_str(&text[..at]);
        self.judged = true;
        if matches!(self.place, Place::Outside) {
            let line = std::mem::take(&mut self.line);
            match scan::outer(&line, self.fenced) {
                Outer::Page => self.begin_bare(Kind::Page, &line, false, apply),
                Outer::Text if bare::begins(&line, self.wanted) => {
                    self.begin_bare(Kind::Bare, &line, false, apply);
                }
                _ => self.line = line,
            }
        }
        &text[at..]
    }

    /// A whole line outside blocks, with its `\r` if it has one.
    fn line_outside(&mut self, raw: &str, apply: Apply<'_>) {
        let windows = raw.ends_with('\r');
        let mut line = raw.strip_suffix('\r').unwrap_or(raw);
        loop {
            if let Place::Reasoning(tag) = self.place {
                let Some(end) = scan::end_of_reasoning(line, tag) else { return };
                self.place = Place::Outside;
                line = &line[end..];
            }
            match scan::outer(line, self.fenced) {
                Outer::Reasoning(tag, skip) => {
                    self.place = Place::Reasoning(tag);
                    line = &line[skip..];
                }
                Outer::ReasoningWas(skip) => {
                    if self.shown {
                        apply(LiveOp::Clear);
                    }
                    (self.shown, self.best, self.fresh, self.fenced) = (false, None, true, false);
                    line = &line[skip..];
                }
                Outer::Page => return self.begin_bare(Kind::Page, line, true, apply),
                Outer::Fence(fence) => return self.begin_block(fence, windows, apply),
                Outer::Text => return self.text_outside(line, windows, apply),
            }
        }
    }

    fn text_outside(&mut self, line: &str, windows: bool, apply: Apply<'_>) {
        self.heading = self.heading.filter(|(_, lines)| *lines > 0).map(|(name, lines)| (name, lines - 1));
        if line.trim().is_empty() {
            return;
        }
        if self.fresh && bare::begins(line, self.wanted) {
            self.begin_bare(Kind::Bare, line, true, apply);
            if let Place::Inside(inside) = &mut self.place {
                inside.windows = windows;
            }
            return;
        }
        self.fresh = false;
        self.heading = name::path_in_heading(line).and_then(name::language_of).map(|name| (name, 1));
    }

    fn begin_block(&mut self, fence: Fence, windows: bool, apply: Apply<'_>) {
        let heading = self.heading.take().filter(|_| fence.info.kind == InfoKind::Bare);
        let language = fence.info.language.or(heading.map(|(language, _)| language));
        let class = class_of(&fence.info.word, language, self.wanted);
        let show = class > Class::Shell && self.best.is_none_or(|best| class > best);
        if show {
            self.best = Some(class);
            if std::mem::take(&mut self.shown) {
                apply(LiveOp::Clear);
            }
        }
        (self.fenced, self.fresh) = (true, false);
        let nest = Nest::new(language.unwrap_or(self.wanted));
        self.place =
            Place::Inside(Box::new(Inside { windows, ..Inside::new(fence, Kind::Fenced, nest, show) }));
    }

    /// Code that begins with this line; `whole` if its end was there.
    fn begin_bare(&mut self, kind: Kind, line: &str, whole: bool, apply: Apply<'_>) {
        let page = kind == Kind::Page;
        let show = page || self.best.is_none();
        if show && std::mem::take(&mut self.shown) {
            apply(LiveOp::Clear);
        }
        // Any block in a fence is better than code without one, but not than a page.
        self.best = Some(if page { class_of("", Some(Language::Html), self.wanted) } else { Class::Shell });
        self.fresh = false;
        let line = if page { line.trim_start() } else { line };
        let language = if page { Language::Html } else { self.wanted };
        let fence = Fence { byte: b'`', len: 3, indent: 0, quotes: 0, info: Info::default() };
        let inside = Inside { windows: true, ..Inside::new(fence, kind, Nest::new(language), show) };
        self.place = Place::Inside(Box::new(inside));
        self.start_code(line, apply);
        self.line.push_str(line);
        if whole {
            self.end_line();
        }
    }
}

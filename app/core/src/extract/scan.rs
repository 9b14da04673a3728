//! The blocks of an answer, in order.

use super::fence::{self, Fence, InfoKind};
use super::nest::{self, Nest, Step};
use super::{Accepts, lines, name};
use crate::brief::Language;

/// Most ends of one block a parser is asked about.
const MAX_TRIES: usize = 4;
/// Tags that models put around their reasoning.
const REASONING: &[&str] = &["think", "thinking", "reasoning", "thought"];

/// What an answer consists of.
#[derive(Debug, Default)]
pub(super) struct Scan<'a> {
    pub(super) blocks: Vec<Block>,
    /// Numbers of the lines with text outside blocks.
    pub(super) prose: Vec<usize>,
    /// The answer after its reasoning, if it had any.
    pub(super) after_reasoning: Option<&'a str>,
}

/// A piece of code in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) code: String,
    pub(super) language: Option<Language>,
    /// First word of the info string, lower case.
    pub(super) word: String,
    /// Path as the answer wrote it.
    pub(super) path: Option<String>,
    /// The line it begins on.
    pub(super) line: usize,
    /// The line above is its heading and no introduction.
    pub(super) headed: bool,
    /// Its end was there.
    pub(super) closed: bool,
}

/// A line outside blocks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outer {
    Text,
    Fence(Fence),
    /// A whole page without a fence.
    Page,
    /// Reasoning begins; the tag, and where the text behind it begins.
    Reasoning(&'static str, usize),
    /// Reasoning ends that never began: what came before was reasoning. Where the text behind it begins.
    ReasoningWas(usize),
}

/// Reads a line outside blocks. `fenced` tells that there was a fence before; a page then stands in one.
pub(super) fn outer(line: &str, fenced: bool) -> Outer {
    let text = line.trim_start();
    let indent = line.len() - text.len();
    if let Some(inside) = text.strip_prefix('<') {
        for tag in REASONING {
            let rest = inside.get(tag.len()..).filter(|_| starts_with_name(inside, tag));
            if rest.is_some_and(|rest| rest.starts_with('>')) {
                return Outer::Reasoning(tag, indent + tag.len() + 2);
            }
        }
        if !fenced && nest::starts_page(text) {
            return Outer::Page;
        }
    }
    // The last one in the line, so that a line full of them is read once.
    if let Some(end) = REASONING.iter().filter_map(|tag| ends_of_reasoning(line, tag).last()).max()
        && (text.starts_with("</") || line[end..].trim().is_empty())
    {
        return Outer::ReasoningWas(end);
    }
    fence::opener(line).map_or(Outer::Text, Outer::Fence)
}

fn starts_with_name(text: &str, name: &str) -> bool {
    text.as_bytes().get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
}

/// Where in a line the text behind the end tag begins.
pub(super) fn end_of_reasoning(line: &str, tag: &str) -> Option<usize> {
    ends_of_reasoning(line, tag).next()
}

fn ends_of_reasoning(line: &str, tag: &str) -> impl Iterator<Item = usize> {
    line.match_indices("</").filter_map(move |(at, _)| {
        let name = &line[at + 2..];
        let end = starts_with_name(name, tag) && name[tag.len()..].starts_with('>');
        end.then_some(at + tag.len() + 3)
    })
}

pub(super) fn scan<'a>(answer: &'a str, wanted: Language, accepts: Accepts<'_>) -> Scan<'a> {
    let lines: Vec<_> = lines(answer).collect();
    let last_bare = (0..lines.len()).rev().find(|at| {
        fence::opener(&answer[lines[*at].0..lines[*at].1]).is_some_and(|f| f.info.kind == InfoKind::Bare)
    });
    Scanner { answer, lines, wanted, accepts, last_bare, literal: false, found: Scan::default() }.run()
}

struct Scanner<'a, 'b> {
    answer: &'a str,
    /// Start and end of each line.
    lines: Vec<(usize, usize)>,
    wanted: Language,
    accepts: Accepts<'b>,
    last_bare: Option<usize>,
    /// Nesting did not come out even once, so the first bare fence ends a block from here on. It also bounds the work: no line is
    /// read along more than twice.
    literal: bool,
    found: Scan<'a>,
}

/// Where a block's content ends and where the scan goes on.
struct End {
    line: usize,
    next: usize,
    closed: bool,
}

impl<'a> Scanner<'a, '_> {
    fn run(mut self) -> Scan<'a> {
        let mut at = 0;
        while at < self.lines.len() {
            at = match outer(self.line(at), !self.found.blocks.is_empty()) {
                Outer::Text => {
                    if !self.line(at).trim().is_empty() {
                        self.found.prose.push(at);
                    }
                    at + 1
                }
                Outer::Fence(fence) => self.block(at, &fence),
                Outer::Page => self.page(at),
                Outer::Reasoning(tag, skip) => {
                    self.lines[at].0 += skip;
                    self.reasoning(at, tag)
                }
                Outer::ReasoningWas(skip) => {
                    self.found.blocks.clear();
                    self.found.prose.clear();
                    self.lines[at].0 += skip;
                    self.found.after_reasoning = Some(&self.answer[self.lines[at].0..]);
                    at
                }
            };
        }
        self.found
    }

    fn line(&self, at: usize) -> &'a str {
        &self.answer[self.lines[at].0..self.lines[at].1]
    }

    /// Goes on behind the end tag, which may be followed by text in its line. Without one, all the rest is reasoning.
    fn reasoning(&mut self, from: usize, tag: &str) -> usize {
        for at in from..self.lines.len() {
            if let Some(end) = end_of_reasoning(self.line(at), tag) {
                self.lines[at].0 += end;
                self.found.after_reasoning = Some(&self.answer[self.lines[at].0..]);
                return at;
            }
        }
        self.found.after_reasoning = Some("");
        self.lines.len()
    }

    fn page(&mut self, from: usize) -> usize {
        let mut end = None;
        let mut next = self.lines.len();
        for at in from..self.lines.len() {
            if let Some(len) = nest::end_of_page(self.line(at)) {
                end = Some(self.lines[at].0 + len);
                next = at + 1;
            } else if end.is_some() && fence::opener(self.line(at)).is_some() {
                break;
            }
        }
        let text = &self.answer[self.lines[from].0..end.unwrap_or(self.answer.len())];
        self.found.blocks.push(Block {
            code: text.trim().replace("\r\n", "\n"),
            language: Some(Language::Html),
            word: String::new(),
            path: None,
            line: from,
            headed: false,
            closed: end.is_some(),
        });
        next
    }

    fn block(&mut self, at: usize, fence: &Fence) -> usize {
        let (heading, headed_at) = self.heading(at);
        let path = fence.info.path.as_deref().or(heading).map(str::to_owned);
        let from_path = path.as_deref().and_then(name::language_of);
        let language =
            fence.info.language.or_else(|| from_path.filter(|_| fence.info.kind == InfoKind::Bare));
        let read_as = language.unwrap_or(self.wanted);
        let mut end = self.end(at, fence, read_as);
        let mut code = self.code(at, end.line, fence);
        if !end.closed {
            end.closed = cut_closing_mark(&mut code, fence);
        } else if (self.accepts)(&code, read_as) == Some(false)
            && let Some((better, text)) = self.other_end(at, fence, end.line, read_as)
        {
            (end, code) = (better, text);
        }
        let headed = heading.is_some() && fence.info.path.is_none();
        if headed {
            self.found.prose.retain(|line| *line != headed_at);
        }
        let first = code.lines().next().and_then(name::path_in_comment).map(str::to_owned);
        self.found.blocks.push(Block {
            path: path.or(first),
            code,
            language,
            word: fence.info.word.clone(),
            line: at,
            headed,
            closed: end.closed,
        });
        end.next
    }

    /// The path in the line above, a blank line between or not.
    fn heading(&self, at: usize) -> (Option<&'a str>, usize) {
        let above = (0..at).rev().take(2).find(|line| !self.line(*line).trim().is_empty());
        let above = above.filter(|line| self.found.prose.last() == Some(line));
        (above.and_then(|line| name::path_in_heading(self.line(line))), above.unwrap_or(0))
    }

    fn end(&mut self, open: usize, fence: &Fence, language: Language) -> End {
        let mut nest = Nest::new(language);
        let mut first_bare = None;
        for at in open + 1..self.lines.len() {
            let Some(content) = fence::content(self.line(at), fence) else {
                return End { line: at, next: at, closed: true };
            };
            if let Some(mark) = fence::inner(self.line(at), fence) {
                let bare = mark.info.kind == InfoKind::Bare;
                let step =
                    if self.literal && bare { Step::End } else { nest.meet(&mark, || self.runs_on(at)) };
                match step {
                    Step::End => return self.end_at(at, &mark),
                    Step::NextBlock => return End { line: at, next: at, closed: true },
                    Step::Content | Step::Nested => {}
                }
                if bare && first_bare.is_none() {
                    first_bare = Some(at);
                }
            }
            nest.line(content);
        }
        // A document that goes on to the end was cut off; code was more likely misread than written with half a fence in it.
        match first_bare.filter(|_| language != Language::Markdown) {
            Some(at) if nest.is_inside() => {
                self.literal = true;
                End { line: at, next: at + 1, closed: true }
            }
            _ => End { line: self.lines.len(), next: self.lines.len(), closed: false },
        }
    }

    /// Ends at a fence; if text follows it in its line, the scan goes on there.
    fn end_at(&mut self, at: usize, mark: &Fence) -> End {
        if mark.info.kind == InfoKind::Prose {
            self.found.prose.push(at);
        }
        End { line: at, next: at + 1, closed: true }
    }

    /// Text right below, and a bare fence further down.
    fn runs_on(&self, at: usize) -> bool {
        at + 1 < self.lines.len()
            && !self.line(at + 1).trim().is_empty()
            && self.last_bare.is_some_and(|last| last > at)
    }

    /// Another bare fence where the code would be whole.
    fn other_end(&self, open: usize, fence: &Fence, not: usize, language: Language) -> Option<(End, String)> {
        (open + 1..self.lines.len())
            .filter(|at| *at != not)
            .filter(|at| fence::inner(self.line(*at), fence).is_some_and(|f| f.info.kind != InfoKind::Named))
            .take(MAX_TRIES)
            .find_map(|at| {
                let code = self.code(open, at, fence);
                let whole = (self.accepts)(&code, language) == Some(true);
                whole.then_some((End { line: at, next: at + 1, closed: true }, code))
            })
    }

    /// Lines `open + 1..end` as code. Where the fence stands at the margin they are taken byte for byte, unless the answer ends its
    /// lines the other way.
    fn code(&self, open: usize, end: usize, fence: &Fence) -> String {
        let Some(first) = self.lines.get(open + 1).filter(|_| end > open + 1) else { return String::new() };
        let windows = self.answer[self.lines[open].1..].starts_with("\r\n");
        if fence.indent == 0 && fence.quotes == 0 && !windows {
            let stop = self.lines.get(end).map_or(self.answer.len(), |line| line.0);
            let text = &self.answer[first.0..stop];
            return text.strip_suffix('\n').unwrap_or(text).to_owned();
        }
        let content = |at| fence::content(self.line(at), fence).unwrap_or_default();
        let mut code = String::new();
        for at in open + 1..end {
            if at > open + 1 {
                code.push('\n');
            }
            code.push_str(content(at));
        }
        code
    }
}

/// Takes a closing mark off that stands at the end of the last line (`}` and the fence behind it), or was cut off itself. True if there was one.
fn cut_closing_mark(code: &mut String, fence: &Fence) -> bool {
    let text = code.trim_end();
    let mark = char::from(fence.byte);
    let run = text.len() - text.trim_end_matches(mark).len();
    let alone = text[..text.len() - run].ends_with('\n');
    if run < fence.len && !(alone && run > 0) {
        return false;
    }
    let rest = text[..text.len() - run].len();
    code.truncate(rest);
    if alone {
        code.pop();
    }
    true
}

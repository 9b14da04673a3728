//! Code that is still arriving, drawn at a cost that does not grow with its length.
//!
//! Finished lines are coloured once. They lie in blocks of fifty, which the browser skips when they are out of sight
//! (`content-visibility`); a finished block that is skipped gives up its colours for one text node and takes them back when
//! it comes into sight, because even nodes that are never painted cost time at every frame. The unfinished last line is
//! one text node that only grows. Model output enters the page as text nodes and in no other way.

use std::{
    cell::{Cell, RefCell},
    fmt::Write as _,
    rc::Rc,
};

use codecraft_core::{brief::Language, highlight::Highlighter};
use leptos::prelude::document;
use wasm_bindgen::{JsCast, closure::Closure, prelude::wasm_bindgen};
use web_sys::{Element, Event, HtmlElement, Text};

/// Lines in a block: enough that blocks are few, few enough that drawing one is cheap.
const BLOCK_LINES: usize = 50;
/// Nearer to its end than this, in pixels, a reader follows it.
const NEAR_END_PX: i32 = 24;

#[wasm_bindgen]
extern "C" {
    /// `ContentVisibilityAutoStateChangeEvent`, which web-sys does not have yet.
    #[wasm_bindgen(extends = Event)]
    type VisibilityEvent;
    #[wasm_bindgen(method, getter)]
    fn skipped(this: &VisibilityEvent) -> bool;
}

/// The content of one `<pre class="code">`.
pub struct LiveCode {
    host: HtmlElement,
    highlighter: Highlighter,
    language: Language,
    blocks: Rc<RefCell<Vec<Block>>>,
    lines: usize,
    tail: String,
    tail_line: Option<(Element, Text)>,
    /// Whether the reader is at the end.
    pinned: Rc<Cell<bool>>,
    /// Whether something was drawn since the last look at `pinned`.
    grew: bool,
    on_scroll: Closure<dyn FnMut()>,
    on_visibility: Closure<dyn FnMut(Event)>,
}

/// Up to [`BLOCK_LINES`] finished lines, and perhaps the unfinished one.
struct Block {
    element: HtmlElement,
    /// The highlighter as it was before the first line.
    start: Highlighter,
    /// The finished lines, each with its line end.
    text: String,
    lines: usize,
    /// False while one text node stands for the lines.
    coloured: bool,
}

impl LiveCode {
    /// Takes over `host`, whose content goes.
    pub fn new(host: HtmlElement, language: Language) -> Self {
        let pinned = Rc::new(Cell::new(true));
        let (flag, scrolled) = (pinned.clone(), host.clone());
        let on_scroll = Closure::<dyn FnMut()>::new(move || {
            let below = scrolled.scroll_height() - scrolled.scroll_top() - scrolled.client_height();
            flag.set(below < NEAR_END_PX);
        });
        let blocks = Rc::<RefCell<Vec<Block>>>::default();
        let seen = blocks.clone();
        let on_visibility = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            let Some(target) = event.target() else { return };
            let skipped = event.unchecked_ref::<VisibilityEvent>().skipped();
            let mut blocks = seen.borrow_mut();
            let block = blocks.iter_mut().find(|block| **block.element == *target.unchecked_ref());
            if let Some(block) = block.filter(|block| block.lines == BLOCK_LINES) {
                if skipped { block.fade() } else { block.colour() }
            }
        });
        let this = Self {
            host,
            highlighter: Highlighter::new(language),
            language,
            blocks,
            lines: 0,
            tail: String::new(),
            tail_line: None,
            pinned,
            grew: false,
            on_scroll,
            on_visibility,
        };
        this.host.replace_children_with_node_0();
        for (name, listener) in this.listeners() {
            this.host.add_event_listener_with_callback(name, listener).ok();
        }
        this
    }

    fn listeners(&self) -> [(&'static str, &js_sys::Function); 2] {
        [
            ("scroll", self.on_scroll.as_ref().unchecked_ref()),
            ("contentvisibilityautostatechange", self.on_visibility.as_ref().unchecked_ref()),
        ]
    }

    /// Starts over.
    pub fn clear(&mut self) {
        self.host.replace_children_with_node_0();
        self.highlighter = Highlighter::new(self.language);
        self.blocks.borrow_mut().clear();
        self.lines = 0;
        self.tail.clear();
        self.tail_line = None;
        self.grew = true;
    }

    /// Adds text at the end. Call it once per frame with all that arrived.
    pub fn append(&mut self, text: &str) {
        let mut rest = text;
        while let Some(end) = rest.find('\n') {
            self.tail.push_str(&rest[..end]);
            self.finish_line();
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            self.tail.push_str(rest);
            self.grow_tail(rest);
        }
        self.grew = true;
    }

    /// Number of lines, an unfinished one counted.
    pub fn lines(&self) -> usize {
        self.lines + usize::from(!self.tail.is_empty())
    }

    /// Keeps the end in sight if the reader was there. It makes the browser lay the page out, so all cards draw first.
    pub fn follow(&mut self) {
        if std::mem::take(&mut self.grew) && self.pinned.get() {
            self.host.set_scroll_top(i32::MAX);
        }
    }

    fn finish_line(&mut self) {
        let line = match self.tail_line.take() {
            Some((line, text)) => {
                text.remove();
                line
            }
            None => self.new_line(),
        };
        let text = self.tail.trim_end_matches('\r');
        draw(&line, text, &mut self.highlighter);
        if let Some(block) = self.blocks.borrow_mut().last_mut() {
            block.text.push_str(text);
            block.text.push('\n');
            block.lines += 1;
        }
        self.tail.clear();
        self.lines += 1;
    }

    fn grow_tail(&mut self, piece: &str) {
        if let Some((_, text)) = &self.tail_line {
            text.append_data(piece).ok();
            return;
        }
        let line = self.new_line();
        let text = document().create_text_node(&self.tail);
        line.append_child(&text).ok();
        self.tail_line = Some((line, text));
    }

    /// An empty line at the end of the last block, or of a new one.
    fn new_line(&mut self) -> Element {
        let mut blocks = self.blocks.borrow_mut();
        if blocks.last().is_none_or(|block| block.lines == BLOCK_LINES) {
            let block = Block::new(self.lines, self.highlighter.clone());
            self.host.append_child(&block.element).ok();
            blocks.push(block);
        }
        let line = create("span", "line");
        if let Some(block) = blocks.last() {
            block.element.append_child(&line).ok();
        }
        line
    }
}

impl Block {
    fn new(before: usize, start: Highlighter) -> Self {
        let element: HtmlElement = create("div", "code-block").unchecked_into();
        // All numbers at once, drawn by one pseudo-element: one per line would be painted line by line.
        let mut numbers = String::new();
        for number in before + 1..=before + BLOCK_LINES {
            writeln!(numbers, "{number}").expect("a string takes all that is written");
        }
        element.set_attribute("data-n", &numbers).ok();
        Self { element, start, text: String::new(), lines: 0, coloured: true }
    }

    /// One text node for all lines.
    fn fade(&mut self) {
        if std::mem::replace(&mut self.coloured, false) {
            self.element.set_text_content(Some(&self.text));
        }
    }

    /// The lines as they were.
    fn colour(&mut self) {
        if !std::mem::replace(&mut self.coloured, true) {
            self.element.set_text_content(None);
            let mut highlighter = self.start.clone();
            for text in self.text.lines() {
                let line = create("span", "line");
                draw(&line, text, &mut highlighter);
                self.element.append_child(&line).ok();
            }
        }
    }
}

/// Fills an empty line with coloured pieces.
fn draw(line: &Element, text: &str, highlighter: &mut Highlighter) {
    let document = document();
    highlighter.line(text, |tone, piece| {
        if piece.is_empty() {
            return;
        }
        let node = document.create_text_node(piece);
        match tone.class() {
            None => line.append_child(&node).ok(),
            Some(class) => {
                let span = create("span", class);
                span.append_child(&node).ok();
                line.append_child(&span).ok()
            }
        };
    });
}

fn create(name: &str, class: &str) -> Element {
    let element = document().create_element(name).expect("element names here are valid");
    element.set_class_name(class);
    element
}

impl Drop for LiveCode {
    fn drop(&mut self) {
        for (name, listener) in self.listeners() {
            self.host.remove_event_listener_with_callback(name, listener).ok();
        }
    }
}

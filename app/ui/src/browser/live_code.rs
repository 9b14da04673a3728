//! Code that is still arriving, drawn at a cost that does not grow with its length.
//!
//! Finished lines are coloured once and never touched again. They lie in blocks of fifty, which the browser skips when
//! they are out of sight (`content-visibility`). The unfinished last line is one text node that only grows. Model output
//! enters the page as text nodes and in no other way.

use codecraft_core::{brief::Language, highlight::Highlighter};
use leptos::prelude::document;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, HtmlElement, Text};

/// Lines in a block: enough that blocks are few, few enough that drawing one is cheap.
const BLOCK_LINES: usize = 50;

/// The content of one `<pre class="code">`.
pub struct LiveCode {
    host: HtmlElement,
    highlighter: Highlighter,
    language: Language,
    block: Option<HtmlElement>,
    lines: usize,
    tail: String,
    tail_line: Option<(Element, Text)>,
    /// Text of this frame that is not in the page yet.
    pinned: std::rc::Rc<std::cell::Cell<bool>>,
    grew: bool,
    on_scroll: Closure<dyn FnMut()>,
}

impl LiveCode {
    /// Takes over `host`, which should be empty.
    pub fn new(host: HtmlElement, language: Language) -> Self {
        let pinned = std::rc::Rc::new(std::cell::Cell::new(true));
        let (flag, scrolled) = (pinned.clone(), host.clone());
        let on_scroll = Closure::<dyn FnMut()>::new(move || {
            let below = scrolled.scroll_height() - scrolled.scroll_top() - scrolled.client_height();
            flag.set(below < 24);
        });
        host.add_event_listener_with_callback("scroll", on_scroll.as_ref().unchecked_ref()).ok();
        host.replace_children_with_node_0();
        Self {
            host,
            highlighter: Highlighter::new(language),
            language,
            block: None,
            lines: 0,
            tail: String::new(),
            tail_line: None,
            pinned,
            grew: false,
            on_scroll,
        }
    }

    /// Starts over.
    pub fn clear(&mut self) {
        self.host.replace_children_with_node_0();
        self.highlighter = Highlighter::new(self.language);
        self.block = None;
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

    /// Keeps the end in sight if the reader was there. One write, no read of the layout.
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
        let document = document();
        let text = self.tail.trim_end_matches('\r');
        self.highlighter.line(text, |tone, piece| {
            if piece.is_empty() {
                return;
            }
            let node = document.create_text_node(piece);
            match tone.class() {
                None => line.append_child(&node).ok(),
                Some(class) => document.create_element("span").ok().and_then(|span| {
                    span.set_class_name(class);
                    span.append_child(&node).ok();
                    line.append_child(&span).ok()
                }),
            };
        });
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
        let document = document();
        let create = |name| document.create_element(name).expect("element names here are valid");
        if self.lines.is_multiple_of(BLOCK_LINES) {
            let block: HtmlElement = create("div").unchecked_into();
            block.set_class_name("code-block");
            self.host.append_child(&block).ok();
            self.block = Some(block);
        }
        let line = create("span");
        line.set_class_name("line");
        // Not a CSS counter: blocks that the browser may skip cannot count on each other.
        line.set_attribute("data-n", &(self.lines + 1).to_string()).ok();
        if let Some(block) = &self.block {
            block.append_child(&line).ok();
        }
        line
    }
}

impl Drop for LiveCode {
    fn drop(&mut self) {
        self.host.remove_event_listener_with_callback("scroll", self.on_scroll.as_ref().unchecked_ref()).ok();
    }
}

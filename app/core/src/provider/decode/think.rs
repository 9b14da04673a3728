//! Reasoning that a server left in the text: a `<think>` block at its very head, as models write it and llama.cpp without
//! reasoning format, or an older Ollama, passes it on.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";
/// Most bytes of white space before a block.
const MAX_HEAD: usize = 64;

/// Tells the two apart, whatever the pieces. What could be half a tag is held back until the next piece.
#[derive(Debug, Default)]
pub struct Think {
    state: State,
    held: String,
    /// Some of the reasoning was handed out; white space before that belongs to nothing.
    thought: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but white space, or the beginning of a tag, has come.
    #[default]
    Head,
    Inside,
    /// The block is over; white space behind it belongs to nothing.
    Behind,
    Plain,
}

/// Takes a piece of text, and true if it is reasoning.
type Say<'a> = &'a mut dyn FnMut(&str, bool);

impl Think {
    /// The next piece of the text.
    pub fn push(&mut self, text: &str, say: Say<'_>) {
        match self.state {
            State::Plain => say(text, false),
            State::Behind => {
                let text = text.trim_start();
                if !text.is_empty() {
                    self.state = State::Plain;
                    say(text, false);
                }
            }
            State::Head => {
                self.held.push_str(text);
                let head = self.held.trim_start();
                let near = self.held.len() - head.len() <= MAX_HEAD;
                if let Some(rest) = head.strip_prefix(OPEN).filter(|_| near) {
                    let rest = rest.to_owned();
                    self.state = State::Inside;
                    self.held.clear();
                    self.push(&rest, say);
                } else if !(near && OPEN.starts_with(head)) {
                    self.state = State::Plain;
                    say(&std::mem::take(&mut self.held), false);
                }
            }
            State::Inside => {
                self.held.push_str(text);
                let mut held = std::mem::take(&mut self.held);
                if !self.thought {
                    held.drain(..held.len() - held.trim_start().len());
                }
                if let Some((inside, rest)) = held.split_once(CLOSE) {
                    self.state = State::Behind;
                    self.say_thought(inside.trim_end(), say);
                    self.push(rest, say);
                } else {
                    let open = unsure(&held);
                    self.held.push_str(&held[open..]);
                    self.say_thought(&held[..open], say);
                }
            }
        }
    }

    /// The text is over: what was held back was no tag.
    pub fn finish(&mut self, say: Say<'_>) {
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            say(&held, self.state == State::Inside);
        }
        self.state = State::Plain;
    }

    fn say_thought(&mut self, text: &str, say: Say<'_>) {
        if !text.is_empty() {
            self.thought = true;
            say(text, true);
        }
    }
}

/// Where the end of `text` begins that could be the beginning of the closing tag, or white space before it.
fn unsure(text: &str) -> usize {
    let tag = (1..CLOSE.len()).rev().find(|length| text.ends_with(&CLOSE[..*length])).unwrap_or(0);
    text[..text.len() - tag].trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `text` whole and cut at every offset; `expect` is reasoning, then text.
    #[track_caller]
    fn check(text: &str, reasoning: &str, plain: &str) {
        let cuts = (0..=text.len()).filter(|cut| text.is_char_boundary(*cut));
        let cut_once = cuts.map(|cut| vec![&text[..cut], &text[cut..]]);
        let by_char = std::iter::once(text.split("").collect());
        for pieces in cut_once.chain(by_char) {
            let (mut thought, mut said) = (String::new(), String::new());
            let mut say = |text: &str, is_thought: bool| {
                assert!(!text.is_empty());
                if is_thought { thought.push_str(text) } else { said.push_str(text) }
            };
            let mut think = Think::default();
            for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
                think.push(piece, &mut say);
            }
            think.finish(&mut say);
            assert_eq!((thought.as_str(), said.as_str()), (reasoning, plain), "{pieces:?}");
        }
    }

    #[test]
    fn a_block_at_the_head_is_reasoning() {
        check("<think>\nhm\n</think>\n\nyes\n", "hm", "yes\n");
        check(" \n<think>a</th b </think>c<think>d</think>", "a</th b", "c<think>d</think>");
        check("<think></think>x", "", "x");
        check("<think>\n\n</think>\n", "", "");
    }

    #[test]
    fn a_block_that_never_ends_is_reasoning() {
        check("<think>a </thin", "a </thin", "");
    }

    #[test]
    fn everything_else_is_text() {
        for text in
            ["plain", " \n indented", "<thin", "<thinking>a</thinking>", "a <think>b</think>", " ", "é"]
        {
            check(text, "", text);
        }
        check(&" ".repeat(80), "", &" ".repeat(80));
    }
}

//! The pieces of one line on their way out: what nobody coloured goes out as plain text, so that nothing is lost.

use super::Tone;

pub(super) struct Pieces<'a> {
    line: &'a str,
    done: usize,
    emit: &'a mut dyn FnMut(Tone, &str),
}

impl<'a> Pieces<'a> {
    pub(super) fn new(line: &'a str, emit: &'a mut dyn FnMut(Tone, &str)) -> Self {
        Self { line, done: 0, emit }
    }

    pub(super) fn line(&self) -> &'a str {
        self.line
    }

    /// Colours bytes `from..to`; what lies between the last coloured byte and `from` is plain. Both ends must be character boundaries: the walks
    /// guarantee it by cutting only beside ASCII bytes.
    pub(super) fn put(&mut self, tone: Tone, from: usize, to: usize) {
        if tone == Tone::Plain || from >= to {
            return;
        }
        if self.done < from {
            (self.emit)(Tone::Plain, &self.line[self.done..from]);
        }
        (self.emit)(tone, &self.line[from..to]);
        self.done = to;
    }

    pub(super) fn finish(self) {
        if self.done < self.line.len() {
            (self.emit)(Tone::Plain, &self.line[self.done..]);
        }
    }
}

//! Answers to requests that were made before, for those who allow it: the same model, parameters and messages.
//!
//! Only whole answers are kept, never failed or truncated ones, and whoever is shown one is told its age.

use std::collections::VecDeque;

use super::Millis;
use crate::provider::{Call, ModelRef, Usage};

/// Most answers that are kept.
const MOST: usize = 64;
/// Most bytes of answers that are kept.
const MOST_BYTES: usize = 8 << 20;

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Remembered {
    pub text: String,
    pub reasoning: String,
    pub usage: Usage,
    pub answered_as: Option<String>,
    /// When it was complete.
    pub made_ms: Millis,
}

/// The last answers, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    answers: VecDeque<(String, Remembered)>,
    bytes: usize,
}

impl Memory {
    /// The answer to an identical request, if there is one.
    pub fn recall(&self, model: &ModelRef, call: &Call) -> Option<&Remembered> {
        let key = key(model, call);
        self.answers.iter().find(|(known, _)| *known == key).map(|(_, answer)| answer)
    }

    /// Keeps a whole answer in place of an earlier one to the same request. The oldest make room.
    pub fn keep(&mut self, model: &ModelRef, call: &Call, answer: Remembered) {
        let key = key(model, call);
        if let Some(at) = self.answers.iter().position(|(known, _)| *known == key) {
            self.drop_at(at);
        }
        self.bytes += size(&key, &answer);
        self.answers.push_back((key, answer));
        while self.answers.len() > MOST || (self.bytes > MOST_BYTES && self.answers.len() > 1) {
            self.drop_at(0);
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Number of answers.
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    fn drop_at(&mut self, at: usize) {
        if let Some((key, answer)) = self.answers.remove(at) {
            self.bytes -= size(&key, &answer);
        }
    }
}

fn size(key: &str, answer: &Remembered) -> usize {
    key.len() + answer.text.len() + answer.reasoning.len()
}

/// The request itself, so that no two requests share a key.
fn key(model: &ModelRef, call: &Call) -> String {
    format!("{}\n{}\n{}", model.provider, call.path, call.body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Method;

    fn call(body: &str) -> Call {
        Call { method: Method::Post, path: "p".into(), body: body.into() }
    }

    fn answer(text: &str) -> Remembered {
        Remembered {
            text: text.into(),
            reasoning: String::new(),
            usage: Usage::default(),
            answered_as: None,
            made_ms: 7,
        }
    }

    #[test]
    fn only_the_same_request_to_the_same_provider_is_recalled() {
        let mut memory = Memory::default();
        let (here, there) = (ModelRef::new("a", "m"), ModelRef::new("b", "m"));
        memory.keep(&here, &call("1"), answer("one"));
        memory.keep(&here, &call("1"), answer("one again"));
        assert_eq!(memory.recall(&here, &call("1")).unwrap().text, "one again");
        assert_eq!(memory.recall(&here, &call("2")), None);
        assert_eq!(memory.recall(&there, &call("1")), None);
        assert_eq!(memory.len(), 1);
    }

    #[test]
    fn the_oldest_make_room_by_number_and_by_size() {
        let mut memory = Memory::default();
        let model = ModelRef::new("a", "m");
        for n in 0..=MOST {
            memory.keep(&model, &call(&n.to_string()), answer("x"));
        }
        assert_eq!(memory.len(), MOST);
        assert_eq!(memory.recall(&model, &call("0")), None);
        let large = "x".repeat(MOST_BYTES / 2 + 1);
        memory.keep(&model, &call("large"), answer(&large));
        memory.keep(&model, &call("larger"), answer(&large));
        assert_eq!(memory.len(), 1);
        assert!(memory.recall(&model, &call("larger")).is_some());
        memory.clear();
        assert!(memory.is_empty() && memory.bytes == 0);
    }
}

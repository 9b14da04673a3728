//! Calls of tools, put together from the pieces that a stream brings.

use super::{ToolCall, chat::MADE_ID};

/// Collects the [`StreamEvent::ToolCall`](super::StreamEvent::ToolCall)s of one answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolCalls(Vec<ToolCall>);

impl ToolCalls {
    /// Takes one piece. Indices begin with 0 and leave none out.
    pub fn push(&mut self, index: usize, id: &str, name: &str, arguments: &str) {
        // A piece of a call whose beginning was missed begins the next one.
        let index = index.min(self.0.len());
        if index == self.0.len() {
            self.0.push(ToolCall::default());
        }
        let call = &mut self.0[index];
        call.id.push_str(id);
        call.name.push_str(name);
        call.arguments.push_str(arguments);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The calls so far, in their order; arguments may still be growing.
    pub fn so_far(&self) -> &[ToolCall] {
        &self.0
    }

    /// The calls, once the answer is over: each with an id of its own, and `{}` where no arguments came.
    pub fn finish(self) -> Vec<ToolCall> {
        let mut calls = self.0;
        for index in 0..calls.len() {
            let (before, rest) = calls.split_at_mut(index);
            let call = &mut rest[0];
            let taken = |id: &str| before.iter().any(|other| other.id == id);
            if call.id.is_empty() || taken(&call.id) {
                call.id = format!("{MADE_ID}{index}");
            }
            // A provider's own id may read like one of ours.
            while taken(&call.id) {
                call.id.push('_');
            }
            if call.arguments.trim().is_empty() {
                call.arguments = "{}".into();
            }
        }
        calls
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pieces: &[(usize, &str, &str, &str)], expect: &[(&str, &str, &str)]) {
        let mut calls = ToolCalls::default();
        for (index, id, name, arguments) in pieces {
            calls.push(*index, id, name, arguments);
        }
        let calls = calls.finish();
        let seen: Vec<_> = calls
            .iter()
            .map(|call| (call.id.as_str(), call.name.as_str(), call.arguments.as_str()))
            .collect();
        assert_eq!(seen, expect);
    }

    #[test]
    fn pieces_add_up_to_calls() {
        check(
            &[(0, "a", "f", ""), (0, "", "", "{\"x\":"), (1, "b", "g", "{}"), (0, "", "", "1}")],
            &[("a", "f", "{\"x\":1}"), ("b", "g", "{}")],
        );
    }

    #[test]
    fn every_call_has_an_id_of_its_own_and_arguments() {
        check(
            &[(0, "", "f", ""), (1, "a", "g", " "), (2, "a", "h", "{}")],
            &[("made_0", "f", "{}"), ("a", "g", "{}"), ("made_2", "h", "{}")],
        );
        check(
            &[(0, "made_1", "f", "{}"), (1, "", "g", "{}")],
            &[("made_1", "f", "{}"), ("made_1_", "g", "{}")],
        );
    }

    #[test]
    fn broken_arguments_are_kept_for_whoever_reports_them() {
        check(&[(5, "a", "f", "{\"x\":")], &[("a", "f", "{\"x\":")]);
    }
}

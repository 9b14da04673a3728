//! Plays a sample model: the same events as a provider's, at a real pace, without a network.

use codecraft_core::provider::{StreamEvent, sample::Step};

use crate::browser::clock;

/// Hands each step's event to `sink` when its time has come.
pub async fn play(steps: Vec<Step>, mut sink: impl FnMut(StreamEvent)) {
    // Timers are late by a few milliseconds each; counting from the start keeps the whole on pace.
    let start = clock::now();
    let mut due = 0;
    for step in steps {
        due += u64::from(step.after_ms);
        let late = clock::now() - start;
        if due > late {
            clock::sleep((due - late) as u32).await;
        }
        sink(step.event);
    }
}

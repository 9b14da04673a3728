//! What our server lets somebody begin: asked for after something began, and when more is free again.

use std::cell::Cell;

use codecraft_core::api::{Allowance, LIMITS_PATH};
use leptos::prelude::*;

use crate::{
    browser::{self, clock, dom},
    state::App,
    transport::http::{self, Answer},
    words,
};

/// From a call that may count to the question what is left: the others of its run are counted with it by then.
const SETTLE_MS: u32 = 1_000;

thread_local! {
    /// The one timer: what was asked for before is not asked for any more.
    static TURN: Cell<u32> = const { Cell::new(0) };
    /// Its time came while nobody looked.
    static DUE: Cell<bool> = const { Cell::new(false) };
}

/// The server counts `generations` a minute; 0 for none. Asks for the first time.
pub fn begin(app: App, generations: u32) {
    if generations == 0 || app.generations.get_value() > 0 {
        return;
    }
    app.generations.set_value(generations);
    dom::on_visibility(move || {
        if !dom::is_hidden() && DUE.replace(false) {
            after(app, 0);
        }
    });
    after(app, 0);
}

/// Calls were made that may count, or were refused.
pub fn stir(app: App) {
    if app.generations.get_value() > 0 {
        after(app, SETTLE_MS);
    }
}

fn after(app: App, ms: u32) {
    let turn = TURN.get().wrapping_add(1);
    TURN.set(turn);
    browser::spawn(async move {
        clock::sleep(ms).await;
        if TURN.get() != turn {
            return;
        }
        if dom::is_hidden() {
            return DUE.set(true);
        }
        let answer = http::get(LIMITS_PATH).await.filter(Answer::is_ok);
        let Some(left) = answer.and_then(|answer| Allowance::read(&answer.body)) else {
            // Nothing is better than what may be wrong by now.
            return app.left.set(String::new());
        };
        app.left.set(words::allowance(left));
        if left.next_ms > 0 && TURN.get() == turn {
            after(app, u32::try_from(left.next_ms).unwrap_or(u32::MAX).max(SETTLE_MS));
        }
    });
}

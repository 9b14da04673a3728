//! The lanes of the board and the cards in them. Cards keep their places whatever happens.

use codecraft_core::words::Column;
use leptos::prelude::*;

use super::card;
use crate::{
    components::{keyed, memo, timeline},
    state::App,
    words,
};

/// The first lane on one side, all others on the other; one below the other where there is no room for two.
pub fn lanes() -> AnyView {
    let app = App::here();
    let columns = memo(move || app.board.with_run(|run| run.map(words::columns).unwrap_or_default()));
    view! {
        <div class="lanes" data-lanes=move || columns.with(Vec::len).to_string()>
            <div class="lane-side">{side(columns, true)}</div>
            <div class="lane-side">{side(columns, false)}</div>
        </div>
    }
    .into_any()
}

fn side(columns: Memo<Vec<Column>>, first: bool) -> AnyView {
    let here = move || {
        columns.with(|all| {
            let (head, rest) = all.split_at(all.len().min(1));
            (if first { head } else { rest }).iter().map(|column| column.key.clone()).collect()
        })
    };
    keyed(here, move |key| lane(columns, key, first))
}

/// A lane. What it is called stays; its cards and its note may change.
fn lane(columns: Memo<Vec<Column>>, key: String, first: bool) -> AnyView {
    let app = App::here();
    let id = format!("lane-{key}");
    let labelled_by = id.clone();
    let title =
        columns.with_untracked(|all| all.iter().find(|column| column.key == key).map(|c| c.title.clone()));
    let key = StoredValue::new(key);
    let now = move || {
        columns.with(|all| key.with_value(|key| all.iter().find(|column| column.key == *key).cloned()))
    };
    let note = move || now().map(|column| column.note);
    let cards = move || now().map(|column| column.cards).unwrap_or_default();
    let count = move || cards().len().to_string();
    // Once a second is as often as it changes.
    let beat = memo(move || app.board.now.get() / 1000);
    let axis = move || {
        // Read: a memo that is only tracked is never worked out, and so never changes.
        beat.get();
        let now = app.board.now.get_untracked();
        app.board.with_run(|run| run.map(|run| timeline::shared_axis(run, now))).map(words::tick)
    };
    view! {
        <section class="lane" aria-labelledby=labelled_by>
            <div class="lane-head">
                <h2 id=id>{title}</h2>
                <span>{move || note()}</span>
                {first.then(|| view! { <span class="push nowrap">{move || axis().map(|axis| format!("one time axis, {axis}"))}</span> }.into_any())}
            </div>
            <div class="lane-cards" data-cards=count>
                {keyed(move || cards().iter().map(ToString::to_string).collect(), move |index| place(app, &index))}
            </div>
        </section>
    }
    .into_any()
}

fn place(app: App, index: &str) -> AnyView {
    let card = index
        .parse()
        .ok()
        .and_then(|index| Some((index, app.board.cards.with_untracked(|cards| cards.get(index).copied())?)));
    card.map_or_else(|| ().into_any(), |(index, signal)| card::card(index, signal))
}

//! The lanes of the board and the cards in them. Cards keep their places whatever happens.

use codecraft_core::{run::Card, words::Column};
use leptos::prelude::*;

use super::card;
use crate::{components::timeline, state::App, words};

/// The first lane on one side, all others on the other; one below the other where there is no room for two.
pub fn lanes() -> AnyView {
    let app = App::here();
    let columns = Memo::new(move |_| app.board.with_run(|run| run.map(words::columns).unwrap_or_default()));
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
            if first { head.to_vec() } else { rest.to_vec() }
        })
    };
    view! {
        <For each=here key=|column| column.key.clone() children=move |column| lane(columns, column, first)/>
    }
    .into_any()
}

/// A lane. What it is called stays; its cards and its note may change.
fn lane(columns: Memo<Vec<Column>>, column: Column, first: bool) -> AnyView {
    let app = App::here();
    let id = format!("lane-{}", column.key);
    let labelled_by = id.clone();
    let key = StoredValue::new(column.key);
    let now = Memo::new(move |_| {
        columns
            .with(|all| {
                key.with_value(|key| all.iter().find(|column| column.key == *key).cloned())
                    .map(|c| (c.note, c.cards))
            })
            .unwrap_or_default()
    });
    let note = move || now.with(|(note, _)| note.clone());
    let count = move || now.with(|(_, cards)| cards.len().to_string());
    let cards = move || now.with(|(_, cards)| cards.clone());
    // Once a second is as often as it changes.
    let beat = Memo::new(move |_| app.board.now.get() / 1000);
    let axis = move || {
        beat.track();
        let now = app.board.now.get_untracked();
        app.board.with_run(|run| run.map(|run| timeline::shared_axis(run, now))).map(words::tick)
    };
    view! {
        <section class="lane" aria-labelledby=labelled_by>
            <div class="lane-head">
                <h2 id=id>{column.title}</h2>
                <span>{move || note()}</span>
                {first.then(|| view! { <span class="push nowrap">{move || axis().map(|axis| format!("one time axis, {axis}"))}</span> }.into_any())}
            </div>
            <div class="lane-cards" data-cards=count>
                <For each=cards key=|index| *index children=move |index| place(app, index)/>
            </div>
        </section>
    }
    .into_any()
}

fn place(app: App, index: usize) -> AnyView {
    let signal: Option<RwSignal<Card>> = app.board.cards.with_untracked(|cards| cards.get(index).copied());
    signal.map_or_else(|| ().into_any(), |signal| card::card(index, signal))
}

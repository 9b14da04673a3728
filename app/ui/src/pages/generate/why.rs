//! Why the first is first: the verdict, and the ladder of evidence with one sentence per rung.

use codecraft_core::rank::{Evidence, Rung};
use leptos::prelude::*;

use super::card::metrics;
use crate::{
    components::{assay::mark_word, icon::icon},
    state::App,
};

pub fn why() -> AnyView {
    let app = App::here();
    view! {
        <section class="answer-why" aria-labelledby="why-h">
            {move || {
                let selected = app.board.selected.get();
                app.board.with_run(|run| {
                    let run = run?;
                    let name = run.name(selected);
                    let Some(ranking) = &run.ranking else { return Some(not_yet(name)) };
                    let place = ranking.order.iter().position(|index| *index == selected)?;
                    let evidence = ranking.evidence.get(selected)?.clone();
                    let decided = ranking.decided.filter(|_| place == 0);
                    let verdict = if place == 0 { ranking.verdict.clone() } else { String::new() };
                    Some(reasons(name, place, ranking.order.len(), ranking.any_usable, verdict, evidence, decided))
                })
            }}
            {move || {
                let selected = app.board.selected.get();
                app.board.cards.with(|cards| cards.get(selected).copied()).map(metrics)
            }}
        </section>
    }
    .into_any()
}

/// While others still work there is no order yet.
fn not_yet(name: String) -> AnyView {
    view! {
        <div class="verdict">
            <p class="row row-wrap"><span class="tag">"Not ranked yet"</span></p>
            <h1 id="why-h" tabindex="-1">{name}</h1>
            <p>"It is ranked against the others when they arrive."</p>
        </div>
    }
    .into_any()
}

fn reasons(
    name: String,
    place: usize,
    total: usize,
    any_usable: bool,
    verdict: String,
    evidence: Vec<Evidence>,
    decided: Option<Rung>,
) -> AnyView {
    let all = RwSignal::new(false);
    let best = place == 0 && any_usable;
    let badge = if best && total > 1 {
        format!("Best of {total}")
    } else if best {
        "The only answer".into()
    } else {
        format!("{} of {total}", place + 1)
    };
    let known = evidence.iter().filter(|rung| !rung.sentence.is_empty()).count();
    let rungs = evidence
        .into_iter()
        .map(|rung| {
            let here = decided == Some(rung.rung);
            let sentence = if rung.sentence.is_empty() { "Not checked.".to_owned() } else { rung.sentence };
            let known = rung.mark != codecraft_core::rank::Mark::Unknown;
            view! {
                <li class="rung" data-v=mark_word(rung.mark) data-decided=here.then_some("") data-known=known.then_some("")>
                    <div class="rung-name">{rung.rung.name()}<span class="rung-value">{rung.figure}</span></div>
                    <p class="rung-why">{here.then(|| view! { <mark>"Decided here."</mark>" " }.into_any())}{sentence}</p>
                </li>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <div class="verdict">
            <p class="row row-wrap"><span class="tag" data-tone=best.then_some("mark")>{badge}</span><span class="small muted">{format!("{known} of {} rungs checked", Rung::ALL.len())}</span></p>
            <h1 id="why-h" tabindex="-1">{name}</h1>
            {(!verdict.is_empty()).then(|| view! { <p>{verdict}</p> }.into_any())}
        </div>
        <ol class="ladder">{rungs}</ol>
        <button class="btn btn-compact only-narrow rungs-all" type="button" aria-expanded=move || all.get().to_string() on:click=move |_| all.update(|all| *all = !*all)>
            {icon("i-down")}{move || if all.get() { "Fewer rungs" } else { "All rungs" }}
        </button>
        <p class="small muted verdict-foot">"Length is never counted."</p>
    }
    .into_any()
}

//! The panels of a card: another model in its place, parameters of its own.

use codecraft_core::{
    brief::{MAX_MODELS, Params, Problem, Tuning},
    provider::ModelRef,
    run::{Entry, Event},
};
use leptos::{ev, html, prelude::*};

use super::{
    card::heading_id,
    params::{self, Fields, Takes},
};
use crate::{
    browser::dom,
    components::button::Button,
    components::memo,
    drive::driver,
    state::{App, Panel, models::Readiness},
};

/// Id of the button that opens the models of a card.
pub fn swap_id(index: usize) -> String {
    format!("card-{index}-swap")
}

/// Id of the button that opens the parameters of a card.
pub fn tune_id(index: usize) -> String {
    format!("card-{index}-tune")
}

/// Id of what takes the focus when a panel opens.
pub fn first_field(panel: Panel) -> String {
    match panel {
        Panel::Swap(index) => format!("card-{index}-model"),
        Panel::Tune(index) => format!("card-{index}-temperature"),
        Panel::Add => "add-model".into(),
    }
}

/// What is open on a card.
pub fn panel(index: usize) -> AnyView {
    let board = App::here().board;
    let open = memo(move || {
        board.panel.get().filter(|panel| matches!(panel, Panel::Swap(at) | Panel::Tune(at) if *at == index))
    });
    view! {
        {move || match open.get() {
            Some(Panel::Swap(_)) => swap(index),
            Some(Panel::Tune(_)) => tune(index),
            _ => ().into_any(),
        }}
    }
    .into_any()
}

/// Closes what is open; the focus goes back to the button that opened it.
fn close(back: &str) {
    App::here().board.panel.set(None);
    let back = back.to_owned();
    dom::after_render(move || dom::focus(&back));
}

fn on_escape(back: String) -> impl Fn(ev::KeyboardEvent) + 'static {
    let board = App::here().board;
    move |event| {
        if event.key() == "Escape" {
            event.prevent_default();
            board.panel.set(None);
            let back = back.clone();
            dom::after_render(move || dom::focus(&back));
        }
    }
}

fn swap(index: usize) -> AnyView {
    let app = App::here();
    let pick = move |model: ModelRef| {
        let settings = app.settings.get_untracked();
        let Some(entry) = app.models.entry(&model, &settings) else { return };
        app.board.panel.set(None);
        driver().dispatch(Event::Replace { candidate: index, entry });
        dom::catch_focus(heading_id(index));
    };
    let list = picker(
        &first_field(Panel::Swap(index)),
        "Model for this card",
        "Use it",
        "i-swap",
        &swap_id(index),
        pick,
    );
    view! { <div class="candidate-panel">{list}</div> }.into_any()
}

/// A list of the models that can be asked, and the button that takes the one that is chosen there.
///
/// Two steps, because in a list the arrow keys choose: nothing is sent by passing over it.
pub fn picker(
    id: &str,
    label: &'static str,
    verb: &'static str,
    symbol: &'static str,
    back: &str,
    pick: impl Fn(ModelRef) + 'static,
) -> AnyView {
    let app = App::here();
    let list = NodeRef::<html::Select>::new();
    let groups = app
        .models
        .groups
        .get()
        .into_iter()
        .filter(|group| group.state == Readiness::Ready && !group.models.is_empty())
        .map(|group| {
            let options = group
                .models
                .into_iter()
                .map(|model| {
                    let value = model.id.to_string();
                    view! { <option value=value>{model.id.model}</option> }.into_any()
                })
                .collect::<Vec<_>>();
            view! { <optgroup label=group.name>{options}</optgroup> }.into_any()
        })
        .collect::<Vec<_>>();
    let take = move || {
        let Some(list) = list.get_untracked() else { return };
        let value = list.value();
        let known = untrack(|| app.models.usable()).into_iter().find(|model| model.id.to_string() == value);
        match known {
            Some(model) => pick(model.id),
            None => drop(list.focus()),
        }
    };
    let (id, away) = (id.to_owned(), back.to_owned());
    let keys = on_escape(back.to_owned());
    view! {
        <div class="picker" on:keydown=keys>
            <label class="sr-only" for=id.clone()>{label}</label>
            <select class="select" id=id.clone() node_ref=list><option value="">"Choose a model"</option>{groups}</select>
            {Button::new("btn btn-primary").icon(symbol).text(verb).on_press(take)}
            {Button::new("btn btn-quiet").text("Close").on_press(move || close(&away))}
        </div>
    }
    .into_any()
}

fn tune(index: usize) -> AnyView {
    let app = App::here();
    let Some((entry, brief)) = app.board.peek(|run| {
        let run = run?;
        let card = run.candidates.get(index)?;
        let (target, fallbacks, params) = (card.chosen.clone(), card.fallbacks.clone(), card.params.clone());
        // Whoever is asked again is asked with the newest brief.
        Some((Entry { target, fallbacks, params }, Tuning::from(run.brief.params())))
    }) else {
        return ().into_any();
    };
    // And by the newest rules.
    let fresh = app.settings.with_untracked(|settings| app.models.entry(&entry.target.model, settings));
    let own = entry.params.clone();
    let Entry { target, fallbacks, .. } = fresh.unwrap_or(entry);
    let kind = target.kind;
    let tuning = RwSignal::new(Tuning::from(&own));
    let problems = RwSignal::new(Vec::<Problem>::new());
    let bounds = kind.facts().bounds;
    let thinks = target.abilities.thinking != Some(false);
    let takes = Takes { context: bounds.context.is_some(), thinking: bounds.thinking && thinks };
    let fields = Fields {
        prefix: format!("card-{index}-"),
        tuning: tuning.into(),
        problems: problems.into(),
        bases: vec![("as the brief", brief), ("by its rules", Tuning::from(&target.rules.params))],
        unset: "not sent",
        takes: Signal::stored(takes),
        edit: Callback::new(move |next: Tuning| {
            if problems.with_untracked(|shown| !shown.is_empty()) {
                problems.set(next.check(&[kind]).err().unwrap_or_default());
            }
            tuning.set(next);
        }),
    };
    // The parameters, or the problems at their fields with the focus on the first.
    let checked = move || -> Option<Params> {
        match tuning.with_untracked(|tuning| tuning.check(&[kind])) {
            Ok(params) => Some(params),
            Err(found) => {
                let first = found.first().map(|problem| params::id(&format!("card-{index}-"), problem.field));
                problems.set(found);
                dom::after_render(move || dom::focus(&first.unwrap_or_default()));
                None
            }
        }
    };
    let again = move || {
        let Some(params) = checked() else { return };
        app.board.panel.set(None);
        driver().dispatch(Event::Tune { candidate: index, params });
        dom::catch_focus(heading_id(index));
    };
    let another = move || {
        let Some(params) = checked() else { return };
        let place = app.board.peek(|run| run.map_or(0, |run| run.candidates.len()));
        app.board.panel.set(None);
        let entry = Entry { target: target.clone(), fallbacks: fallbacks.clone(), params };
        driver().dispatch(Event::Add { entry });
        dom::after_render(move || dom::focus(&heading_id(place)));
    };
    let another = StoredValue::new_local(another);
    let room = move || app.board.with_run(|run| run.is_some_and(|run| run.candidates.len() < MAX_MODELS));
    let back = tune_id(index);
    let keys = on_escape(back.clone());
    view! {
        <div class="candidate-panel" role="group" aria-label="Parameters of this card" on:keydown=keys>
            <div class="candidate-params">{params::fields(&fields)}</div>
            <div class="candidate-next">
                {Button::new("btn btn-compact btn-primary").icon("i-retry").text("Run again with these").on_press(again)}
                {move || room().then(|| Button::new("btn btn-compact").icon("i-plus").text("Run as another card").on_press(move || another.with_value(|another| another())))}
                {Button::new("btn btn-compact btn-quiet").text("Close").on_press(move || close(&back))}
            </div>
        </div>
    }
    .into_any()
}

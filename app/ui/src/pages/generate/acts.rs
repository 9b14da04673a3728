//! What can be done with a card where it stands.

use codecraft_core::{
    provider::ErrorClass,
    run::{Card, Event, Run, State},
};
use leptos::prelude::*;
use leptos_router::components::A;

use super::{adjust, card::heading_id};
use crate::{
    browser::dom,
    components::{button::Button, icon::icon},
    drive::driver,
    pages::account,
    routes,
    state::{App, Mode, Panel},
};

/// What a card offers. Buttons are made anew only when this changes, so that they keep the focus while figures run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offers {
    /// It waits behind others that have not begun either.
    hurry: bool,
    /// It has not begun.
    waits: bool,
    /// It works or waits, so that it can be stopped.
    stop: bool,
    /// Asking again, and what that is called here.
    again: Option<&'static str>,
    /// Its model can be asked for the rest.
    go_on: bool,
    /// Its code can be looked at.
    take: bool,
    /// Only a key helps.
    key: bool,
    /// Somebody has to sign in again first.
    sign_in: bool,
    /// It did not go well: what helps stands below its story, in words.
    low: bool,
    /// It takes parameters.
    tune: bool,
}

impl Offers {
    pub fn of(run: &Run, index: usize, card: &Card) -> Self {
        let candidate = &card.candidate;
        let class = candidate.last_attempt().and_then(|attempt| attempt.error()).map(|error| error.class);
        let has_code = card.code_lines.is_some();
        let recalled = candidate.last_attempt().is_some_and(|attempt| attempt.recalled_ms.is_some());
        let tune = !candidate.chosen.kind.is_sample();
        let sign_in = class == Some(ErrorClass::NotSignedIn);
        let base =
            Self { take: has_code, go_on: can_continue(card), tune, sign_in, low: true, ..Self::default() };
        match candidate.state {
            State::Pending => {
                // Where a limit keeps all of them, none is before another.
                let hurry =
                    !card.limited && card.ahead.is_some_and(|ahead| ahead > working_beside(run, index));
                Self { hurry, waits: true, stop: true, tune, ..Self::default() }
            }
            State::Waiting { .. } | State::Generating => Self { stop: true, tune, ..Self::default() },
            State::Completed if recalled => Self { again: Some("Ask again"), low: false, ..base },
            State::Completed if has_code => Self { low: false, ..base },
            State::Spared => Self { again: Some("Run anyway"), ..base },
            State::Completed | State::Truncated | State::Interrupted | State::Cancelled => {
                Self { again: Some("Retry"), ..base }
            }
            State::Failed => {
                let key = matches!(class, Some(ErrorClass::BadKey | ErrorClass::NotConfigured));
                Self { again: Some("Retry"), key, ..base }
            }
        }
    }
}

/// As [`codecraft_core::run::Candidate::can_continue`], for a card without its text.
fn can_continue(card: &Card) -> bool {
    matches!(card.candidate.state, State::Truncated | State::Interrupted | State::Cancelled)
        && card.has_text
        && !card.candidate.chosen.kind.is_sample()
}

/// Cards of the same provider that are at work.
fn working_beside(run: &Run, index: usize) -> usize {
    let provider = &run.candidates[index].chosen.model.provider;
    let working = run.candidates.iter().filter(|other| other.state == State::Generating);
    working.filter(|other| other.answered_by().model.provider == *provider).count()
}

fn send(index: usize, event: Event) {
    driver().dispatch(event);
    dom::catch_focus(heading_id(index));
}

/// In the head of the card.
pub fn head(index: usize, offers: Offers, name: &str) -> AnyView {
    let hurry = offers.hurry.then(|| {
        Button::new("btn btn-quiet btn-compact")
            .text("Run next")
            .label(format!("Run next: {name}"))
            .on_press(move || send(index, Event::Hurry { candidate: index }))
    });
    let again = offers.again.filter(|_| !offers.low).map(|words| retry(index, words, name));
    let take = (offers.take && !offers.low).then(|| take(index, "btn btn-compact btn-primary"));
    let stop = offers.stop.then(|| {
        Button::new("btn btn-quiet btn-icon btn-compact")
            .icon(if offers.waits { "i-x" } else { "i-stop" })
            .label(format!("Cancel {name}"))
            .title("Cancel")
            .on_press(move || send(index, Event::Cancel { candidate: index }))
    });
    let adjust = (!offers.low).then(|| {
        let quiet = || Button::new("btn btn-quiet btn-icon btn-compact");
        let swap = quiet().label(format!("Use another model than {name}")).title("Use another model");
        let tune = quiet().label(format!("Parameters of {name}")).title("Parameters");
        view! { {toggle(index, swap, Panel::Swap(index))}{offers.tune.then(|| toggle(index, tune, Panel::Tune(index)))} }
            .into_any()
    });
    view! { {hurry}{again}{take}{adjust}{stop} }.into_any()
}

/// Below the story of a card that did not go well.
pub fn below(index: usize, offers: Offers, name: &str) -> AnyView {
    if !offers.low {
        return ().into_any();
    }
    let go_on = offers.go_on.then(|| {
        Button::new("btn btn-compact btn-primary")
            .icon("i-right")
            .text("Continue")
            .label(format!("Continue {name}"))
            .on_press(move || send(index, Event::Continue { candidate: index }))
    });
    let key = offers.key.then(|| {
        view! { <A href=routes::PROVIDERS attr:class="btn btn-compact">{icon("i-key")}"Enter a key"</A> }
            .into_any()
    });
    let sign_in = offers.sign_in.then(|| account::sign_in_button("btn btn-compact btn-primary door-again"));
    let again = offers.again.map(|words| retry(index, words, name));
    // One thing is the first to do.
    let class = if offers.go_on { "btn btn-compact" } else { "btn btn-compact btn-primary" };
    let take = offers.take.then(|| take(index, class));
    let compact = || Button::new("btn btn-compact");
    let swap = compact().text("Use another model").label(format!("Use another model than {name}"));
    let tune = compact().text("Parameters").label(format!("Parameters of {name}"));
    view! {
        <div class="candidate-next">
            {sign_in}{go_on}{key}{again}{take}
            {toggle(index, swap, Panel::Swap(index))}
            {offers.tune.then(|| toggle(index, tune, Panel::Tune(index)))}
        </div>
    }
    .into_any()
}

fn retry(index: usize, words: &'static str, name: &str) -> AnyView {
    Button::new("btn btn-compact")
        .icon("i-retry")
        .text(words)
        .label(format!("{words} {name}"))
        .on_press(move || send(index, Event::Retry { candidate: index }))
}

/// "Use now": the answer of a card that is over, while others still work.
fn take(index: usize, class: &'static str) -> AnyView {
    let app = App::here();
    Button::new(class).text("Use now").on_press(move || {
        app.board.selected.set(index);
        app.board.beside.set(None);
        app.board.mode.set(Mode::Answer);
    })
}

/// A button that opens a panel of the card, or closes it.
fn toggle(index: usize, button: Button, panel: Panel) -> AnyView {
    let board = App::here().board;
    let open = Signal::derive(move || board.panel.get() == Some(panel));
    let (symbol, id) = match panel {
        Panel::Tune(_) => ("i-sliders", adjust::tune_id(index)),
        _ => ("i-swap", adjust::swap_id(index)),
    };
    let field = adjust::first_field(panel);
    button.icon(symbol).id(id).expanded(open).on_press(move || {
        if open.get_untracked() {
            return board.panel.set(None);
        }
        board.panel.set(Some(panel));
        let field = field.clone();
        dom::after_render(move || dom::focus(&field));
    })
}

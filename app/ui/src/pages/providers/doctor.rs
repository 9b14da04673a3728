//! The doctor's panel: which way to look, what was found, and the one thing to do about it.
//!
//! It looks only when somebody presses its button, because a look at the own machine can make the browser ask.

use codecraft_core::provider::doctor::{self, Address, Check, Fix, Report, Verdict, Way, examine};
use leptos::prelude::*;

use crate::{
    browser::{self, dom},
    components::{button::Button, command::command, icon::icon},
    drive::here,
    state::App,
};

const FIELD: &str = "doctor-address";

/// What the panel shows.
#[derive(Clone, PartialEq)]
enum Phase {
    Fresh,
    Looking,
    Done(Report),
}

/// State of the panel; it lives as long as its page.
#[derive(Clone, Copy)]
struct Panel {
    app: StoredValue<App>,
    phase: RwSignal<Phase>,
    /// Which way somebody chose.
    chosen: RwSignal<Option<bool>>,
    address: RwSignal<String>,
    problem: RwSignal<Option<&'static str>>,
    /// Counts the looks, so that the end of one that nobody waits for changes nothing.
    look: StoredValue<u32>,
}

impl Panel {
    /// Straight is offered first where there is no server, and where it is in use.
    fn straight(self) -> bool {
        let models = self.app.get_value().models;
        let usual = models.proxy.get() == Some(false) || models.direct().is_some();
        self.chosen.get().unwrap_or(usual)
    }

    /// What was found is not true of another way or address.
    fn forget(self) {
        self.look.update_value(|look| *look += 1);
        self.phase.set(Phase::Fresh);
    }

    fn go(self) {
        let app = self.app.get_value();
        let way = if untrack(|| self.straight()) {
            match self.address.with_untracked(|text| Address::parse(text)) {
                Ok(address) => Way::Straight(address),
                Err(sentence) => {
                    self.problem.set(Some(sentence));
                    return dom::focus(FIELD);
                }
            }
        } else {
            Way::Server(app.models.proxy.get_untracked() != Some(false))
        };
        self.look.update_value(|look| *look += 1);
        let look = self.look.get_value();
        self.phase.set(Phase::Looking);
        browser::spawn(async move {
            let report = examine(&here::visit(app, way).await);
            if self.look.try_get_value() == Some(look) {
                app.announce(summary(&report));
                self.phase.set(Phase::Done(report));
            }
        });
    }
}

/// The panel.
pub fn doctor() -> AnyView {
    let app = App::here();
    let address = untrack(|| app.models.direct());
    let panel = Panel {
        app: StoredValue::new(app),
        phase: RwSignal::new(Phase::Fresh),
        chosen: RwSignal::new(None),
        address: RwSignal::new(address.map_or(Address::DEFAULT.into(), |address| address.base().into())),
        problem: RwSignal::new(None),
        look: StoredValue::new(0),
    };
    let tag = move || match panel.phase.get() {
        Phase::Done(report) if report.open() > 0 => {
            let verb = if report.open() == 1 { "needs" } else { "need" };
            let words = format!("{} of {} {verb} you", report.open(), report.checks.len());
            view! { <span class="tag" data-tone="warn">{words}</span> }.into_any()
        }
        Phase::Done(_) => view! { <span class="tag" data-tone="ok">"All is well"</span> }.into_any(),
        Phase::Fresh | Phase::Looking => ().into_any(),
    };
    view! {
        <section class="doctor" id="doctor" aria-labelledby="doctor-h">
            <div class="doctor-head">
                <h2 class="pane-title" id="doctor-h" tabindex="-1">{doctor::TITLE}</h2>
                {move || tag()}
                <button class="btn btn-quiet btn-compact push" type="button" on:click=move |_| panel.go()>
                    {icon("i-pulse")}{move || if panel.phase.get() == Phase::Fresh { "Check" } else { "Check again" }}
                </button>
            </div>
            <div class="doctor-way">
                <fieldset>
                    <legend class="sr-only">"Which way to look"</legend>
                    <div class="segments">
                        {segment(panel, false, "Through the server")}
                        {segment(panel, true, "Straight from this browser")}
                    </div>
                </fieldset>
                {move || panel.straight().then(|| field(panel))}
            </div>
            {move || found(panel)}
        </section>
    }
    .into_any()
}

fn segment(panel: Panel, straight: bool, words: &'static str) -> AnyView {
    let choose = move |_| {
        panel.chosen.set(Some(straight));
        panel.forget();
    };
    view! {
        <label><input type="radio" name="doctor-way" prop:checked=move || panel.straight() == straight on:change=choose/><span>{words}</span></label>
    }
    .into_any()
}

fn field(panel: Panel) -> AnyView {
    let edit = move |event| {
        panel.address.set(event_target_value(&event));
        panel.problem.set(None);
        panel.forget();
    };
    let problem = move || {
        panel
            .problem
            .get()
            .map(|sentence| view! { <p class="field-error">{icon("i-error")}{sentence}</p> }.into_any())
    };
    view! {
        <div class="field">
            <label class="label" for=FIELD>"Address"</label>
            <input class="input" id=FIELD type="url" inputmode="url" autocomplete="off" spellcheck="false"
                aria-invalid=move || panel.problem.get().map(|_| "true")
                aria-describedby="doctor-problem"
                prop:value=move || panel.address.get()
                on:input=edit/>
            <div id="doctor-problem">{move || problem()}</div>
        </div>
    }
    .into_any()
}

fn found(panel: Panel) -> AnyView {
    let report = match panel.phase.get() {
        Phase::Fresh if panel.straight() => {
            let words = "Press Check. The browser may then ask whether this page may reach your machine.";
            return view! { <p class="doctor-empty">{words}</p> }.into_any();
        }
        Phase::Fresh => return view! { <p class="doctor-empty">"Not checked yet."</p> }.into_any(),
        Phase::Looking => return view! { <p class="doctor-empty">"Looking."</p> }.into_any(),
        Phase::Done(report) => report,
    };
    let usable = report.reached && panel.straight();
    view! {
        <ul class="checks" aria-label="What was found">{report.checks.into_iter().map(line).collect::<Vec<_>>().into_any()}</ul>
        {report.fix.map(remedy)}
        {usable.then(|| usage(panel))}
    }
    .into_any()
}

fn line(check: Check) -> AnyView {
    let (verdict, symbol) = match check.verdict {
        Verdict::Ok => ("ok", "i-check"),
        Verdict::Bad => ("bad", "i-error"),
        Verdict::Warn => ("warn", "i-warn"),
        Verdict::Unknown => ("unknown", "i-pending"),
    };
    view! {
        <li data-verdict=verdict>{icon(symbol)}<span>{check.sentence}</span><span class="num">{check.figure}</span></li>
    }
    .into_any()
}

fn remedy(fix: Fix) -> AnyView {
    view! {
        <div class="doctor-fix">
            <p>{fix.sentence}</p>
            {fix.command.map(command)}
            {(!fix.note.is_empty()).then(|| view! { <p class="muted">{fix.note}</p> }.into_any())}
        </div>
    }
    .into_any()
}

/// The way is free: it can be used for generating, too.
fn usage(panel: Panel) -> AnyView {
    let app = panel.app.get_value();
    let parsed = move || panel.address.with_untracked(|text| Address::parse(text)).ok();
    let toggle = move || {
        let used = app.models.direct();
        if used.is_some() && used == parsed() {
            let stop = move || {
                here::disconnect(app);
                app.announce("It is not used any more.");
            };
            view! { <span>"Its models are among yours."</span>{Button::new("btn btn-compact").text("Stop using it").on_press(stop)} }
                .into_any()
        } else {
            let start = move || {
                if let Some(address) = parsed() {
                    // Being used makes this way the usual one; it stays the chosen one if that ends.
                    panel.chosen.set(Some(true));
                    here::connect(app, address);
                    app.announce("Its models are among yours.");
                }
            };
            view! { <span>"This browser can ask it without a server."</span>{Button::new("btn btn-compact").text("Use it").on_press(start)} }
                .into_any()
        }
    };
    view! { <div class="doctor-use">{move || toggle()}</div> }.into_any()
}

/// The report in one sentence, for ears.
fn summary(report: &Report) -> String {
    let first = report.checks.iter().find(|check| matches!(check.verdict, Verdict::Bad | Verdict::Warn));
    first.map_or_else(|| "All is well.".into(), |check| check.sentence.clone())
}

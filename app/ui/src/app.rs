//! The frame around every page: bar, pages, status line, and the one live region.

use codecraft_core::{price::Money, provider::ErrorClass};
use leptos::{mount::mount_to, prelude::*};
use leptos_router::{
    components::{A, FlatRoutes, Route, Router},
    hooks::use_location,
    path,
};

use crate::{
    browser::{self, dom, theme},
    components::icon::icon,
    drive::{self, Driver},
    pages::{Generate, NotFound, Providers, Settings, account},
    routes,
    state::{App, models::Readiness, session},
    words,
};

/// Finds out who is there, and mounts the app for them.
pub fn start() {
    session::on_enter(|| {
        let body = document().body().expect("the document has a body when its module script runs");
        mount_to(body, root).forget();
    });
    drive::session::arrive();
}

/// Makes the state and the driver, then the frame.
fn root() -> AnyView {
    let app = App::provide();
    provide_context(Driver::start(app));
    drive::discover(app);
    // Who is back is told again what there is.
    session::on_enter(move || {
        app.board.peek(|run| dom::set_title(&words::title(run)));
        drive::discover(app);
    });
    let base = browser::base();
    let base = base.trim_end_matches('/').to_owned();
    view! {
        // "external" keeps the router from taking the link, so that the browser moves the focus as it does for any such link.
        <a class="skip" href="#main" rel="external">"Skip to content"</a>
        <Router base=base>
            <div class="shell shell-fixed">
                <TopBar/>
                <FlatRoutes fallback=NotFound>
                    <Route path=path!("") view=Generate/>
                    <Route path=path!("providers") view=Providers/>
                    <Route path=path!("settings/:section?") view=Settings/>
                </FlatRoutes>
                <StatusLine/>
            </div>
        </Router>
        <p class="toast" class:sr-only=move || !app.loud.get() role="status">{move || app.announcement.get()}</p>
    }
    .into_any()
}

#[component]
fn TopBar() -> impl IntoView {
    let app = App::here();
    let turn = move |_| {
        app.theme.update(|theme| *theme = theme.next());
        theme::apply(app.theme.get_untracked());
    };
    // The settings stand beside the providers and have the same place in the bar.
    let providers = format!("{}{}", browser::base().trim_end_matches('/'), routes::PROVIDERS);
    let settings = providers.replace(routes::PROVIDERS, routes::SETTINGS);
    let path = use_location().pathname;
    let current = {
        let providers = providers.clone();
        move || {
            path.with(|path| {
                (*path == providers).then_some("page").or(path.starts_with(&settings).then_some("true"))
            })
        }
    };
    view! {
        <header class="topbar">
            <A href=routes::GENERATE attr:class="brand">
                <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
                    <path d="M16 6.25V3H4v14h12v-3.25" stroke-width="2" stroke-linejoin="miter" stroke-linecap="butt"></path>
                    <path d="M5 6.5h2.5M5 13.5h2.5" stroke-linecap="butt"></path>
                    <path class="brand-tick" d="M5 10h6.5" stroke-width="2.5" stroke-linecap="butt"></path>
                </svg>
                "CodeCraft"
            </A>
            <nav class="topbar-nav" aria-label="Workplaces">
                <A href=routes::GENERATE exact=true>{icon("i-generate")}"Generate"</A>
                <a href=providers aria-current=current>{icon("i-providers")}"Providers"</a>
            </nav>
            <div class="topbar-end">
                {account::menu()}
                <button class="btn btn-quiet btn-icon" type="button" on:click=turn aria-label=move || app.theme.get().label() title=move || app.theme.get().label()>
                    {icon("i-theme")}
                </button>
            </div>
        </header>
    }
}

/// What is true right now, in words: who can be asked, and what the run came to.
#[component]
fn StatusLine() -> impl IntoView {
    let app = App::here();
    let providers = move || {
        app.models.groups.with(|groups| {
            groups
                .iter()
                .map(|group| {
                    let (health, state) = match &group.state {
                        Readiness::Ready if group.kind.is_sample() => ("ready", "models ready".to_owned()),
                        Readiness::Ready => ("ready", words::count(group.models.len(), "model")),
                        Readiness::Asking => ("off", "is being asked".into()),
                        Readiness::Off(_) => ("off", "not connected".into()),
                        Readiness::Failed(error) if error.class == ErrorClass::BadKey => {
                            ("down", "refuses the key".into())
                        }
                        Readiness::Failed(_) => ("down", "does not answer".into()),
                    };
                    view! { <span><span class="health" data-health=health></span>{format!("{} {state}", group.name)}</span> }.into_any()
                })
                .collect::<Vec<_>>()
                .into_any()
        })
    };
    let figures = move || {
        app.board.with_run(|run| {
            let run = run?;
            let Some(end) = run.ended_ms else {
                // It grows with every word.
                app.board.now.track();
                let spent = run.total();
                let told = || {
                    view! { <span class="num">{format!("{} so far", words::cost(spent))}</span> }.into_any()
                };
                return (spent.known != Money::ZERO).then(told);
            };
            let figures = view! {
                <span class="num">{words::seconds(end.saturating_sub(run.started_ms))}</span>
                <span class="num">{words::totals(run)}</span>
            };
            Some(figures.into_any())
        })
    };
    // A run in the background has its way back here.
    let back = move || {
        let active = app.board.with_run(|run| run.is_some_and(codecraft_core::run::Run::is_active));
        (active && app.board.mode.get() == crate::state::Mode::Write)
            .then(|| view! { <span>"A run is working."</span> }.into_any())
    };
    dom::set_title(&words::title(None));
    view! {
        <footer class="statusline" aria-label="Status">
            {move || providers()}
            <span class="statusline-gap"></span>
            {move || back()}
            {move || figures()}
        </footer>
    }
}

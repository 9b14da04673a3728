//! Who is signed in, and the ways out: in the top bar and in Settings.

use leptos::prelude::*;

use crate::{
    browser,
    components::{button::Button, icon::icon},
    drive,
    state::{App, session},
};

/// Where somebody is signed in: their name, and what leads out. Without a session, what leads in again.
pub fn menu() -> AnyView {
    let again = sign_in_button("btn btn-compact door-again");
    let Some(user) = session::user() else { return again };
    view! {
        {again}
        <button class="btn btn-quiet account-name" type="button" popovertarget="account" aria-label=format!("Account of {user}")>
            {icon("i-user")}<span class="truncate">{user.clone()}</span>
        </button>
        <div class="account-menu" id="account" popover="auto">
            <p class="small muted">"Signed in as"</p>
            <p class="account-who"><strong>{user}</strong></p>
            {ways_out()}
        </div>
    }
    .into_any()
}

/// Opens the form over the page, for somebody who is not signed in any more; the sheets hide it from everybody else.
pub fn sign_in_button(class: &'static str) -> AnyView {
    Button::new(class).icon("i-key").text("Sign in").on_press(session::open_door)
}

/// The section of Settings.
pub fn section() -> AnyView {
    let Some(user) = session::user() else {
        return view! { <p class="settings-empty">"Nobody has to sign in here: whoever reaches this server may use it."</p> }.into_any();
    };
    view! {
        <section class="settings-group" aria-labelledby="account-h">
            <h2 id="account-h">{user}</h2>
            <p class="settings-words">"What you decide is kept in this browser under your name. Whoever else signs in here sees none of it."</p>
            {ways_out()}
        </section>
    }
    .into_any()
}

/// Sign out, here or everywhere; the latter says first what it does.
fn ways_out() -> AnyView {
    if session::is_proxied() {
        return view! { <p class="small">"The reverse proxy in front of this server has signed you in. Sign out there."</p> }.into_any();
    }
    let app = App::here();
    let out = move |everywhere: bool| {
        browser::spawn(async move {
            if !drive::session::sign_out(everywhere).await {
                app.complain("The server did not answer. You are still signed in.");
            }
        });
    };
    view! {
        <div class="account-acts">
            {Button::new("btn").text("Sign out").on_press(move || out(false))}
            <details class="disclosure">
                <summary>{icon("i-right")}"Sign out everywhere"</summary>
                <p class="small">"Every browser and program that is signed in as you has to sign in again, this one too. Your settings stay."</p>
                {Button::new("btn btn-danger").text("Sign out everywhere").on_press(move || out(true))}
            </details>
        </div>
    }
    .into_any()
}

//! Who this page belongs to, and whether our server still knows them.
//!
//! It is no signal: somebody comes in once. Who comes after them gets a page of their own, loaded anew.

use std::cell::{Cell, RefCell};

use codecraft_core::api::{Auth, AuthMode};

use crate::browser::{dom, door, memory, prompt, visit};

/// Under which name the browser keeps who is signed in: their name, nothing for nobody, and no entry where nobody has to. Tabs
/// learn from each other by it, and `head.js` whether the Generate page is what will be shown.
const WHO: &str = "user";

#[derive(Default)]
struct Session {
    /// Whose workplace it is; `None` where nobody has to sign in.
    user: RefCell<Option<String>>,
    /// `None` until the server has said it.
    mode: Cell<Option<AuthMode>>,
    /// What stood under [`WHO`] when this tab looked last.
    seen: RefCell<Option<String>>,
    /// The workplace is there.
    entered: Cell<bool>,
    /// The server does not know the session any more.
    lost: Cell<bool>,
    /// Somebody has signed out here: nothing of this page may be seen again.
    left: Cell<bool>,
    /// What is done when somebody comes in: the first time, and whenever they are back.
    enter: RefCell<Option<Box<dyn FnMut()>>>,
}

thread_local! {
    static SESSION: Session = Session::default();
}

/// Calls `enter` when somebody comes in, and whenever they are back, until something else is asked for in its place.
pub fn on_enter(enter: impl FnMut() + 'static) {
    SESSION.with(|session| *session.enter.borrow_mut() = Some(Box::new(enter)));
}

/// Who is signed in.
pub fn user() -> Option<String> {
    SESSION.with(|session| session.user.borrow().clone())
}

/// True where a reverse proxy in front says who is there.
pub fn is_proxied() -> bool {
    mode() == Some(AuthMode::Header)
}

fn mode() -> Option<AuthMode> {
    SESSION.with(|session| session.mode.get())
}

/// Keeps who is signed in, for other tabs and later visits.
fn note(who: Option<&str>) {
    let key = memory::shared(WHO);
    if memory::recall(&key).as_deref() != who {
        memory::keep(&key, who);
    }
    SESSION.with(|session| session.seen.replace(who.map(ToOwned::to_owned)));
}

/// Takes over what the server says about who is there. With `doubt`, nobody may see the page before.
pub fn hear(auth: Auth, doubt: bool) {
    SESSION.with(|session| {
        session.mode.set(Some(auth.mode));
        if auth.mode != AuthMode::Off {
            // What somebody writes is for no next visitor's eyes: the browser shall not fill it in again.
            prompt::forget_on_reload();
        }
        if !auth.is_shut() {
            return enter(auth.user);
        }
        if session.entered.get() {
            lose();
            if !doubt {
                return;
            }
        } else {
            note(Some(""));
        }
        door::page(match auth.mode {
            AuthMode::Header => door::PROXY,
            _ if auth.setup => door::SET_UP,
            _ => door::SIGN_IN,
        });
        visit::show();
    });
}

/// The server does not know the session any more. The workplace stays, and says so.
pub fn lose() {
    SESSION.with(|session| session.lost.set(true));
    door::set_lost(true);
}

/// Shows the form over the workplace, for somebody whose session is over.
pub fn open_door() {
    let template = if is_proxied() { door::PROXY_AGAIN } else { door::SIGN_IN_AGAIN };
    door::dialog(template, &user().unwrap_or_default());
}

/// Somebody is there: comes in, or comes back. Another one than before gets a page of their own.
pub fn enter(user: Option<String>) {
    SESSION.with(|session| {
        // Without a server nobody knows, and nothing is noted.
        if mode().is_some() {
            note(user.as_deref());
        }
        if session.entered.get() && *session.user.borrow() != user {
            return drop_page(visit::reload);
        }
        let (lost, entered) = (session.lost.replace(false), session.entered.replace(true));
        memory::scope(user.as_deref());
        session.user.replace(user);
        let shut = door::close();
        door::set_lost(false);
        visit::show();
        if (shut || lost || !entered)
            && let Some(mut then) = session.enter.take()
        {
            then();
            // Unless there is something else to do from now on.
            session.enter.borrow_mut().get_or_insert(then);
            if shut || lost {
                dom::begin();
            }
        }
    });
}

/// The server cannot say who is there: nobody sees the page until it can.
pub fn doubt() {
    door::page(door::UNCHECKED);
    visit::show();
}

/// A reverse proxy says who is there that the server does not believe: nobody comes in.
pub fn shut_out() {
    door::page(door::PROXY);
    visit::show();
}

/// Drops everything that the page holds: it is loaded anew, or another one in its place.
fn drop_page(load: impl FnOnce()) {
    SESSION.with(|session| session.left.set(true));
    prompt::clear();
    load();
}

/// Nobody is signed in here any more: whoever comes next begins at `address`.
pub fn leave(address: &str) {
    note(Some(""));
    drop_page(|| visit::replace(address));
}

/// Calls `check` whenever another tab or a return to this page gives reason to ask who is there, for the life of the app.
pub fn on_doubt(check: impl Fn() + Copy + 'static) {
    let is_private = || !matches!(mode(), None | Some(AuthMode::Off));
    memory::on_change(move || {
        let who = memory::recall(&memory::shared(WHO));
        let news = SESSION.with(|session| session.seen.replace(who.clone()) != who);
        if news && is_private() {
            check();
        }
    });
    visit::on_return(is_private, move || {
        if SESSION.with(|session| session.left.get()) {
            return visit::reload();
        }
        check();
    });
}

//! Signing in and out, and finding out who is there.

use std::cell::Cell;

use codecraft_core::{
    api::{self, Code, Login, Logout, ProxyError, Setup},
    words,
};

use crate::{
    browser::{self, clock, door},
    state::session,
    transport::http::{self, Answer, Asked},
};

/// Between two looks whether the server can check sessions again, in milliseconds.
const AGAIN_MS: u32 = 3_000;
/// Fewest characters of a new password; the server says so, too.
const SHORTEST: usize = 12;

/// Finds out who is there and lets them in.
pub fn arrive() {
    door::listen(send);
    session::on_doubt(|| look(false));
    look(true);
}

thread_local! {
    /// Whether somebody is asking who is there.
    static ASKING: Cell<bool> = const { Cell::new(false) };
}

/// Asks who is there until the server says it, and shows nobody the page before that. The `first` time, the page has asked
/// already.
fn look(first: bool) {
    if ASKING.replace(true) {
        return;
    }
    browser::spawn(async move {
        let mut asked = if first { http::first_config().await } else { http::config().await };
        loop {
            match asked {
                Asked::Config(config) => {
                    let auth = config.auth.clone();
                    if first {
                        super::discover::know(config);
                    }
                    session::hear(auth, true);
                    break;
                }
                // Samples work without a server.
                Asked::Nobody if first => {
                    session::enter(None);
                    break;
                }
                Asked::Untrusted => {
                    session::shut_out();
                    break;
                }
                Asked::Nobody | Asked::Unchecked => session::doubt(),
            }
            clock::sleep(AGAIN_MS).await;
            asked = http::config().await;
        }
        ASKING.set(false);
    });
}

/// Name and password were right, and all the same nobody is signed in.
const NOT_KEPT: &str = "The browser did not keep the session. It does over HTTPS, on the server's own machine, and where cookies are allowed.";

thread_local! {
    /// Whether a sign-in is on its way.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// Sends what stands in the form, or says what is missing.
fn send() {
    let (token, user, password) =
        (door::value(door::TOKEN), door::value(door::NAME), door::value(door::PASSWORD));
    let setup = door::has_token();
    let missing = if setup && token.trim().is_empty() {
        Some(("Copy the token from the server's console.", door::TOKEN))
    } else if user.trim().is_empty() {
        Some(("Enter a name.", door::NAME))
    } else if setup && password.chars().count() < SHORTEST {
        Some(("A password has at least 12 characters.", door::PASSWORD))
    } else if password.is_empty() {
        Some(("Enter the password.", door::PASSWORD))
    } else {
        None
    };
    if let Some((sentence, field)) = missing {
        return door::complain(sentence, field);
    }
    if BUSY.replace(true) {
        return;
    }
    door::set_busy(true);
    let user = user.trim().to_owned();
    let (path, body) = if setup {
        let setup = token.trim().to_owned();
        (api::SETUP_PATH, serde_json::to_string(&Setup { setup, user, password }))
    } else {
        (api::LOGIN_PATH, serde_json::to_string(&Login { user, password, token: false }))
    };
    browser::spawn(async move {
        let answer = http::post(path, body.expect("strings always serialise")).await;
        // Whether the browser keeps the session is known only when the server is asked again.
        let config = match &answer {
            Some(answer) if answer.is_ok() => http::config().await,
            _ => Asked::Nobody,
        };
        BUSY.set(false);
        door::set_busy(false);
        match config {
            Asked::Config(config) if config.auth.is_shut() => door::complain(NOT_KEPT, door::PASSWORD),
            Asked::Config(config) => {
                let auth = config.auth.clone();
                super::discover::know(config);
                session::hear(auth, true);
            }
            _ => refused(answer.as_ref().and_then(Answer::refusal).as_ref(), setup),
        }
    });
}

/// Says why nobody was signed in; after too many attempts, the next one has to wait.
fn refused(error: Option<&ProxyError>, setup: bool) {
    let wrong_token = setup && error.is_some_and(|error| error.code == Code::BadCredentials);
    let field = if wrong_token { door::TOKEN } else { door::PASSWORD };
    door::complain(&words::sign_in(error, setup), field);
    let wait =
        error.filter(|error| error.code == Code::LoginThrottled).and_then(|error| error.retry_after_ms);
    let Some(wait) = wait else { return };
    let until = clock::now() + wait;
    let mut said = format!("Try again in {}.", words::seconds(wait));
    browser::spawn(async move {
        loop {
            let left = until.saturating_sub(clock::now());
            if left == 0 {
                door::complain("", "");
                door::wait("", "You can try again now.");
                return;
            }
            if !door::wait(&format!("Try again in {}", words::countdown(left)), &said) {
                return;
            }
            said.clear();
            // Whole seconds are shown.
            clock::sleep(((left - 1) % 1000 + 1) as u32).await;
        }
    });
}

/// Signs out, here or wherever the user is signed in. The page is gone then; false if the server did not do it.
pub async fn sign_out(everywhere: bool) -> bool {
    let body = serde_json::to_string(&Logout { everywhere }).expect("a flag always serialises");
    let Some(answer) = http::post(api::LOGOUT_PATH, body).await else { return false };
    let gone = answer.is_ok() || answer.refusal().is_some_and(|error| error.code == Code::NotSignedIn);
    if gone {
        session::leave(&browser::base());
    }
    gone
}

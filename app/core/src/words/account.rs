//! What went wrong with signing in, in sentences.

use crate::api::{Code, ProxyError};

/// Why nobody was signed in; `None` of an error stands for a server that did not answer. With `setup`, the first user was to be
/// made.
pub fn sign_in(error: Option<&ProxyError>, setup: bool) -> String {
    let Some(error) = error else {
        return "The server did not answer. Check the connection, then try again.".into();
    };
    match error.code {
        Code::BadCredentials if setup => {
            "This is not the token on the server's console. It may have been used already.".into()
        }
        Code::BadCredentials => "No user has this name and this password.".into(),
        Code::LoginThrottled => "Too many attempts failed.".into(),
        Code::Busy => "Too many people are signing in just now. Try again in a moment.".into(),
        Code::StoreUnavailable => "The server cannot check sessions just now. Try again in a moment.".into(),
        // What cannot be taken, and whatever else it may be: the server's own sentence.
        _ => error.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_a_sign_in_is_a_sentence() {
        for setup in [false, true] {
            for code in [
                Code::BadCredentials,
                Code::BadPassword,
                Code::LoginThrottled,
                Code::Busy,
                Code::StoreUnavailable,
                Code::NoRoute,
                Code::Internal,
            ] {
                let told = sign_in(Some(&ProxyError::new(code, "So it is.")), setup);
                assert!(told.ends_with('.') && told.len() > 8, "{code:?}: {told}");
            }
            assert!(sign_in(None, setup).starts_with("The server did not answer."));
        }
        assert_ne!(
            sign_in(Some(&ProxyError::new(Code::BadCredentials, "")), false),
            sign_in(Some(&ProxyError::new(Code::BadCredentials, "")), true)
        );
    }
}

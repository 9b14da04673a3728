//! What belongs to one user is out of reach of everybody else (PX25), and what is secret is in no log.

use codecraft_accounts::Token;
use codecraft_core::api::{Allowance, Code};

use super::{CHAT, House, LOGIN, LOGOUT, ME, PASSWORD, SETUP, TAGS, WRONG, login, settings_of};
use crate::support::{Socket, get};

const BODY: &str = r#"{"model":"m"}"#;

impl House {
    async fn generate(&self, cookie: &str, run: &str) -> u16 {
        let headers = [("cookie", cookie), ("x-codecraft-run", run)];
        self.ask(&format!("POST {CHAT}"), &headers, BODY).await.status
    }

    async fn left(&self, cookie: &str) -> u32 {
        let answer = self.ask("GET /api/limits", &[("cookie", cookie)], "").await;
        serde_json::from_slice::<Allowance>(&answer.body).unwrap().remaining
    }
}

#[tokio::test]
async fn px25_nothing_is_told_or_done_for_somebody_who_has_not_signed_in() {
    let house = House::of(&["ada"]).await;
    let unknown = Token::random();
    let bearer = format!("Bearer {}", unknown.expose());
    let cookie = format!("cc={}", unknown.expose());
    for headers in [
        &[][..],
        &[("cookie", cookie.as_str())],
        &[("cookie", "cc=ada")],
        &[("authorization", bearer.as_str())],
        &[("authorization", "Basic YWRhOmNhbmFyeQ==")],
        &[("x-goog-api-key", unknown.expose())],
        &[("x-codecraft-user", "ada")],
    ] {
        for (line, body) in [
            (format!("GET {ME}"), ""),
            (format!("POST {LOGOUT}"), r#"{"everywhere":true}"#),
            ("GET /api/limits".to_owned(), ""),
            (format!("GET {TAGS}"), ""),
            (format!("POST {CHAT}"), BODY),
            ("GET /api/providers/nothing/x".to_owned(), ""),
        ] {
            let answer = house.ask(&line, headers, body).await;
            assert_eq!((answer.status, answer.code()), (401, Some(Code::NotSignedIn)), "{line} {headers:?}");
        }
        assert_eq!(Socket::connect_with(house.server.addr, headers).await.err(), Some(401));
        let config = settings_of(&house.ask("GET /api/config", headers, "").await);
        assert!(config.providers.is_empty() && config.auth.user.is_none() && !config.auth.setup);
    }
    assert!(house.upstream.seen().is_empty());
    // The page itself, and the word that the server is well, are for everybody.
    assert_eq!(get(house.server.addr, "/healthz").await.status, 200);
    assert_ne!(get(house.server.addr, "/").await.status, 401);
}

#[tokio::test]
async fn px25_one_user_gains_nothing_by_what_another_one_has() {
    let house = House::with(&["ada", "bob"], &[("CODECRAFT_RATE_LIMIT", "2")]).await;
    let (ada, bob) = (house.cookie("ada").await, house.cookie("bob").await);
    assert_eq!(house.generate(&ada, "run-of-ada").await, 200);
    assert_eq!((house.left(&ada).await, house.left(&bob).await), (1, 2));
    // The run of somebody else is a generation of one's own.
    assert_eq!(house.generate(&bob, "run-of-ada").await, 200);
    assert_eq!((house.left(&ada).await, house.left(&bob).await), (1, 1));
    assert_eq!(house.generate(&bob, "run-of-bob").await, 200);
    assert_eq!(house.generate(&bob, "one-too-many").await, 429);
    assert_eq!(house.generate(&bob, "run-of-ada").await, 200, "it is a run of bob's by now");
    assert_eq!((house.left(&ada).await, house.left(&bob).await), (1, 0));
    assert_eq!(house.generate(&ada, "run-of-ada").await, 200);
    assert_eq!(house.generate(&ada, "run-of-bob").await, 200);
    assert_eq!(house.generate(&ada, "one-too-many").await, 429);

    // Names in a body change nothing, and neither does a second identity beside one's own.
    for body in [r#"{"everywhere":true,"user":"ada"}"#, r#"{"everywhere":true}"#] {
        let cookie = house.cookie("bob").await;
        let out = house.ask(&format!("POST {LOGOUT}"), &[("cookie", &cookie)], body).await;
        assert_eq!(out.status, 204);
        assert_eq!(house.user(&cookie).await, None);
        assert_eq!(house.user(&ada).await.as_deref(), Some("ada"));
    }
    let (bob, token) = (house.cookie("bob").await, house.token("ada").await);
    let both = [("cookie", bob.as_str()), ("authorization", &format!("Bearer {token}"))];
    let me = house.ask(&format!("GET {ME}"), &both, "").await;
    assert_eq!(me.text(), r#"{"mode":"users","user":"bob"}"#, "one of them, always the same");
    // A cookie that has outlived its session takes nothing from a program with a token.
    let out = house.ask(&format!("POST {LOGOUT}"), &[("cookie", &bob)], "{}").await;
    assert_eq!(out.status, 204);
    let me = house.ask(&format!("GET {ME}"), &both, "").await;
    assert_eq!(me.text(), r#"{"mode":"users","user":"ada"}"#);
}

#[tokio::test]
async fn px25_streams_are_counted_for_each_user() {
    let house = House::with(&["ada", "bob"], &[("CODECRAFT_USER_STREAMS", "1")]).await;
    let (ada, bob) = (house.cookie("ada").await, house.cookie("bob").await);
    // A socket takes its place when it connects, before its first frame.
    let open = Socket::connect_with(house.server.addr, &[("cookie", ada.as_str())]).await.ok().unwrap();
    crate::support::soon(async {
        while house.server.state.open_streams() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(
        house.ask(&format!("GET {TAGS}"), &[("cookie", &ada)], "").await.code(),
        Some(Code::TooManyStreams)
    );
    assert_eq!(house.ask(&format!("GET {TAGS}"), &[("cookie", &bob)], "").await.status, 200);
    open.close().await;
    house.server.idle().await;
    assert_eq!(house.ask(&format!("GET {TAGS}"), &[("cookie", &ada)], "").await.status, 200);
}

#[tokio::test]
async fn px13_no_password_token_cookie_name_or_address_is_in_a_log_line_a_metric_or_an_error() {
    let more = [("CODECRAFT_TRUSTED_PROXIES", "127.0.0.1"), ("CODECRAFT_METRICS_TOKEN", "reader-of-metrics")];
    let house = House::with(&[], &more).await;
    let setup = house.server.state.setup_token().unwrap();
    let wrong_setup = Token::random();
    let from = ("x-forwarded-for", "203.0.113.77");
    let mut heard = String::new();
    let mut say = async |line: &str, headers: &[(&str, &str)], body: &str| {
        let answer = house.ask(line, headers, body).await;
        // An answer to whoever has signed in may name that user, and give that session.
        if answer.status >= 400 {
            heard.push_str(&answer.head);
            heard.push_str(&answer.text());
        }
        answer
    };
    let set_up = |token: &str, password: &str| {
        format!(r#"{{"setup":"{token}","user":"adalovelace","password":"{password}"}}"#)
    };
    let (post_setup, post_login) = (format!("POST {SETUP}"), format!("POST {LOGIN}"));
    say(&post_setup, &[from], &set_up(wrong_setup.expose(), PASSWORD)).await;
    say(&post_setup, &[from], &set_up(&setup, "canary")).await;
    say(&post_setup, &[from], &set_up(&setup, PASSWORD)[1..]).await;
    let made = say(&post_setup, &[from], &set_up(&setup, PASSWORD)).await;
    let cookie = super::cookie(&made);
    say(&post_setup, &[from], &set_up(&setup, PASSWORD)).await;
    for password in [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG] {
        say(&post_login, &[from], &login("adalovelace", password)).await;
    }
    say(&post_login, &[from], &login(WRONG, "adalovelace")).await;
    say(&post_login, &[from], &login("adalovelace", WRONG).replace(':', "=")).await;
    say(&post_login, &[from, ("content-type", "text/plain")], &login("adalovelace", WRONG)).await;
    let bearer = format!("Bearer {}", wrong_setup.expose());
    for headers in [&[("cookie", cookie.as_str())][..], &[("authorization", bearer.as_str())]] {
        for line in [format!("GET {ME}"), format!("GET {TAGS}"), "GET /api/providers/x/y".to_owned()] {
            say(&line, headers, "").await;
        }
        say(&format!("POST {LOGOUT}"), headers, "{}").await;
        say(&format!("POST {LOGOUT}"), headers, "{").await;
    }
    let reader = ("authorization", "Bearer reader-of-metrics");
    let metrics = house.ask("GET /metrics", &[reader], "").await;
    assert_eq!(metrics.status, 200);
    let told = format!("{heard}\n{}\n{}", house.server.log(), metrics.text());
    for event in
        ["bad_credentials", "bad_password", "login_throttled", "not_signed_in", "signed_in", "signed_out"]
    {
        assert!(told.contains(event), "{event} did happen: {told}");
    }
    let token = cookie.strip_prefix("cc=").unwrap();
    for secret in [
        PASSWORD,
        WRONG,
        "canary",
        &setup,
        wrong_setup.expose(),
        token,
        "cc=",
        "adalovelace",
        "203.0.113",
        "$argon2",
    ] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
}

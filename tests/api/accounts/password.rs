//! Attempts to sign in, and the first user (PX16, PX17).

use std::time::{Duration, Instant};

use codecraft_accounts::Token;
use codecraft_core::api::Code;
use futures_util::future::join_all;

use super::{House, LOGIN, ME, PASSWORD, SETUP, WRONG, cookie, login, settings_of};
use crate::support::client::Answer;

/// With it, a request comes from where its last header says.
const BEHIND: [(&str, &str); 1] = [("CODECRAFT_TRUSTED_PROXIES", "127.0.0.1")];

impl House {
    /// An attempt from another address.
    async fn sign_in_from(&self, from: &str, name: &str, password: &str) -> Answer {
        let from = [("x-forwarded-for", from)];
        self.ask(&format!("POST {LOGIN}"), &from, &login(name, password)).await
    }

    async fn set_up(&self, token: &str, name: &str, password: &str) -> Answer {
        let body = format!(r#"{{"setup":"{token}","user":"{name}","password":"{password}"}}"#);
        self.ask(&format!("POST {SETUP}"), &[], &body).await
    }
}

#[track_caller]
fn throttled(answer: &Answer) {
    assert_eq!((answer.status, answer.code()), (429, Some(Code::LoginThrottled)), "{}", answer.text());
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=900).contains(&seconds), "{seconds}");
    assert!(answer.header("set-cookie").is_none());
}

#[tokio::test]
async fn px16_a_wrong_password_and_an_unknown_name_have_one_answer() {
    let house = House::of(&["ada"]).await;
    let answers = [
        house.sign_in("ada", WRONG).await,
        house.sign_in("ada", "").await,
        house.sign_in("nobody", PASSWORD).await,
        house.sign_in("no such: name", PASSWORD).await,
    ];
    for answer in &answers {
        assert_eq!((answer.status, answer.code()), (401, Some(Code::BadCredentials)));
        assert_eq!(answer.text(), answers[0].text());
        assert!(answer.header("set-cookie").is_none());
    }
}

#[tokio::test]
async fn px16_there_is_no_eleventh_fast_try() {
    let house = House::with(&["ada", "bob"], &BEHIND).await;
    let mut let_through = 0;
    for number in 0..12 {
        // Another address each time: the account is what waits.
        let answer = house.sign_in_from(&format!("192.0.2.{number}"), "ada", WRONG).await;
        if answer.status == 401 {
            let_through += 1;
        } else {
            throttled(&answer);
        }
    }
    // A slow machine may be through with a wait of a second or two in the middle.
    assert!((5..=8).contains(&let_through), "{let_through}");
    throttled(&house.sign_in_from("192.0.2.99", "ADA ", PASSWORD).await);
    assert_eq!(house.sign_in_from("192.0.2.99", "bob", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn px16_an_address_waits_as_an_account_does() {
    let house = House::with(&["ada"], &BEHIND).await;
    for number in 0..20 {
        assert_eq!(house.sign_in_from("192.0.2.1", &format!("user{number}"), WRONG).await.status, 401);
    }
    throttled(&house.sign_in_from("192.0.2.1", "ada", PASSWORD).await);
    assert_eq!(house.sign_in_from("192.0.2.2", "ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn px16_attempts_at_the_same_time_are_counted_one_by_one() {
    let house = House::with(&["ada"], &BEHIND).await;
    let addresses: Vec<String> = (0..20).map(|number| format!("192.0.2.{number}")).collect();
    let answers = join_all(addresses.iter().map(|from| house.sign_in_from(from, "ada", WRONG))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 401).count(), 5);
    for answer in answers.iter().filter(|answer| answer.status != 401) {
        throttled(answer);
    }
}

#[tokio::test]
async fn px16_a_crowd_is_turned_away_and_no_call_waits_for_it() {
    let house = House::with(&["ada"], &BEHIND).await;
    let ada = house.cookie("ada").await;
    let names: Vec<(String, String)> =
        (0..80).map(|number| (format!("192.0.2.{number}"), format!("user{number}"))).collect();
    let crowd = join_all(names.iter().map(|(from, name)| house.sign_in_from(from, name, WRONG)));
    let (answers, user) = tokio::join!(crowd, house.user(&ada));
    assert_eq!(user.as_deref(), Some("ada"));
    let busy: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 503).collect();
    assert!(!busy.is_empty());
    for answer in &busy {
        assert_eq!((answer.code(), answer.header("retry-after")), (Some(Code::Busy), Some("1")));
    }
    assert_eq!(answers.iter().filter(|answer| answer.status == 401).count(), answers.len() - busy.len());
}

/// 5 ms may lie between the medians of 200 each. Hashes have the parameters that they have in use, and take some 35 ms; where
/// the machine has so much else to do that they take far longer, a tenth of it may.
#[tokio::test]
async fn px16_a_known_name_takes_as_long_as_an_unknown_one() {
    const ROUNDS: usize = 200;
    // An account takes five failures before it waits, an address twenty.
    let names: Vec<String> = (0..ROUNDS / 4).map(|number| format!("user{number}")).collect();
    let house = House::with(&names.iter().map(String::as_str).collect::<Vec<_>>(), &BEHIND).await;
    let mut took = [Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS)];
    for round in 0..ROUNDS {
        let known = names[round % names.len()].clone();
        let from = |kind| format!("10.{kind}.{}.{}", round / 250, round % 250);
        let asked = [(0, known), (1, format!("guess{round}"))];
        // In alternation, and each of them first every other time.
        for turn in [round % 2, 1 - round % 2] {
            let (kind, name) = &asked[turn];
            let begun = Instant::now();
            let answer = house.sign_in_from(&from(*kind), name, WRONG).await;
            took[*kind].push(begun.elapsed());
            assert_eq!(answer.status, 401, "{}", answer.text());
        }
    }
    let [known, unknown] = took.map(|mut times| {
        times.sort_unstable();
        times[ROUNDS / 2]
    });
    let apart = known.abs_diff(unknown);
    println!("known {known:?}, unknown {unknown:?}, apart {apart:?}");
    assert!(apart < Duration::from_millis(5).max(unknown / 10), "known {known:?}, unknown {unknown:?}");
}

#[tokio::test]
async fn px17_the_first_user_is_made_with_the_token_on_the_console() {
    let house = House::of(&[]).await;
    let token = house.server.state.setup_token().unwrap();
    let before = settings_of(&house.ask("GET /api/config", &[], "").await);
    assert!(before.auth.setup && before.auth.user.is_none() && before.providers.is_empty());
    assert_eq!(house.sign_in("ada", PASSWORD).await.code(), Some(Code::BadCredentials));

    let wrong = house.set_up(Token::random().expose(), "ada", PASSWORD).await;
    assert_eq!((wrong.status, wrong.code()), (401, Some(Code::BadCredentials)));
    for (name, password) in
        [("a b", PASSWORD), ("", PASSWORD), ("ada", "eleven char"), ("ada", ""), ("ada", &"x".repeat(1025))]
    {
        let bad = house.set_up(&token, name, password).await;
        assert_eq!((bad.status, bad.code()), (400, Some(Code::BadPassword)), "{name} {password}");
    }
    let longest = "ü".repeat(512);
    let made = house.set_up(&token, "Ada", &longest).await;
    assert_eq!(made.text(), r#"{"user":"ada"}"#);
    let ada = cookie(&made);
    assert_eq!(house.user(&ada).await.as_deref(), Some("ada"));
    let after = settings_of(&house.ask("GET /api/config", &[("cookie", &ada)], "").await);
    assert!(!after.auth.setup && !after.providers.is_empty());
    assert_eq!(house.server.state.setup_token(), None);

    let twice = house.set_up(&token, "eve", PASSWORD).await;
    assert_eq!((twice.status, twice.code()), (404, Some(Code::NoRoute)));
    assert_eq!(house.users().names(), ["ada"]);
    assert_eq!(house.sign_in("ada", &longest).await.status, 200);
    let log = house.server.log();
    assert!(!log.contains(&token) && log.contains(" info signed_in"), "{log}");
}

#[tokio::test]
async fn px17_no_number_of_wrong_set_up_tokens_keeps_the_right_one_out() {
    let house = House::of(&[]).await;
    for _ in 0..50 {
        assert_eq!(house.set_up(Token::random().expose(), "eve", PASSWORD).await.status, 401);
    }
    let token = house.server.state.setup_token().unwrap();
    assert_eq!(house.set_up(&token, "ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn px5_bodies_of_these_routes_are_small_json() {
    let house = House::of(&["ada"]).await;
    let ada = house.cookie("ada").await;
    for path in [LOGIN, SETUP, super::LOGOUT] {
        let post = format!("POST {path}");
        let cookie = ("cookie", ada.as_str());
        let garbled = house.ask(&post, &[cookie], r#"{"user":PASSWORD"#).await;
        assert_eq!((garbled.status, garbled.code()), (400, Some(Code::BadRequest)));
        assert!(!garbled.text().contains("PASSWORD"));
        for media in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
            let plain = house.ask(&post, &[cookie, ("content-type", media)], "{}").await;
            assert_eq!((plain.status, plain.code()), (415, Some(Code::UnsupportedMedia)), "{media}");
        }
        let huge = format!("\"{}\"", "x".repeat(16 * 1024));
        let chunked = format!("{:x}\r\n{huge}\r\n0\r\n\r\n", huge.len());
        for (headers, body) in
            [(vec![cookie], huge), (vec![cookie, ("transfer-encoding", "chunked")], chunked)]
        {
            let large = house.ask(&post, &headers, &body).await;
            assert_eq!((large.status, large.code()), (413, Some(Code::BodyTooLarge)));
        }
        let get = house.ask(&format!("GET {path}"), &[cookie], "").await;
        assert_eq!((get.status, get.code()), (405, Some(Code::MethodNotAllowed)));
        assert_eq!(get.header("allow"), Some("POST"));
    }
    let put = house.ask(&format!("PUT {ME}"), &[("cookie", &ada)], "{}").await;
    assert_eq!((put.status, put.header("allow")), (405, Some("GET")));
}

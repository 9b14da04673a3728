//! Signing in and out, on a clock that the tests move.

use std::time::Duration;

use codecraft_accounts::{Accounts, Refusal, SignedIn, Token, UsersError};
use codecraft_commons::Commons;
use tokio::time::advance;

use crate::{OTHER, PASSWORD, Place};

const HOME: &str = "203.0.113.7";
const AWAY: &str = "198.51.100.1";
const HOUR: Duration = Duration::from_hours(1);

fn open(place: &Place, commons: &Commons) -> Accounts {
    Accounts::open(place.path(), commons.clone(), |error| panic!("{error}")).unwrap()
}

/// Accounts with these users, all of one password.
fn accounts(place: &Place, names: &[&str]) -> Accounts {
    let users = place.open();
    for name in names {
        users.add(name, PASSWORD).unwrap();
    }
    open(place, &Commons::memory())
}

/// How long an attempt has to wait; zero if it was let through and was wrong.
#[track_caller]
fn wait(result: Result<SignedIn, Refusal>) -> Duration {
    match result {
        Err(Refusal::Wrong) => Duration::ZERO,
        Err(Refusal::Throttled(wait)) => wait,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn px15_a_session_lasts_from_sign_in_to_sign_out() {
    let place = Place::new();
    let accounts = accounts(&place, &["ada", "bob"]);
    let ada = accounts.sign_in("Ada", PASSWORD, HOME, None).await.unwrap();
    let bob = accounts.sign_in("bob", PASSWORD, HOME, None).await.unwrap();
    assert_eq!(ada.user, "ada");
    assert_eq!(accounts.user(&ada.token).await, Ok(Some("ada".into())));
    assert_eq!(accounts.user(&bob.token).await, Ok(Some("bob".into())));
    assert_eq!(accounts.user(&Token::random()).await, Ok(None));

    accounts.sign_out(&ada.token).await.unwrap();
    assert_eq!(accounts.user(&ada.token).await, Ok(None));
    assert_eq!(accounts.user(&bob.token).await, Ok(Some("bob".into())));
}

#[tokio::test(start_paused = true)]
async fn px15_a_session_ends_after_a_week_without_use_and_a_month_in_all() {
    let place = Place::new();
    let accounts = accounts(&place, &["ada"]);
    let idle = accounts.sign_in("ada", PASSWORD, HOME, None).await.unwrap().token;
    let busy = accounts.sign_in("ada", PASSWORD, HOME, None).await.unwrap().token;
    for hours in 0..30 * 24 {
        assert!(accounts.user(&busy).await.unwrap().is_some(), "hour {hours}");
        if hours == 7 * 24 {
            assert_eq!(accounts.user(&idle).await, Ok(None));
        }
        advance(HOUR).await;
    }
    assert_eq!(accounts.user(&busy).await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn px15_signing_in_makes_a_new_session_and_ends_the_old_one() {
    let place = Place::new();
    let accounts = accounts(&place, &["ada"]);
    // A token that somebody else has planted is nobody's session, before and after.
    let planted = Token::random();
    let first = accounts.sign_in("ada", PASSWORD, HOME, Some(&planted)).await.unwrap().token;
    assert_ne!(first, planted);
    assert_eq!(accounts.user(&planted).await, Ok(None));
    let second = accounts.sign_in("ada", PASSWORD, HOME, Some(&first)).await.unwrap().token;
    assert_ne!(first, second);
    assert_eq!(accounts.user(&first).await, Ok(None));
    assert_eq!(accounts.user(&second).await, Ok(Some("ada".into())));
    // A wrong password leaves the session as it is.
    assert_eq!(accounts.sign_in("ada", OTHER, HOME, Some(&second)).await.err(), Some(Refusal::Wrong));
    assert_eq!(accounts.user(&second).await, Ok(Some("ada".into())));
}

#[tokio::test(start_paused = true)]
async fn px15_signing_out_everywhere_leaves_other_users_alone() {
    let place = Place::new();
    let commons = Commons::memory();
    accounts(&place, &["ada", "bob"]);
    // Two replicas.
    let (one, two) = (open(&place, &commons), open(&place, &commons));
    let phone = one.sign_in("ada", PASSWORD, HOME, None).await.unwrap().token;
    let desk = two.sign_in("ada", PASSWORD, HOME, None).await.unwrap().token;
    let bob = two.sign_in("bob", PASSWORD, HOME, None).await.unwrap().token;
    assert_eq!(two.user(&phone).await, Ok(Some("ada".into())));
    one.sign_out_everywhere("ada").await.unwrap();
    for replica in [&one, &two] {
        assert_eq!(replica.user(&phone).await, Ok(None));
        assert_eq!(replica.user(&desk).await, Ok(None));
        assert_eq!(replica.user(&bob).await, Ok(Some("bob".into())));
    }
}

#[tokio::test]
async fn px15_a_new_password_and_a_removed_user_end_sessions_on_all_replicas() {
    let place = Place::new();
    let commons = Commons::memory();
    let users = place.open();
    accounts(&place, &["ada", "bob"]);
    let (one, two) = (open(&place, &commons), open(&place, &commons));
    let ada = one.sign_in("ada", PASSWORD, HOME, None).await.unwrap().token;
    let bob = one.sign_in("bob", PASSWORD, HOME, None).await.unwrap().token;
    users.set_password("ada", OTHER).unwrap();
    users.remove("bob").unwrap();
    // The file is looked at once a second.
    tokio::time::timeout(Duration::from_secs(3), async {
        for (replica, token) in [(&one, &ada), (&two, &ada), (&one, &bob), (&two, &bob)] {
            while replica.user(token).await.unwrap().is_some() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    })
    .await
    .unwrap();
    let ada = one.sign_in("ada", OTHER, HOME, None).await.unwrap().token;
    assert_eq!(two.user(&ada).await, Ok(Some("ada".into())));
}

#[tokio::test(start_paused = true)]
async fn px16_after_five_failures_an_account_waits_longer_each_time() {
    let place = Place::new();
    let accounts = accounts(&place, &["ada"]);
    // Known or not, right or wrong: the throttle says the same.
    for name in ["ada", "nobody"] {
        for attempt in 0..5 {
            let network = format!("{name} {attempt}");
            assert_eq!(
                wait(accounts.sign_in(name, OTHER, &network, None).await),
                Duration::ZERO,
                "{attempt}"
            );
        }
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            let expect = Duration::from_secs(seconds);
            assert_eq!(
                wait(accounts.sign_in(name, PASSWORD, &format!("{name} {seconds}"), None).await),
                expect
            );
            advance(Duration::from_millis(seconds * 1000 - 1)).await;
            assert_eq!(wait(accounts.sign_in(name, PASSWORD, AWAY, None).await), Duration::from_millis(1));
            advance(Duration::from_millis(1)).await;
            let network = format!("{name} after {seconds} {:?}", tokio::time::Instant::now());
            assert_eq!(wait(accounts.sign_in(name, OTHER, &network, None).await), Duration::ZERO);
        }
    }
    // Never for good, and forgotten with the right password.
    advance(Duration::from_mins(15)).await;
    accounts.sign_in("ada", PASSWORD, AWAY, None).await.unwrap();
    for _ in 0..5 {
        assert_eq!(wait(accounts.sign_in("ada", OTHER, HOME, None).await), Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn px16_a_network_that_guesses_at_many_accounts_is_slowed_down_too() {
    let place = Place::new();
    let accounts = accounts(&place, &["ada", "eve"]);
    for number in 0..20 {
        // An account of one's own does not help.
        accounts.sign_in("eve", PASSWORD, HOME, None).await.unwrap();
        assert_eq!(wait(accounts.sign_in(&format!("user{number}"), OTHER, HOME, None).await), Duration::ZERO);
    }
    assert_eq!(wait(accounts.sign_in("user20", OTHER, HOME, None).await), Duration::from_secs(1));
    assert_eq!(wait(accounts.sign_in("eve", PASSWORD, HOME, None).await), Duration::from_secs(1));
    accounts.sign_in("ada", PASSWORD, AWAY, None).await.unwrap();
    // Names that nobody can have count for the network, and for nobody else.
    for _ in 0..20 {
        assert_eq!(wait(accounts.sign_in("no such: name", OTHER, "192.0.2.1", None).await), Duration::ZERO);
    }
    assert_eq!(
        wait(accounts.sign_in("no such: name", OTHER, "192.0.2.1", None).await),
        Duration::from_secs(1)
    );
    assert_eq!(wait(accounts.sign_in("no such: name", OTHER, "192.0.2.2", None).await), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn px16_many_may_sign_in_from_one_network() {
    let place = Place::new();
    let accounts = accounts(&place, &["ada"]);
    for _ in 0..20 {
        accounts.sign_in("ada", PASSWORD, HOME, None).await.unwrap();
    }
}

#[tokio::test]
async fn px16_attempts_at_the_same_time_are_counted_one_by_one() {
    let place = Place::new();
    let accounts = std::sync::Arc::new(accounts(&place, &["ada"]));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..18 {
        let accounts = accounts.clone();
        tasks.spawn(async move { accounts.sign_in("ada", OTHER, &number.to_string(), None).await });
    }
    let results = tasks.join_all().await;
    let count = |wanted: fn(&Refusal) -> bool| {
        results.iter().filter(|result| result.as_ref().is_err_and(wanted)).count()
    };
    assert_eq!(count(|refusal| *refusal == Refusal::Wrong), 5);
    assert_eq!(count(|refusal| matches!(refusal, Refusal::Throttled(_))), 13);
}

#[tokio::test]
async fn px16_an_attempt_that_was_turned_away_does_not_count() {
    let place = Place::new();
    let names: Vec<String> = (0..24).map(|number| format!("user{number}")).collect();
    let accounts =
        std::sync::Arc::new(accounts(&place, &names.iter().map(String::as_str).collect::<Vec<_>>()));
    let mut tasks = tokio::task::JoinSet::new();
    for name in names {
        let accounts = accounts.clone();
        tasks.spawn(async move {
            let network = format!("at {name}");
            let result = accounts.sign_in(&name, PASSWORD, &network, None).await;
            (name, network, result)
        });
    }
    let busy: Vec<_> = tasks.join_all().await.into_iter().filter(|(_, _, result)| result.is_err()).collect();
    assert_eq!(busy.len(), 4);
    for (name, network, result) in busy {
        assert_eq!(result.err(), Some(Refusal::Busy));
        for _ in 0..5 {
            assert_eq!(wait(accounts.sign_in(&name, OTHER, &network, None).await), Duration::ZERO);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn px16_who_finds_no_place_is_not_even_asked_about() {
    let place = Place::new();
    let accounts = std::sync::Arc::new(accounts(&place, &["ada"]));
    for _ in 0..5 {
        assert_eq!(wait(accounts.sign_in("ada", OTHER, HOME, None).await), Duration::ZERO);
    }
    let mut crowd = tokio::task::JoinSet::new();
    for number in 0..20 {
        let accounts = accounts.clone();
        crowd.spawn(async move {
            accounts.sign_in(&format!("user{number}"), OTHER, &number.to_string(), None).await
        });
    }
    tokio::task::yield_now().await;
    assert_eq!(accounts.sign_in("ada", PASSWORD, HOME, None).await.err(), Some(Refusal::Busy));
    crowd.join_all().await;
}

#[tokio::test(start_paused = true)]
async fn px17_the_first_user_is_made_once_with_the_token() {
    let place = Place::new();
    let accounts = open(&place, &Commons::memory());
    let token = accounts.setup_token().unwrap();
    assert!(accounts.is_new());
    assert_eq!(accounts.sign_in("ada", PASSWORD, AWAY, None).await.err(), Some(Refusal::Wrong));
    let wrong = Token::random();
    assert_eq!(accounts.set_up(wrong.expose(), "eve", PASSWORD).await.err(), Some(Refusal::Wrong));
    assert_eq!(
        accounts.set_up(token.expose(), "a b", PASSWORD).await.err(),
        Some(Refusal::Users(UsersError::Name))
    );
    assert_eq!(
        accounts.set_up(token.expose(), "ada", "too short").await.err(),
        Some(Refusal::Users(UsersError::Password))
    );
    assert!(accounts.is_new(), "a mistake does not use it up");
    let ada = accounts.set_up(token.expose(), "Ada", PASSWORD).await.unwrap();
    assert_eq!(accounts.user(&ada.token).await, Ok(Some("ada".into())));
    assert!(!accounts.is_new() && accounts.setup_token().is_none());
    assert_eq!(accounts.set_up(token.expose(), "eve", PASSWORD).await.err(), Some(Refusal::SetUp));
    // Not even when there is no user any more.
    place.open().remove("ada").unwrap();
    tokio::time::timeout(HOUR, async {
        while accounts.user(&ada.token).await.unwrap().is_some() {
            std::thread::sleep(Duration::from_millis(5));
        }
    })
    .await
    .unwrap();
    assert_eq!(accounts.set_up(token.expose(), "eve", PASSWORD).await.err(), Some(Refusal::SetUp));
    assert_eq!(place.open().names(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn px17_no_wrong_token_keeps_the_right_one_out() {
    let place = Place::new();
    let accounts = open(&place, &Commons::memory());
    for _ in 0..1000 {
        let result = accounts.set_up(Token::random().expose(), "eve", PASSWORD).await;
        assert_eq!(result.err(), Some(Refusal::Wrong));
    }
    let token = accounts.setup_token().unwrap();
    accounts.set_up(token.expose(), "ada", PASSWORD).await.unwrap();
}

#[test]
fn px17_a_user_made_elsewhere_ends_the_set_up_for_good() {
    let place = Place::new();
    let accounts = open(&place, &Commons::memory());
    assert!(accounts.is_new() && accounts.setup_token().is_some());
    place.open().add("ada", PASSWORD).unwrap();
    let seen = |count| {
        let begun = std::time::Instant::now();
        while accounts.count() != Ok(count) || accounts.is_new() {
            assert!(begun.elapsed() < Duration::from_secs(5));
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    seen(1);
    place.open().remove("ada").unwrap();
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_millis(1500) {
        assert!(!accounts.is_new() && accounts.setup_token().is_none());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test]
async fn px17_there_is_no_token_where_there_are_users_and_one_user_for_two_who_have_it() {
    let place = Place::new();
    let commons = Commons::memory();
    let accounts = std::sync::Arc::new(open(&place, &commons));
    let token = accounts.setup_token().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for name in ["ada", "bob", "carl"] {
        let (accounts, token) = (accounts.clone(), token.clone());
        tasks.spawn(async move { accounts.set_up(token.expose(), name, PASSWORD).await.is_ok() });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|made| *made).count(), 1);
    assert_eq!(place.open().names().len(), 1);
    let later = open(&place, &commons);
    assert!(later.setup_token().is_none() && !later.is_new());
}

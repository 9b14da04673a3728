//! Two replicas with one Redis and one file of users are one place to sign in at (PX15, PX16, PX21).

use std::time::{Duration, Instant};

use codecraft_core::api::Code;
use codecraft_tests::redis::Redis;

use super::{House, LOGIN, LOGOUT, ME, PASSWORD, WRONG, ask, cookie, login, settings_of, start};
use crate::support::{PATIENCE, Server, Socket, Upstream};

/// How long the way back from a lost Redis may take.
const RECOVERY: Duration = Duration::from_secs(5);

struct Pair {
    house: House,
    other: Server,
    _upstream: Upstream,
}

impl Pair {
    async fn of(names: &[&str], redis: &Redis) -> Self {
        let url = redis.url();
        let more = [("CODECRAFT_REDIS_URL", url.as_str()), ("CODECRAFT_TRUSTED_PROXIES", "127.0.0.1")];
        let house = House::with(names, &more).await;
        let file = house.folder.join("users");
        let users = [("CODECRAFT_AUTH", "users"), ("CODECRAFT_USERS", file.to_str().unwrap())];
        let (other, upstream) = start(&[&users[..], &more[..]].concat()).await;
        let pair = Self { house, other, _upstream: upstream };
        pair.recovered(PATIENCE).await;
        pair
    }

    fn servers(&self) -> [&Server; 2] {
        [&self.house.server, &self.other]
    }

    /// What each of the two says to who has this cookie.
    async fn statuses(&self, cookie: &str) -> [u16; 2] {
        let [one, two] = self.servers().map(|server| me(server, cookie));
        [one.await, two.await]
    }

    /// Waits until both can look sessions up.
    async fn recovered(&self, limit: Duration) {
        let begun = Instant::now();
        let unknown = format!("cc={}", "A".repeat(43));
        while self.statuses(&unknown).await != [401; 2] {
            assert!(begun.elapsed() < limit, "not back after {limit:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn me(server: &Server, cookie: &str) -> u16 {
    ask(server, &format!("GET {ME}"), &[("cookie", cookie)], "").await.status
}

async fn sign_in(server: &Server, from: &str, name: &str, password: &str) -> crate::support::client::Answer {
    ask(server, &format!("POST {LOGIN}"), &[("x-forwarded-for", from)], &login(name, password)).await
}

#[tokio::test]
async fn px15_a_session_of_one_replica_is_valid_at_the_other_and_so_is_its_end() {
    let redis = Redis::start(&[]);
    let pair = Pair::of(&["ada", "bob"], &redis).await;
    let [one, two] = pair.servers();
    let (phone, desk) = (
        cookie(&sign_in(one, "192.0.2.1", "ada", PASSWORD).await),
        cookie(&sign_in(two, "192.0.2.1", "ada", PASSWORD).await),
    );
    let bob = cookie(&sign_in(two, "192.0.2.1", "bob", PASSWORD).await);
    for cookie in [&phone, &desk, &bob] {
        assert_eq!(pair.statuses(cookie).await, [200; 2]);
    }
    let out = ask(two, &format!("POST {LOGOUT}"), &[("cookie", &phone)], "{}").await;
    assert_eq!(out.status, 204);
    assert_eq!(pair.statuses(&phone).await, [401; 2]);
    assert_eq!(pair.statuses(&desk).await, [200; 2]);
    let phone = cookie(&sign_in(one, "192.0.2.1", "ada", PASSWORD).await);
    let out = ask(one, &format!("POST {LOGOUT}"), &[("cookie", &desk)], r#"{"everywhere":true}"#).await;
    assert_eq!(out.status, 204);
    assert_eq!(pair.statuses(&desk).await, [401; 2]);
    assert_eq!(pair.statuses(&phone).await, [401; 2]);
    assert_eq!(pair.statuses(&bob).await, [200; 2]);
    // Whoever reads the store learns no token.
    let kept = redis.tell("KEYS *");
    assert!(!kept.contains(bob.strip_prefix("cc=").unwrap()), "{kept}");
}

#[tokio::test]
async fn px16_failures_count_at_both_replicas() {
    let redis = Redis::start(&[]);
    let pair = Pair::of(&["ada"], &redis).await;
    for number in 0..5 {
        let server = pair.servers()[number % 2];
        assert_eq!(sign_in(server, &format!("192.0.2.{number}"), "ada", WRONG).await.status, 401);
    }
    for server in pair.servers() {
        let answer = sign_in(server, "192.0.2.99", "ada", PASSWORD).await;
        assert_eq!((answer.status, answer.code()), (429, Some(Code::LoginThrottled)));
    }
}

#[tokio::test]
async fn px17_the_first_user_of_one_replica_is_known_at_the_other_at_once() {
    let redis = Redis::start(&[]);
    let pair = Pair::of(&[], &redis).await;
    let token = pair.house.server.state.setup_token().unwrap();
    let body = format!(r#"{{"setup":"{token}","user":"ada","password":"{PASSWORD}"}}"#);
    let made = pair.house.ask(&format!("POST {}", super::SETUP), &[], &body).await;
    assert_eq!(pair.statuses(&cookie(&made)).await, [200; 2]);
}

#[tokio::test]
async fn px21_without_the_store_nobody_is_anybody_and_sessions_come_back_with_it() {
    let mut redis = Redis::start(&[]);
    let pair = Pair::of(&["ada"], &redis).await;
    let [one, two] = pair.servers();
    let ada = cookie(&sign_in(one, "192.0.2.1", "ada", PASSWORD).await);
    redis.freeze();
    for server in [one, two] {
        for headers in [&[("cookie", ada.as_str())][..], &[("cookie", "cc=nobody")], &[]] {
            let begun = Instant::now();
            let known = headers.iter().any(|(_, value)| *value == ada);
            let expect =
                if known { (503, Some(Code::StoreUnavailable)) } else { (401, Some(Code::NotSignedIn)) };
            for line in [format!("GET {ME}"), "GET /api/limits".to_owned(), format!("GET {}", super::TAGS)] {
                let answer = ask(server, &line, headers, "").await;
                assert_eq!((answer.status, answer.code()), expect, "{line}");
            }
            let socket = Socket::connect_with(server.addr, headers).await;
            assert_eq!(socket.err(), Some(expect.0));
            let config = ask(server, "GET /api/config", headers, "").await;
            assert_eq!(config.status, if known { 503 } else { 200 });
            if !known {
                assert!(settings_of(&config).providers.is_empty());
            }
            assert!(begun.elapsed() < Duration::from_secs(5), "five answers of a second at most");
        }
        let answer = sign_in(server, "192.0.2.1", "ada", PASSWORD).await;
        assert_eq!((answer.status, answer.code()), (503, Some(Code::StoreUnavailable)));
        let out = ask(server, &format!("POST {LOGOUT}"), &[("cookie", &ada)], "{}").await;
        assert_eq!((out.status, out.header("set-cookie")), (503, None), "it is not said to be over");
    }
    redis.thaw();
    pair.recovered(RECOVERY).await;
    assert_eq!(pair.statuses(&ada).await, [200; 2], "it was kept meanwhile");
    // A store that has lost everything has no sessions any more, and people sign in again.
    redis.restart();
    pair.recovered(RECOVERY).await;
    assert_eq!(pair.statuses(&ada).await, [401; 2]);
    let again = cookie(&sign_in(two, "192.0.2.1", "ada", PASSWORD).await);
    assert_eq!(pair.statuses(&again).await, [200; 2]);
}

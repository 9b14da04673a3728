//! What a reverse proxy in front says: who somebody is (PX18), and where from (PX19).

use codecraft_core::api::{Auth, AuthMode, Code};

use super::{CHAT, House, LOGIN, LOGOUT, ME, PASSWORD, SETUP, TAGS, WRONG, ask, login, settings_of, start};
use crate::support::{Server, Socket, Upstream};

const SECRET: &str = "canary-shared-secret";

/// A server that takes names from `header`, and whose proxies are at `proxies`. All tests come from 127.0.0.1.
async fn vouched(header: &'static str, proxies: &'static str, secret: bool) -> (Server, Upstream) {
    let mut more = vec![
        ("CODECRAFT_AUTH", "header"),
        ("CODECRAFT_AUTH_HEADER", header),
        ("CODECRAFT_TRUSTED_PROXIES", proxies),
    ];
    if secret {
        more.push(("CODECRAFT_AUTH_SECRET", SECRET));
    }
    start(&more).await
}

/// Status of every route that needs somebody, all of which have to agree, and the name if there is one.
async fn known(server: &Server, headers: &[(&'static str, &str)]) -> Result<String, (u16, Code)> {
    let me = ask(server, &format!("GET {ME}"), headers, "").await;
    for line in [format!("GET {TAGS}"), format!("POST {CHAT}"), "GET /api/limits".to_owned()] {
        let body = if line.starts_with("POST") { "{}" } else { "" };
        let answer = ask(server, &line, headers, body).await;
        assert_eq!((answer.status, answer.code()), (me.status, me.code()), "{line} {headers:?}");
    }
    let ascii = headers.iter().all(|(_, value)| value.is_ascii());
    if ascii {
        let refused = Socket::connect_with(server.addr, headers).await.err();
        assert_eq!(refused, (me.status != 200).then_some(me.status), "{headers:?}");
    }
    let config = ask(server, "GET /api/config", headers, "").await;
    match me.status {
        200 => {
            let auth: Auth = serde_json::from_slice(&me.body).unwrap();
            assert_eq!(auth.mode, AuthMode::Header);
            let config = settings_of(&config);
            assert_eq!(config.auth, auth);
            assert!(!config.providers.is_empty());
            Ok(auth.user.unwrap())
        }
        401 => {
            let config = settings_of(&config);
            assert!(config.providers.is_empty() && config.auth.user.is_none());
            Err((401, me.code().unwrap()))
        }
        status => {
            assert_eq!((config.status, config.code()), (status, me.code()));
            Err((status, me.code().unwrap()))
        }
    }
}

const LIE: Result<String, (u16, Code)> = Err((400, Code::HeaderNotTrusted));
const NOBODY: Result<String, (u16, Code)> = Err((401, Code::NotSignedIn));

#[tokio::test]
async fn px18_names_of_the_usual_proxies_are_believed_from_a_trusted_peer() {
    for (header, sent, name) in [
        ("Remote-User", "remote-user", "ada"),
        ("X-Forwarded-User", "X-Forwarded-User", "ada@example.org"),
        ("x-auth-request-user", "X-Auth-Request-User", "auth0|5f7c8ec7"),
        ("Tailscale-User-Login", "tailscale-user-login", "ada@github"),
    ] {
        let (server, upstream) = vouched(header, "10.0.0.0/8,127.0.0.1", false).await;
        assert_eq!(known(&server, &[(sent, name)]).await, Ok(name.to_owned()));
        assert_eq!(known(&server, &[]).await, NOBODY, "a page whose proxy names nobody");
        for seen in upstream.seen() {
            assert!(!seen.head.to_ascii_lowercase().contains(&sent.to_ascii_lowercase()), "{}", seen.head);
        }
        assert!(!server.log().contains(name), "{}", server.log());
    }
}

#[tokio::test]
async fn px18_the_same_from_anybody_else_is_refused() {
    let (server, upstream) = vouched("Remote-User", "10.0.0.0/8,127.0.0.2", false).await;
    assert_eq!(known(&server, &[("remote-user", "ada")]).await, LIE);
    assert_eq!(known(&server, &[("remote-user", "ada"), ("x-forwarded-for", "10.0.0.1")]).await, LIE);
    assert_eq!(known(&server, &[("remote_user", "ada")]).await, LIE);
    assert_eq!(known(&server, &[("x-forwarded-user", "ada")]).await, NOBODY, "not the one that counts");
    assert_eq!(known(&server, &[("authorization", "Bearer ada")]).await, NOBODY);
    assert!(upstream.seen().is_empty());
}

#[tokio::test]
async fn px18_what_can_be_read_in_two_ways_is_refused_even_from_a_trusted_peer() {
    let (server, upstream) = vouched("Remote-User", "127.0.0.1", false).await;
    let long = "a".repeat(129);
    for headers in [
        &[("remote-user", "ada"), ("remote-user", "eve")][..],
        &[("remote-user", "ada"), ("Remote-User", "ada")],
        &[("remote-user", "ada, eve")],
        &[("remote-user", "")],
        &[("remote-user", "ädä")],
        &[("remote-user", &long)],
        &[("remote_user", "eve")],
        &[("Remote_User", "eve")],
        &[("remote-user", "ada"), ("remote_user", "ada")],
    ] {
        assert_eq!(known(&server, headers).await, LIE, "{headers:?}");
    }
    assert!(upstream.seen().is_empty());
    assert_eq!(known(&server, &[("remote-user", &long[1..])]).await, Ok(long[1..].to_owned()));
}

#[tokio::test]
async fn px18_a_shared_secret_has_to_be_there() {
    let (server, upstream) = vouched("Remote-User", "127.0.0.1", true).await;
    let (name, secret) = (("remote-user", "ada"), ("x-codecraft-secret", SECRET));
    assert_eq!(known(&server, &[name, secret]).await, Ok("ada".to_owned()));
    let sent = upstream.seen().len();
    for headers in [
        &[name][..],
        &[name, ("x-codecraft-secret", "")],
        &[name, ("x-codecraft-secret", "canary-shared-secreT")],
        &[name, secret, secret],
        &[name, ("x_codecraft_secret", SECRET)],
    ] {
        assert_eq!(known(&server, headers).await, LIE, "{headers:?}");
    }
    assert_eq!(known(&server, &[secret]).await, NOBODY);
    assert_eq!(upstream.seen().len(), sent);
    assert!(upstream.seen().iter().all(|seen| !seen.head.contains(SECRET)));
    assert!(!server.log().contains(SECRET));
}

#[tokio::test]
async fn px18_a_header_means_nothing_where_people_sign_in_here_or_nobody_does() {
    let house = House::with(&["ada"], &[("CODECRAFT_TRUSTED_PROXIES", "127.0.0.1")]).await;
    for header in ["remote-user", "x-forwarded-user", "tailscale-user-login"] {
        assert_eq!(house.ask(&format!("GET {ME}"), &[(header, "ada")], "").await.status, 401);
    }
    let (open, _upstream) = start(&[("CODECRAFT_TRUSTED_PROXIES", "127.0.0.1")]).await;
    let me = ask(&open, &format!("GET {ME}"), &[("remote-user", "ada")], "").await;
    assert_eq!(me.text(), r#"{"mode":"off"}"#);
    // And nobody signs in at a server whose proxy does it.
    let (behind, _upstream) = vouched("Remote-User", "127.0.0.1", false).await;
    for server in [&open, &behind] {
        for (path, body) in [
            (LOGIN, login("ada", PASSWORD)),
            (SETUP, format!(r#"{{"setup":"x","user":"ada","password":"{PASSWORD}"}}"#)),
            (LOGOUT, "{}".to_owned()),
        ] {
            let answer = ask(server, &format!("POST {path}"), &[("remote-user", "ada")], &body).await;
            assert_eq!((answer.status, answer.code()), (404, Some(Code::NoRoute)), "{path}");
        }
    }
}

/// Twenty attempts fail at the address that `first` names; the next one, as `then` says, waits or does not.
async fn waits(proxies: &'static str, first: &[&str], then: &[&str]) -> bool {
    let house = House::with(&[], &[("CODECRAFT_TRUSTED_PROXIES", proxies)]).await;
    for number in 0..21 {
        let from = if number < 20 { first } else { then };
        let headers: Vec<_> = from.iter().map(|hops| ("x-forwarded-for", *hops)).collect();
        let answer =
            house.ask(&format!("POST {LOGIN}"), &headers, &login(&format!("user{number}"), WRONG)).await;
        if number == 20 {
            return answer.status == 429;
        }
        assert_eq!(answer.status, 401, "{number}: {}", answer.text());
    }
    unreachable!("the last attempt was answered")
}

#[tokio::test]
async fn px19_a_client_is_told_by_trusted_proxies_alone() {
    for (proxies, first, then, expect) in [
        // One proxy: what it appended counts, and nothing that the client wrote before it.
        ("127.0.0.1", &["203.0.113.1"][..], &["203.0.113.1"][..], true),
        ("127.0.0.1", &["203.0.113.1"], &["203.0.113.2"], false),
        ("127.0.0.1", &["203.0.113.1"], &["203.0.113.2, 203.0.113.1"], true),
        ("127.0.0.1", &["203.0.113.1"], &["203.0.113.2", "203.0.113.1"], true),
        ("127.0.0.1", &["203.0.113.1"], &["203.0.113.1", "203.0.113.2"], false),
        ("127.0.0.1", &["203.0.113.1"], &["127.0.0.1, 203.0.113.1:4711"], true),
        // Two proxies.
        ("127.0.0.1,10.0.0.0/8", &["203.0.113.1, 10.0.0.9"], &["1.1.1.1, 203.0.113.1, 10.0.0.8"], true),
        ("127.0.0.1,10.0.0.0/8", &["203.0.113.1, 10.0.0.9"], &["203.0.113.2, 10.0.0.9"], false),
        ("127.0.0.1", &["203.0.113.1, 10.0.0.9"], &["203.0.113.2, 10.0.0.9"], true),
        // Nobody's word but the socket's.
        ("10.0.0.0/8", &["203.0.113.1"], &["203.0.113.2"], true),
        ("", &["203.0.113.1"], &["203.0.113.2"], true),
        ("", &[], &["203.0.113.2"], true),
        // IPv6 by the network that one customer has.
        ("127.0.0.1", &["2001:db8:1:2::1"], &["2001:db8:1:2:ffff::9"], true),
        ("127.0.0.1", &["2001:db8:1:2::1"], &["[2001:db8:1:2::8]:443"], true),
        ("127.0.0.1", &["2001:db8:1:2::1"], &["2001:db8:1:3::1"], false),
        ("127.0.0.1", &["::ffff:203.0.113.1"], &["203.0.113.1"], true),
    ] {
        assert_eq!(waits(proxies, first, then).await, expect, "{proxies:?} {first:?} {then:?}");
    }
}

#[tokio::test]
async fn px26_a_proxy_vouches_for_no_page_of_another_site() {
    let (server, _upstream) = start(&[
        ("CODECRAFT_AUTH", "header"),
        ("CODECRAFT_AUTH_HEADER", "remote-user"),
        ("CODECRAFT_TRUSTED_PROXIES", "127.0.0.1"),
        ("CODECRAFT_ALLOWED_ORIGINS", "https://blog.example"),
    ])
    .await;
    let ada = ("remote-user", "ada");
    assert_eq!(known(&server, &[ada]).await, Ok("ada".into()));
    assert_eq!(known(&server, &[ada, ("origin", "https://blog.example")]).await, NOBODY);
}

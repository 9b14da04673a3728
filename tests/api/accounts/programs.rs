//! Sessions of programs, and of pages of other sites, which have a token and no cookie (PX26).

use codecraft_core::{
    api::{Code, Session},
    provider::{ProviderKind, protocol::Key},
};

use super::{CHAT, House, LOGIN, LOGOUT, ME, PASSWORD, TAGS, login};
use crate::support::{GEMINI_KEY, OPENAI_KEY, Socket};

const GEMINI: &str = "/api/providers/gemini/v1beta/models";
const PAGE: &str = "https://app.example";
const ALLOWED: [(&str, &str); 1] = [("CODECRAFT_ALLOWED_ORIGINS", PAGE)];

#[tokio::test]
async fn a_program_signs_in_for_a_token_and_sends_it_where_its_client_puts_a_key() {
    let house = House::of(&["ada"]).await;
    let body = format!(r#"{{"user":"ada","password":"{PASSWORD}","token":true}}"#);
    let answer = house.ask(&format!("POST {LOGIN}"), &[], &body).await;
    assert!(answer.header("set-cookie").is_none());
    let session: Session = serde_json::from_slice(&answer.body).unwrap();
    let token = session.token.unwrap();
    let bearer = format!("Bearer {token}");
    // Every provider whose key has a header of its own.
    let own = ProviderKind::all().filter_map(|kind| match kind.facts().relay.as_ref()?.key {
        Key::Header(name) => Some((name, token.as_str())),
        Key::Bearer | Key::None => None,
    });
    let mut asked = 0;
    for header in own.chain([("authorization", bearer.as_str())]) {
        for line in
            [format!("GET {GEMINI}"), format!("GET {TAGS}"), format!("POST {CHAT}"), format!("GET {ME}")]
        {
            let answer = house.ask(&line, &[header], if line.starts_with("POST") { "{}" } else { "" }).await;
            assert_eq!(answer.status, 200, "{header:?} {line}");
        }
        asked += 3;
        let socket = Socket::connect_with(house.server.addr, &[header]).await.ok();
        assert!(socket.is_some(), "{header:?}");
    }
    assert!(asked >= 6, "there is such a provider");
    let seen = house.upstream.seen();
    assert_eq!(seen.len(), asked);
    for seen in seen {
        assert!(!seen.head.contains(&token), "a token stays here: {}", seen.head);
        assert!(
            seen.line().contains("/ollama/")
                || seen.head.contains(GEMINI_KEY)
                || seen.head.contains(OPENAI_KEY)
        );
    }
    let out = house.ask(&format!("POST {LOGOUT}"), &[("authorization", &bearer)], "{}").await;
    assert_eq!(out.status, 204);
    assert_eq!(house.ask(&format!("GET {ME}"), &[("authorization", &bearer)], "").await.status, 401);
}

#[tokio::test]
async fn a_refused_program_reads_the_error_as_its_provider_writes_it() {
    let house = House::of(&["ada"]).await;
    for (path, expect) in [
        ("gemini/v1beta/models", r#""code":401"#),
        ("ollama/api/tags", r#"{"code":"not_signed_in","error":"Sign in first"#),
        ("openai/v1/models", r#"{"error":{"code":"not_signed_in""#),
        ("nothing/v1/models", r#"{"error":{"code":"not_signed_in""#),
    ] {
        let answer = house.ask(&format!("GET /api/providers/{path}"), &[], "").await;
        assert_eq!((answer.status, answer.code()), (401, Some(Code::NotSignedIn)));
        assert!(answer.text().contains(expect), "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn px26_a_page_of_another_site_has_a_token_and_never_a_cookie() {
    let house = House::with(&["ada"], &ALLOWED).await;
    let origin = ("origin", PAGE);
    let signed_in = house.ask(&format!("POST {LOGIN}"), &[origin], &login("ada", PASSWORD)).await;
    assert!(signed_in.header("set-cookie").is_none());
    assert_eq!(signed_in.header("access-control-allow-origin"), Some(PAGE));
    let session: Session = serde_json::from_slice(&signed_in.body).unwrap();
    let bearer = format!("Bearer {}", session.token.unwrap());
    let cookie = house.cookie("ada").await;

    let site = ("sec-fetch-site", "cross-site");
    for (headers, status) in [
        (vec![origin, ("authorization", bearer.as_str())], 200),
        (vec![origin, site, ("authorization", bearer.as_str())], 200),
        (vec![origin, ("cookie", cookie.as_str())], 401),
        (vec![origin, site, ("cookie", cookie.as_str())], 401),
        (vec![origin, ("cookie", cookie.as_str()), ("authorization", bearer.as_str())], 200),
        (vec![origin], 401),
        (vec![("cookie", cookie.as_str())], 200),
        (vec![("authorization", bearer.as_str())], 200),
        (vec![("origin", "https://other.example"), ("authorization", bearer.as_str())], 403),
        (vec![("origin", "null"), ("authorization", bearer.as_str())], 403),
        (vec![site, ("authorization", bearer.as_str())], 403),
    ] {
        for line in [format!("GET {ME}"), format!("GET {TAGS}")] {
            let answer = house.ask(&line, &headers, "").await;
            assert_eq!(answer.status, status, "{headers:?}");
            let shared = headers.contains(&origin).then_some(PAGE);
            assert_eq!(answer.header("access-control-allow-origin"), shared);
            assert_eq!(answer.header("access-control-allow-credentials"), None);
        }
        let socket = Socket::connect_with(house.server.addr, &headers).await;
        assert_eq!(socket.err(), (status != 200).then_some(status), "{headers:?}");
    }
    // Its sign-out ends its own session and leaves the cookie of our page alone.
    let headers = [origin, ("authorization", bearer.as_str()), ("cookie", cookie.as_str())];
    let out = house.ask(&format!("POST {LOGOUT}"), &headers, "{}").await;
    assert_eq!((out.status, out.header("set-cookie")), (204, None));
    assert_eq!(house.user(&cookie).await.as_deref(), Some("ada"));
}

#[tokio::test]
async fn px26_a_preflight_needs_no_session_and_permits_a_token() {
    let house = House::with(&["ada"], &ALLOWED).await;
    let asked =
        [("access-control-request-method", "POST"), ("access-control-request-headers", "authorization")];
    for path in [CHAT, LOGIN, ME] {
        let own =
            house.ask(&format!("OPTIONS {path}"), &[&[("origin", PAGE)], &asked[..]].concat(), "").await;
        assert_eq!(own.status, 204);
        assert!(own.header("access-control-allow-headers").unwrap().contains("authorization"));
        let other = [&[("origin", "https://other.example")], &asked[..]].concat();
        assert_eq!(house.ask(&format!("OPTIONS {path}"), &other, "").await.status, 403);
    }
}

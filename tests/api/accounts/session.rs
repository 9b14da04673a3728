//! Cookies and sessions (PX14, PX15).

use codecraft_accounts::Token;
use codecraft_core::api::Code;

use super::{House, LOGIN, LOGOUT, ME, PASSWORD, WRONG, cookie, login};

const FAR: (&str, &str) = ("host", "codecraft.example");

#[tokio::test]
async fn px14_a_cookie_has_exactly_these_attributes_on_localhost_and_behind_https() {
    let house = House::with(&["ada"], &[("CODECRAFT_ALLOWED_HOSTS", "codecraft.example")]).await;
    let port = house.server.addr.port();
    for (host, name, secure) in [
        (format!("127.0.0.1:{port}"), "cc", ""),
        (format!("localhost:{port}"), "cc", ""),
        (format!("[::1]:{port}"), "cc", ""),
        ("codecraft.example".to_owned(), "__Host-cc", " Secure;"),
        ("Codecraft.Example:443".to_owned(), "__Host-cc", " Secure;"),
    ] {
        let host = ("host", host.as_str());
        let answer = house.ask(&format!("POST {LOGIN}"), &[host], &login("ada", PASSWORD)).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"user":"ada"}"#));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let set = answer.header("set-cookie").unwrap();
        let token = set.strip_prefix(&format!("{name}=")).unwrap().split(';').next().unwrap();
        assert!(Token::read(token).is_some(), "{set}");
        let attributes = format!("; Path=/;{secure} HttpOnly; SameSite=Strict; Max-Age=");
        assert_eq!(set, format!("{name}={token}{attributes}2592000"));
        assert_eq!(answer.head.to_ascii_lowercase().matches("set-cookie").count(), 1);

        let sent = format!("{name}={token}");
        let out = house.ask(&format!("POST {LOGOUT}"), &[host, ("cookie", &sent)], "{}").await;
        assert_eq!((out.status, out.text().as_str()), (204, ""));
        assert_eq!(out.header("set-cookie"), Some(format!("{name}={attributes}0").as_str()));
        assert_eq!(out.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn px14_a_cookie_counts_where_it_was_set_and_alone() {
    let house = House::with(&["ada"], &[("CODECRAFT_ALLOWED_HOSTS", "codecraft.example")]).await;
    let near = house.cookie("ada").await;
    let token = near.strip_prefix("cc=").unwrap();
    let far = format!("__Host-cc={token}");
    let other = Token::random();
    let me = format!("GET {ME}");
    for (headers, status) in [
        (vec![("cookie", near.as_str())], 200),
        (vec![("cookie", far.as_str())], 401),
        (vec![FAR, ("cookie", near.as_str())], 401),
        (vec![FAR, ("cookie", far.as_str())], 200),
        (vec![("cookie", &format!("a=1; {near}; b=2"))], 200),
        (vec![("cookie", near.as_str()), ("cookie", "a=1")], 200),
        (vec![("cookie", &format!("{near}; cc={}", other.expose()))], 401),
        (vec![("cookie", &format!("{near}; {near}"))], 401),
        (vec![("cookie", near.as_str()), ("cookie", near.as_str())], 401),
        (vec![("cookie", &format!("CC={token}"))], 401),
        (vec![("cookie", &format!("{near}x"))], 401),
        (vec![], 401),
    ] {
        let answer = house.ask(&me, &headers, "").await;
        assert_eq!(answer.status, status, "{headers:?}");
        assert_eq!(answer.code(), (status == 401).then_some(Code::NotSignedIn));
    }
}

#[tokio::test]
async fn px15_a_planted_session_is_refused_and_never_becomes_one() {
    let house = House::of(&["ada"]).await;
    let planted = format!("cc={}", Token::random().expose());
    assert_eq!(house.user(&planted).await, None);
    let answer = house.ask(&format!("POST {LOGIN}"), &[("cookie", &planted)], &login("ada", PASSWORD)).await;
    let own = cookie(&answer);
    assert_ne!(own, planted);
    assert_eq!(house.user(&planted).await, None, "the planted one did not become a session");
    assert_eq!(house.user(&own).await.as_deref(), Some("ada"));
}

#[tokio::test]
async fn px15_every_sign_in_is_a_new_session_and_ends_the_old_one() {
    let house = House::of(&["ada", "bob"]).await;
    let first = house.cookie("ada").await;
    let again = |name| {
        let (first, house) = (first.clone(), &house);
        async move { house.ask(&format!("POST {LOGIN}"), &[("cookie", &first)], &login(name, PASSWORD)).await }
    };
    let wrong = house.ask(&format!("POST {LOGIN}"), &[("cookie", &first)], &login("bob", WRONG)).await;
    assert_eq!(wrong.code(), Some(Code::BadCredentials));
    assert_eq!(house.user(&first).await.as_deref(), Some("ada"), "a mistake signs nobody out");
    let second = cookie(&again("bob").await);
    assert_ne!(first, second);
    assert_eq!(house.user(&first).await, None);
    assert_eq!(house.user(&second).await.as_deref(), Some("bob"));

    let out = house.ask(&format!("POST {LOGOUT}"), &[("cookie", &second)], "{}").await;
    assert_eq!(out.status, 204);
    assert_eq!(house.user(&second).await, None);
    let late = house.ask(&format!("POST {LOGOUT}"), &[("cookie", &second)], "{}").await;
    assert_eq!(late.code(), Some(Code::NotSignedIn));
    let third = house.cookie("bob").await;
    assert!(third != second && third != first);
}

#[tokio::test]
async fn px15_signing_out_everywhere_ends_all_sessions_of_one_user() {
    let house = House::of(&["ada", "bob"]).await;
    let (phone, desk) = (house.cookie("ada").await, house.cookie("ada").await);
    let program = house.token("ada").await;
    let bob = house.cookie("bob").await;
    assert_eq!(house.user(&phone).await, house.user(&desk).await, "one user, two devices");
    let out = house.ask(&format!("POST {LOGOUT}"), &[("cookie", &phone)], r#"{"everywhere":true}"#).await;
    assert_eq!(out.status, 204);
    for cookie in [&phone, &desk, &format!("cc={program}")] {
        assert_eq!(house.user(cookie).await, None);
    }
    assert_eq!(house.user(&bob).await.as_deref(), Some("bob"));
}

#[tokio::test]
async fn px15_a_new_password_and_a_removed_user_end_sessions_while_the_server_runs() {
    let house = House::of(&["ada", "bob", "carl"]).await;
    let (ada, bob, carl) = (house.cookie("ada").await, house.cookie("bob").await, house.cookie("carl").await);
    house.users().set_password("ada", WRONG).unwrap();
    house.users().remove("bob").unwrap();
    house.gone(&ada).await;
    house.gone(&bob).await;
    assert_eq!(house.user(&carl).await.as_deref(), Some("carl"));
    assert_eq!(house.sign_in("ada", PASSWORD).await.status, 401);
    assert_eq!(house.sign_in("bob", PASSWORD).await.status, 401);
    assert_eq!(house.sign_in("ada", WRONG).await.status, 200);
}

#[tokio::test]
async fn a_broken_file_of_users_signs_nobody_out_and_is_said_in_the_log() {
    let house = House::of(&["ada"]).await;
    let ada = house.cookie("ada").await;
    let file = house.folder.join("users");
    let good = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{good}eve:{PASSWORD}\n")).unwrap();
    crate::support::soon(async {
        while !house.server.log().contains(" warn users_file cause=\"Line 2 of the file of users") {
            assert_eq!(house.user(&ada).await.as_deref(), Some("ada"));
        }
    })
    .await;
    assert!(!house.server.log().contains(PASSWORD), "{}", house.server.log());
    assert_eq!(house.sign_in("ada", PASSWORD).await.status, 200);
}

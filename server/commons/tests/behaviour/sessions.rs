use std::time::Duration;

use codecraft_commons::{Commons, Session};

use super::Subject;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

fn ada() -> Session {
    Session { user: "ada".into(), stamp: "first".into() }
}

async fn is_there(commons: &Commons, key: &str) -> bool {
    commons.session(key).await.unwrap().is_some()
}

pub async fn px15_a_session_is_found_until_it_ends(subject: Subject) {
    let commons = &subject.commons;
    let other = Session { user: "Zoë \0☃".into(), stamp: String::new() };
    commons.put_session("one", &ada()).await.unwrap();
    commons.put_session("two", &other).await.unwrap();
    assert_eq!(commons.session("one").await.unwrap(), Some(ada()));
    assert_eq!(commons.session("two").await.unwrap(), Some(other));
    commons.end_session("one").await.unwrap();
    commons.end_session("one").await.unwrap();
    assert!(!is_there(commons, "one").await);
    assert!(is_there(commons, "two").await);
}

pub async fn px15_an_unknown_key_is_not_adopted(subject: Subject) {
    let commons = &subject.commons;
    commons.put_session("known", &ada()).await.unwrap();
    for key in ["planted", "", "known ", "KNOWN", "*", "users", "{x}"] {
        for _ in 0..2 {
            assert_eq!(commons.session(key).await.unwrap(), None, "{key:?}");
        }
    }
    commons.end_session("known").await.unwrap();
    assert_eq!(commons.session("known").await.unwrap(), None, "what has ended is unknown again");
}

pub async fn px15_seven_days_without_use_end_a_session(subject: Subject) {
    let commons = &subject.commons;
    commons.put_session("key", &ada()).await.unwrap();
    for _ in 0..2 {
        subject.pass(167 * HOUR).await;
        assert!(is_there(commons, "key").await, "use keeps it");
    }
    subject.pass(169 * HOUR).await;
    assert!(!is_there(commons, "key").await);
}

pub async fn px15_thirty_days_end_a_session(subject: Subject) {
    let commons = &subject.commons;
    commons.put_session("key", &ada()).await.unwrap();
    for day in 1..30 {
        subject.pass(DAY).await;
        assert!(is_there(commons, "key").await, "day {day}");
    }
    subject.pass(23 * HOUR).await;
    assert!(is_there(commons, "key").await);
    subject.pass(HOUR).await;
    assert!(!is_there(commons, "key").await);
}

pub async fn px15_all_sessions_of_a_user_end_at_once(subject: Subject) {
    let commons = &subject.commons;
    commons.put_session("here", &ada()).await.unwrap();
    subject.pass(20 * DAY / 3).await;
    assert!(is_there(commons, "here").await);
    commons.put_session("there", &ada()).await.unwrap();
    commons.put_session("bob's", &Session { user: "bob".into(), stamp: "1".into() }).await.unwrap();
    commons.end_sessions("ada").await.unwrap();
    commons.end_sessions("nobody").await.unwrap();
    assert!(!is_there(commons, "here").await && !is_there(commons, "there").await);
    assert!(is_there(commons, "bob's").await);

    commons.put_session("again", &ada()).await.unwrap();
    assert!(is_there(commons, "again").await, "who signs in anew is in");
    assert!(
        !is_there(commons, "here").await && !is_there(commons, "there").await,
        "and nothing else comes back"
    );
}

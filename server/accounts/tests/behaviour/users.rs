//! The file of users as an operator and a server share it.

use std::{
    fs,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use codecraft_accounts::{Users, UsersError};
use tokio::task::JoinSet;

use crate::{OTHER, PASSWORD, Place, weak_line};

/// Waits for what a server sees within a second.
#[track_caller]
fn within_two_seconds(holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(2), "it did not come true");
        thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test]
async fn a_user_is_added_changed_and_removed() {
    let place = Place::new();
    let users = place.open();
    assert!(users.is_empty());
    let added = users.add("Ada@Example.org", PASSWORD).unwrap();
    assert_eq!(added.name, "ada@example.org");
    assert_eq!(users.verify(" ADA@example.org ", PASSWORD).await, Ok(Some(added.clone())));
    assert!(users.knows("ada@example.org", &added.stamp));
    for (name, password) in [
        ("ada@example.org", OTHER),
        ("ada@example.org", ""),
        ("ada", PASSWORD),
        ("", PASSWORD),
        ("a:b", PASSWORD),
    ] {
        assert_eq!(users.verify(name, password).await, Ok(None), "{name}");
    }
    assert_eq!(users.add("ADA@example.org", OTHER).err(), Some(UsersError::Taken));

    users.set_password("Ada@example.org", OTHER).unwrap();
    assert!(!users.knows("ada@example.org", &added.stamp), "a new password ends sessions");
    assert_eq!(users.verify("ada@example.org", PASSWORD).await, Ok(None));
    let renewed = users.verify("ada@example.org", OTHER).await.unwrap().unwrap();

    users.add("bob", PASSWORD).unwrap();
    assert_eq!(users.names(), ["ada@example.org", "bob"]);
    users.remove("ADA@example.org").unwrap();
    assert!(!users.knows("ada@example.org", &renewed.stamp));
    assert_eq!(users.verify("ada@example.org", OTHER).await, Ok(None));
    assert_eq!(users.remove("ada@example.org"), Err(UsersError::Unknown));
    assert_eq!(users.set_password("ada@example.org", OTHER), Err(UsersError::Unknown));
    assert_eq!(place.open().names(), ["bob"]);
}

#[test]
fn px17_names_and_passwords_have_a_form() {
    let place = Place::new();
    let users = place.open();
    let longest = "x".repeat(64);
    for name in ["a", "A.b-c_d@e9", &longest] {
        users.add(name, PASSWORD).unwrap();
    }
    for name in ["", " ", "a b", "a:b", "#a", "a/b", "ä", "a+b", "a\nb", &"x".repeat(65)] {
        assert_eq!(users.add(name, PASSWORD).err(), Some(UsersError::Name), "{name}");
    }
    for password in ["", "eleven char", &"x".repeat(1025)] {
        assert_eq!(users.add("bob", password).err(), Some(UsersError::Password));
        assert_eq!(users.set_password("a", password), Err(UsersError::Password));
    }
    assert_eq!(users.names().len(), 3);
}

#[test]
fn what_the_operator_wrote_stays() {
    let place = Place::new();
    let (ada, bob) = (weak_line("Ada", PASSWORD), weak_line("bob", PASSWORD));
    fs::write(place.path(), format!("# The lab\n\n{ada}\r\n  # Guests\n{}", bob.trim_end())).unwrap();
    let users = place.open();
    users.add("carl", PASSWORD).unwrap();
    users.remove("ada").unwrap();
    let text = place.text();
    assert!(
        text.starts_with(&format!("# The lab\n\n\n  # Guests\n{bob}carl:$argon2id$v=19$m=19456,t=2,p=1$")),
        "{text}"
    );
    assert!(text.ends_with('\n') && !text.contains(PASSWORD));
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_it_unless_the_operator_said_otherwise() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = Place::new();
    let users = place.open();
    let mode = || fs::metadata(place.path()).unwrap().permissions().mode() & 0o777;
    users.add("ada", PASSWORD).unwrap();
    assert_eq!(mode(), 0o600);
    for (before, after) in [(0o644, 0o640), (0o640, 0o640), (0o400, 0o600), (0o775, 0o660)] {
        fs::set_permissions(place.path(), fs::Permissions::from_mode(before)).unwrap();
        users.set_password("ada", PASSWORD).unwrap();
        assert_eq!(mode(), after, "{before:o}");
        let lock = fs::metadata(place.0.join("users.lock")).unwrap().permissions().mode() & 0o777;
        assert_eq!(lock, 0o600 | (before & 0o060), "whoever may change it may lock it: {before:o}");
    }
    let real = place.0.join("real");
    fs::rename(place.path(), &real).unwrap();
    symlink(&real, place.path()).unwrap();
    // Left by a change that was cut off.
    fs::write(place.0.join("real.new"), "half a li").unwrap();
    users.add("bob", PASSWORD).unwrap();
    assert!(fs::symlink_metadata(place.path()).unwrap().is_symlink());
    assert_eq!(place.open().names(), ["ada", "bob"]);
    assert!(!place.0.join("real.new").exists());
    // A link to what is still to be made, by a path from where the link is.
    fs::remove_file(place.path()).unwrap();
    symlink("next", place.0.join("link")).unwrap();
    symlink("link", place.path()).unwrap();
    users.add("carl", PASSWORD).unwrap();
    assert!(fs::symlink_metadata(place.path()).unwrap().is_symlink());
    assert!(fs::symlink_metadata(place.0.join("next")).unwrap().is_file());
    assert_eq!(place.open().names(), ["carl"]);
}

#[cfg(unix)]
#[test]
fn what_everybody_may_write_to_and_what_is_no_file_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    fs::write(place.path(), weak_line("ada", PASSWORD)).unwrap();
    let users = place.open();
    for mode in [0o602, 0o666, 0o777] {
        fs::set_permissions(place.path(), fs::Permissions::from_mode(mode)).unwrap();
        let error = Users::open(place.path(), |_| ()).err().unwrap();
        assert_eq!(
            error.to_string(),
            "The file of users cannot be read: everybody on this machine may write to it; end that with chmod o-w."
        );
        assert!(Users::open(place.path(), |_| ()).is_err() && users.set_password("ada", OTHER).is_err());
    }
    fs::remove_file(place.path()).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(place.path()).status().unwrap().success());
    let (tell, told) = std::sync::mpsc::channel();
    let path = place.path();
    thread::spawn(move || tell.send(Users::open(path, |_| ()).err()));
    let error = told.recv_timeout(Duration::from_secs(10)).expect("a pipe is not waited for").unwrap();
    assert_eq!(error.to_string(), "The file of users cannot be read: it is not a regular file.");
}

#[tokio::test]
async fn px15_two_who_renew_a_hash_at_once_both_have_a_session() {
    let place = Place::new();
    // Space at the end of a line is the operator's, and no other hash.
    fs::write(place.path(), weak_line("ada", PASSWORD).replace('\n', "  \n")).unwrap();
    let users = place.open();
    let both = tokio::join!(users.verify("ada", PASSWORD), users.verify("ada", PASSWORD));
    assert!(place.text().contains("$m=19456,t=2,p=1$"), "{}", place.text());
    for verified in [both.0, both.1] {
        assert!(users.knows("ada", &verified.unwrap().unwrap().stamp));
    }
}

#[test]
fn a_file_that_was_edited_counts_and_a_broken_one_does_not() {
    let place = Place::new();
    let complaints = Arc::new(Mutex::new(Vec::new()));
    let heard = complaints.clone();
    let users = Users::open(place.path(), move |error| heard.lock().unwrap().push(error.clone())).unwrap();
    assert!(users.is_empty());
    let (ada, bob) = (weak_line("ada", PASSWORD), weak_line("bob", PASSWORD));
    fs::write(place.path(), &ada).unwrap();
    within_two_seconds(|| users.names() == ["ada"]);

    fs::write(place.path(), format!("{ada}bob:no hash\n")).unwrap();
    within_two_seconds(|| {
        assert_eq!(users.names(), ["ada"]);
        *complaints.lock().unwrap() == [UsersError::Line(2)]
    });
    assert_eq!(users.add("carl", PASSWORD).err(), Some(UsersError::Line(2)), "it is not made worse");
    fs::write(place.path(), format!("{ada}\n{bob}ADA:{}", ada.split_once(':').unwrap().1)).unwrap();
    within_two_seconds(|| {
        assert_eq!(users.names(), ["ada"]);
        *complaints.lock().unwrap() == [UsersError::Line(2), UsersError::Twice(4)]
    });
    fs::remove_file(place.path()).unwrap();
    fs::create_dir(place.path()).unwrap();
    within_two_seconds(|| {
        assert_eq!(users.names(), ["ada"]);
        complaints.lock().unwrap().len() == 3
    });
    assert!(matches!(complaints.lock().unwrap()[2], UsersError::Unreadable(_)));

    fs::remove_dir(place.path()).unwrap();
    fs::write(place.path(), &bob).unwrap();
    within_two_seconds(|| users.names() == ["bob"]);
    fs::remove_file(place.path()).unwrap();
    within_two_seconds(|| users.is_empty());
    assert_eq!(complaints.lock().unwrap().len(), 3);
}

#[test]
fn what_another_replica_changed_is_known_at_once() {
    let place = Place::new();
    let (here, there) = (place.open(), place.open());
    let stamp = here.add("ada", PASSWORD).unwrap().stamp;
    assert!(there.knows("ada", &stamp));
    here.set_password("ada", OTHER).unwrap();
    within_two_seconds(|| !there.knows("ada", &stamp));
    assert!(!there.knows("eve", &stamp) && !there.knows("ada", ""));
}

#[test]
fn changes_at_the_same_time_are_all_kept() {
    let place = Place::new();
    thread::scope(|scope| {
        for number in 0..12 {
            let users = place.open();
            scope.spawn(move || users.add(&format!("user{number}"), PASSWORD).unwrap());
        }
    });
    assert_eq!(place.open().names().len(), 12);
}

#[tokio::test]
async fn px17_a_hash_of_older_parameters_is_renewed_at_sign_in() {
    let place = Place::new();
    fs::write(place.path(), format!("# Lab\n{}", weak_line("Ada", PASSWORD))).unwrap();
    let users = place.open();
    assert_eq!(users.verify("ada", OTHER).await, Ok(None));
    assert!(place.text().contains("$m=8,t=1,p=1$"), "a wrong password changes nothing");
    let verified = users.verify("ada", PASSWORD).await.unwrap().unwrap();
    assert!(place.text().starts_with("# Lab\nada:$argon2id$v=19$m=19456,t=2,p=1$"), "{}", place.text());
    assert!(users.knows("ada", &verified.stamp));
    assert_eq!(place.open().verify("ada", PASSWORD).await, Ok(Some(verified)));
}

#[tokio::test]
async fn px17_a_file_that_cannot_be_written_still_lets_people_in() {
    let place = Place::new();
    fs::write(place.path(), weak_line("ada", PASSWORD)).unwrap();
    // Where the lock should be there is something else.
    fs::create_dir(place.0.join("users.lock")).unwrap();
    let users = place.open();
    let verified = users.verify("ada", PASSWORD).await.unwrap().unwrap();
    assert!(users.knows("ada", &verified.stamp));
    assert!(matches!(users.add("bob", PASSWORD), Err(UsersError::Unwritable(_))));
}

#[tokio::test]
async fn px16_four_hashes_at_once_sixteen_wait_and_more_are_turned_away() {
    let place = Place::new();
    let users = Arc::new(place.open());
    users.add("ada", PASSWORD).unwrap();
    let verify = |password: &'static str| {
        let users = users.clone();
        async move { users.verify("ada", password).await }
    };
    let mut tasks = JoinSet::new();
    for _ in 0..25 {
        tasks.spawn(verify(PASSWORD));
    }
    let results = tasks.join_all().await;
    assert_eq!(results.iter().filter(|result| matches!(result, Ok(Some(_)))).count(), 20);
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 5);
    assert!(verify(PASSWORD).await.unwrap().is_some(), "all places are free again");

    // Whoever leaves gives the place back, but not the processor that still works for it.
    let mut gone = JoinSet::new();
    for _ in 0..20 {
        gone.spawn(verify(PASSWORD));
    }
    tokio::task::yield_now().await;
    gone.abort_all();
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        tasks.spawn(verify(OTHER));
    }
    let results = tasks.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 4);
    assert!(verify(OTHER).await.unwrap().is_none());
}

#[test]
fn mistakes_are_sentences_without_names_and_passwords() {
    let place = Place::new();
    fs::write(place.path(), "ada:canary-password\n").unwrap();
    let broken = Users::open(place.path(), |_| ()).err().unwrap();
    assert_eq!(
        broken.to_string(),
        "Line 1 of the file of users must be a name, a colon and an argon2id hash; codecraft user add writes one."
    );
    for error in [
        broken,
        UsersError::Unreadable("permission denied".into()),
        UsersError::Unwritable("permission denied".into()),
        UsersError::Twice(3),
        UsersError::Name,
        UsersError::Password,
        UsersError::Taken,
        UsersError::Unknown,
    ] {
        let sentence = error.to_string();
        assert!(sentence.ends_with('.') && !sentence.contains('\n'), "{sentence}");
        assert!(!sentence.contains("canary") && !sentence.contains("ada"), "{sentence}");
    }
}

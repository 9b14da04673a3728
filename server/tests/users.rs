//! `codecraft user`, and the first start where people sign in, as the operator meets them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use codecraft_accounts::Token;

const PASSWORD: &str = "canary horse battery staple";

/// A directory with a file of users, gone with the test.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(Token::random().expose());
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_codecraft"));
        command.args(args).env_clear().env("CODECRAFT_USERS", self.0.join("users")).current_dir(&self.0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str], input: &[u8]) -> Output {
        let mut child = self.command(args).spawn().unwrap();
        // A command that fails before it reads has closed its end.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    }

    /// Runs `codecraft user` with success and gives what it printed.
    #[track_caller]
    fn user(&self, args: &[&str], input: &str) -> String {
        let output = self.run(&[&["user"], args].concat(), input.as_bytes());
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn refused(&self, args: &[&str], input: &[u8], code: i32, because: &str) {
        let output = self.run(&[&["user"], args].concat(), input);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert!(sentence.starts_with("codecraft: ") && sentence.ends_with(".\n"), "{sentence}");
        assert!(sentence.contains(because) && !sentence.contains("canary"), "{sentence}");
        assert!(output.stdout.is_empty());
    }

    fn text(&self) -> String {
        fs::read_to_string(self.0.join("users")).unwrap_or_default()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn users_are_added_changed_listed_and_removed() {
    let place = Place::new();
    assert_eq!(place.user(&["list"], ""), "");
    assert_eq!(place.user(&["add", "Ada", "--stdin"], &format!("{PASSWORD}\n")), "ada can sign in now.\n");
    place.user(&["add", "--stdin", "bob"], &format!("{PASSWORD}\r\nmore\n"));
    assert_eq!(place.user(&["list"], ""), "ada\nbob\n");
    let before = place.text();
    assert!(before.starts_with("ada:$argon2id$v=19$m=19456,t=2,p=1$") && !before.contains("canary"));
    let said = place.user(&["passwd", "ADA", "--stdin"], "canary staple battery horse");
    assert!(said.contains("every session"), "{said}");
    let after = place.text();
    assert!(before.lines().next() != after.lines().next() && before.lines().nth(1) == after.lines().nth(1));
    let said = place.user(&["remove", "Ada"], "");
    assert!(said.contains("every session"), "{said}");
    assert_eq!(place.user(&["list"], ""), "bob\n");

    // Another file, by its flag.
    let other = place.0.join("other");
    let flag = ["--users", other.to_str().unwrap()];
    assert_eq!(place.user(&[&["list"], &flag[..]].concat(), ""), "");
    place.user(&[&["add", "eve", "--stdin"], &flag[..]].concat(), PASSWORD);
    assert_eq!(place.user(&[&["list"], &flag[..]].concat(), ""), "eve\n");
    assert_eq!(place.user(&["list"], ""), "bob\n");
}

#[test]
fn mistakes_are_sentences_with_an_exit_code() {
    let place = Place::new();
    place.user(&["add", "ada", "--stdin"], PASSWORD);
    let good = place.text();
    for (args, input, because) in [
        (&["add", "ADA", "--stdin"][..], PASSWORD, "There is a user"),
        (&["add", "a b", "--stdin"], PASSWORD, "A name has"),
        (&["add", "", "--stdin"], PASSWORD, "A name has"),
        (&["add", "bob", "--stdin"], "canary\n", "at least 12 characters"),
        (&["add", "bob", "--stdin"], "", "at least 12 characters"),
        (&["passwd", "bob", "--stdin"], PASSWORD, "There is no user"),
        (&["passwd", "ada", "--stdin"], "canary\n", "at least 12 characters"),
        (&["remove", "bob"], "", "There is no user"),
    ] {
        place.refused(args, input.as_bytes(), 1, because);
    }
    place.refused(&["add", "bob", "--stdin"], b"canary \xff\xff battery staple", 1, "no text");
    for args in [&["add"][..], &["nonsense"], &[], &["list", "--nonsense=canary"]] {
        place.refused(args, b"", 78, "--help");
    }
    assert_eq!(place.text(), good);

    fs::write(place.0.join("users"), format!("# The lab\nbob:{PASSWORD}\n")).unwrap();
    for args in [&["list"][..], &["remove", "bob"], &["add", "carl", "--stdin"]] {
        place.refused(args, PASSWORD.as_bytes(), 78, "Line 2 of the file of users");
    }
    let start = place.run(&["--addr", "127.0.0.1:0", "--auth", "users"], b"");
    assert_eq!(start.status.code(), Some(78), "{start:?}");
    assert!(String::from_utf8(start.stderr).unwrap().contains("Line 2 of the file of users"));
}

#[test]
fn px17_the_first_start_prints_a_token_for_the_first_user_and_no_later_one_does() {
    let place = Place::new();
    let start = || {
        let mut child = place.command(&["--addr", "127.0.0.1:0", "--auth", "users"]).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        assert!(first.starts_with("CodeCraft is at http://127.0.0.1:"), "{first}");
        (child, first, lines)
    };
    let (mut child, _, mut lines) = start();
    let line = lines.next().unwrap().unwrap();
    let token = line.rsplit(' ').next().unwrap();
    assert!(line.starts_with("Nobody can sign in yet.") && Token::read(token).is_some(), "{line}");
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(!String::from_utf8(output.stderr).unwrap().contains(token), "the log does not have it");

    place.user(&["add", "ada", "--stdin"], PASSWORD);
    let (mut child, first, mut lines) = start();
    // It has printed everything when it answers.
    let addr = first.rsplit('/').next().unwrap();
    let mut tcp = TcpStream::connect(addr).unwrap();
    write!(tcp, "GET /api/config HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\"auth\":{\"mode\":\"users\"}"), "{answer}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(lines.next().is_none(), "exactly one line");
}

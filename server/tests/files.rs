//! The files that a server may open bound its connections, and it says so once when there are none left.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

/// A server that begins with a soft limit of 64 open files, and its address.
fn server() -> (Child, String) {
    let mut server = Command::new("sh")
        .args(["-c", "ulimit -Sn 64; exec \"$0\"", env!("CARGO_BIN_EXE_codecraft")])
        .env_clear()
        .env("CODECRAFT_ADDR", "127.0.0.1:0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let addr = line.strip_prefix("CodeCraft is at http://").unwrap().trim_end().to_owned();
    (server, addr)
}

/// Asks whether the server is alive.
fn ask(addr: &str) -> TcpStream {
    let mut tcp = TcpStream::connect(addr).unwrap();
    tcp.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(tcp, "GET /healthz HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n").unwrap();
    tcp
}

fn is_answered(mut tcp: TcpStream) {
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[test]
fn the_soft_limit_of_open_files_is_raised() {
    let (mut server, addr) = server();
    let silent: Vec<_> = (0..100).map(|_| TcpStream::connect(&addr).unwrap()).collect();
    is_answered(ask(&addr));
    drop(silent);
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn a_server_that_cannot_accept_says_so_once_until_it_can() {
    let (mut server, addr) = server();
    let mut log = BufReader::new(server.stderr.take().unwrap());
    let id = server.id().to_string();
    let files = |soft: &str| {
        let limit = format!("--nofile={soft}:");
        assert!(Command::new("prlimit").args(["--pid", &id, &limit]).status().unwrap().success());
    };
    is_answered(ask(&addr));
    for _ in 0..2 {
        files("3");
        let waiting = ask(&addr);
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        assert!(line.contains("accept_failed"), "{line}");
        // Long enough for several more attempts, about which nothing is to be heard.
        sleep(Duration::from_millis(300));
        files("64");
        is_answered(waiting);
    }
    server.kill().unwrap();
    server.wait().unwrap();
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "one line each time");
}

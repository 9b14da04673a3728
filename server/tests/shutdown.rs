//! `kill -TERM` while streams are open: nobody is cut off without a word.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

const STREAMS: usize = 200;

/// An upstream that begins every answer, as server-sent events or as lines of JSON, and never goes on.
fn upstream() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut open = Vec::new();
        for tcp in listener.incoming() {
            let mut tcp = tcp.unwrap();
            let request = until(&mut tcp, b"{}");
            let media =
                if request.contains("/api/chat") { "application/x-ndjson" } else { "text/event-stream" };
            write!(
                tcp,
                "HTTP/1.1 200 OK\r\ncontent-type: {media}\r\ntransfer-encoding: chunked\r\n\r\n6\r\nbegun\n\r\n"
            )
            .unwrap();
            open.push(tcp);
        }
    });
    format!("http://{addr}")
}

/// Reads until `end`.
fn until(tcp: &mut TcpStream, end: &[u8]) -> String {
    let mut seen = Vec::new();
    let mut piece = [0; 4096];
    while !seen.ends_with(end) {
        let count = tcp.read(&mut piece).unwrap();
        assert_ne!(count, 0, "{}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&piece[..count]);
    }
    String::from_utf8(seen).unwrap()
}

#[test]
fn px24_sigterm_ends_two_hundred_open_streams_each_with_a_readable_error() {
    let upstream = upstream();
    let mut server = Command::new(env!("CARGO_BIN_EXE_codecraft"))
        .env_clear()
        .envs([
            ("CODECRAFT_ADDR", "127.0.0.1:0"),
            ("CODECRAFT_RATE_LIMIT", "0"),
            ("OLLAMA_API_URL", &upstream),
            ("CODECRAFT_LOCAL", &format!("box={upstream}")),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let addr = line.strip_prefix("CodeCraft is at http://").unwrap().trim_end();

    let mut open = Vec::new();
    for index in 0..STREAMS {
        let path = ["ollama/api/chat", "box/v1/chat/completions"][index % 2];
        let mut tcp = TcpStream::connect(addr).unwrap();
        tcp.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = format!("POST /api/providers/{path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n");
        write!(tcp, "{head}content-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}").unwrap();
        until(&mut tcp, b"begun\n\r\n");
        open.push(tcp);
    }
    assert!(Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap().success());
    for (index, mut tcp) in open.into_iter().enumerate() {
        let mut rest = String::new();
        tcp.read_to_string(&mut rest).unwrap();
        assert!(rest.contains(r#""shutting_down""#) && rest.ends_with("0\r\n\r\n"), "stream {index}: {rest}");
    }
    // Whoever was still open after the grace period would have been cut off.
    assert!(server.wait().unwrap().success());
}

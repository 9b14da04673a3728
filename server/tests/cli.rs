//! The program as its operator meets it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Output, Stdio},
};

fn codecraft(args: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_codecraft"));
    command.args(args).env_clear().envs(settings.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(args: &[&str], settings: &[(&str, &str)]) -> Output {
    codecraft(args, settings).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn help_and_version_are_printed() {
    let help = run(&["--help"], &[]);
    assert!(help.status.success() && help.stderr.is_empty());
    for setting in ["CODECRAFT_ADDR", "GOOGLE_API_KEY", "OLLAMA_HOST", "CODECRAFT_MAX_STREAMS", "--i-know"] {
        assert!(text(&help.stdout).contains(setting), "{setting}");
    }
    let version = run(&["--version"], &[]);
    assert_eq!(text(&version.stdout), concat!("codecraft ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_bad_configuration_is_one_sentence_and_exit_code_78() {
    for (args, settings) in [
        (&["--nonsense"][..], &[][..]),
        (&[], &[("CODECRAFT_ADDR", "nowhere")]),
        (&[], &[("OPENAI_API_KEY", "short")]),
        (&[], &[("CODECRAFT_ADDR", "0.0.0.0:0"), ("OPENAI_API_KEY", "sk-canary-canary")]),
        (&["--nonsense=canary"], &[]),
        (&["--config", "nowhere.toml"], &[]),
    ] {
        let output = run(args, settings);
        assert_eq!(output.status.code(), Some(78), "{settings:?}");
        assert!(output.stdout.is_empty());
        let sentence = text(&output.stderr);
        assert_eq!(sentence.matches('\n').count(), 1, "{sentence}");
        assert!(sentence.starts_with("codecraft: ") && sentence.ends_with(".\n"), "{sentence}");
        assert!(!sentence.contains("canary"));
    }
}

/// Starts a server on a free port and gives it with the line it printed.
fn start(args: &[&str], settings: &[(&str, &str)]) -> (Child, String, impl Read) {
    let mut child = codecraft(args, settings).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    (child, line, stdout)
}

#[cfg(unix)]
#[test]
fn it_prints_its_address_serves_and_ends_on_sigterm() {
    let (mut child, line, mut stdout) = start(&[], &[("CODECRAFT_ADDR", "127.0.0.1:0")]);
    let addr = line.strip_prefix("CodeCraft is at http://").unwrap().trim_end();
    assert!(addr.starts_with("127.0.0.1:") && !addr.ends_with(":0"), "{line}");
    let mut tcp = TcpStream::connect(addr).unwrap();
    write!(tcp, "GET /api/config HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("\"api\":1"), "{answer}");

    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert!(child.wait().unwrap().success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "exactly one line");
}

#[test]
fn an_address_in_use_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let output = run(&[], &[("CODECRAFT_ADDR", &addr)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains(&addr) && text(&output.stderr).contains("CODECRAFT_ADDR"));
}

#[test]
fn an_open_address_needs_the_flag_where_nobody_signs_in() {
    let settings = [("CODECRAFT_ADDR", "0.0.0.0:0"), ("OPENAI_API_KEY", "sk-canary-canary")];
    let (mut child, line, _stdout) = start(&["--i-know"], &settings);
    assert!(line.starts_with("CodeCraft is at http://127.0.0.1:"), "{line}");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// What a server that serves with these settings says on standard error until it is ended.
#[cfg(unix)]
fn said(settings: &[(&str, &str)]) -> String {
    let (mut child, line, _stdout) = start(&["--i-know"], settings);
    assert!(line.starts_with("CodeCraft is at "), "{line}");
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    said
}

#[cfg(unix)]
#[test]
fn px27_plain_http_on_a_network_is_warned_of() {
    let open = ("CODECRAFT_ADDR", "0.0.0.0:0");
    let warning = said(&[open]);
    assert!(warning.contains("plain HTTP") && warning.contains("Caddy"), "{warning}");
    assert_eq!(said(&[open, ("CODECRAFT_TRUSTED_PROXIES", "127.0.0.1")]), "");
    assert_eq!(said(&[("CODECRAFT_ADDR", "127.0.0.1:0")]), "");
}

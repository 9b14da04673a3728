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
        (&[], &[("CODECRAFT_AUHT", "users")]),
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
fn px1_an_open_address_needs_the_flag_where_nobody_signs_in() {
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

#[test]
fn check_fails_if_something_fails_and_health_if_nothing_answers() {
    let base = [("CODECRAFT_ADDR", "127.0.0.1:0"), ("OLLAMA_API_URL", "http://127.0.0.1:1")];
    let failing = run(&["check"], &base);
    assert_eq!(failing.status.code(), Some(1));
    let lines: Vec<_> = text(&failing.stdout).lines().collect();
    assert_eq!(lines.len(), 4, "the address and three providers: {lines:#?}");
    assert!(lines[0].starts_with("ok ") && lines[1].starts_with("not set up "), "{lines:#?}");
    assert!(lines[2].starts_with("failed ") && failing.stderr.is_empty(), "{lines:#?}");
    assert_eq!(run(&["check"], &[("OPENAI_API_KEY", "short")]).status.code(), Some(78));

    let health = run(&["health"], &[("CODECRAFT_ADDR", "127.0.0.1:1")]);
    assert_eq!((health.status.code(), text(&health.stderr)), (Some(1), "codecraft: Nothing answers.\n"));
    let (mut child, line, _stdout) = start(&[], &[("CODECRAFT_ADDR", "127.0.0.1:0")]);
    let addr = line.strip_prefix("CodeCraft is at http://").unwrap().trim_end();
    let health = run(&["health"], &[("CODECRAFT_ADDR", addr)]);
    // A server without the app is alive, and says what it lacks.
    let says = text(&health.stderr);
    assert!(health.status.success() || says.contains(r#""ready":false"#), "{says}");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Traces, from the variables to the wire, and handed over before the program ends.
#[cfg(unix)]
#[test]
fn traces_are_handed_over_at_the_end() {
    let collector = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", collector.local_addr().unwrap());
    let (sender, seen) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (mut tcp, _) = collector.accept().unwrap();
        let mut bytes = Vec::new();
        while !bytes.windows(12).any(|window| window == b"my-codecraft") {
            let mut piece = [0; 4096];
            match tcp.read(&mut piece).unwrap() {
                0 => break,
                length => bytes.extend_from_slice(&piece[..length]),
            }
        }
        write!(tcp, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").unwrap();
        sender.send(String::from_utf8_lossy(&bytes).to_lowercase()).unwrap();
    });
    let settings = [
        ("CODECRAFT_ADDR", "127.0.0.1:0"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_SERVICE_NAME", "my-codecraft"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=blue"),
        // A proxy of the environment is not asked.
        ("HTTP_PROXY", "http://127.0.0.1:1"),
    ];
    let (mut child, line, _stdout) = start(&[], &settings);
    let addr = line.strip_prefix("CodeCraft is at http://").unwrap().trim_end();
    let mut tcp = TcpStream::connect(addr).unwrap();
    write!(tcp, "GET /api/config HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n").unwrap();
    tcp.read_to_string(&mut String::new()).unwrap();
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());

    let seen = seen.recv_timeout(std::time::Duration::from_secs(20)).unwrap();
    assert!(
        seen.starts_with("post /v1/traces http/1.1\r\n") && seen.contains("x-tenant: blue\r\n"),
        "{seen}"
    );
    assert!(seen.contains("my-codecraft"), "{seen}");
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_trace_variable_that_cannot_be_followed_is_refused() {
    for (name, value) in [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_TRACES_EXPORTER", "zipkin")] {
        let output = run(
            &[],
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
                ("CODECRAFT_ADDR", "127.0.0.1:0"),
                (name, value),
            ],
        );
        assert_eq!(output.status.code(), Some(78));
        assert!(
            text(&output.stderr).starts_with(&format!("codecraft: {name} must be")),
            "{}",
            text(&output.stderr)
        );
    }
}

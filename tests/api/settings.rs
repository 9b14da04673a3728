//! What a configuration may say, and which sentence answers a mistake.

use std::collections::BTreeMap;

use codecraft_server::{
    Config,
    config::{Auth, Command, ConfigError, Sources, UserCommand},
};

use crate::support::{GEMINI_KEY, OPENAI_KEY};

fn read(settings: &[(&'static str, &str)], exposed: bool) -> Result<Config, ConfigError> {
    let settings: BTreeMap<_, _> = settings.iter().copied().collect();
    Config::read(|name| settings.get(name).map(|value| (*value).to_owned()), exposed)
}

#[track_caller]
fn refused(settings: &[(&'static str, &str)], because: &str) {
    let sentence = read(settings, false).expect_err(because).to_string();
    assert!(sentence.contains(because), "{sentence}");
    assert!(sentence.ends_with('.') && !sentence.contains('\n'), "one sentence: {sentence}");
    assert!(!sentence.contains(GEMINI_KEY) && !sentence.contains(OPENAI_KEY), "{sentence}");
}

/// The base URL of a provider.
#[track_caller]
fn base(settings: &[(&'static str, &str)], id: &str) -> String {
    let config = read(settings, false).unwrap();
    let provider = config.providers.iter().find(|provider| provider.id == id).unwrap();
    provider.base.as_str().to_owned()
}

#[test]
fn nothing_has_to_be_set() {
    let config = read(&[], false).unwrap();
    assert_eq!(config.addr.to_string(), "127.0.0.1:8787");
    assert_eq!((config.limits.max_streams, config.limits.max_body), (256, 1 << 20));
    let providers: Vec<_> =
        config.providers.iter().map(|p| (p.id.as_str(), p.base.as_str(), p.key.is_some())).collect();
    assert_eq!(
        providers,
        [
            ("gemini", "https://generativelanguage.googleapis.com", false),
            ("ollama", "http://localhost:11434", false),
            ("openai", "https://api.openai.com", false),
        ]
    );
}

#[test]
fn either_name_of_a_setting_counts_and_the_first_wins() {
    let key = |settings: &[(&'static str, &str)]| {
        let config = read(settings, false).unwrap();
        config.providers[0].key.as_ref().map(|key| key.expose().to_owned())
    };
    assert_eq!(key(&[("GEMINI_API_KEY", "key-number-two")]).as_deref(), Some("key-number-two"));
    assert_eq!(
        key(&[("GOOGLE_API_KEY", " key-number-one "), ("GEMINI_API_KEY", "key-number-two")]).as_deref(),
        Some("key-number-one")
    );
    assert_eq!(key(&[("GOOGLE_API_KEY", ""), ("GEMINI_API_KEY", "  ")]), None);
    assert_eq!(base(&[("OLLAMA_HOST", "0.0.0.0:9000")], "ollama"), "http://127.0.0.1:9000");
    assert_eq!(
        base(&[("OLLAMA_API_URL", "http://gpu:1"), ("OLLAMA_HOST", "other:2")], "ollama"),
        "http://gpu:1"
    );
}

#[test]
fn bases_may_carry_a_prefix_and_the_ending_that_other_tools_want() {
    for (name, value, id, expect) in [
        ("GEMINI_BASE_URL", "http://127.0.0.1:9797/gemini", "gemini", "http://127.0.0.1:9797/gemini"),
        ("GEMINI_BASE_URL", "https://g.example/v1beta/", "gemini", "https://g.example"),
        ("OPENAI_BASE_URL", "https://o.example/v1", "openai", "https://o.example"),
        ("OLLAMA_API_URL", "http://127.0.0.1:11434/api", "ollama", "http://127.0.0.1:11434"),
        ("CODECRAFT_LOCAL", "box=http://127.0.0.1:8080/v1", "box", "http://127.0.0.1:8080"),
        ("CODECRAFT_LOCAL", " a=http://x:1 , box = http://[::1]:8080/p/ ,", "box", "http://[::1]:8080/p"),
    ] {
        assert_eq!(base(&[(name, value)], id), expect, "{name}={value}");
    }
}

#[test]
fn mistakes_are_one_sentence_that_names_the_setting() {
    for (name, value) in [
        ("CODECRAFT_ADDR", "8787"),
        ("CODECRAFT_ADDR", "example.com:80"),
        ("CODECRAFT_ADDR", "127.0.0.1:99999"),
        ("CODECRAFT_ADDR", "http://127.0.0.1:80"),
        ("GOOGLE_API_KEY", "short"),
        ("GEMINI_API_KEY", "has a space in it"),
        ("OPENAI_API_KEY", "has\u{7f}control"),
        ("OPENAI_API_KEY", "not-ascii-ключ"),
        ("GEMINI_BASE_URL", "http://gemini.example"),
        ("GEMINI_BASE_URL", "gemini.example"),
        ("OPENAI_BASE_URL", "http://93.184.216.34/v1"),
        ("OPENAI_BASE_URL", "https://me:pass@o.example"),
        ("OPENAI_BASE_URL", "https://o.example/?key=1"),
        ("OLLAMA_API_URL", "http://ollama.example:11434"),
        ("OLLAMA_HOST", "a b"),
        ("CODECRAFT_LOCAL", "http://127.0.0.1:8080"),
        ("CODECRAFT_LOCAL", "box"),
        ("CODECRAFT_LOCAL", "=http://127.0.0.1"),
        ("CODECRAFT_LOCAL", "Box=http://127.0.0.1"),
        ("CODECRAFT_LOCAL", "a/b=http://127.0.0.1"),
        ("CODECRAFT_LOCAL", "..=http://127.0.0.1"),
        ("CODECRAFT_LOCAL", "-a=http://127.0.0.1"),
        ("CODECRAFT_LOCAL", "abcdefghijklmnopqrstuvwxyz0123456789=http://127.0.0.1"),
        ("CODECRAFT_LOCAL", "gemini=http://127.0.0.1"),
        ("CODECRAFT_LOCAL", "ollama=http://127.0.0.1"),
        ("CODECRAFT_LOCAL", "openai=http://127.0.0.1"),
        ("CODECRAFT_LOCAL", "sample=http://127.0.0.1"),
        ("CODECRAFT_LOCAL", "a=http://127.0.0.1,a=http://127.0.0.2"),
        ("CODECRAFT_LOCAL", "a=http://far.example"),
        ("CODECRAFT_ALLOWED_HOSTS", "http://x"),
        ("CODECRAFT_ALLOWED_HOSTS", "*"),
        ("CODECRAFT_ALLOWED_ORIGINS", "*"),
        ("CODECRAFT_ALLOWED_ORIGINS", "app.example"),
        ("CODECRAFT_ALLOWED_ORIGINS", "null"),
        ("CODECRAFT_AUTH", "on"),
        ("CODECRAFT_TRUSTED_PROXIES", "10.0.0.0/40"),
        ("CODECRAFT_TRUSTED_PROXIES", "0.0.0.0/0"),
        ("CODECRAFT_TRUSTED_PROXIES", "::/0"),
        ("CODECRAFT_TRUSTED_PROXIES", "proxy.example"),
        ("CODECRAFT_RATE_LIMIT", "-1"),
        ("CODECRAFT_USER_STREAMS", "0"),
        ("CODECRAFT_STREAM_SECONDS", "5"),
        ("CODECRAFT_REPLICAS", "two"),
        ("CODECRAFT_REDIS_URL", "short"),
        ("CODECRAFT_METRICS_TOKEN", "short"),
        ("CODECRAFT_LOG", "xml"),
        ("CODECRAFT_MAX_STREAMS", "0"),
        ("CODECRAFT_MAX_STREAMS", "-1"),
        ("CODECRAFT_MAX_STREAMS", "many"),
        ("CODECRAFT_MAX_STREAMS", "99999999"),
    ] {
        refused(&[(name, value)], name);
    }
}

#[test]
fn px1_an_address_that_others_reach_needs_a_sign_in() {
    for (addr, open) in [
        ("127.0.0.1:8787", false),
        ("127.0.0.9:8787", false),
        ("[::1]:8787", false),
        ("localhost:8787", false),
        ("0.0.0.0:8787", true),
        ("[::]:8787", true),
        ("192.168.1.5:8787", true),
        ("100.64.0.1:0", true),
    ] {
        for key in ["GOOGLE_API_KEY", "GEMINI_API_KEY", "OPENAI_API_KEY", "UNRELATED"] {
            let mut settings = vec![("CODECRAFT_ADDR", addr), (key, OPENAI_KEY)];
            assert_eq!(read(&settings, false).is_err(), open, "{addr} {key}");
            assert!(read(&settings, true).is_ok(), "{addr} {key} --i-know");
            if open {
                refused(&settings, "--i-know");
            }
            settings.push(("CODECRAFT_AUTH", "users"));
            assert!(read(&settings, false).is_ok(), "{addr} {key} with users");
        }
    }
}

#[test]
fn px1_who_lets_others_in_says_who_they_are() {
    for (name, value) in [
        ("CODECRAFT_TRUSTED_PROXIES", "127.0.0.1"),
        ("CODECRAFT_ALLOWED_HOSTS", "localhost,codecraft.example"),
    ] {
        refused(&[(name, value)], name);
        assert!(read(&[(name, value)], true).is_ok(), "{name} --i-know");
        assert!(read(&[(name, value), ("CODECRAFT_AUTH", "users")], false).is_ok(), "{name} with users");
    }
    assert!(read(&[("CODECRAFT_ALLOWED_HOSTS", "cc.localhost:1,127.0.0.9,[::1]")], false).is_ok());
    for (name, value) in [
        ("CODECRAFT_AUTH_HEADER", "Remote-User"),
        ("CODECRAFT_AUTH_SECRET", "long-enough-secret"),
        ("CODECRAFT_USERS", "people"),
    ] {
        refused(&[(name, value)], name);
        assert!(read(&[(name, value)], true).is_err(), "{name} is no way to be exposed");
    }
}

#[test]
fn a_store_away_from_here_needs_tls() {
    refused(&[("CODECRAFT_REDIS_URL", "redis://:password@store.example:6379")], "rediss://");
    for near in
        ["redis://127.0.0.1:6379", "redis://redis:6379", "rediss://store.example", "valkey://10.0.0.7"]
    {
        assert!(read(&[("CODECRAFT_REDIS_URL", near)], false).is_ok(), "{near}");
    }
    refused(&[("CODECRAFT_REPLICAS", "2")], "CODECRAFT_REPLICAS");
}

#[test]
fn a_name_from_a_header_needs_a_proxy_that_may_say_it() {
    let header = ("CODECRAFT_AUTH", "header");
    let name = ("CODECRAFT_AUTH_HEADER", "Remote-User");
    refused(&[header], "CODECRAFT_AUTH_HEADER");
    for name in ["two words", "Host", "cookie", "X-Forwarded-For"] {
        refused(&[header, ("CODECRAFT_AUTH_HEADER", name)], "CODECRAFT_AUTH_HEADER");
    }
    refused(&[header, name], "CODECRAFT_TRUSTED_PROXIES");
    let proxies = ("CODECRAFT_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,fd00::/8");
    let config = read(&[header, name, proxies], false).unwrap();
    assert_eq!(config.auth, Auth::Header { name: "remote-user".parse().unwrap(), secret: None });
    assert_eq!(config.trusted_proxies.len(), 3);
}

#[test]
fn limits_have_their_usual_values_where_nothing_is_said() {
    let off = read(&[], false).unwrap().limits;
    assert_eq!((off.max_streams, off.user_streams, off.generations), (256, 256, 10));
    let users = read(&[("CODECRAFT_AUTH", "users")], false).unwrap().limits;
    assert_eq!((users.max_streams, users.user_streams, users.generations), (256, 16, 10));
    let own =
        [("CODECRAFT_RATE_LIMIT", "0"), ("CODECRAFT_USER_STREAMS", "4"), ("CODECRAFT_STREAM_SECONDS", "60")];
    let config = read(&own, false).unwrap();
    assert_eq!((config.limits.user_streams, config.limits.generations), (4, 0));
    assert_eq!(config.timeouts.stream.as_secs(), 60);
}

fn sources(args: &[&str]) -> Result<Sources, ConfigError> {
    Sources::read(["codecraft"].iter().chain(args).map(|arg| (*arg).to_owned()))
}

#[test]
fn the_command_line_has_flags_and_two_commands() {
    let command = |args: &[&str]| sources(args).unwrap().command;
    assert_eq!(command(&[]), Command::Serve);
    assert_eq!(command(&["check", "--addr", "127.0.0.1:1"]), Command::Check);
    assert_eq!(
        command(&["user", "add", "ada", "--stdin", "--users=f"]),
        Command::User(UserCommand::Add { name: "ada".into(), stdin: true })
    );
    assert_eq!(command(&["user", "list"]), Command::User(UserCommand::List));
    assert!(matches!(command(&["-h"]), Command::Print(text) if text.contains("CODECRAFT_ADDR")));
    assert!(matches!(command(&["--version"]), Command::Print(text) if text.starts_with("codecraft ")));
    assert!(sources(&["--i-know"]).unwrap().exposed && !sources(&[]).unwrap().exposed);
    assert_eq!(sources(&["--max-streams", "7"]).unwrap().get("CODECRAFT_MAX_STREAMS").as_deref(), Some("7"));
    for bad in [
        &["serve"][..],
        &["--nonsense"],
        &["--i-know=yes"],
        &["user"],
        &["user", "add"],
        &[OPENAI_KEY],
        &["--openai-api-key=x"],
    ] {
        let sentence = sources(bad).expect_err("refused").to_string();
        assert!(
            sentence.ends_with("--help lists what there is.") && !sentence.contains(OPENAI_KEY),
            "{sentence}"
        );
    }
}

/// A file of settings that is gone when the test ends.
struct File(std::path::PathBuf);

impl File {
    fn of(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("codecraft-{}-{name}.toml", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn read(&self, args: &[&str]) -> Result<Sources, ConfigError> {
        sources(&[&["--config", self.0.to_str().unwrap()], args].concat())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn a_file_says_what_flags_and_environment_do_not() {
    let file = File::of(
        "whole",
        "addr = '127.0.0.1:99'\nrate_limit = 3\nallowed_hosts = ['a.example', 'b.example:9']\n\
         google_api_key = 'from-the-file'\n[local]\nbox = 'http://127.0.0.1:1'\ndesk = 'http://127.0.0.1:2'\n",
    );
    let sources = file.read(&["--addr=127.0.0.1:100"]).unwrap();
    let config = Config::read(|name| sources.get(name), true).unwrap();
    assert_eq!(config.addr.port(), 100, "a flag goes before the file");
    assert_eq!((config.limits.generations, config.allowed_hosts.len(), config.providers.len()), (3, 2, 5));
    assert_eq!(
        config.providers[0].key.as_ref().map(codecraft_server::config::Secret::expose),
        Some("from-the-file")
    );
}

#[test]
fn a_bad_file_is_a_sentence_without_its_text() {
    for (name, text, because) in [
        ("unknown", "adr = 'x'", "no setting adr"),
        ("broken", "addr = '127.0.0.1:1'\ngoogle_api_key = canary-canary", "line 2"),
        ("kind", "addr = true", "addr"),
        ("nested", "addr = [[true]]", "addr"),
    ] {
        let sentence = File::of(name, text).read(&[]).expect_err(name).to_string();
        assert!(sentence.contains(because) && !sentence.contains("canary"), "{sentence}");
    }
    assert!(sources(&["--config", "/nowhere.toml"]).unwrap_err().to_string().contains("is not there"));
}

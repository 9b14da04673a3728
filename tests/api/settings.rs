//! What a configuration may say, and which sentence answers a mistake.

use std::collections::BTreeMap;

use codecraft_server::{
    Config,
    config::{Command, ConfigError},
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
        ("CODECRAFT_MAX_STREAMS", "0"),
        ("CODECRAFT_MAX_STREAMS", "-1"),
        ("CODECRAFT_MAX_STREAMS", "many"),
        ("CODECRAFT_MAX_STREAMS", "99999999"),
    ] {
        refused(&[(name, value)], name);
    }
}

#[test]
fn keys_and_an_open_address_do_not_go_together() {
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
        assert!(read(&[("CODECRAFT_ADDR", addr)], false).is_ok(), "{addr} without keys");
        for key in ["GOOGLE_API_KEY", "GEMINI_API_KEY", "OPENAI_API_KEY"] {
            let settings = [("CODECRAFT_ADDR", addr), (key, OPENAI_KEY)];
            assert_eq!(read(&settings, false).is_err(), open, "{addr} {key}");
            assert!(read(&settings, true).is_ok(), "{addr} {key} --i-know");
            if open {
                refused(&settings, "--i-know");
            }
        }
    }
}

#[test]
fn the_command_line_is_small() {
    let parse = |args: &[&str]| Command::parse(args.iter().map(|arg| (*arg).to_owned()));
    assert_eq!(parse(&[]), Ok(Command::Serve { exposed: false }));
    assert_eq!(parse(&["--i-know"]), Ok(Command::Serve { exposed: true }));
    assert_eq!(parse(&["--i-know", "--help"]), Ok(Command::Help));
    assert_eq!(parse(&["-V"]), Ok(Command::Version));
    for bad in ["serve", "--addr=1", "", "--i-know=yes"] {
        assert!(parse(&[bad]).is_err(), "{bad}");
    }
}

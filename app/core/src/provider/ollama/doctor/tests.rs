use super::*;

const OLLAMA: &str = r#"{"version":"0.14.2"}"#;
const LOCALHOST: &str = "http://127.0.0.1:8787";
const PUBLIC: &str = "https://app.example";

fn answer(status: u16, body: &str) -> Probe {
    let outcome = Outcome::Answer { status, body: body.into() };
    Probe { outcome, took_ms: 2 }
}

fn failed() -> Probe {
    Probe { outcome: Outcome::Failed, took_ms: 3 }
}

fn site(origin: &str) -> Site {
    Site::new(origin, "Linux x86_64", "Chrome/156.0 Safari/537.36")
}

fn straight(origin: &str) -> Visit {
    straight_to(origin, Address::DEFAULT)
}

fn straight_to(origin: &str, address: &str) -> Visit {
    Visit::new(site(origin), Way::Straight(Address::parse(address).unwrap()))
}

fn through(hello: Option<Probe>) -> Visit {
    Visit { hello, ..Visit::new(site(LOCALHOST), Way::Server(true)) }
}

fn proxy(code: &str) -> String {
    format!(r#"{{"error":"m","source":"proxy","code":"{code}"}}"#)
}

/// An Ollama with one model of each kind, the first of them loaded.
fn well() -> Visit {
    Visit {
        hello: Some(answer(200, OLLAMA)),
        list: Some(answer(200, r#"{"models":[{"model":"fine:latest"},{"name":"qwen3:8b"}]}"#)),
        running: Some(answer(200, r#"{"models":[{"model":"fine:latest","context_length":4096}]}"#)),
        shown: vec![(
            "fine".into(),
            answer(200, r#"{"model_info":{"general.architecture":"qwen2","qwen2.context_length":32768}}"#),
        )],
        chosen: vec!["fine".into(), "qwen3:8b".into()],
        needs: Some(900),
        ..straight(LOCALHOST)
    }
}

/// Checks the cause and that the report says so: exactly one line wants something, nothing after it was judged, and a fix is there.
#[track_caller]
fn check(visit: &Visit, cause: Cause, words: &str, command: Option<&str>) {
    let report = examine(visit);
    assert_eq!(report.cause, cause, "{report:#?}");
    assert_eq!(report.open(), 1, "{report:#?}");
    let open =
        report.checks.iter().find(|check| matches!(check.verdict, Verdict::Bad | Verdict::Warn)).unwrap();
    assert!(open.sentence.contains(words), "{}", open.sentence);
    assert_eq!(report.fix.expect("a cause has a fix").command.as_deref(), command);
}

#[test]
fn all_is_well() {
    let report = examine(&well());
    assert_eq!((report.cause, report.open(), report.reached), (Cause::Fine, 0, true));
    assert_eq!(report.fix, None);
    let lines: Vec<_> = report
        .checks
        .iter()
        .map(|check| (check.verdict, check.sentence.as_str(), check.figure.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            (Verdict::Ok, "Runs at localhost:11434", "0.14.2, 2 ms"),
            (Verdict::Ok, "Lets this page in", "CORS"),
            (Verdict::Ok, "Browser may reach this machine", "not needed"),
            (Verdict::Ok, "Chosen models are there", "2 of 2"),
            (Verdict::Ok, "Context is long enough", "4,096 tokens"),
        ]
    );
}

#[test]
fn nothing_is_claimed_before_the_first_probe() {
    for visit in [straight(PUBLIC), through(None)] {
        let report = examine(&visit);
        assert_eq!((report.cause, report.open(), report.reached), (Cause::Fine, 0, false));
        assert!(
            report
                .checks
                .iter()
                .any(|check| check.subject == Subject::Runs && check.verdict == Verdict::Unknown)
        );
    }
}

#[test]
fn a_dead_port_is_not_running() {
    let visit = Visit {
        hello: Some(failed()),
        opaque: Some(false),
        permission: Permission::Prompt,
        ..straight(LOCALHOST)
    };
    check(&visit, Cause::NotRunning, "Nothing answers at localhost:11434.", Some("ollama serve"));
    let granted = Visit { permission: Permission::Granted, ..straight(PUBLIC) };
    let visit = Visit { hello: Some(failed()), opaque: Some(false), ..granted };
    check(&visit, Cause::NotRunning, "Nothing answers", Some("ollama serve"));
}

#[test]
fn an_answer_that_may_not_be_read_is_a_refused_origin() {
    let visit = Visit {
        hello: Some(failed()),
        opaque: Some(true),
        permission: Permission::Granted,
        ..straight(PUBLIC)
    };
    let command = "OLLAMA_ORIGINS=\"https://app.example\" ollama serve";
    check(&visit, Cause::CorsRefused, "does not let this page read", Some(command));
    // A browser that would have asked has let the opaque call through, so permission is not what is missing.
    check(&Visit { permission: Permission::Prompt, ..visit }, Cause::CorsRefused, "", Some(command));
}

#[test]
fn commands_are_those_of_the_readers_system() {
    for (platform, command) in [
        ("Linux x86_64", "OLLAMA_ORIGINS=\"https://app.example\" ollama serve"),
        ("MacIntel", "launchctl setenv OLLAMA_ORIGINS \"https://app.example\""),
        ("Win32", "setx OLLAMA_ORIGINS \"https://app.example\""),
    ] {
        let mut visit = Visit { hello: Some(failed()), opaque: Some(true), ..straight(PUBLIC) };
        visit.site = Site::new(PUBLIC, platform, "Chrome/156.0");
        check(&visit, Cause::CorsRefused, "", Some(command));
    }
}

#[test]
fn an_https_page_may_not_ask_plain_http_on_other_machines() {
    let visit = straight_to(PUBLIC, "http://192.168.1.4:11434");
    let visit = Visit { hello: Some(failed()), opaque: Some(false), permission: Permission::Prompt, ..visit };
    let command = Some("OLLAMA_API_URL=http://192.168.1.4:11434 make run");
    check(&visit, Cause::MixedContent, "https page from a plain http address", command);
}

#[test]
fn safari_keeps_https_pages_from_the_own_machine_too() {
    let mut visit = Visit { hello: Some(failed()), opaque: Some(false), ..straight(PUBLIC) };
    visit.site = Site::new(PUBLIC, "MacIntel", "Version/26.0 Safari/605.1.15");
    check(&visit, Cause::MixedContent, "even on your own machine", None);
}

#[test]
fn the_browsers_permission_is_named_when_it_was_refused_or_not_given_yet() {
    let visit = Visit { hello: Some(failed()), opaque: Some(false), ..straight(PUBLIC) };
    let denied = Visit { permission: Permission::Denied, ..visit.clone() };
    check(&denied, Cause::PermissionDenied, "does not let this page reach your machine", None);
    // Nobody is asked about a page of the own machine, but somebody may have refused it.
    let own = Visit { site: site(LOCALHOST), ..denied };
    check(&own, Cause::PermissionDenied, "does not let this page reach your machine", None);
    let asks = Visit { permission: Permission::Prompt, ..visit };
    check(&asks, Cause::PermissionPending, "has not let this page reach your machine yet", None);
}

#[test]
fn another_machine_that_fails_is_out_of_reach() {
    let visit = straight_to(LOCALHOST, "box.local:11434");
    let visit = Visit { hello: Some(failed()), opaque: Some(false), ..visit };
    let command = Some("OLLAMA_API_URL=http://box.local:11434 make run");
    check(&visit, Cause::OutOfReach, "may not ask box.local:11434", command);
    // The page's own policy refuses it, which no setting of the browser changes.
    check(&Visit { permission: Permission::Denied, ..visit }, Cause::OutOfReach, "may not ask", command);
}

#[test]
fn silence_is_told_from_absence() {
    let late = Some(Probe { outcome: Outcome::Late, took_ms: 5000 });
    let visit = Visit { hello: late.clone(), opaque: Some(false), ..straight(LOCALHOST) };
    check(&visit, Cause::Silent, "stays silent", Some("ollama serve"));
    check(&through(late), Cause::Silent, "stays silent", Some("ollama serve"));
    let visit = through(Some(answer(504, &proxy("upstream_timeout"))));
    check(&visit, Cause::Silent, "stays silent", Some("ollama serve"));
}

#[test]
fn something_else_at_the_address_is_not_ollama() {
    for (status, body) in
        [(200, "<html>"), (200, "{}"), (404, "404 page not found"), (500, r#"{"version":"1"}"#)]
    {
        let visit = Visit { hello: Some(answer(status, body)), ..straight(LOCALHOST) };
        check(&visit, Cause::NotOllama, "it is not Ollama", None);
        let command = Some("OLLAMA_API_URL=http://localhost:11434 make run");
        check(&through(Some(answer(status, body))), Cause::NotOllama, "it is not Ollama", command);
    }
}

#[test]
fn the_way_through_the_server_has_causes_of_its_own() {
    let lacking = Visit::new(site(LOCALHOST), Way::Server(false));
    check(&lacking, Cause::ServerLacking, "No CodeCraft server answers", Some("make run"));
    check(&through(Some(failed())), Cause::ServerLacking, "No CodeCraft server answers", Some("make run"));
    let unknown = r#"{"error":{"source":"proxy","code":"provider_unknown","message":"m"}}"#;
    let unknown = through(Some(answer(404, unknown)));
    let command = Some("OLLAMA_API_URL=http://localhost:11434 make run");
    check(&unknown, Cause::ServerLacking, "knows of no Ollama", command);
    let dead = through(Some(answer(502, &proxy("upstream_unreachable"))));
    check(&dead, Cause::NotRunning, "Nothing answers where the server looks", Some("ollama serve"));
    let refused = through(Some(answer(403, "")));
    let command = Some("OLLAMA_API_URL=http://127.0.0.1:11434 make run");
    check(&refused, Cause::HostRefused, "refuses the name", command);
    let visit = Visit { way: Way::Server(true), ..well() };
    assert_eq!(examine(&visit).cause, Cause::Fine);
}

#[test]
fn the_system_of_a_distant_server_is_not_guessed() {
    let mut visit = through(Some(answer(502, &proxy("upstream_unreachable"))));
    visit.site = Site::new(PUBLIC, "MacIntel", "Chrome/156.0");
    let fix = examine(&visit).fix.unwrap();
    assert_eq!(fix.sentence, "Start Ollama on the server's machine:");
    assert_eq!(fix.command.as_deref(), Some("ollama serve"));
}

#[test]
fn missing_models_are_named_with_their_size() {
    let visit = Visit { chosen: vec!["fine".into(), "codellama".into(), "b/c:7b".into()], ..well() };
    check(&visit, Cause::ModelMissing, "codellama, b/c:7b are not installed.", Some("ollama pull codellama"));
    let note = examine(&visit).fix.unwrap().note;
    assert_eq!(note, "It is about 3.8 GB to download. Then also: ollama pull b/c:7b.");
    let empty = Visit { list: Some(answer(200, r#"{"models":null}"#)), ..well() };
    check(&empty, Cause::ModelMissing, "No model is installed.", Some("ollama pull qwen2.5-coder"));
}

#[test]
fn a_context_that_cuts_the_brief_is_found() {
    let visit = Visit { needs: Some(6310), ..well() };
    let command = Some("OLLAMA_CONTEXT_LENGTH=16384 ollama serve");
    check(&visit, Cause::ContextTooSmall, "Context is 4,096 tokens. Your brief needs about 6,310", command);
    // Never more than the model was made for.
    let visit = Visit { needs: Some(30_000), ..well() };
    check(&visit, Cause::ContextTooSmall, "", Some("OLLAMA_CONTEXT_LENGTH=32768 ollama serve"));
    let visit = Visit { needs: Some(40_000), ..well() };
    check(&visit, Cause::ContextTooSmall, "takes at most 32,768 tokens", None);
}

#[test]
fn a_context_that_nobody_knows_is_not_judged() {
    let visit = Visit {
        running: Some(answer(200, r#"{"models":[]}"#)),
        shown: Vec::new(),
        needs: Some(6310),
        ..well()
    };
    let report = examine(&visit);
    assert_eq!(report.cause, Cause::Fine);
    assert_eq!(report.checks.last().unwrap().verdict, Verdict::Unknown);
}

#[test]
fn a_model_that_did_not_fit_is_reported_before_its_context() {
    let said =
        "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error";
    let visit = Visit { said: Some(said.into()), ..well() };
    check(&visit, Cause::OutOfMemory, "did not fit into memory", Some("ollama stop fine:latest"));
    let idle = Visit { running: None, ..visit };
    check(&idle, Cause::OutOfMemory, "did not fit into memory", None);
    let other = Visit { said: Some("model 'x' not found".into()), ..well() };
    assert_eq!(examine(&other).cause, Cause::Fine);
}

#[test]
fn only_calls_that_make_no_browser_ask_go_out_unbidden() {
    let address = Address::parse(Address::DEFAULT).unwrap();
    for (origin, permission, expect) in [
        (LOCALHOST, Permission::Prompt, true),
        (LOCALHOST, Permission::Denied, false),
        (PUBLIC, Permission::Granted, true),
        (PUBLIC, Permission::Prompt, false),
        (PUBLIC, Permission::Denied, false),
        (PUBLIC, Permission::Unsupported, true),
    ] {
        assert_eq!(may_ask_unbidden(&site(origin), &address, permission), expect, "{origin} {permission:?}");
    }
}

#[test]
fn sentences_keep_to_the_house_style() {
    let visits = [
        well(),
        straight(PUBLIC),
        Visit { hello: Some(failed()), opaque: Some(true), ..straight(PUBLIC) },
        Visit { hello: Some(failed()), permission: Permission::Denied, ..straight(PUBLIC) },
        Visit { hello: Some(failed()), permission: Permission::Prompt, ..straight(PUBLIC) },
        Visit { hello: Some(failed()), ..straight_to(PUBLIC, "http://box:1") },
        Visit { hello: Some(failed()), ..straight(LOCALHOST) },
        Visit { needs: Some(6310), ..well() },
    ];
    for visit in visits {
        let report = examine(&visit);
        let fix = report.fix.iter().flat_map(|fix| [fix.sentence.as_str(), fix.note.as_str()]);
        for sentence in report.checks.iter().map(|check| check.sentence.as_str()).chain(fix) {
            assert!(!sentence.contains('!') && !sentence.contains("  "), "{sentence}");
        }
    }
}

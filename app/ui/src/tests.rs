//! Component tests: they run in a real browser, on the app's own modules.

use codecraft_core::{
    brief::{Brief, Draft, Field, Language, Params},
    provider::{ErrorClass, FinishReason, ModelRef, ProviderError, StreamEvent, gemini, ollama, openai},
    run::{Entry, Event, Plan, Run, Target},
};
use leptos::{mount::mount_to, prelude::*};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::HtmlElement;

use crate::{
    browser::{live_code::LiveCode, memory, prompt},
    state::{App, Form, form::field_id, models::Group},
    words,
};

wasm_bindgen_test_configure!(run_in_browser);

fn host(name: &str) -> HtmlElement {
    let host: HtmlElement = document().create_element(name).unwrap().unchecked_into();
    document().body().unwrap().append_child(&host).unwrap();
    host
}

fn brief() -> Brief {
    let models = vec![ModelRef::new("openai", "a"), ModelRef::new("gemini", "b")];
    Draft { prompt: "Say 42.".into(), models, ..Draft::default() }.check(|_| None).unwrap()
}

fn run() -> Run {
    let target = |model: &ModelRef, kind| Entry {
        target: Target::new(model.clone(), kind),
        fallbacks: Vec::new(),
        params: Params::default(),
    };
    let brief = brief();
    let targets = vec![target(&brief.models()[0], openai::KIND), target(&brief.models()[1], gemini::KIND)];
    let mut run = Run::plan("run", brief, targets, Plan::default(), 0);
    run.reduce(0, Event::Tick);
    run
}

fn say(run: &mut Run, candidate: usize, event: StreamEvent) {
    let attempt = run.candidates[candidate].attempts.len() - 1;
    run.reduce(1000, Event::Stream { candidate, attempt, event });
}

fn lines(host: &HtmlElement) -> Vec<(String, String)> {
    let lines = host.query_selector_all(".line").unwrap();
    (0..lines.length())
        .map(|index| {
            let line: HtmlElement = lines.get(index).unwrap().unchecked_into();
            let numbers = line.parent_element().unwrap().get_attribute("data-n").unwrap();
            let number = numbers.lines().nth(index as usize % 50).unwrap().to_owned();
            (number, line.text_content().unwrap())
        })
        .collect()
}

#[wasm_bindgen_test]
fn live_code_keeps_every_character_whatever_the_pieces() {
    let code = "const a = 1;\n\nlet b = \"<b>not markup</b>\";\n  // end";
    let (whole, pieces) = (host("pre"), host("pre"));
    LiveCode::new(whole.clone(), Language::TypeScript).append(code);
    let mut live = LiveCode::new(pieces.clone(), Language::TypeScript);
    for piece in code.split_inclusive([' ', '"']) {
        live.append(piece);
    }
    let expected: Vec<_> =
        code.split('\n').enumerate().map(|(n, line)| ((n + 1).to_string(), line.to_owned())).collect();
    assert_eq!(lines(&whole), expected);
    assert_eq!(lines(&pieces), expected);
    assert_eq!(live.lines(), 4);
    assert!(whole.query_selector("b").unwrap().is_none(), "model output is text, never markup");
    assert!(whole.query_selector(".k").unwrap().is_some(), "finished lines are coloured");
}

#[wasm_bindgen_test]
fn a_block_out_of_sight_gives_up_its_colours_and_takes_them_back() {
    let host = host("pre");
    let code = "/* a comment\nover lines */ let x = 1;\n".repeat(30);
    let mut live = LiveCode::new(host.clone(), Language::TypeScript);
    live.append(&code);
    let block: HtmlElement = host.query_selector(".code-block").unwrap().unwrap().unchecked_into();
    let drawn = block.inner_html();
    let tell = |skipped: bool| {
        let bubbling = web_sys::EventInit::new();
        bubbling.set_bubbles(true);
        let event =
            web_sys::Event::new_with_event_init_dict("contentvisibilityautostatechange", &bubbling).unwrap();
        js_sys::Reflect::set(&event, &"skipped".into(), &skipped.into()).unwrap();
        block.dispatch_event(&event).unwrap();
    };
    tell(true);
    assert_eq!(block.child_nodes().length(), 1);
    assert_eq!(block.text_content().unwrap().lines().count(), 50);
    tell(false);
    assert_eq!(block.inner_html(), drawn);
    // The last block is not finished: it stays as it is.
    assert_eq!(host.query_selector_all(".code-block").unwrap().length(), 2);
    assert_eq!(live.lines(), 60);
}

#[wasm_bindgen_test]
fn live_code_starts_over_with_line_one() {
    let host = host("pre");
    let mut live = LiveCode::new(host.clone(), Language::Python);
    live.append(&"x = 1\n".repeat(120));
    assert_eq!(host.query_selector_all(".code-block").unwrap().length(), 3);
    live.clear();
    live.append("y = 2");
    assert_eq!(lines(&host), [("1".to_owned(), "y = 2".to_owned())]);
}

#[wasm_bindgen_test]
fn a_form_shows_problems_only_after_the_first_try_and_takes_them_back_when_mended() {
    let owner = Owner::new();
    owner.with(|| {
        let form = Form::new(crate::state::Models::new());
        assert!(form.problem(Field::Prompt).is_none());
        assert!(form.submit().is_none());
        assert!(form.problem(Field::Prompt).is_some() && form.problem(Field::Models).is_some());
        form.edit(|draft| draft.prompt = "Write it.".into());
        assert!(form.problem(Field::Prompt).is_none());
        form.choose(&ModelRef::new("sample", "quick"), true);
        assert!(form.problem(Field::Models).is_none());
        assert!(form.submit().is_some());
    });
}

#[wasm_bindgen_test]
fn the_static_prompt_is_adopted_with_its_text_and_heard_from_then_on() {
    let area: web_sys::HtmlTextAreaElement = host("textarea").unchecked_into();
    area.set_id(prompt::ID);
    area.set_value("typed early");
    let slot = host("div");
    let heard = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let log = heard.clone();
    prompt::adopt(&slot, move |text| log.borrow_mut().push(text));
    assert_eq!(area.parent_element().as_ref(), Some(slot.unchecked_ref()));
    prompt::set_text("and later");
    assert_eq!(*heard.borrow(), ["typed early", "and later"]);
    area.remove();
}

#[wasm_bindgen_test]
fn what_people_decide_is_kept_apart() {
    let decide = |user: Option<&str>| {
        memory::scope(user);
        memory::keep(&memory::own("settings"), Some(user.unwrap_or("nobody")));
        memory::own("settings")
    };
    // Names as the server takes them, some of them much like keys.
    let people =
        [None, Some("ann"), Some("settings"), Some("ann.settings"), Some("cc.ann"), Some("ann@example.org")];
    let keys: Vec<String> = people.into_iter().map(decide).collect();
    assert_eq!(keys[0], "cc.settings", "where nobody signs in, nothing of earlier visits is lost");
    for (user, key) in people.into_iter().zip(&keys) {
        assert_eq!(memory::recall(key).as_deref(), Some(user.unwrap_or("nobody")), "{key}");
        memory::keep(key, None);
    }
    assert_eq!(memory::shared("theme"), "cc.theme");
    memory::scope(None);
}

#[wasm_bindgen_test]
fn every_class_of_failure_has_its_own_sentence() {
    let classes = [
        ErrorClass::BadKey,
        ErrorClass::ModelMissing,
        ErrorClass::RateLimited,
        ErrorClass::QuotaGone,
        ErrorClass::Overloaded,
        ErrorClass::ServerFault,
        ErrorClass::OutOfMemory,
        ErrorClass::NoTools,
        ErrorClass::StaleHistory,
        ErrorClass::Withheld,
        ErrorClass::Empty,
        ErrorClass::Timeout,
        ErrorClass::ContextTooLong,
        ErrorClass::BadRequest,
        ErrorClass::Disconnected,
        ErrorClass::Malformed,
        ErrorClass::Unreachable,
        ErrorClass::NotConfigured,
        ErrorClass::NotSignedIn,
        ErrorClass::OverLimit,
        ErrorClass::TooManyStreams,
        ErrorClass::StoreUnavailable,
        ErrorClass::StreamTooLong,
        ErrorClass::NoSocket,
        ErrorClass::Refused,
        ErrorClass::Other,
    ];
    let mut told = Vec::new();
    for class in classes {
        let error = ProviderError { http: Some(418), ..ProviderError::new(class, "It said why.") };
        let (what, then) = words::failure(&error, "Gemini", "0.4 s");
        assert!(what.ends_with('.') && then.ends_with('.'), "{class:?}: {what} {then}");
        assert!(then.starts_with("Gemini answered 418 after 0.4 s."), "{then}");
        assert!(!told.contains(&what), "{what} is said of two classes");
        told.push(what);
    }
}

#[wasm_bindgen_test]
fn a_run_that_failed_altogether_is_summed_up_by_cause() {
    let mut run = run();
    say(&mut run, 0, StreamEvent::Error(ProviderError::new(ErrorClass::BadKey, "")));
    say(&mut run, 1, StreamEvent::Error(ProviderError::new(ErrorClass::QuotaGone, "")));
    assert_eq!(
        words::all_failed(&run),
        "All 2 models failed: key refused, quota used up. Your brief is kept."
    );
    assert_eq!(words::title(Some(&run)), "✗ No usable answer – CodeCraft");
}

#[wasm_bindgen_test]
fn milestones_are_short_enough_to_be_heard() {
    let mut run = run();
    say(&mut run, 0, StreamEvent::Text("```ts\nlet a = 1;\n```\n".into()));
    say(&mut run, 0, StreamEvent::Finish { reason: FinishReason::Stop, raw: String::new() });
    let sentence = words::milestone(&run, 0);
    assert_eq!(sentence, "a finished. 1 of 2 done.");
    assert!(sentence.split_whitespace().count() <= 12);
    assert_eq!(words::title(Some(&run)), "1 of 2 finished – CodeCraft");
}

#[wasm_bindgen_test]
async fn a_problem_appears_at_its_field_as_a_sentence() {
    let host = host("section");
    let view = mount_to(host.clone(), || {
        let app = App::provide();
        app.form.edit(|draft| draft.tuning.temperature = "9".into());
        app.form.submit();
        crate::pages::test_params()
    });
    leptos::task::tick().await;
    let sentence = host.query_selector(".field-error").unwrap().unwrap().text_content().unwrap();
    assert_eq!(sentence, "Between 0 and 2. Leave it empty to let the model decide.");
    let input = host.query_selector(&format!("#{}", field_id(Field::Temperature))).unwrap().unwrap();
    assert_eq!(input.get_attribute("aria-invalid").as_deref(), Some("true"));
    drop(view);
}

#[wasm_bindgen_test]
async fn a_parameter_that_no_chosen_model_takes_is_not_asked_for() {
    let host = host("section");
    let owner = Owner::new();
    let app = owner.with(App::provide);
    let view = mount_to(host.clone(), move || {
        provide_context(app);
        app.models.groups.update(|groups| {
            let (id, name) = ("ollama".to_owned(), "Ollama".to_owned());
            groups.push(Group { id, name, kind: ollama::KIND, ..Group::samples() });
        });
        crate::pages::test_params()
    });
    let hidden = |id: &str| {
        let field =
            host.query_selector(&format!("#{id}")).unwrap().unwrap().closest(".field").unwrap().unwrap();
        field.has_attribute("hidden")
    };
    let context = field_id(Field::Context);
    leptos::task::tick().await;
    assert!(hidden(context) && hidden("thinking") && !hidden(field_id(Field::Temperature)));
    app.form.choose(&ModelRef::new("ollama", "a"), true);
    leptos::task::tick().await;
    assert!(!hidden(context) && !hidden("thinking"));
    drop(view);
}

use super::{form::*, *};
use crate::{
    brief::{Decimal, Field, Thinking, Tuning},
    provider::{ListedModel, gemini, ollama, openai, sample},
};

fn id(text: &str) -> ModelRef {
    text.parse().expect("provider/model")
}

fn model(text: &str) -> Model {
    let id = id(text);
    let kind = match id.provider.as_str() {
        "gemini" => gemini::KIND,
        "ollama" => ollama::KIND,
        "sample" => sample::KIND,
        _ => openai::LOCAL,
    };
    catalog::describe(&id.provider, kind, &ListedModel { id: id.model.clone(), ..ListedModel::default() })
}

/// A source of numbers that looks like chance and is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.roll(2) == 0).then(|| make(self))
    }

    fn word(&mut self) -> String {
        const LETTERS: [char; 12] = ['a', 'z', '0', '-', '.', ':', ' ', '"', '\\', '\n', 'ß', '🎉'];
        (0..=self.roll(6)).map(|_| LETTERS[self.roll(12) as usize]).collect()
    }

    fn model(&mut self) -> ModelRef {
        ModelRef::new(self.word(), [self.word(), "/".into(), self.word()].concat())
    }

    fn settings(&mut self) -> Settings {
        let mut settings = Settings {
            policy: Policy::ALL[self.roll(4) as usize],
            repeats: self.roll(2) == 0,
            shortcuts: self.roll(2) == 0,
            cap: self.maybe(|dice| Money::from_nanos(dice.roll(Money::MOST_TYPED.nanos() + 1))),
            ..Settings::default()
        };
        for _ in 0..self.roll(4) {
            let (provider, other, model) = (self.word(), self.word(), self.model());
            settings.set_lane(&provider, Some(1 + self.roll(16) as usize));
            let waits = Waits { first_token_s: self.seconds(), idle_s: self.seconds() };
            settings.set_waits(&other, waits);
            let price = format!("0.{} / {}", self.roll(1_000_000), self.roll(10_000));
            settings.set_price(&model, price.parse().ok());
            let model = self.model();
            let rules = self.rules(&model);
            settings.set_rules(model, rules);
        }
        settings
    }

    fn seconds(&mut self) -> Option<u32> {
        self.maybe(|dice| 1 + dice.roll(3600) as u32)
    }

    fn rules(&mut self, model: &ModelRef) -> ModelRules {
        let decimal = |dice: &mut Self| {
            format!("{}.{}", dice.roll(3), dice.roll(1_000_000)).parse().expect("a decimal")
        };
        ModelRules {
            first_token_s: self.seconds(),
            idle_s: self.seconds(),
            retries: self.maybe(|dice| dice.roll(11) as u32),
            params: Params {
                temperature: self.maybe(decimal),
                top_p: self.maybe(decimal),
                max_tokens: self.maybe(|dice| 1 + dice.roll(u64::from(u32::MAX)) as u32),
                context: self.maybe(|dice| 1 + dice.roll(1 << 20) as u32),
                thinking: self.maybe(|dice| Thinking::ALL[dice.roll(4) as usize]),
            },
            fallbacks: self.maybe(|dice| {
                let chain: Vec<_> = (0..dice.roll(7)).map(|_| dice.model()).collect();
                sound(&chain, model)
            }),
        }
    }
}

#[test]
fn what_is_written_is_read_again() {
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    for _ in 0..500 {
        let settings = dice.settings();
        let text = write(&settings);
        assert_eq!(read(&text), settings, "{text}");
    }
    assert_eq!(write(&Settings::default()), "{}");
}

#[track_caller]
fn check_read(text: &str, expect: Settings) {
    assert_eq!(read(text), expect, "{text}");
}

#[test]
fn what_cannot_be_read_is_shipped() {
    for text in ["", "null", "[]", "7", "{", "\"{}\"", "<html>", "{\"policy\":\"fastest\"}", "{\"policy\":7}"]
    {
        check_read(text, Settings::default());
    }
    check_read(&"[".repeat(100_000), Settings::default());
    let hostile = r#"{"repeats":"yes","shortcuts":null,"cap":-1,"lanes":{"ollama":3},"waits":[7,null],"prices":"free","models":[[]]}"#;
    check_read(hostile, Settings::default());
}

#[test]
fn a_broken_part_costs_nothing_but_itself() {
    let text = r#"{
        "future": {"a": 1}, "policy": "first-valid", "repeats": true, "cap": 99999999999999999999,
        "lanes": [{"provider": "ollama", "calls": 17}, {"provider": "gemini", "calls": 4}, {"calls": 2},
                  {"provider": "gemini", "calls": 5}, {"provider": "box", "calls": 0}, {"provider": "desk", "calls": 1.5}],
        "waits": [{"provider": "ollama", "first_s": 3601, "idle_s": "90"}, {"provider": "box", "first_s": 0}],
        "prices": [{"model": "gpt-5", "price": "cheap"}, {"model": "gpt-5", "price": "1 / 2"}, {"price": "1 / 2"}],
        "models": [
            {"model": "no-provider", "retries": 1},
            {"model": "ollama/a", "retries": 11, "temperature": "hot", "thinking": "deep", "idle_s": 7},
            {"model": "ollama/b", "fallbacks": ["ollama/b", "x", 7, "ollama/c", "ollama/c"]},
            {"model": "ollama/c", "retries": 99}
        ]
    }"#;
    let mut expect = Settings { policy: Policy::FirstValid, repeats: true, ..Settings::default() };
    expect.set_lane("gemini", Some(4));
    expect.set_waits("ollama", Waits { idle_s: Some(90), ..Waits::default() });
    expect.prices.push(("gpt-5".into(), "1 / 2".parse().expect("a price")));
    expect.set_rules(id("ollama/a"), ModelRules { idle_s: Some(7), ..ModelRules::default() });
    let chain = Some(vec![id("ollama/c")]);
    expect.set_rules(id("ollama/b"), ModelRules { fallbacks: chain, ..ModelRules::default() });
    check_read(text, expect);
}

#[test]
fn a_list_without_end_is_not_read_to_its_end() {
    let entry = |n: u32| format!(r#"{{"provider":"p{n}","calls":2}}"#);
    let text = format!(r#"{{"lanes":[{}]}}"#, (0..5000).map(entry).collect::<Vec<_>>().join(","));
    assert_eq!(read(&text).lanes.len(), 1000);
}

#[test]
fn what_is_decided_is_forgotten_when_it_is_taken_back() {
    let mut settings = Settings::default();
    settings.set_lane("ollama", Some(2));
    settings.set_lane("ollama", Some(3));
    settings.set_waits("ollama", Waits { idle_s: Some(5), ..Waits::default() });
    settings.set_price(&id("ollama/a"), "1 / 2".parse().ok());
    settings.set_rules(id("ollama/a"), ModelRules { retries: Some(0), ..ModelRules::default() });
    assert_eq!((settings.lane("ollama"), settings.lanes.len()), (Some(3), 1));
    settings.set_lane("ollama", None);
    settings.set_waits("ollama", Waits::default());
    settings.set_price(&id("ollama/a"), None);
    settings.set_rules(id("ollama/a"), ModelRules::default());
    assert_eq!(settings, Settings::default());
}

#[test]
fn a_models_own_rules_go_before_its_providers_and_those_before_the_shipped() {
    let mut settings = Settings::default();
    let asked = |settings: &Settings| {
        let rules = settings.target(&model("ollama/a")).rules;
        (rules.first_token_ms, rules.idle_ms, rules.retries)
    };
    assert_eq!(asked(&settings), (180_000, 60_000, 2));
    settings.set_waits("ollama", Waits { first_token_s: Some(300), idle_s: Some(90) });
    assert_eq!(asked(&settings), (300_000, 90_000, 2));
    let own = ModelRules { first_token_s: Some(1), retries: Some(0), ..ModelRules::default() };
    settings.set_rules(id("ollama/a"), own);
    assert_eq!(asked(&settings), (1_000, 90_000, 0));
    assert_eq!(settings.target(&model("ollama/b")).rules.first_token_ms, 300_000);
    assert_eq!(
        settings.target(&model("box/b")).rules.first_token_ms,
        Rules::of(openai::LOCAL).first_token_ms
    );
}

#[test]
fn a_parameter_that_the_provider_would_refuse_is_not_sent() {
    let params = Params {
        temperature: Some(Decimal::whole(0)),
        top_p: Some(Decimal::whole(9)),
        max_tokens: Some(4_000_000_000),
        context: Some(8192),
        thinking: Some(Thinking::Low),
    };
    let mut settings = Settings::default();
    for name in ["ollama/a", "gemini/a"] {
        settings.set_rules(id(name), ModelRules { params: params.clone(), ..ModelRules::default() });
    }
    let sent = |name| settings.target(&model(name)).rules.params;
    let kept = Params { thinking: Some(Thinking::Low), ..Params::default() };
    assert_eq!(sent("gemini/a"), kept);
    assert_eq!(
        sent("ollama/a"),
        Params { temperature: Some(Decimal::whole(0)), context: Some(8192), ..kept }
    );
}

#[track_caller]
fn check_chain(chain: Option<&[&str]>, available: &[&str], expect: &[(&str, &str)]) {
    let mut settings = Settings::default();
    let fallbacks = chain.map(|chain| chain.iter().map(|name| id(name)).collect());
    settings.set_rules(id("ollama/codellama"), ModelRules { fallbacks, ..ModelRules::default() });
    let available: Vec<Model> = available.iter().map(|name| model(name)).collect();
    // Two providers have listed nothing yet: one that is asked, and one that is not set up.
    let describe = |id: &ModelRef| (id.provider != "off").then(|| model(&id.to_string()));
    let entry = settings.entry(&model("ollama/codellama"), &available, &describe);
    let got: Vec<_> =
        entry.fallbacks.iter().map(|target| (target.model.to_string(), target.kind.id())).collect();
    let got: Vec<_> = got.iter().map(|(model, kind)| (model.as_str(), *kind)).collect();
    assert_eq!(got, expect);
}

#[test]
fn the_own_chain_goes_before_the_shipped_one() {
    let there = ["ollama/codellama", "ollama/codellama:13b", "gemini/gemini-pro-latest"];
    check_chain(None, &there, &[("ollama/codellama:13b", "ollama")]);
    check_chain(Some(&[]), &there, &[]);
    check_chain(
        Some(&["gemini/gemini-pro-latest", "ollama/codellama:13b"]),
        &there,
        &[("gemini/gemini-pro-latest", "gemini"), ("ollama/codellama:13b", "ollama")],
    );
}

#[test]
fn whoever_is_not_listed_is_asked_in_the_words_of_its_own_provider_or_not_at_all() {
    let there = ["ollama/codellama", "gemini/gemini-pro-latest"];
    check_chain(
        Some(&["gemini/gone", "off/gone", "ollama/gone"]),
        &there,
        &[("gemini/gone", "gemini"), ("ollama/gone", "ollama")],
    );
}

#[test]
fn an_own_chain_keeps_the_models_of_a_provider_that_lists_nothing_right_now() {
    check_chain(
        Some(&["box/quick", "gemini/gemini-pro-latest"]),
        &["ollama/codellama"],
        &[("box/quick", openai::LOCAL.id()), ("gemini/gemini-pro-latest", "gemini")],
    );
}

#[track_caller]
fn check_price_of(model: &Model, expect: Rate) {
    assert_eq!(shipped_price(model, Day::of_unix_ms(1_795_132_800_000)), expect, "{}", model.id);
}

#[test]
fn what_runs_at_home_is_free_and_what_is_passed_on_is_not() {
    check_price_of(&model("ollama/qwen3"), Rate::Free);
    check_price_of(&Model { remote: true, ..model("ollama/qwen3") }, Rate::Unknown);
    check_price_of(&model("sample/quick"), Rate::Free);
    check_price_of(&model("gemini/gemini-flash-latest"), Rate::Unknown);
    check_price_of(&model("gemini/gemini-3.5-flash"), Rate::Known("1.50 / 9.00".parse().expect("a price")));
}

#[track_caller]
fn check_field<T: PartialEq + std::fmt::Debug>(
    got: Result<Option<T>, String>,
    expect: Result<Option<T>, &str>,
) {
    assert_eq!(got, expect.map_err(ToOwned::to_owned));
}

#[test]
fn whole_numbers_are_read_within_their_bounds() {
    let between = Err("A whole number from 1 to 3,600. Leave it empty for what is shipped.");
    check_field(seconds(""), Ok(None));
    check_field(seconds(" 30 "), Ok(Some(30)));
    check_field(seconds("30 s"), Ok(Some(30)));
    check_field(seconds("3600"), Ok(Some(3600)));
    for text in ["0", "3601", "-1", "+5", "1.5", "1,000", "half", "99999999999", "٣"] {
        check_field(seconds(text), between);
    }
    check_field(calls("16"), Ok(Some(16)));
    check_field(calls("17"), Err("A whole number from 1 to 16. Leave it empty for what is shipped."));
    check_field(calls("0"), Err("A whole number from 1 to 16. Leave it empty for what is shipped."));
}

#[test]
fn amounts_are_read_as_people_type_them() {
    check_field(cap(""), Ok(None));
    check_field(cap(" $0.50 "), Ok(Some(Money::from_nanos(500_000_000))));
    check_field(cap("0"), Ok(Some(Money::ZERO)));
    check_field(cap("$"), Err("No amount was given. Leave it empty for no cap."));
    check_field(cap("much"), Err("An amount is written as 0.50. Leave it empty for no cap."));
    check_field(price("  "), Ok(None));
    check_field(price("0.30/2.50"), Ok("0.30 / 2.50".parse().ok()));
    check_field(price("0.30"), Err("Two amounts, as in 0.30 / 2.50: for a million tokens in, and out."));
    check_field(price("a / b"), Err("An amount is written as 0.50. A price is written as 0.30 / 2.50."));
}

#[test]
fn an_amount_is_written_to_its_last_place_and_read_again() {
    let texts = [
        (0, "0"),
        (500_000_000, "0.50"),
        (1_234_500_000, "1.2345"),
        (120_000_000_000, "120"),
        (1, "0.000000001"),
    ];
    for (nanos, text) in texts {
        assert_eq!(amount(Money::from_nanos(nanos)), text);
        check_field(cap(text), Ok(Some(Money::from_nanos(nanos))));
    }
}

#[test]
fn a_form_keeps_the_rules_it_was_made_from() {
    let mut dice = Dice(7);
    let model = id("ollama/a");
    for _ in 0..200 {
        let mut rules = dice.rules(&model);
        rules.params = accepted(&rules.params, ollama::KIND);
        assert_eq!(ModelForm::from(&rules).check(&model, ollama::KIND), Ok(rules));
    }
}

#[test]
fn a_form_names_every_problem_at_its_field() {
    let form = ModelForm {
        first_token: "soon".into(),
        idle: "0".into(),
        retries: "11".into(),
        tuning: Tuning { temperature: "3".into(), max_tokens: "0".into(), ..Tuning::default() },
        fallbacks: None,
    };
    let found = form.check(&id("gemini/a"), gemini::KIND).expect_err("nothing in it is right");
    let slots: Vec<Slot> = found.iter().map(|problem| problem.slot).collect();
    let (temperature, longest) = (Slot::Param(Field::Temperature), Slot::Param(Field::MaxTokens));
    assert_eq!(slots, [Slot::FirstToken, Slot::Idle, Slot::Retries, temperature, longest]);
    assert!(found[2].sentence.starts_with("A whole number from 0 to 10."));
    assert!(found[3].sentence.starts_with("Above 0, up to 2."), "{}", found[3].sentence);
}

#[test]
fn a_chain_holds_each_once_never_itself_and_is_not_endless() {
    let chain: Vec<ModelRef> = ["a/1", "a/2", "a/1", "a/3", "a/4", "a/5", "a/6", "a/7"].map(id).into();
    let kept: Vec<_> = sound(&chain, &id("a/2")).iter().map(ToString::to_string).collect();
    assert_eq!(kept, ["a/1", "a/3", "a/4", "a/5", "a/6"]);
}

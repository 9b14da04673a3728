//! The sample models: answers written for CodeCraft, played as streams. No AI, and labelled so wherever they appear.
//!
//! They show every turn a run can take: a quick answer, a thorough one, one that fails and is answered by another, one
//! that is cut off, and a page with faults. The answers are the files in `answers/`; see [`Starter`] for what they answer.

mod pace;
mod tasks;

use super::{
    Ask, Call, ErrorClass, FinishReason, ListedModel, ModelPage, Protocol, ProviderError, ProviderKind,
    StreamEvent, Usage,
    decode::{
        chunk::{Chunk, Event},
        fault::{Fault, by_status},
    },
    protocol::{Bounds, Facts, Framing, Range, Timeouts},
};
use crate::brief::{Decimal, Language};
use pace::Pace;
use tasks::Voice;

pub use tasks::{Starter, starters};

/// Provider id of the samples.
pub const PROVIDER: &str = "sample";
/// Their kind. It makes no calls, so nothing of its wire is ever asked for.
pub const KIND: ProviderKind = ProviderKind::new(&Sample);

struct Sample;

static FACTS: Facts = Facts {
    kind: PROVIDER,
    name: Some("Sample"),
    is_sample: true,
    at_home: false,
    cuts_silently: false,
    framing: Framing::Lines,
    lane: 8,
    timeouts: Timeouts { first_token_ms: 30_000, idle_ms: 60_000 },
    bounds: Bounds {
        temperature: Range { low: Decimal::whole(0), inclusive: true, high: Decimal::whole(2) },
        top_p: Range { low: Decimal::whole(0), inclusive: false, high: Decimal::whole(1) },
        max_tokens: 1_000_000,
        context: None,
        thinking: false,
    },
    shipped: &[],
    other_calls: &[],
    remedy: None,
    relay: None,
};

impl Protocol for Sample {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }
    fn generate(&self, _ask: &Ask<'_>) -> Option<Call> {
        None
    }
    fn list(&self, _page: Option<&str>) -> Option<Call> {
        None
    }
    fn read_list(&self, _body: &[u8]) -> Option<ModelPage> {
        None
    }
    fn read_chunk<'a>(&self, _event: Event<'a>) -> Chunk<'a> {
        Chunk::default()
    }
    fn classify(&self, fault: &Fault<'_>) -> ErrorClass {
        by_status(fault.http)
    }
}

/// Model id of the sample that fails.
pub(crate) const FALLS_BACK: &str = "falls-back";
/// Model id of the sample that answers for [`FALLS_BACK`]. It is not listed: nobody chooses it.
pub(crate) const STAND_IN: &str = "stand-in";

/// How long `falls-back` takes to fail, in milliseconds.
const FAILS_AFTER_MS: u32 = 600;

/// One step of a played stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Pause before it, in milliseconds.
    pub after_ms: u32,
    pub event: StreamEvent,
}

/// What a sample model plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// One of the answers, to its end.
    Whole(Voice),
    /// The thorough answer, up to the middle of a line.
    CutOff,
    /// The page with faults, whatever was asked.
    Page,
    /// No answer: the provider is overloaded.
    Overloaded,
}

/// A sample model.
struct Player {
    id: &'static str,
    /// What it shows.
    strengths: &'static str,
    part: Part,
    /// When its first and last words come, in milliseconds.
    first_ms: u32,
    last_ms: u32,
}

const PLAYERS: [Player; 6] = [
    Player {
        id: "quick",
        strengths: "Short answer, right at once",
        part: Part::Whole(Voice::Quick),
        first_ms: 350,
        last_ms: 3_000,
    },
    Player {
        id: "thorough",
        strengths: "Documented, with tests",
        part: Part::Whole(Voice::Thorough),
        first_ms: 700,
        last_ms: 9_000,
    },
    Player {
        id: FALLS_BACK,
        strengths: "Fails first, then another answers",
        part: Part::Overloaded,
        first_ms: FAILS_AFTER_MS,
        last_ms: FAILS_AFTER_MS,
    },
    Player {
        id: "cut-off",
        strengths: "Ends in the middle of a line",
        part: Part::CutOff,
        first_ms: 500,
        last_ms: 4_000,
    },
    Player {
        id: "faulty-page",
        strengths: "A page with typical faults",
        part: Part::Page,
        first_ms: 600,
        last_ms: 6_000,
    },
    Player {
        id: STAND_IN,
        strengths: "Answers when another cannot",
        part: Part::Whole(Voice::StandIn),
        first_ms: 800,
        last_ms: 6_400,
    },
];

fn player(model: &str) -> Option<&'static Player> {
    PLAYERS.iter().find(|player| player.id == model)
}

/// The sample models, as a provider would list them.
pub fn models() -> Vec<ListedModel> {
    PLAYERS
        .iter()
        .filter(|player| player.id != STAND_IN)
        .map(|player| ListedModel { id: player.id.into(), ..ListedModel::default() })
        .collect()
}

/// What a sample shows, in a few words. `None` if there is no such sample.
pub fn strengths(model: &str) -> Option<&'static str> {
    player(model).map(|player| player.strengths)
}

/// Seconds from the request to the last word, whoever speaks it in the end. `None` if there is no such sample.
pub fn typical_seconds(model: &str) -> Option<u32> {
    let player = player(model)?;
    let stand_in_ms = match player.part {
        Part::Overloaded => typical_ms(STAND_IN),
        Part::Whole(_) | Part::CutOff | Part::Page => 0,
    };
    Some((player.last_ms + stand_in_ms).div_ceil(1_000))
}

fn typical_ms(model: &str) -> u32 {
    player(model).map_or(0, |player| player.last_ms)
}

/// The stream of one call: the same steps for the same request. Always ends with a `Finish` or an `Error`.
pub fn play(model: &str, request: &str, language: Language) -> Vec<Step> {
    let Some(player) = player(model) else {
        let error = ProviderError {
            http: Some(404),
            ..ProviderError::new(ErrorClass::ModelMissing, format!("There is no sample model “{model}”."))
        };
        return vec![Step { after_ms: 0, event: StreamEvent::Error(error) }];
    };
    match player.part {
        Part::Whole(voice) => {
            let reasoning = if voice == Voice::Thorough { tasks::reasoning(request) } else { "" };
            stream(player, request, reasoning, &tasks::answer(request, language, voice), FinishReason::Stop)
        }
        Part::CutOff => {
            let answer = tasks::answer(request, language, Voice::Thorough);
            stream(player, request, "", cut_in_line(&answer), FinishReason::Length)
        }
        Part::Page => stream(player, request, "", tasks::FAULTY_PAGE, FinishReason::Stop),
        Part::Overloaded => vec![Step { after_ms: player.first_ms, event: StreamEvent::Error(overloaded()) }],
    }
}

/// An overload that asks for a wait nobody would sit through, so that another model is asked at once.
fn overloaded() -> ProviderError {
    ProviderError {
        http: Some(503),
        code: Some("UNAVAILABLE".into()),
        verbatim: true,
        retry_after_ms: Some(60_000),
        ..ProviderError::new(
            ErrorClass::Overloaded,
            "This sample is always overloaded, to show what happens then.",
        )
    }
}

fn stream(player: &Player, request: &str, reasoning: &str, answer: &str, reason: FinishReason) -> Vec<Step> {
    let start = StreamEvent::Start { model: Some(player.id.into()) };
    let mut steps = vec![Step { after_ms: player.first_ms, event: start }];
    let mut say = |text, until_ms, pace: &mut Pace, event: fn(String) -> StreamEvent| {
        steps.extend(
            pace.play(text, until_ms).map(|(after_ms, piece)| Step { after_ms, event: event(piece) }),
        );
    };
    let mut pace = Pace::new(player.id, player.first_ms);
    if !reasoning.is_empty() {
        let span = player.last_ms - player.first_ms;
        say(reasoning, player.first_ms + span / 4, &mut pace, StreamEvent::Reasoning);
    }
    say(answer, player.last_ms, &mut pace, StreamEvent::Text);
    let usage = Usage {
        prompt_tokens: Some(tokens(request)),
        completion_tokens: Some(tokens(answer)),
        reasoning_tokens: (!reasoning.is_empty()).then(|| tokens(reasoning)),
        ..Usage::default()
    };
    let raw = if reason == FinishReason::Length { "length" } else { "stop" };
    let ending = [StreamEvent::Usage(usage), StreamEvent::Finish { reason, raw: raw.into() }];
    steps.extend(ending.map(|event| Step { after_ms: 0, event }));
    steps
}

/// Four bytes to a token: the rule of thumb for English and code.
fn tokens(text: &str) -> u64 {
    text.len().div_ceil(4) as u64
}

/// The answer up to the middle of its first long line past three fifths, which lies inside the code.
fn cut_in_line(answer: &str) -> &str {
    const SHORTEST: usize = 24;
    let from = answer.len() * 3 / 5;
    let mut start = 0;
    for line in answer.split_inclusive('\n') {
        let code = line.trim();
        if start >= from && code.len() >= SHORTEST {
            let indent = line.len() - line.trim_start().len();
            return &answer[..answer.floor_char_boundary(start + indent + code.len() / 2)];
        }
        start += line.len();
    }
    &answer[..answer.floor_char_boundary(from)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(steps: &[Step]) -> String {
        let text = |step: &Step| {
            if let StreamEvent::Text(text) = &step.event { text.clone() } else { String::new() }
        };
        steps.iter().map(text).collect()
    }

    #[test]
    fn five_models_are_listed_and_the_stand_in_is_not() {
        let ids: Vec<_> = models().into_iter().map(|model| model.id).collect();
        assert_eq!(ids, ["quick", "thorough", "falls-back", "cut-off", "faulty-page"]);
    }

    #[track_caller]
    fn check_pace(model: &str, seconds: u32) {
        let total: u32 = play(model, "", Language::Rust).iter().map(|step| step.after_ms).sum();
        assert_eq!(total, typical_ms(model));
        assert_eq!(typical_seconds(model), Some(seconds));
    }

    #[test]
    fn streams_last_as_long_as_they_say() {
        check_pace("quick", 3);
        check_pace("thorough", 9);
        check_pace("cut-off", 4);
        check_pace("faulty-page", 6);
        check_pace("falls-back", 7);
        assert_eq!(typical_seconds("nobody"), None);
    }

    #[test]
    fn every_stream_starts_once_gives_text_and_ends_once() {
        for model in ["quick", "thorough", "stand-in", "cut-off", "faulty-page"] {
            for starter in starters() {
                for &language in Language::ALL {
                    let steps = play(model, starter.prompt, language);
                    let events: Vec<_> = steps.iter().map(|step| &step.event).collect();
                    let [StreamEvent::Start { model: Some(id) }, middle @ .., usage, finish] = &events[..]
                    else {
                        panic!("{model} is too short");
                    };
                    assert_eq!(id, model);
                    assert!(matches!(usage, StreamEvent::Usage(_)));
                    assert!(matches!(finish, StreamEvent::Finish { .. }));
                    for event in middle {
                        let (StreamEvent::Text(piece) | StreamEvent::Reasoning(piece)) = event else {
                            panic!("{event:?} in the middle");
                        };
                        assert!(!piece.is_empty());
                    }
                }
            }
        }
    }

    #[test]
    fn the_same_request_gives_the_same_steps_and_each_model_its_own() {
        let play = |model| play(model, starters()[0].prompt, Language::TypeScript);
        assert_eq!(play("quick"), play("quick"));
        let texts = ["quick", "thorough", "stand-in"].map(|model| text_of(&play(model)));
        assert_ne!(texts[0], texts[1]);
        assert_ne!(texts[0], texts[2]);
        assert_ne!(texts[1], texts[2]);
    }

    #[test]
    fn only_the_thorough_one_thinks_first() {
        for (model, thinks) in [("quick", false), ("thorough", true), ("stand-in", false), ("cut-off", false)]
        {
            let steps = play(model, "csv", Language::Python);
            assert_eq!(matches!(steps[1].event, StreamEvent::Reasoning(_)), thinks, "{model}");
        }
    }

    #[test]
    fn falls_back_fails_as_an_overloaded_provider_does() {
        let steps = play("falls-back", "", Language::Go);
        let [Step { after_ms: 600, event: StreamEvent::Error(error) }] = &steps[..] else {
            panic!("{steps:?}")
        };
        assert_eq!((error.class, error.http), (ErrorClass::Overloaded, Some(503)));
    }

    #[test]
    fn an_unknown_model_is_missing() {
        let steps = play("nobody", "", Language::Go);
        let [Step { event: StreamEvent::Error(error), .. }] = &steps[..] else { panic!("{steps:?}") };
        assert_eq!((error.class, error.http), (ErrorClass::ModelMissing, Some(404)));
    }

    #[test]
    fn cut_off_ends_in_a_line_of_code_at_the_limit() {
        for starter in starters() {
            for &language in Language::ALL {
                let steps = play("cut-off", starter.prompt, language);
                let cut = text_of(&steps);
                let whole = text_of(&play("thorough", starter.prompt, language));
                let rest = whole.strip_prefix(&cut).expect("it begins as the thorough one does");
                assert_eq!(cut.matches("```").count(), 1, "the fence is open");
                assert!(!cut.ends_with('\n') && !rest.starts_with('\n'), "{cut}");
                let Some(Step { event: StreamEvent::Finish { reason, .. }, .. }) = steps.last() else {
                    panic!()
                };
                assert_eq!(*reason, FinishReason::Length);
            }
        }
    }

    #[test]
    fn the_page_is_html_with_its_faults_whatever_was_asked() {
        let page = text_of(&play("faulty-page", starters()[1].prompt, Language::Rust));
        assert!(page.contains("```html\n<!doctype html>"));
        assert!(page.contains(r#"class="button" class="large""#), "a class given twice");
        assert!(!page.contains("viewport"));
        assert!(page.matches("<div").count() > page.matches("</div>").count(), "a div stays open");
        assert!(page.contains("</b>") && !page.contains("<b>"), "an end tag without a start");
        assert_eq!(page.matches(r#"id="tours""#).count(), 2);
    }
}

//! The streams: which steps a model takes once it answers at all.

use super::{
    Circumstances, Fault, Finish, Step,
    pace::{Pace, first_lines, tokens},
};
use crate::{
    answers::{self, Answer},
    conversation::SIGNATURE,
    name::{Behaviour, Field, Name, Params, Style},
    scenario::{Beat, LARGEST_EVENT, Plays},
};

/// Lines after which the interrupted models stop.
const LINES_BEFORE_FAULT: usize = 12;
/// Events that are no JSON: more than any client should bear.
const GARBLED_EVENTS: usize = 24;
/// Bytes in the event of `oversized`.
const OVERSIZED: usize = LARGEST_EVENT + (1 << 20);
/// Lines that `continues` says once more after a new fence.
const REPEATED_LINES: usize = 3;
/// Where `continues` is cut unless its name says so, in characters.
const DEFAULT_CUT: usize = 600;

pub(super) fn steps(name: &Name, circumstances: &Circumstances) -> Vec<Step> {
    let text = answer_text(name, circumstances);
    let pace = Pace::of(name, &text);
    let stop = Step::Finish(Finish::Stop);
    let head = || match name.params.tokens {
        Some(count) => pace.text(&tokens(&text).take(count).collect::<String>()),
        None => pace.text(first_lines(&text, LINES_BEFORE_FAULT)),
    };
    let then = |mut steps: Vec<Step>, last: Step| {
        steps.push(last);
        steps
    };
    match name.behaviour {
        Behaviour::Mute => vec![Step::Stall],
        Behaviour::Blocked => vec![Step::Block],
        Behaviour::HugeLine | Behaviour::Oversized => vec![Step::Text(text), stop],
        Behaviour::Stall => then(head(), Step::Stall),
        Behaviour::Cut => then(head(), Step::Cut),
        Behaviour::CutAtOnce => vec![Step::Cut],
        Behaviour::CutInUtf8 => then(head(), Step::CutInside("合計 🎉".to_owned())),
        Behaviour::EndsEarly => head(),
        Behaviour::EndsEmpty => vec![Step::Text(String::new())],
        Behaviour::ErrorAtOnce => vec![Step::Fail(Fault::Event)],
        Behaviour::ErrorMid => then(head(), Step::Fail(Fault::Event)),
        Behaviour::ErrorTail => then(head(), Step::Fail(Fault::Tail)),
        Behaviour::Truncated => {
            let half = text.lines().count() / 2;
            then(pace.text(first_lines(&text, half)), Step::Finish(Finish::Length))
        }
        Behaviour::TruncatedSilent => then(reasoning(name, &pace), Step::Finish(Finish::Length)),
        Behaviour::Thinking => then(thoughtful(name, &pace, &text), stop),
        Behaviour::GarbledOnce => {
            let (before, after) = text.split_at(first_lines(&text, 4).len());
            let broken = Step::Data(r#"{"id":"half of an ev"#.to_owned());
            then([then(pace.text(before), broken), pace.text(after)].concat(), stop)
        }
        Behaviour::Garbled => vec![Step::Data("upstream buffer overflow".to_owned()); GARBLED_EVENTS],
        Behaviour::OddEnds => then([vec![Step::OddEnds], pace.text(&text)].concat(), stop),
        Behaviour::LoneSurrogates => {
            let party = [Step::Half("\\ud83c"), Step::Half("\\udf89")];
            [then(pace.text(&text), party[0].clone()), vec![party[1].clone(), stop]].concat()
        }
        Behaviour::Continues => continued(name, circumstances, &pace, &text),
        Behaviour::Scene(scenario) => match scenario.plays {
            Plays::Stream(beats) => beats.iter().flat_map(|beat| beat_steps(*beat, &pace, &text)).collect(),
            Plays::As(_) | Plays::Reply(_) => Vec::new(),
        },
        _ => then(pace.text(&text), stop),
    }
}

/// Reasoning, the answer, and at the end the proof that the reasoning was the model's own.
pub(super) fn thoughtful(name: &Name, pace: &Pace, text: &str) -> Vec<Step> {
    let mut steps = reasoning(name, pace);
    steps.extend(pace.text(text));
    steps.push(Step::Signature(SIGNATURE));
    steps
}

pub(super) fn reasoning(name: &Name, pace: &Pace) -> Vec<Step> {
    match name.params.field {
        Some(Field::Tags) => pace.text(&format!("<think>\n{}</think>\n\n", answers::REASONING.text)),
        _ => pace.steps(answers::REASONING.text, Step::Reasoning),
    }
}

fn beat_steps(beat: Beat, pace: &Pace, text: &str) -> Vec<Step> {
    match beat {
        Beat::Lines(count) => pace.text(first_lines(text, count)),
        Beat::Data(data) => vec![Step::Data(data.to_owned())],
        Beat::Fail(fault) => vec![Step::Fail(fault)],
        Beat::End(finish) => vec![Step::Finish(finish)],
    }
}

/// The first call is cut by length; one that brings the model's own words back gets the rest.
fn continued(name: &Name, circumstances: &Circumstances, pace: &Pace, text: &str) -> Vec<Step> {
    let marked = name.params.doc.as_deref().and_then(answers::join).map(|(_, cut)| cut);
    let cut = name.params.cut.or(marked).unwrap_or(DEFAULT_CUT);
    let cut = text.char_indices().nth(cut).map_or(text.len(), |(at, _)| at);
    let (said, rest) = text.split_at(cut);
    if circumstances.conversation.assistant.is_none() {
        let end = if rest.is_empty() { Finish::Stop } else { Finish::Length };
        return [pace.text(said), vec![Step::Finish(end)]].concat();
    }
    let line_start = said.rfind('\n').map_or(0, |at| at + 1);
    let answer = match name.params.style {
        Style::Obey => rest.to_owned(),
        Style::Plain => text[line_start..].to_owned(),
        Style::Fence => {
            let mut from = line_start;
            for _ in 0..REPEATED_LINES {
                let earlier = said[..from.saturating_sub(1)].rfind('\n').map_or(0, |at| at + 1);
                // The fence of the first answer is not part of the code.
                if said[earlier..from].starts_with("```") {
                    break;
                }
                from = earlier;
            }
            let fence = said.lines().find(|line| line.starts_with("```")).unwrap_or("```");
            format!("Here is the rest of the code:\n\n{fence}\n{}", &text[from..])
        }
        Style::Restart => text.to_owned(),
    };
    [pace.text(&answer), vec![Step::Finish(Finish::Stop)]].concat()
}

pub(super) fn answer_text(name: &Name, circumstances: &Circumstances) -> String {
    let Params { lines, seed, .. } = &name.params;
    let (lines, seed) = (*lines, *seed);
    let generated = |lines| answers::fenced(&answers::generated_code(lines, seed.unwrap_or(0)));
    let corpus = |answer: Answer| lines.map_or_else(|| answer.text.to_owned(), generated);
    match name.behaviour {
        Behaviour::Long => generated(lines.unwrap_or(2_000)),
        Behaviour::Wide => {
            answers::fenced(&answers::wide_code(lines.unwrap_or(12), 4_000, seed.unwrap_or(0)))
        }
        Behaviour::HugeLine => answers::fenced(&answers::wide_code(1, 2 << 20, seed.unwrap_or(0))),
        Behaviour::Oversized => answers::fenced(&format!("// {}\n", "=".repeat(OVERSIZED))),
        Behaviour::Unicode => corpus(answers::UNICODE),
        Behaviour::HtmlPage => corpus(answers::HTML_PAGE),
        Behaviour::NoCode => corpus(answers::NO_CODE),
        Behaviour::Stubbed => corpus(answers::STUBBED),
        Behaviour::ManyFences => corpus(answers::MANY_FENCES),
        Behaviour::EchoHeaders => {
            let headers = serde_json::to_string_pretty(&circumstances.headers)
                .expect("a map of strings is always JSON");
            format!("The request carried these headers:\n\n```json\n{headers}\n```\n")
        }
        Behaviour::Continues => {
            let joined = name.params.doc.as_deref().and_then(answers::join);
            // Its seeds go on where those of the others begin anew, to be cut in other kinds of text as well.
            match (joined, seed.unwrap_or(0)) {
                (Some((text, _)), _) => text,
                (None, 3) => corpus(answers::HTML_PAGE),
                (None, 4) => corpus(answers::UNICODE),
                (None, 5) => corpus(answers::MANY_FENCES),
                (None, seed) => corpus(answers::parse_duration(seed)),
            }
        }
        Behaviour::Quick => corpus(answers::parse_duration(seed.unwrap_or(1))),
        Behaviour::Thinking | Behaviour::Slow => corpus(answers::parse_duration(seed.unwrap_or(2))),
        _ => corpus(answers::parse_duration(seed.unwrap_or(0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Conversation;

    fn text_of(model: &str, assistant: Option<&str>) -> (String, Option<Step>) {
        let name = model.parse().expect("a known name");
        let assistant = assistant.map(str::to_owned);
        let conversation = Conversation { assistant, ..Conversation::default() };
        let mut steps = steps(&name, &Circumstances { conversation, ..Circumstances::default() });
        (steps.iter().filter_map(Step::text).collect(), steps.pop())
    }

    #[track_caller]
    fn check_rest(style: &str, joins: fn(&str, &str, &str) -> bool) {
        for (seed, cut) in [(0, 300), (3, 410), (4, 77), (5, 500)] {
            let model = format!("continues@rate=0,seed={seed},cut={cut},style={style}");
            let (said, end) = text_of(&model, None);
            assert_eq!(end, Some(Step::Finish(Finish::Length)), "{model}");
            assert_eq!(said.chars().count(), cut, "{model}");
            let (rest, end) = text_of(&model, Some(&said));
            assert_eq!(end, Some(Step::Finish(Finish::Stop)), "{model}");
            let (whole, _) = text_of(&format!("continues@rate=0,seed={seed},cut=100000"), None);
            assert!(joins(&whole, &said, &rest), "{model}: {rest}");
        }
    }

    #[test]
    fn a_model_that_was_cut_goes_on_in_its_style() {
        check_rest("obey", |whole, said, rest| format!("{said}{rest}") == whole);
        check_rest("restart", |whole, _, rest| rest == whole);
        check_rest("plain", |whole, said, rest| {
            let from = whole.len() - rest.len();
            whole.ends_with(rest) && from <= said.len() && !said[from..].contains('\n')
        });
        check_rest("fence", |whole, said, rest| {
            let code = rest.split_once("\n\n```").and_then(|(_, block)| block.split_once('\n'));
            let code = code.map_or("", |(_, code)| code);
            let repeated = &said[whole.len() - code.len()..];
            whole.ends_with(code) && repeated.lines().count() <= REPEATED_LINES + 1
        });
    }

    #[test]
    fn text_that_is_shorter_than_the_cut_is_whole() {
        let (_, end) = text_of("continues@cut=100000", None);
        assert_eq!(end, Some(Step::Finish(Finish::Stop)));
    }

    #[test]
    fn reasoning_can_stand_in_the_text_between_tags() {
        let (text, _) = text_of("thinking@rate=0,field=tags", None);
        assert!(text.starts_with("<think>\n") && text.contains("</think>"), "{text}");
    }
}

//! A run as it can be looked up afterwards: its log, its lanes, its picture.

use super::*;
use crate::{run::picture, words};

/// Fails twice, is answered by its fallback, and is asked once more.
fn eventful() -> Run {
    let mut run = run(&["gemini/flash>openai/mini", "ollama/qwen", "openai/other"]);
    run.reduce(0, Event::Tick);
    run.fail(800, 0, ErrorClass::RateLimited, Some(2000));
    run.reduce(2800, Event::Tick);
    run.fail(3500, 0, ErrorClass::QuotaGone, None);
    run.text(4600, 0, CODE);
    run.finish(9000, 0, FinishReason::Stop);
    run.text(6000, 1, CODE);
    run.finish(9500, 1, FinishReason::Length);
    run.text(6000, 2, CODE);
    run.finish(10_000, 2, FinishReason::Stop);
    run
}

#[test]
fn the_log_says_of_every_call_why_it_was_made_and_what_came_of_it() {
    let mut run = eventful();
    run.reduce(20_000, Event::Retry { candidate: 0 });
    let told = |index| {
        let steps = words::log(&run, index, 21_000);
        steps.iter().map(|s| format!("{}: {}, {}, {}", s.model, s.why, s.end, s.took)).collect::<Vec<_>>()
    };
    assert_eq!(
        told(0),
        [
            "flash: first try, too many requests, 0.8 s",
            "flash: retry after 2.0 s, quota used up, 0.7 s",
            "mini: fallback, finished, 5.5 s",
            "flash: another model, writing, 1.0 s",
        ]
    );
    assert_eq!(told(1), ["qwen: first try, cut off at its limit, 9.5 s"]);
    let steps = words::log(&run, 0, 21_000);
    assert!(steps[2].detail.starts_with("first token 1.1 s · ≈"), "{}", steps[2].detail);
    assert!(steps[2].detail.ends_with(" out · price unknown"), "{}", steps[2].detail);
    assert_eq!([0, 1, 2, 3].map(|step: usize| steps[step].bad), [true, true, false, false]);
}

#[test]
fn clouds_share_a_lane_and_a_server_of_ones_own_has_its_own() {
    let columns = words::columns(&eventful());
    let told: Vec<_> =
        columns.iter().map(|c| (c.title.as_str(), c.note.as_str(), c.cards.as_slice())).collect();
    assert_eq!(
        told,
        [
            ("Cloud lane", "8 at once with each provider", &[0, 2][..]),
            ("Ollama lane", "1 at a time, so that models do not push each other out of memory", &[1][..]),
        ]
    );
}

#[test]
fn the_picture_shows_every_stretch_of_every_card() {
    let mut run = eventful();
    run.reduce(20_000, Event::Retry { candidate: 0 });
    run.text(20_500, 0, CODE);
    run.finish(24_000, 0, FinishReason::Stop);
    let svg = picture::svg(&run);
    well_formed(&svg);
    // Two failed tries and the sign in the legend; two answers of the first card, one of each other, and the sign.
    assert_eq!(svg.matches("fill=\"#fdeeed\"").count(), 3);
    assert_eq!(svg.matches("fill=\"#025d6b\"").count(), 5);
    for word in ["waiting", "loading", "writing", "failed try", "retry wait", "first token", "cut off"] {
        assert!(svg.contains(&format!(">{word}</text>")), "{word} is not in the legend");
    }
    assert!(svg.contains("flash failed after 0.8 s, paused 2.0 s, failed after 0.7 s, "), "{svg}");
    for foreign in ["<script", "<style", "foreignObject", "href", "class=", "style=\""] {
        assert!(!svg.contains(foreign), "{foreign} has no place in a file that stands for itself");
    }
}

#[test]
fn names_of_models_cannot_break_the_picture() {
    let mut run = run(&["openai/a", "openai/b", "openai/c"]);
    let hostile = ["\"><script>alert(1)</script>", "a&b\u{0}\u{ffff}]]>", "'--><g"];
    for (candidate, name) in run.candidates.iter_mut().zip(hostile) {
        candidate.chosen.model.model = name.into();
    }
    well_formed(&picture::svg(&run));
}

#[track_caller]
fn check_axis(longest: Millis, expect: Millis) {
    assert_eq!(picture::axis(longest), expect);
}

#[test]
fn the_axis_has_round_quarters() {
    check_axis(0, 4000);
    check_axis(4001, 8000);
    check_axis(45_300, 60_000);
    check_axis(90_000_000, 86_400_000);
}

/// Fails unless `text` is well-formed XML of the kind that we write: elements, attributes in double quotes, and text.
#[track_caller]
fn well_formed(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text.trim_end();
    while let Some(start) = rest.find('<') {
        plain(&rest[..start]);
        let end = rest.find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "tags are closed in their order");
            continue;
        }
        let (body, closed) = tag.strip_suffix('/').map_or((tag, false), |body| (body, true));
        let (name, attributes) = body.split_once(' ').unwrap_or((body, ""));
        assert!(name.bytes().all(|b| b.is_ascii_alphabetic()), "{name} is no name");
        let pieces: Vec<_> = attributes.split('"').collect();
        assert!(pieces.len() % 2 == 1, "quotes come in pairs: {tag}");
        for piece in pieces {
            plain(piece);
        }
        if !closed {
            open.push(name);
        }
    }
    assert!(rest.is_empty() && open.is_empty(), "{open:?} {rest}");
}

#[track_caller]
fn plain(text: &str) {
    assert!(!text.contains(['<', '>', '\u{0}', '\u{ffff}']), "{text}");
    for reference in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;"].iter().any(|name| reference.starts_with(name));
        assert!(known, "&{reference}");
    }
}

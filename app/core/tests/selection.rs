//! Does the ladder choose better than chance, and than length?
//!
//! The data are 24 answers each to 82 tasks with the verdict of hidden tests, which only scores the choice. They are no part of the
//! repository; without them the test says so and does nothing. They lie in `../shared/data` beside the checkout.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use codecraft_core::brief::Language;
use codecraft_core::rank::{Ending, Facts, rank};
use flate2::read::GzDecoder;
use serde::Deserialize;

#[derive(Deserialize)]
struct Task {
    prompt: String,
    candidates: Vec<Candidate>,
}

#[derive(Deserialize)]
struct Candidate {
    completion: String,
    correct: bool,
}

/// Candidates of one draw.
const N: usize = 5;
/// Draws for each task.
const DRAWS: usize = 10;

#[test]
fn the_ladder_beats_length_and_chance() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/selection-dev.jsonl.gz");
    let Ok(file) = File::open(&path) else {
        println!("skipped: {} is not there", path.display());
        return;
    };
    let mut seed = 1;
    let (mut ladder, mut longest, mut chance, mut oracle, mut draws) = (0, 0, 0.0, 0, 0);
    for line in BufReader::new(GzDecoder::new(file)).lines() {
        let task: Task =
            serde_json::from_str(&line.expect("the data are text")).expect("the data are JSON lines");
        for _ in 0..DRAWS {
            let drawn = draw(task.candidates.len(), &mut seed);
            let codes: Vec<_> = drawn
                .iter()
                .map(|at| format!("{}{}", task.prompt, task.candidates[*at].completion))
                .collect();
            let facts: Vec<_> = codes
                .iter()
                .map(|code| Facts {
                    name: "",
                    ending: Ending::Complete,
                    code: Some(code),
                    cut_in_code: false,
                    language: Language::Python,
                    wanted: Language::Python,
                })
                .collect();
            let correct = |choice: usize| usize::from(task.candidates[drawn[choice]].correct);
            ladder += correct(rank(&facts).order[0]);
            longest += correct((0..N).max_by_key(|at| codes[*at].len()).expect("a draw has candidates"));
            let right = (0..N).map(correct).sum::<usize>();
            chance += right as f64 / N as f64;
            oracle += right.min(1);
            draws += 1;
        }
    }
    let percent = |hits: f64| 100.0 * hits / f64::from(draws);
    let (ladder, longest) = (percent(ladder as f64), percent(longest as f64));
    let (chance, oracle) = (percent(chance), percent(oracle as f64));
    println!("correct of {draws} draws of {N}, in percent:");
    println!("ladder {ladder:.1}, chance {chance:.1}, longest {longest:.1}, best possible {oracle:.1}");
    assert!(ladder > chance && chance > longest, "see the figures above");
}

/// `N` different numbers below `count`, by a generator that is the same everywhere.
fn draw(count: usize, seed: &mut u64) -> Vec<usize> {
    let mut all: Vec<_> = (0..count).collect();
    (0..N)
        .map(|_| {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            all.swap_remove((*seed >> 33) as usize % all.len())
        })
        .collect()
}

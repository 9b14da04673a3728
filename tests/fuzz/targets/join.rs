//! The join of an answer that was cut off and its rest: the first offset parts them, the others cut the rest into pieces.
#![no_main]

use codecraft_core::{
    brief::Language,
    join::{Joiner, Splice, resume},
};
use codecraft_fuzz::Input;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let input = Input::new(data);
    let whole = String::from_utf8_lossy(input.body);
    let wanted = Language::ALL[data.len() % Language::ALL.len()];
    let at = |cut: usize| whole.floor_char_boundary(cut);
    let mut cuts: Vec<usize> = input.cuts.iter().map(|cut| at(*cut)).collect();
    if cuts.is_empty() {
        cuts.push(at(whole.len() / 2));
    }
    cuts.push(whole.len());
    let (text, rest) = whole.split_at(cuts[0]);
    let _ = resume(text, wanted);

    let pieces = cuts.windows(2).map(|pair| &whole[pair[0]..pair[1]]);
    assert_eq!(join(text, wanted, pieces), join(text, wanted, std::iter::once(rest)));
});

/// The text in the end.
fn join<'a>(text: &str, wanted: Language, pieces: impl Iterator<Item = &'a str>) -> String {
    let (mut joined, mut joiner) = (text.to_owned(), Joiner::new(text, wanted));
    let mut apply = |splice: Option<Splice>| {
        if let Some(Splice { keep, append }) = splice {
            // Panics where no character begins.
            joined.truncate(keep);
            joined.push_str(&append);
        }
    };
    for piece in pieces {
        apply(joiner.push(piece));
    }
    apply(joiner.finish());
    joined
}

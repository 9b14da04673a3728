//! Code extraction, from the whole answer and while it streams.
#![no_main]

use codecraft_core::{
    brief::Language,
    extract::{LiveExtract, LiveOp, extract},
};
use codecraft_fuzz::Input;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let input = Input::new(data);
    let answer = String::from_utf8_lossy(input.body);
    let wanted = Language::ALL[data.len() % Language::ALL.len()];
    let _ = extract(&answer, wanted);

    // The live view ends with the same code, however the text came.
    let whole = live(std::iter::once(&*answer), wanted);
    let mut pieces = Vec::new();
    let mut rest = &*answer;
    for cut in input.cuts.iter().rev() {
        let (head, tail) = rest.split_at(rest.floor_char_boundary(*cut));
        pieces.push(tail);
        rest = head;
    }
    pieces.push(rest);
    assert_eq!(live(pieces.into_iter().rev(), wanted), whole);
});

/// What the live view shows in the end.
fn live<'a>(pieces: impl Iterator<Item = &'a str>, wanted: Language) -> String {
    let mut shown = String::new();
    let mut apply = |op: LiveOp<'_>| match op {
        LiveOp::Clear => shown.clear(),
        LiveOp::Append(text) => shown.push_str(text),
    };
    let mut extract = LiveExtract::new(wanted);
    for piece in pieces {
        extract.push(piece, &mut apply);
    }
    extract.finish(&mut apply);
    shown
}

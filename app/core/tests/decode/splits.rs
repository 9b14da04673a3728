//! Properties: events do not depend on the pieces, and no bytes make the decoder panic.

use codecraft_core::provider::{Head, ProviderKind};
use proptest::prelude::*;

use crate::support::{all, decode, ok, read};

#[test]
fn every_fixture_split_at_every_offset_gives_the_same_events() {
    for fixture in all() {
        let (kind, bytes) = read(&fixture);
        let whole = decode(kind, ok(), [bytes.as_slice()]);
        for cut in 0..=bytes.len() {
            let (head, tail) = bytes.split_at(cut);
            assert_eq!(decode(kind, ok(), [head, tail]), whole, "{fixture} cut at {cut}");
        }
        assert_eq!(decode(kind, ok(), bytes.chunks(1)), whole, "{fixture} byte by byte");
    }
}

/// Cuts `bytes` at the given fractions of its length.
fn pieces<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut offsets: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    offsets.extend([0, bytes.len()]);
    offsets.sort_unstable();
    offsets.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

const KINDS: [ProviderKind; 5] = [
    codecraft_core::provider::gemini::KIND,
    codecraft_core::provider::ollama::KIND,
    codecraft_core::provider::openai::KIND,
    codecraft_core::provider::openai::LOCAL,
    codecraft_core::provider::sample::KIND,
];

proptest! {
    #[test]
    fn fixtures_in_any_pieces_give_the_same_events(
        fixture in prop::sample::select(all()),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let (kind, bytes) = read(&fixture);
        prop_assert_eq!(decode(kind, ok(), pieces(&bytes, &cuts)), decode(kind, ok(), [bytes.as_slice()]));
    }

    /// Fixtures with a few bytes overwritten, under any protocol and status.
    #[test]
    fn damaged_fixtures_in_any_pieces_give_the_same_events(
        fixture in prop::sample::select(all()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
        kind in prop::sample::select(KINDS.to_vec()),
        status in prop::sample::select(vec![200, 404, 429]),
    ) {
        let (_, mut bytes) = read(&fixture);
        for (at, byte) in damage {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        let head = Head { status, ..Head::default() };
        let whole = decode(kind, head.clone(), [bytes.as_slice()]);
        prop_assert_eq!(decode(kind, head, pieces(&bytes, &cuts)), whole);
    }

    #[test]
    fn random_bytes_end_in_exactly_one_event_of_an_end(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        kind in prop::sample::select(KINDS.to_vec()),
    ) {
        prop_assert_eq!(decode(kind, ok(), pieces(&bytes, &cuts)), decode(kind, ok(), [bytes.as_slice()]));
    }
}

//! The pace of a played stream: pieces of uneven size at uneven times that add up to the span that was asked for.

/// Most characters of a piece.
const LONGEST: u32 = 14;

/// Where a stream stands in time, and the source of its unevenness.
pub(super) struct Pace {
    seed: u32,
    now_ms: u32,
}

impl Pace {
    /// A stream that has come to `now_ms`. Different names give different streams, the same name always the same.
    pub(super) fn new(name: &str, now_ms: u32) -> Self {
        // FNV-1a.
        let seed = name
            .bytes()
            .fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        Self { seed, now_ms }
    }

    /// `text` in pieces, each with the pause before it in milliseconds; the last one comes at `until_ms`.
    pub(super) fn play(&mut self, text: &str, until_ms: u32) -> impl Iterator<Item = (u32, String)> {
        let mut pieces = Vec::new();
        let mut rest = text;
        let mut weight = 0;
        while !rest.is_empty() {
            let chars = 1 + self.next() % LONGEST;
            let end = rest.char_indices().nth(chars as usize).map_or(rest.len(), |(at, _)| at);
            let (piece, after) = rest.split_at(end);
            // A piece takes time by its length, and a bit of its own.
            weight += chars + self.next() % LONGEST;
            pieces.push((weight, piece.to_owned()));
            rest = after;
        }
        let (start, span) = (self.now_ms, until_ms.saturating_sub(self.now_ms));
        let mut last = start;
        self.now_ms = until_ms.max(start);
        pieces.into_iter().map(move |(reached, piece)| {
            let at = start + (u64::from(span) * u64::from(reached) / u64::from(weight)) as u32;
            let after = at - last;
            last = at;
            (after, piece)
        })
    }

    /// The next number of a linear congruential generator; its high bits, as the low ones repeat soon.
    fn next(&mut self) -> u32 {
        self.seed = self.seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.seed >> 16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_to_the_text_and_pauses_to_the_span() {
        for text in ["", "a", "Grüße, 世界 🎉", &"fn main() {}\n".repeat(200)] {
            let mut pace = Pace::new("quick", 300);
            let played: Vec<_> = pace.play(text, 2_300).collect();
            let joined: String = played.iter().map(|(_, piece)| piece.as_str()).collect();
            assert_eq!(joined, text);
            let expect = if text.is_empty() { 0 } else { 2_000 };
            assert_eq!(played.iter().map(|(after, _)| after).sum::<u32>(), expect);
        }
    }

    #[test]
    fn pieces_differ_in_size_and_stay_small() {
        let text = "x".repeat(1_000);
        let sizes: Vec<_> = Pace::new("quick", 0).play(&text, 1_000).map(|(_, piece)| piece.len()).collect();
        assert!(sizes.iter().all(|size| (1..=14).contains(size)));
        assert!((1..=14).all(|size| sizes.contains(&size)), "{sizes:?}");
    }

    #[test]
    fn a_second_text_goes_on_where_the_first_ended() {
        let mut pace = Pace::new("thorough", 500);
        assert_eq!(pace.play("thinking", 1_500).map(|(after, _)| after).sum::<u32>(), 1_000);
        assert_eq!(pace.play("answering", 4_000).map(|(after, _)| after).sum::<u32>(), 2_500);
    }

    #[test]
    fn names_differ() {
        let text = "the same text for both of them";
        let of = |name| Pace::new(name, 0).play(text, 100).collect::<Vec<_>>();
        assert_eq!(of("quick"), of("quick"));
        assert_ne!(of("quick"), of("thorough"));
    }
}

//! What is said about the limits of our own server: how much is left, and what waits for one.

use super::{count, seconds};
use crate::{
    api::Allowance,
    run::{Limit, LimitKind, Millis, Run},
};

/// What is left of the minute, for the place beside the button; empty where nothing is used or nothing is counted.
pub fn allowance(allowance: Allowance) -> String {
    match allowance {
        Allowance { limit, remaining, .. } if remaining >= limit => String::new(),
        Allowance { limit, remaining: 0, .. } => {
            format!("None of {limit} left this minute. A run waits for the next one.")
        }
        Allowance { limit, remaining, .. } => format!("{remaining} of {limit} left this minute."),
    }
}

/// A limit that a run waits for: what is so, then what waits and how long. `generations` is how many a minute has; 0 if nobody
/// said.
pub fn limited(run: &Run, now: Millis, generations: u32) -> Option<(String, String)> {
    let limit = run.limit?;
    let wait = countdown(limit.until_ms.saturating_sub(now));
    let what = fact(limit, generations);
    let waiting = (0..run.candidates.len()).filter(|index| run.waits_for_limit(*index)).count();
    let who = if waiting == run.candidates.len() {
        "Nothing was sent yet. The run goes".into()
    } else if waiting == 1 {
        "1 card waits and goes".into()
    } else {
        format!("{} wait and go", count(waiting, "card"))
    };
    let rest = match limit.kind {
        LimitKind::Generations => "on by itself in",
        LimitKind::Streams => "on when others have ended; next try in",
    };
    Some((what, format!("{who} {rest} {wait}.")))
}

/// The same as it is announced, once, when the first card has to wait.
pub fn limit_begun(limit: Limit, now: Millis, generations: u32) -> String {
    let wait = seconds(limit.until_ms.saturating_sub(now));
    format!("{} What waits goes on by itself in {wait}.", fact(limit, generations))
}

fn fact(limit: Limit, generations: u32) -> String {
    match limit.kind {
        LimitKind::Generations if generations == 0 => "The generations of this minute are used up.".into(),
        LimitKind::Generations => format!("All {generations} generations of this minute are used up."),
        LimitKind::Streams => "Too many calls are open at once.".into(),
    }
}

/// "0:09", "1:30": minutes and seconds, of which the last is shown to its end.
pub fn countdown(ms: Millis) -> String {
    let seconds = ms.div_ceil(1000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(limit: u32, remaining: u32, expect: &str) {
        assert_eq!(allowance(Allowance { limit, remaining, next_ms: 0 }), expect);
    }

    #[test]
    fn what_is_left_is_said_once_something_is_used() {
        check(0, 0, "");
        check(10, 10, "");
        check(10, 7, "7 of 10 left this minute.");
        check(10, 0, "None of 10 left this minute. A run waits for the next one.");
    }

    #[test]
    fn a_countdown_ends_with_its_last_second() {
        let told: Vec<_> = [0, 1, 1000, 1001, 59_001, 90_000].map(countdown).into();
        assert_eq!(told, ["0:00", "0:01", "0:01", "0:02", "1:00", "1:30"]);
    }
}

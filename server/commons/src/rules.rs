//! The numbers and decisions that memory and Redis have in common.

use std::time::Duration;

/// Generations are counted over this long, at every moment.
pub const WINDOW: Duration = Duration::from_mins(1);
/// Calls that one run may consist of and still be one generation.
pub const RUN_CALLS: u32 = 24;
/// After its first call a run may go on for this long.
pub const RUN_LIFE: Duration = Duration::from_mins(10);
/// Longest name of a run, in bytes.
pub const RUN_NAME: usize = 64;

/// A session that is not used for this long is over.
pub const SESSION_IDLE: Duration = Duration::from_hours(7 * 24);
/// A session is over after this long, however often it was used.
pub const SESSION_LIFE: Duration = Duration::from_hours(30 * 24);

/// Failures to sign in until one has to wait.
pub const FREE_FAILURES: u32 = 5;
/// The first wait; each further failure doubles it.
pub const FIRST_DELAY: Duration = Duration::from_secs(1);
/// The longest wait. Nobody is ever locked out for good.
pub const LONGEST_DELAY: Duration = Duration::from_mins(15);
/// Failures are forgotten this long after the last of them.
pub const FAILURE_LIFE: Duration = Duration::from_hours(24);

/// Whether a client's text names a run: short, visible ASCII. Any other counts as none.
pub fn is_run(text: &str) -> bool {
    !text.is_empty() && text.len() <= RUN_NAME && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// How long to wait after so many failures, counted from the last of them.
pub fn delay(failures: u32) -> Duration {
    match failures.checked_sub(FREE_FAILURES) {
        None => Duration::ZERO,
        Some(more) => FIRST_DELAY.saturating_mul(2_u32.saturating_pow(more)).min(LONGEST_DELAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_a_second_to_a_quarter_of_an_hour() {
        let seconds = |failures| delay(failures).as_secs();
        let waits: Vec<u64> = (0..17).map(seconds).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(seconds(u32::MAX), 900);
    }

    #[test]
    fn a_run_is_short_and_visible() {
        for run in ["1", "r-0f3a", "{x}:*", &"x".repeat(64)] {
            assert!(is_run(run), "{run}");
        }
        for none in ["", " ", "a b", "a\n", "\0", "é", &"x".repeat(65)] {
            assert!(!is_run(none), "{none:?}");
        }
    }
}

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
/// The same for a network, where many people may be who all mistype now and then.
pub const FREE_NETWORK_FAILURES: u32 = 20;
/// What the name of a network begins with.
pub const NETWORK: &str = "net:";
/// The first wait; each further failure doubles it.
pub const FIRST_DELAY: Duration = Duration::from_secs(1);
/// The longest wait. Nobody is ever locked out for good.
pub const LONGEST_DELAY: Duration = Duration::from_mins(15);
/// Failures are forgotten this long after the last of them.
pub const FAILURE_LIFE: Duration = Duration::from_hours(1);
/// Failures of one name that are kept: more than it takes to reach the longest wait.
pub const MOST_FAILURES: u32 = 40;

/// Whether a client's text names a run: short, visible ASCII. Any other counts as none.
pub fn is_run(text: &str) -> bool {
    !text.is_empty() && text.len() <= RUN_NAME && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// How many failures this name has until it has to wait.
pub fn free_failures(name: &str) -> u32 {
    if name.starts_with(NETWORK) { FREE_NETWORK_FAILURES } else { FREE_FAILURES }
}

/// How long to wait after so many failures, of which some are free, counted from the last of them.
pub fn delay(failures: u32, free: u32) -> Duration {
    match failures.checked_sub(free) {
        None => Duration::ZERO,
        Some(more) => FIRST_DELAY.saturating_mul(2_u32.saturating_pow(more)).min(LONGEST_DELAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_a_second_to_a_quarter_of_an_hour() {
        let seconds = |failures| delay(failures, FREE_FAILURES).as_secs();
        let waits: Vec<u64> = (0..17).map(seconds).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(seconds(u32::MAX), 900);
        assert_eq!(delay(19, free_failures("net:192.0.2.1")).as_secs(), 0);
        assert_eq!(delay(20, free_failures("net:192.0.2.1")).as_secs(), 1);
        assert_eq!(free_failures("user:net:"), FREE_FAILURES);
        for name in ["user:ada", "net:192.0.2.1"] {
            assert_eq!(delay(MOST_FAILURES, free_failures(name)), LONGEST_DELAY, "{name}");
        }
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

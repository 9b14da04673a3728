//! A prompt that a server shortened without a word.

use super::Usage;

/// Roughly how many tokens of the prompt were cut off; `None` where nothing points to a cut.
///
/// `estimated` is our own count of the prompt at four characters a token, `context` what the server gives the model. For
/// servers that cut without saying so ([`Facts::cuts_silently`](super::Facts::cuts_silently)). The estimate is coarse (prose in
/// other scripts has more tokens than it says, code with deep indents fewer), so three things must come together: the prompt
/// cannot have fit, clearly less than it was read, and what was read about fills the context.
pub fn cut_prompt(estimated: u64, usage: &Usage, context: Option<u64>) -> Option<u64> {
    let (read, context) = (usage.prompt_tokens?, context?);
    let could_not_fit = estimated > context + context / 4;
    let clearly_less = read < estimated / 4 * 3;
    // Whole messages are dropped until the rest fits, so that much of the context may stay empty; a count far below that is
    // one of a server that leaves out what it remembered from the call before.
    let fills = (context / 2..=context + 64).contains(&read);
    (could_not_fit && clearly_less && fills).then(|| estimated - read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(estimated: u64, read: Option<u64>, context: Option<u64>, expect: Option<u64>) {
        let usage = Usage { prompt_tokens: read, ..Usage::default() };
        assert_eq!(cut_prompt(estimated, &usage, context), expect);
    }

    #[test]
    fn a_prompt_that_could_not_fit_and_was_not_read_was_cut() {
        check(10_000, Some(4_090), Some(4_096), Some(5_910));
        check(6_000, Some(2_100), Some(4_096), Some(3_900));
    }

    #[test]
    fn a_coarse_estimate_alone_is_no_cut() {
        check(5_000, Some(4_000), Some(4_096), None);
        check(3_000, Some(1_500), Some(4_096), None);
        check(9_000, Some(12_000), Some(32_768), None);
    }

    #[test]
    fn a_count_without_what_the_server_remembered_is_no_cut() {
        check(10_000, Some(12), Some(4_096), None);
    }

    #[test]
    fn without_counts_nothing_is_claimed() {
        check(10_000, None, Some(4_096), None);
        check(10_000, Some(4_090), None, None);
    }
}

//! Which candidate is first, and why: the evidence ladder.
//!
//! Rungs are ordered; a later one only breaks ties of the earlier. Length is never evidence. What a rung cannot know is
//! [`Mark::Unknown`], not a guess.
//!
//! `usable` and `stubs` read one candidate, `consensus` compares all of them, `words` says it.

mod consensus;
mod stubs;
mod usable;
mod words;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use crate::brief::Language;
use crate::order::sort_by_key;
use usable::{Standing, Tier};

/// The rungs, most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// Code was found, it is complete, and nothing in it stands for code that is missing.
    Usable,
    /// It runs without an exception at load.
    Loads,
    /// It passes the examples of the prompt.
    Examples,
    /// It gives the same output as the others.
    Agreement,
    /// It is close to what the others wrote.
    Consensus,
    /// It holds what the prompt names.
    Requirements,
    /// Documentation, tests, warnings.
    Hygiene,
}

impl Rung {
    /// Every rung, most important first.
    pub const ALL: [Self; 7] = [
        Self::Usable,
        Self::Loads,
        Self::Examples,
        Self::Agreement,
        Self::Consensus,
        Self::Requirements,
        Self::Hygiene,
    ];

    /// Name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usable => "Usable",
            Self::Loads => "Loads",
            Self::Examples => "Examples",
            Self::Agreement => "Agreement",
            Self::Consensus => "Consensus",
            Self::Requirements => "Requirements",
            Self::Hygiene => "Hygiene",
        }
    }
}

/// How a candidate stands on a rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It holds, or is the best there is.
    Pass,
    /// It holds in part.
    Part,
    /// It does not hold.
    Fail,
    /// Nothing is known.
    Unknown,
}

/// One rung of one candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    pub rung: Rung,
    pub mark: Mark,
    /// Short figure or word beside the rung's name ("complete", "0.71"); empty if unknown.
    pub figure: String,
    /// One sentence for people; empty if unknown.
    pub sentence: String,
}

/// How a candidate's stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By itself.
    Complete,
    /// At its token limit.
    Length,
    /// The connection broke, or somebody stopped it.
    Interrupted,
    /// It failed; there may be no text at all.
    Failed,
}

/// What the ladder may look at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Name in sentences.
    pub name: &'a str,
    pub ending: Ending,
    /// Extracted code, if any.
    pub code: Option<&'a str>,
    /// The extraction found the end of the answer inside the code.
    pub cut_in_code: bool,
    /// Language of the code.
    pub language: Language,
    /// Language that was asked for.
    pub wanted: Language,
}

/// The order of the candidates with its reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Indexes into the facts, best first.
    pub order: Vec<usize>,
    /// By index into the facts: one entry per rung, in rung order.
    pub evidence: Vec<Vec<Evidence>>,
    /// The rung on which first and second parted; `None` with fewer than two candidates that hold code, or if they are equal.
    pub decided: Option<Rung>,
    /// False if nobody delivered code, whole or cut off.
    pub any_usable: bool,
    /// One sentence on why the first is first.
    pub verdict: String,
}

/// Ranks candidates. Deterministic; equal candidates keep their order.
///
/// Time grows with the code of all candidates and with the number of their pairs.
pub fn rank(facts: &[Facts<'_>]) -> Ranking {
    let standings: Vec<_> = facts.iter().map(usable::read).collect();
    let shares = consensus::shares(facts, &standings);
    let key = |at: usize| (Reverse(standings[at].tier()), Reverse(shares[at]));
    let mut order: Vec<_> = (0..facts.len()).collect();
    sort_by_key(&mut order, key);

    let closest = shares.iter().flatten().max().copied();
    let evidence = standings
        .iter()
        .zip(&shares)
        .map(|(standing, share)| Rung::ALL.map(|rung| evidence(rung, standing, *share, closest)).to_vec())
        .collect();
    let any_usable = standings.iter().any(|standing| standing.tier() > Tier::Nothing);
    let decided = match order[..] {
        [first, second, ..] if standings[second].tier() > Tier::Nothing => {
            let parted = standings[first].tier() > standings[second].tier();
            let closer = shares[first] > shares[second];
            if parted { Some(Rung::Usable) } else { closer.then_some(Rung::Consensus) }
        }
        _ => None,
    };
    let verdict = words::verdict(facts, &standings, &shares, &order, decided);
    Ranking { order, evidence, decided, any_usable, verdict }
}

/// True if this candidate alone is complete code in the language that was asked for, with nothing left out.
pub fn is_usable(facts: &Facts<'_>) -> bool {
    usable::read(facts).tier() == Tier::Complete
}

fn evidence(rung: Rung, standing: &Standing, share: Option<Share>, closest: Option<Share>) -> Evidence {
    match (rung, share) {
        (Rung::Usable, _) => words::usable(standing),
        (Rung::Consensus, Some(share)) => words::consensus(share, Some(share) == closest),
        _ => Evidence { rung, mark: Mark::Unknown, figure: String::new(), sentence: String::new() },
    }
}

/// How much a candidate shares with the others, in ten-thousandths. A whole number, so that equal code is equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Share(u32);

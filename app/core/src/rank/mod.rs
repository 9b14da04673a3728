//! Which candidate is first, and why: the evidence ladder.
//!
//! Rungs are ordered; a later one only breaks ties of the earlier. Length is never evidence. What a rung cannot know is
//! [`Mark::Unknown`], not a guess.

use crate::brief::Language;

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
    pub const ALL: [Self; 7] = [
        Self::Usable,
        Self::Loads,
        Self::Examples,
        Self::Agreement,
        Self::Consensus,
        Self::Requirements,
        Self::Hygiene,
    ];

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
    Pass,
    Part,
    Fail,
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
    pub language: Language,
}

/// The order of the candidates with its reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Indexes into the facts, best first.
    pub order: Vec<usize>,
    /// By index into the facts: one entry per rung, in rung order.
    pub evidence: Vec<Vec<Evidence>>,
    /// The rung on which first and second parted; `None` with fewer than two usable candidates or if they are equal.
    pub decided: Option<Rung>,
    /// False if nobody delivered code that can be used.
    pub any_usable: bool,
    /// One sentence on why the first is first.
    pub verdict: String,
}

/// Ranks candidates. Deterministic; equal candidates keep their order.
pub fn rank(facts: &[Facts<'_>]) -> Ranking {
    Ranking {
        order: (0..facts.len()).collect(),
        evidence: vec![Vec::new(); facts.len()],
        decided: None,
        any_usable: false,
        verdict: String::new(),
    }
}

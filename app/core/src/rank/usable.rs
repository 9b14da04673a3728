//! The first rung: is there code, is it complete, does anything in it stand for code that is missing.

use super::stubs::{self, Stub};
use super::{Ending, Facts};
use crate::brief::Language;

/// How a candidate stands on the rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    Complete,
    /// Complete, but for this many places, the first of which is here.
    Stubs {
        first: Stub,
        count: usize,
    },
    /// Ends inside the code, on this line.
    CutOff {
        line: usize,
    },
    /// Ends at the token limit or in a broken connection, after this many lines of code, which may or may not be all.
    Stopped {
        line: usize,
        interrupted: bool,
    },
    /// Code, but in another language than was asked for.
    Foreign {
        is: Language,
        wanted: Language,
    },
    NoCode,
    Failed,
}

/// What the order goes by, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    Nothing,
    Foreign,
    CutOff,
    Stubs,
    Complete,
}

impl Standing {
    pub(super) fn tier(&self) -> Tier {
        match self {
            Self::Complete => Tier::Complete,
            Self::Stubs { .. } => Tier::Stubs,
            Self::CutOff { .. } | Self::Stopped { .. } => Tier::CutOff,
            Self::Foreign { .. } => Tier::Foreign,
            Self::NoCode | Self::Failed => Tier::Nothing,
        }
    }
}

pub(super) fn read(facts: &Facts<'_>) -> Standing {
    let code = facts.code.filter(|code| !code.trim().is_empty());
    let line = code.map_or(0, |code| code.lines().count());
    match (facts.ending, code) {
        (Ending::Failed, _) => Standing::Failed,
        (_, None) => Standing::NoCode,
        (_, Some(_)) if !facts.wanted.is_kin(facts.language) => {
            Standing::Foreign { is: facts.language, wanted: facts.wanted }
        }
        (Ending::Interrupted, _) => Standing::Stopped { line, interrupted: true },
        (_, Some(_)) if facts.cut_in_code => Standing::CutOff { line },
        (Ending::Length, _) => Standing::Stopped { line, interrupted: false },
        (Ending::Complete, Some(code)) => {
            let mut found = stubs::find(code, facts.language);
            let count = found.len();
            if count == 0 {
                Standing::Complete
            } else {
                Standing::Stubs { first: found.swap_remove(0), count }
            }
        }
    }
}

//! Lanes as they stand on the board: all clouds together, every server of one's own for itself.

use super::host;
use crate::run::Run;

/// A lane on the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Tells it from the others for as long as it is there.
    pub key: String,
    /// "Ollama lane"
    pub title: String,
    /// How many of its cards work at once.
    pub note: String,
    /// Its cards, by index.
    pub cards: Vec<usize>,
}

/// No id of a provider: those have letters, digits and dashes.
const CLOUD: &str = "*";

/// The lanes of a run: the clouds first, then the others in the order of their first cards.
pub fn columns(run: &Run) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    let mut clouds: Vec<(String, usize)> = Vec::new();
    let mut in_clouds = Vec::new();
    for lane in run.lanes() {
        let Some(first) = lane.cards.first() else { continue };
        let kind = run.candidates[*first].chosen.kind;
        let name = host(&lane.provider, kind);
        if kind.at_home() || kind.is_sample() {
            let note = match lane.width {
                1 => "1 at a time, so that models do not push each other out of memory".into(),
                width => format!("{width} at once"),
            };
            columns.push(Column {
                key: lane.provider,
                title: format!("{name} lane"),
                note,
                cards: lane.cards,
            });
        } else {
            clouds.push((name, lane.width));
            in_clouds.extend(lane.cards);
        }
    }
    if !in_clouds.is_empty() {
        in_clouds.sort_unstable();
        let note = at_once(&clouds);
        columns.insert(0, Column { key: CLOUD.into(), title: "Cloud lane".into(), note, cards: in_clouds });
    }
    columns
}

/// "8 at once", "8 at once with each provider", "Gemini 2, OpenAI 8 at once".
fn at_once(clouds: &[(String, usize)]) -> String {
    match clouds {
        [(_, width)] => format!("{width} at once"),
        [(_, width), rest @ ..] if rest.iter().all(|(_, other)| other == width) => {
            format!("{width} at once with each provider")
        }
        _ => {
            let each: Vec<_> = clouds.iter().map(|(name, width)| format!("{name} {width}")).collect();
            format!("{} at once", each.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(clouds: &[(&str, usize)], expect: &str) {
        let clouds: Vec<_> = clouds.iter().map(|(name, width)| ((*name).to_owned(), *width)).collect();
        assert_eq!(at_once(&clouds), expect);
    }

    #[test]
    fn a_lane_of_clouds_says_how_many_work_at_once() {
        check(&[("Gemini", 8)], "8 at once");
        check(&[("Gemini", 8), ("OpenAI", 8)], "8 at once with each provider");
        check(&[("Gemini", 2), ("OpenAI", 8)], "Gemini 2, OpenAI 8 at once");
    }
}

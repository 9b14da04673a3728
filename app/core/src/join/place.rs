//! Where in the text a continuation begins.

use super::cut::Cut;
use super::lines::{Line, fence, indent, is_preamble, lines, weight};
use crate::brief::Language;

/// Lines of greeting and fence that may stand before the rest.
const MAX_LEAD: usize = 6;
/// The least that lines which stand in both, up to the cut, must weigh.
const PROOF: usize = 8;
/// What lines must weigh of which it is not known yet whether they lead to the cut, and how many it takes.
const STRONG_PROOF: usize = 20;
const STRONG_LINES: usize = 3;
/// Characters that must stand in both where the overlap begins inside a line.
const BORDER: usize = 12;
/// How far back such an overlap is looked for.
const MAX_BORDER: usize = 2_048;
/// What lines of code begin with and those of prose seldom do.
const CODE: [char; 11] = [' ', '\t', '<', '{', '}', ')', ']', '"', '/', '@', '.'];

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// What begins at `from` in the continuation stands in the text already, from this line on. The line behind the last complete one is the
    /// cut line.
    Line { from: usize, line: usize },
    /// It repeats the end of the text up to `from`.
    Border { from: usize },
    /// It repeats nothing and begins at `from`, on a line of its own if `own_line`.
    End { from: usize, own_line: bool },
}

/// How far lines stand in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Up to the cut.
    Cut,
    /// As far as the continuation is known.
    Known,
    Differs,
}

/// True once the lines that were asked for stand at the beginning, after a greeting or a fence: nothing else will be chosen then.
pub(super) fn is_as_asked(cut: &Cut, view: &str) -> bool {
    as_asked(cut, &lines(view)).is_some()
}

/// The place for a continuation of which `view` is known.
pub(super) fn find(cut: &Cut, view: &str) -> Place {
    let lines = lines(view);
    as_asked(cut, &lines)
        .or_else(|| longest(cut, &lines))
        .or_else(|| cut_line(cut, &lines))
        .or_else(|| border(cut, &lines, view))
        .unwrap_or_else(|| end(cut, &lines, view))
}

/// Numbers of the lines the rest may begin with: behind greetings, blank lines and a fence.
fn begins<'a>(lines: &'a [Line<'_>]) -> impl Iterator<Item = usize> + 'a {
    let lead = |line: &Line<'_>| {
        line.whole && (line.text().is_empty() || is_preamble(line.raw) || fence(line.raw).is_some())
    };
    let most = lines.iter().take(MAX_LEAD).take_while(|line| lead(line)).count();
    (0..=most).take_while(|at| *at < lines.len())
}

/// True if the rest may begin here without further proof: at the beginning, or below a fence.
fn is_open(lines: &[Line<'_>], at: usize) -> bool {
    at == 0 || fence(lines[at - 1].raw).is_some()
}

/// How many of `lines` are those of the text from `line` on.
fn run(cut: &Cut, lines: &[Line<'_>], line: usize) -> (usize, Reach) {
    for (size, found) in lines.iter().enumerate() {
        if line + size == cut.count() {
            return (size, Reach::Cut);
        }
        let known = cut.line(line + size);
        if !found.whole {
            let reach = if known.starts_with(found.text()) { Reach::Known } else { Reach::Differs };
            return (size, reach);
        }
        if known != found.text() {
            return (size, Reach::Differs);
        }
    }
    let reach = if line + lines.len() == cut.count() { Reach::Cut } else { Reach::Known };
    (lines.len(), reach)
}

fn weight_of(cut: &Cut, line: usize, size: usize) -> usize {
    let proof = |line: &str| if fence(line).is_some() { 0 } else { weight(line) };
    (line..line + size).map(|line| proof(cut.line(line))).sum()
}

/// The lines that were asked for.
fn as_asked(cut: &Cut, lines: &[Line<'_>]) -> Option<Place> {
    let size = cut.count() - cut.quote;
    if size == 0 {
        return None;
    }
    let proof = weight_of(cut, cut.quote, size) >= PROOF;
    let at = begins(lines).find(|at| {
        let found = &lines[*at..];
        let good = proof || (cut.is_head(cut.quote) && is_exact(cut, found));
        good && run(cut, found, cut.quote) == (size, Reach::Cut)
    })?;
    Some(Place::Line { from: lines[at].start, line: cut.quote })
}

/// True if the first line is the first one that is asked for, with the same space in front.
fn is_exact(cut: &Cut, lines: &[Line<'_>]) -> bool {
    let known = cut.text[cut.quote_at..].lines().next();
    known.map(str::trim_end) == lines.first().map(|line| line.raw.trim_end())
}

/// The heaviest lines that stand in both and say where.
fn longest(cut: &Cut, lines: &[Line<'_>]) -> Option<Place> {
    let mut best: Option<(usize, usize, usize)> = None;
    for at in begins(lines) {
        let runs: Vec<_> = (0..cut.count()).map(|line| run(cut, &lines[at..], line)).collect();
        // How many runs are at least so long.
        let mut longer = vec![0; lines.len() - at + 1];
        for (size, _) in &runs {
            longer[..=*size].iter_mut().for_each(|count| *count += 1);
        }
        let heavy_to_cut = |(line, (size, reach)): &(usize, &(usize, Reach))| {
            *reach == Reach::Cut && weight_of(cut, *line, *size) >= PROOF
        };
        // Repetitions of each other lead to the cut from several lines.
        let periodic = runs.iter().enumerate().filter(heavy_to_cut).count() > 1;
        for (line, (size, reach)) in runs.iter().copied().enumerate() {
            if size == 0 {
                continue;
            }
            let heavy = weight_of(cut, line, size);
            if best.is_some_and(|(most, ..)| heavy <= most) {
                continue;
            }
            let head = cut.is_head(line) && (is_open(lines, at) || fence(cut.line(line)).is_some());
            let filled = (line..line + size).filter(|line| !cut.line(*line).is_empty()).count();
            let strong = heavy >= STRONG_PROOF && filled >= STRONG_LINES;
            // Nor is it proven which one it is if it goes on with the same once more.
            let found = &lines[at..];
            let repeats = found.len() > size
                && (0..size).all(|i| found.get(size + i).is_some_and(|line| line.text() == found[i].text()));
            let unique = longer[size] == 1 && !repeats;
            let good = match reach {
                Reach::Cut => heavy > 0 && (head || (heavy >= PROOF && unique && !periodic)),
                Reach::Known => strong && (head || unique),
                // Begun anew, or as asked, and written differently from here on.
                Reach::Differs => {
                    (strong && head)
                        || (heavy >= STRONG_PROOF && unique && is_last_asked(cut, line + size, line))
                }
            };
            if good {
                best = Some((heavy, lines[at].start, line));
            }
        }
    }
    best.map(|(_, from, line)| Place::Line { from, line })
}

/// True if only the last complete line differs of those that were asked for.
pub(super) fn is_last_asked(cut: &Cut, differs: usize, first: usize) -> bool {
    first == cut.quote && differs + 1 >= cut.count()
}

/// The cut line, typed again from its beginning.
fn cut_line(cut: &Cut, lines: &[Line<'_>]) -> Option<Place> {
    let stem = cut.stem();
    let mark = stem.trim_start().starts_with(['`', '~']);
    let mark_only = mark && stem.trim_matches(['`', '~', ' ']).is_empty();
    let at = begins(lines).find(|at| {
        let raw = lines[*at].raw;
        if stem.trim().is_empty() {
            return is_open(lines, *at) && !stem.is_empty() && is_whole_indent(cut, raw);
        }
        if mark_only && !raw.trim_start().starts_with("```") && !raw.trim_start().starts_with("~~~") {
            return false;
        }
        // Inside it can only be the one that closes.
        if mark_only
            && cut.code.is_some()
            && cut.wanted != Language::Markdown
            && fence(raw).is_some_and(|info| !info.is_empty())
        {
            return false;
        }
        let loose = stem.trim().len() > 2 && weight(stem) > 1;
        let again = raw.starts_with(stem)
            || (loose && raw.trim_start().starts_with(stem.trim()))
            || (!lines[*at].whole
                && weight(raw) >= STRONG_PROOF
                && stem.trim_start().starts_with(raw.trim()));
        // A line feed alone, also below a fence, is no greeting: it ends the cut line.
        let greeted = lines[..*at].iter().any(|line| !line.text().is_empty());
        let below_fence = lines[..*at].iter().any(|line| fence(line.raw).is_some());
        let proven = greeted && !below_fence && (mark || weight(stem) >= PROOF / 2);
        again && (is_open(lines, *at) || proven) && !is_like_others(cut, raw)
    })?;
    Some(Place::Line { from: lines[at].start, line: cut.count() })
}

/// True if the cut line is a copy of one of the two above only if `rest` is put behind it: `0, ` and `0, 0`.
fn is_like_others(cut: &Cut, rest: &str) -> bool {
    let (stem, rest) = (cut.stem().trim_start(), rest.trim_end());
    (cut.count().saturating_sub(2)..cut.count()).any(|line| {
        let other = cut.line(line);
        other.strip_prefix(stem).is_some_and(|other| other == rest) && other != rest.trim_start()
    })
}

/// True if `rest` brings its own space in front and does not need what there is of it: of both readings the one that is
/// nearer to what the line above suggests.
fn is_whole_indent(cut: &Cut, rest: &str) -> bool {
    let own = indent(rest);
    let both = cut.stem().len() + own;
    if !rest.starts_with(cut.stem()) {
        return false;
    }
    let raw = |line: usize| cut.text[cut.start(line)..].lines().next().unwrap_or_default();
    let recent = cut.count().saturating_sub(200)..cut.count();
    let step = recent.clone().map(|line| indent(raw(line))).filter(|space| *space > 0).min();
    let step = step.unwrap_or(if cut.stem().contains('\t') { 1 } else { 2 });
    if own.is_multiple_of(step) != both.is_multiple_of(step) {
        return own.is_multiple_of(step);
    }
    let Some(above) = recent.rev().find(|line| !cut.line(*line).is_empty()) else { return true };
    let mut likely = indent(raw(above));
    if cut.line(above).ends_with(['{', '(', '[', ':']) {
        likely += step;
    }
    if rest.trim_start().starts_with(['}', ')', ']']) || rest.trim_start().starts_with("</") {
        likely = likely.saturating_sub(step);
    }
    own.abs_diff(likely) <= both.abs_diff(likely)
}

/// The end of the text, repeated from inside a line.
fn border(cut: &Cut, lines: &[Line<'_>], view: &str) -> Option<Place> {
    let (text, stem) = (&cut.text, cut.stem());
    let tail = &stem[stem.ceil_char_boundary(stem.len().saturating_sub(MAX_BORDER))..];
    begins(lines).find_map(|at| {
        let rest = &view[lines[at].start..];
        let (size, shorter) = overlap(tail, rest);
        // At a boundary in both, because it ends where the text ends.
        let same = rest.get(..size)?;
        let end = cut.partial + stem.len();
        let asked = end.saturating_sub(cut.quote_at);
        let unique = || !text.get(..end - 1).is_some_and(|before| before.contains(same));
        let good =
            size >= BORDER && weight(same) >= PROOF && (size == asked || (shorter < BORDER && unique()));
        good.then_some(Place::Border { from: lines[at].start + size })
    })
}

/// The length of the longest end of `tail` that `rest` begins with, and of the next longest.
fn overlap(tail: &str, rest: &str) -> (usize, usize) {
    let (tail, rest) = (tail.as_bytes(), &rest.as_bytes()[..rest.len().min(tail.len())]);
    // For each prefix of `rest` the longest shorter one that ends it too.
    let mut shorter = vec![0; rest.len()];
    let mut size = 0;
    for at in 1..rest.len() {
        while size > 0 && rest[size] != rest[at] {
            size = shorter[size - 1];
        }
        size += usize::from(rest[size] == rest[at]);
        shorter[at] = size;
    }
    size = 0;
    for byte in tail {
        while size > 0 && rest.get(size) != Some(byte) {
            size = shorter[size - 1];
        }
        size += usize::from(rest.get(size) == Some(byte));
    }
    (size, if size == 0 { 0 } else { shorter[size - 1] })
}

/// Behind the end: without a greeting and a second opening fence, any other fence on a line of its own.
fn end(cut: &Cut, lines: &[Line<'_>], view: &str) -> Place {
    let after = |at: usize| lines.get(at + 1).map_or(view.len(), |line| line.start);
    let stem = cut.stem();
    // A mark that was cut off may go on as it is.
    let own_line = !stem.is_empty() && !stem.trim_start().starts_with("``");
    let Some((at, info)) = begins(lines).find_map(|at| fence(lines[at].raw).map(|info| (at, info))) else {
        return Place::End { from: 0, own_line: false };
    };
    let first = lines.iter().position(|line| !line.text().is_empty()) == Some(at);
    if cut.code.is_some() {
        let named = Language::from_name(info.split_whitespace().next().unwrap_or_default());
        let opens = match cut.wanted {
            // Nothing to close yet.
            _ if info.is_empty() && cut.code == Some(cut.count()) && stem.is_empty() => true,
            Language::Markdown => named == Some(Language::Markdown),
            _ if info.is_empty() => lines.get(at + 1).is_some_and(|line| line.raw.starts_with(CODE)),
            _ => named.is_some(),
        };
        if opens {
            return Place::End { from: after(at), own_line: false };
        }
    }
    let last = (0..cut.count()).rev().map(|line| cut.line(line)).find(|line| !line.is_empty());
    if cut.code.is_none() && info.is_empty() && stem.is_empty() && first && last.and_then(fence) == Some("") {
        // It closes what is closed.
        return Place::End { from: after(at), own_line: false };
    }
    Place::End { from: 0, own_line: own_line && at == 0 }
}

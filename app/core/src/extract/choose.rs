//! Which of the blocks is the code.

use std::collections::HashSet;

use super::scan::{Block, Scan};
use super::{Accepts, Extraction, bare, name};
use crate::brief::Language;

/// How well a block fits, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Commands to type and what they print.
    Shell,
    Diff,
    Text,
    Other,
    Unnamed,
    /// A sister of the wanted language, such as JavaScript for TypeScript.
    Related,
    Wanted,
}

/// Fences of commands and their output, beside those of Bash.
const SHELLS: &[&str] =
    &["bat", "batch", "cmd", "console", "fish", "log", "output", "powershell", "ps1", "pwsh", "terminal"];
/// Programs that begin a line of a block without a name if it is something to type.
const COMMANDS: &[&str] = &[
    "apt", "apt-get", "brew", "bun", "cargo", "cd", "curl", "docker", "dotnet", "git", "go", "gradle",
    "java", "make", "mkdir", "mvn", "node", "npm", "npx", "pip", "pip3", "pnpm", "poetry", "python",
    "python3", "ruby", "rustup", "sudo", "touch", "uv", "wget", "yarn",
];

/// The class by what the fence says alone.
pub(super) fn class_of(word: &str, language: Option<Language>, wanted: Language) -> Class {
    match language {
        Some(language) if language == wanted => Class::Wanted,
        Some(language) if language.is_kin(wanted) => Class::Related,
        Some(Language::Bash) => Class::Shell,
        Some(_) => Class::Other,
        None if SHELLS.contains(&word) => Class::Shell,
        None => match word {
            "diff" | "patch" => Class::Diff,
            "text" | "txt" | "plain" | "plaintext" => Class::Text,
            "" => Class::Unnamed,
            _ => Class::Other,
        },
    }
}

fn class(block: &Block, wanted: Language) -> Class {
    let class = class_of(&block.word, block.language, wanted);
    if is_diff(&block.code) {
        Class::Diff
    } else if class == Class::Unnamed && wanted != Language::Bash && is_commands(&block.code) {
        Class::Shell
    } else {
        class
    }
}

fn is_diff(code: &str) -> bool {
    let mut lines = code.lines().skip_while(|line| line.starts_with("diff ") || line.starts_with("index "));
    lines.next().is_some_and(|line| line.starts_with("--- "))
        && lines.next().is_some_and(|line| line.starts_with("+++ "))
}

fn is_commands(code: &str) -> bool {
    code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).all(|line| {
        let command = line.strip_prefix("$ ").unwrap_or(line);
        let mut words = command.split(' ');
        let known = words.next().is_some_and(|word| COMMANDS.contains(&word));
        line.starts_with("$ ")
            || (known && words.next().is_some_and(|word| !word.starts_with(['=', '(', ':'])))
    })
}

pub(super) fn choose(scan: &Scan<'_>, wanted: Language, accepts: Accepts<'_>) -> Option<Extraction> {
    let usable = |block: &Block| !block.code.trim().is_empty() && class(block, wanted) != Class::Shell;
    // Later blocks first, so that the last block of a path is the one that is met.
    let mut paths = HashSet::new();
    let mut replaced = 0;
    let mut latest = Vec::new();
    for block in scan.blocks.iter().rev().filter(|block| usable(block)) {
        let path = block.path.as_deref().filter(|_| class(block, wanted) != Class::Diff);
        if path.is_none_or(|path| paths.insert(path)) {
            latest.push(block);
        } else {
            replaced += 1;
        }
    }
    latest.reverse();
    let best = latest.iter().map(|block| class(block, wanted)).max()?;
    let group: Vec<_> = latest.iter().copied().filter(|block| class(block, wanted) == best).collect();
    let block = most_complete(&group, wanted, accepts)?;
    let language = block.language;
    Some(Extraction {
        code: block.code.clone(),
        language,
        file_name: block.path.as_deref().and_then(name::sanitised),
        truncated: !block.closed,
        diff: best == Class::Diff,
        notes: notes(scan, block, latest.len() - 1, replaced),
    })
}

/// A parser's word first, then whether it is whole, then its lines: between pieces of one answer the longer one is the program and the
/// others show its use. (Between answers length says nothing.)
fn most_complete<'a>(blocks: &[&'a Block], wanted: Language, accepts: Accepts<'_>) -> Option<&'a Block> {
    if let [only] = blocks {
        return Some(only);
    }
    let lines = |block: &Block| block.code.lines().count();
    let key = |block: &Block| {
        let language = block.language.unwrap_or(wanted);
        let accepted = match accepts(&block.code, language) {
            Some(true) => 2,
            None => 1,
            Some(false) => 0,
        };
        let whole = block.closed && bare::is_balanced(&block.code, language);
        // What was cut off is still the program if it dwarfs the rest.
        let own = lines(block);
        let dwarfs =
            !block.closed && blocks.iter().all(|other| std::ptr::eq(*other, block) || lines(other) * 2 < own);
        (accepted, whole || dwarfs, own)
    };
    // `max_by_key` would take the last of equals.
    blocks.iter().rev().copied().max_by_key(|block| key(block))
}

fn notes(scan: &Scan<'_>, block: &Block, others: usize, replaced: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if scan.after_reasoning.is_some() {
        notes.push("Removed the reasoning.".to_owned());
    }
    let before = scan.prose.iter().filter(|line| **line < block.line).count();
    if before > 0 {
        notes.push(format!("Removed {} of introduction.", count(before, "line")));
    }
    let after = scan.prose.len() - before;
    if after > 0 {
        notes.push(format!("Removed {} after the code.", count(after, "line")));
    }
    if others > 0 {
        notes.push(format!("Left out {} of code.", count(others, "other block")));
    }
    if replaced > 0 {
        notes.push(format!("Left out {} of a file that came again later.", count(replaced, "version")));
    }
    let unused = scan.blocks.len() - 1 - others - replaced;
    if unused > 0 {
        notes.push(format!("Left out {} of commands or output.", count(unused, "block")));
    }
    if !block.closed {
        notes.push("The answer ends inside the code.".to_owned());
    }
    notes
}

/// "1 line", "2 lines".
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

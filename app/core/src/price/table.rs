//! Looking up a model in the shipped [lists](super::lists).

use super::{
    Day, Price,
    lists::{LISTS, Row},
};

/// The shipped price of a provider's model on a day.
///
/// A row stands for its id and for that id with a version in figures, as in `gpt-4.1-2025-04-14` or `…-flash-001`. Any
/// other word behind it makes another model, and `…-latest` is whatever the provider makes of it: both have no price here.
pub(super) fn price(provider: &str, id: &str, today: Day) -> Option<Price> {
    let (_, rows) = LISTS.iter().find(|(name, _)| *name == provider)?;
    let fitting = || rows.iter().filter(|row| is_version_of(id, row.id));
    let closest = fitting().map(|row| row.id.len()).max()?;
    let holds = |row: &&Row| row.id.len() == closest && row.until.is_none_or(|last| today <= last);
    fitting().find(holds).map(|row| row.price)
}

fn is_version_of(id: &str, name: &str) -> bool {
    let figures = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match id.strip_prefix(name) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('-').is_some_and(|version| version.split('-').all(figures)),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::AS_OF;

    #[track_caller]
    fn check(model: &str, date: (u32, u32, u32), expect: Option<&str>) {
        let (provider, id) = model.split_once('/').unwrap();
        let found = price(provider, id, Day::on(date.0, date.1, date.2)).map(|price| price.to_string());
        assert_eq!(found.as_deref(), expect, "{model}");
    }

    const NOV: (u32, u32, u32) = (2026, 11, 20);

    #[test]
    fn models_and_their_versions_have_the_price_of_the_list() {
        check("gemini/gemini-3.5-flash", NOV, Some("1.50 / 9.00"));
        check("gemini/gemini-3.5-flash-001", NOV, Some("1.50 / 9.00"));
        check("gemini/gemini-3.5-flash-lite", NOV, Some("0.30 / 2.50"));
        check("gemini/gemini-2.5-pro", NOV, Some("1.25 / 10.00; above 200000: 2.50 / 15.00"));
        check("openai/gpt-5", NOV, Some("1.25 / 10.00"));
        check("openai/gpt-5-mini-2025-08-07", NOV, Some("0.25 / 2.00"));
        check("openai/gpt-4.1-mini", NOV, Some("0.40 / 1.60"));
        check("openai/gpt-5.4", NOV, Some("2.50 / 15.00; above 272000: 5.00 / 22.50"));
    }

    #[test]
    fn the_closest_row_wins() {
        check("openai/gpt-4o-2024-11-20", NOV, Some("2.50 / 10.00"));
        check("openai/gpt-4o-2024-05-13", NOV, Some("5.00 / 15.00"));
    }

    #[test]
    fn other_models_have_no_price() {
        for model in [
            "gemini/gemini-flash-latest",
            "gemini/gemini-pro-latest",
            "gemini/gemini-2.5-flash-latest",
            "gemini/gemini-2.5-flash-preview-tts",
            "gemini/gemini-3.1-pro",
            "gemini/gemini-3.1-pro-preview-customtools",
            "gemini/gemini-3.9-flash",
            "gemini/gemma-4-31b-it",
            "openai/gpt-5.7",
            "openai/gpt-5-pro",
            "openai/gpt-5-chat-latest",
            "openai/gpt-5-",
            "openai/gpt-4o-audio-preview",
            "openai/gpt-4",
            "openai/o3-deep-research",
            "openai/",
        ] {
            check(model, NOV, None);
        }
    }

    #[test]
    fn prices_are_those_of_the_provider_that_states_them() {
        check("gemini/gpt-5", NOV, None);
        check("desk/gpt-5", NOV, None);
        check("ollama/gpt-4.1", NOV, None);
    }

    #[test]
    fn announced_changes_come_on_their_day() {
        check("gemini/gemini-4-argon", (2026, 11, 30), Some("2.00 / 10.00"));
        check("gemini/gemini-4-argon", (2026, 12, 1), Some("4.00 / 20.00"));
        check("gemini/gemini-3.8-flash", (2026, 12, 31), Some("0.75 / 3.75"));
        check("gemini/gemini-3.8-flash-001", (2027, 1, 1), Some("1.50 / 7.50"));
        check("gemini/gemini-2.5-flash", (2026, 12, 1), None);
        check("openai/gpt-5.6-sol", (2026, 11, 21), Some("4.00 / 20.00; above 272000: 8.00 / 30.00"));
        check("openai/gpt-5.6-sol", (2026, 11, 22), None);
    }

    #[test]
    fn every_row_can_be_reached() {
        for (provider, rows) in LISTS {
            for (at, row) in rows.iter().enumerate() {
                let before = rows[..at].iter().rev().find(|other| other.id == row.id);
                let first_day = match before {
                    Some(before) => {
                        let last = before.until.expect("a row behind a row without an end is never reached");
                        assert!(row.until.is_none_or(|until| until > last), "{}", row.id);
                        row.until.unwrap_or(Day::on(2099, 1, 1))
                    }
                    None => Day::on(2026, 10, 3),
                };
                assert_eq!(price(provider, row.id, first_day), Some(row.price), "{}", row.id);
            }
        }
    }

    #[test]
    fn long_prompts_never_cost_less_and_answers_never_less_than_prompts() {
        for row in LISTS.iter().flat_map(|(_, rows)| *rows) {
            let Price { input, output, long } = row.price;
            assert!(input < output, "{}", row.id);
            if let Some(long) = long {
                assert!(long.input > input && long.output > output && long.above > 0, "{}", row.id);
            }
        }
    }

    #[test]
    fn the_date_of_the_lists_is_a_date() {
        let parts: Vec<u32> = AS_OF.split('-').map(|part| part.parse().unwrap()).collect();
        assert!(matches!(parts[..], [2026..=2099, 1..=12, 1..=31]) && AS_OF.len() == 10);
    }
}

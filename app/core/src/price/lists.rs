//! The shipped price lists. Change a row only with the provider's page at hand, and [`AS_OF`] only after reading all.
//!
//! | list | source | read |
//! |---|---|---|
//! | Gemini | ai.google.dev/gemini-api/docs/pricing, paid tier, standard, text | 2026-10-03 |
//! | Gemini 3 Flash Preview | the same page | 2026-09-22 |
//! | Gemini 4 Argon | ai.google.dev/gemini-api/docs/latest-model, with the end of its first price | 2026-10-20 |
//! | end of Gemini 2.5 Pro and Flash | ai.google.dev/gemini-api/docs/deprecations: 1 December 2026 | 2026-11-10 |
//! | `OpenAI` | developers.openai.com/api/docs/pricing, standard | 2026-10-03 |
//! | GPT-6 Sol, GPT-5.1, GPT-5.2, GPT-4.1 nano, o3-mini, o1, and long prompts | the same page | September 2026 |
//! | GPT-6.1 Terra | its model page | 2026-10-27 |
//!
//! All of them were read from copies and from dated transcripts of these pages. A model that is missing here was not in
//! them, or is called in another way than ours; its price is unknown.

use super::{Day, LongPrompts, PerMillion, Price};

/// When the lists were last read as a whole, as an ISO date.
pub const AS_OF: &str = "2026-10-03";

/// A model's price.
#[derive(Debug)]
pub(super) struct Row {
    pub id: &'static str,
    pub price: Price,
    /// The last day on which it is sure to hold. Then the next row with the same id counts, if there is one.
    pub until: Option<Day>,
}

/// Prices in cents for a million tokens.
const fn row(id: &'static str, input: u32, output: u32) -> Row {
    Row { id, price: Price::new(PerMillion::cents(input), PerMillion::cents(output)), until: None }
}

impl Row {
    /// With other prices, in cents again, for prompts of more than `above` tokens.
    const fn above(mut self, above: u64, input: u32, output: u32) -> Self {
        let (input, output) = (PerMillion::cents(input), PerMillion::cents(output));
        self.price.long = Some(LongPrompts { above, input, output });
        self
    }

    const fn until(mut self, year: u32, month: u32, day: u32) -> Self {
        self.until = Some(Day::on(year, month, day));
        self
    }
}

/// The lists by id of the provider. Servers of other operators have prices of their own, whatever their models are called.
pub(super) static LISTS: &[(&str, &[Row])] = &[("gemini", GEMINI), ("openai", OPENAI)];

#[rustfmt::skip]
static GEMINI: &[Row] = &[
    row("gemini-4-argon",          2_00, 10_00).until(2026, 11, 30),
    row("gemini-4-argon",          4_00, 20_00),
    row("gemini-3.8-flash",          75,  3_75).until(2026, 12, 31),
    row("gemini-3.8-flash",        1_50,  7_50),
    row("gemini-3.7-flash",          75,  3_75).until(2026, 12, 31),
    row("gemini-3.7-flash",        1_50,  7_50),
    row("gemini-3.6-flash",          75,  3_75).until(2026, 12, 31),
    row("gemini-3.6-flash",        1_50,  7_50),
    row("gemini-3.5-flash",        1_50,  9_00),
    row("gemini-3.5-flash-lite",     30,  2_50),
    row("gemini-3.1-pro-preview",  2_00, 12_00).above(200_000, 4_00, 18_00),
    row("gemini-3.1-flash-lite",     25,  1_50),
    row("gemini-3-flash-preview",    50,  3_00),
    // From 1 December on, others answer for these two, at their own prices.
    row("gemini-2.5-pro",          1_25, 10_00).above(200_000, 2_50, 15_00).until(2026, 11, 30),
    row("gemini-2.5-flash",          30,  2_50).until(2026, 11, 30),
    row("gemini-2.5-flash-lite",     10,    40),
];

#[rustfmt::skip]
static OPENAI: &[Row] = &[
    row("gpt-6.1-sol",        2_00, 10_00).above(272_000,  4_00, 15_00),
    row("gpt-6.1-terra",      1_00,  5_00).above(272_000,  2_00,  7_50),
    row("gpt-6-astra",       10_00, 50_00).above(272_000, 20_00, 75_00),
    row("gpt-6-sol",          2_00, 10_00).above(272_000,  4_00, 15_00),
    row("gpt-6-luna",           10,    50).above(272_000,    20,    75),
    // "At least through" that day; nothing was said of the days after.
    row("gpt-5.6-sol",        4_00, 20_00).above(272_000,  8_00, 30_00).until(2026, 11, 21),
    row("gpt-5.6-terra",      2_00, 12_00).above(272_000,  4_00, 18_00),
    row("gpt-5.6-luna",         20,  1_20).above(272_000,    40,  1_80),
    row("gpt-5.5",            5_00, 30_00).above(272_000, 10_00, 45_00),
    row("gpt-5.4",            2_50, 15_00).above(272_000,  5_00, 22_50),
    row("gpt-5.4-mini",         75,  4_50),
    row("gpt-5.4-nano",         20,  1_25),
    row("gpt-5.2",            1_75, 14_00),
    row("gpt-5.1",            1_25, 10_00),
    row("gpt-5",              1_25, 10_00),
    row("gpt-5-mini",           25,  2_00),
    row("gpt-5-nano",            5,    40),
    row("gpt-4.1",            2_00,  8_00),
    row("gpt-4.1-mini",         40,  1_60),
    row("gpt-4.1-nano",         10,    40),
    row("gpt-4o",             2_50, 10_00),
    row("gpt-4o-2024-05-13",  5_00, 15_00),
    row("gpt-4o-mini",          15,    60),
    row("o4-mini",            1_10,  4_40),
    row("o3",                 2_00,  8_00),
    row("o3-mini",            1_10,  4_40),
    row("o1",                15_00, 60_00),
];

//! Prices of tokens, as providers state them and people type them: dollars for a million.

use std::{fmt, str::FromStr};

use super::money::{Money, NotMoney, read_decimal, write_decimal};

/// Dollars for a million tokens, to a millionth of a dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PerMillion {
    micros: u64,
}

const PLACES: u32 = 6;

impl PerMillion {
    /// The highest price that may be typed: ten thousand dollars.
    pub const MOST: Self = Self { micros: 10_000_000_000 };

    pub(super) const fn cents(cents: u32) -> Self {
        Self { micros: cents as u64 * 10_000 }
    }
}

/// As in `0.30` and `0.075`.
impl fmt::Display for PerMillion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(f, self.micros, PLACES)
    }
}

impl FromStr for PerMillion {
    type Err = NotMoney;

    /// Reads what [`Money`] reads, up to [`PerMillion::MOST`].
    fn from_str(text: &str) -> Result<Self, NotMoney> {
        read_decimal(text, PLACES, Self::MOST.micros).map(|micros| Self { micros })
    }
}

/// What a model's tokens cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    pub input: PerMillion,
    /// Of the answer and of reasoning alike.
    pub output: PerMillion,
    /// Other prices for calls with long prompts, where the provider has them.
    pub long: Option<LongPrompts>,
}

/// Prices of a whole call once its prompt is long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LongPrompts {
    /// A prompt of more tokens than this is long.
    pub above: u64,
    pub input: PerMillion,
    pub output: PerMillion,
}

impl Price {
    pub const fn new(input: PerMillion, output: PerMillion) -> Self {
        Self { input, output, long: None }
    }

    /// What a call costs, rounded up to a billionth of a dollar.
    pub fn of(&self, prompt: u64, written: u64) -> Money {
        let (input, output) = match &self.long {
            Some(long) if prompt > long.above => (long.input, long.output),
            _ => (self.input, self.output),
        };
        // A millionth of a dollar for a million tokens is a thousandth of a billionth for one.
        let thousandths =
            u128::from(prompt) * u128::from(input.micros) + u128::from(written) * u128::from(output.micros);
        Money::from_nanos(u64::try_from(thousandths.div_ceil(1000)).unwrap_or(u64::MAX))
    }
}

/// What was read is no [`Price`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPrice {
    /// Not of the form `input / output`, with or without `; above tokens: input / output`.
    Form,
    /// One of its amounts cannot be read.
    Amount(NotMoney),
}

impl fmt::Display for NotPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => {
                f.write_str("a price is written as input / output, in dollars for a million tokens")
            }
            Self::Amount(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NotPrice {}

/// Input, then output: `0.30 / 2.50`, or `1.25 / 10.00; above 200000: 2.50 / 15.00`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.input, self.output)?;
        match &self.long {
            Some(long) => write!(f, "; above {}: {} / {}", long.above, long.input, long.output),
            None => Ok(()),
        }
    }
}

impl FromStr for Price {
    type Err = NotPrice;

    /// Reads what [`Display`](fmt::Display) writes, with amounts as people type them.
    fn from_str(text: &str) -> Result<Self, NotPrice> {
        let (usual, long) = match text.split_once(';') {
            Some((usual, long)) => (usual, Some(long)),
            None => (text, None),
        };
        let (input, output) = read_pair(usual)?;
        let long = match long {
            Some(long) => Some(read_long(long)?),
            None => None,
        };
        Ok(Self { input, output, long })
    }
}

fn read_long(text: &str) -> Result<LongPrompts, NotPrice> {
    let rest = text.trim().strip_prefix("above ").ok_or(NotPrice::Form)?;
    let (above, pair) = rest.split_once(':').ok_or(NotPrice::Form)?;
    let above = above.trim().parse().map_err(|_| NotPrice::Form)?;
    let (input, output) = read_pair(pair)?;
    Ok(LongPrompts { above, input, output })
}

fn read_pair(text: &str) -> Result<(PerMillion, PerMillion), NotPrice> {
    let (input, output) = text.split_once('/').ok_or(NotPrice::Form)?;
    let read = |text: &str| text.parse().map_err(NotPrice::Amount);
    Ok((read(input)?, read(output)?))
}

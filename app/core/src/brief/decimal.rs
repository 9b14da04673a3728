//! Decimal numbers as people type them, kept as whole millionths.
//!
//! A sampling parameter is read, compared with its bounds and sent; nothing is computed with it. Whole numbers do that
//! exactly, and without the tables that reading and printing a float brings along: 20 KB of a first load.

use std::{fmt, str::FromStr};

/// A number that is not negative, to six places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal {
    millionths: u64,
}

const PLACES: u32 = 6;
const UNIT: u64 = 10_u64.pow(PLACES);

impl Decimal {
    pub const fn whole(number: u32) -> Self {
        Self { millionths: number as u64 * UNIT }
    }

    /// The number itself, if it has no places.
    pub fn as_whole(self) -> Option<u32> {
        let whole = self.millionths.is_multiple_of(UNIT).then_some(self.millionths / UNIT)?;
        u32::try_from(whole).ok()
    }

    /// The number times a thousand, rounded up.
    pub fn thousandths(self) -> u64 {
        self.millionths.div_ceil(1000)
    }
}

/// What was read is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotDecimal;

impl FromStr for Decimal {
    type Err = NotDecimal;

    /// Reads `0.7`, `.7` and `7`. Places after the sixth are left out.
    fn from_str(text: &str) -> Result<Self, NotDecimal> {
        let (whole, places) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + places.len() == 0 || !digits(whole) || !digits(places) {
            return Err(NotDecimal);
        }
        let mut millionths: u64 = 0;
        let places = places.bytes().chain(std::iter::repeat(b'0')).take(PLACES as usize);
        for digit in whole.bytes().chain(places) {
            let next = millionths.checked_mul(10).and_then(|n| n.checked_add(u64::from(digit - b'0')));
            millionths = next.ok_or(NotDecimal)?;
        }
        Ok(Self { millionths })
    }
}

/// Shortest, and so that it is a JSON number.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, places) = (self.millionths / UNIT, self.millionths % UNIT);
        if places == 0 {
            return write!(f, "{whole}");
        }
        let places = format!("{places:06}");
        write!(f, "{whole}.{}", places.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<&str>) {
        let got = text.parse::<Decimal>().ok();
        assert_eq!(got.map(|number| number.to_string()).as_deref(), expect, "{text}");
    }

    #[test]
    fn numbers_are_written_shortest() {
        check("0", Some("0"));
        check("0.70", Some("0.7"));
        check(".5", Some("0.5"));
        check("2.", Some("2"));
        check("007", Some("7"));
        check("0.000001", Some("0.000001"));
        check("0.1234567", Some("0.123456"));
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in ["", ".", "-1", "+1", "1e3", "NaN", "inf", "0x1", "1.2.3", "٣", "99999999999999999999"] {
            check(text, None);
        }
    }

    #[test]
    fn whole_numbers_are_told_from_others() {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!((number("12").as_whole(), number("1.5").as_whole()), (Some(12), None));
        assert_eq!(number("4294967296").as_whole(), None);
        assert_eq!((number("0.5").thousandths(), number("0.0001").thousandths()), (500, 1));
        assert!(number("1.99") < Decimal::whole(2));
    }
}

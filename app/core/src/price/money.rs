//! Amounts of money, as they are summed, shown and typed.

use std::{fmt, iter::Sum, ops::Add};

/// An amount in US dollars, to a billionth. Sums stop at the largest amount instead of wrapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Money {
    nanos: u64,
}

const PLACES: u32 = 9;

/// The least amount that is shown as a number: $0.0001.
const LEAST_SHOWN: u64 = 100_000;

impl Money {
    pub const ZERO: Self = Self { nanos: 0 };

    /// The largest amount that may be typed: a million dollars.
    pub const MOST_TYPED: Self = Self { nanos: 1_000_000_000_000_000 };

    /// An amount in billionths of a dollar.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self { nanos }
    }

    /// The amount in billionths of a dollar.
    pub const fn nanos(self) -> u64 {
        self.nanos
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { nanos: self.nanos.saturating_add(other.nanos) }
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// For people: cents as usual, below ten cents two digits that say something, above a hundred dollars no cents.
///
/// `$0`, `<$0.0001`, `$0.0004`, `$0.012`, `$1.23`, `$120`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = match self.nanos {
            0 => return f.write_str("$0"),
            1..LEAST_SHOWN => return f.write_str("<$0.0001"),
            LEAST_SHOWN..10_000_000 => 4,
            10_000_000..100_000_000 => 3,
            100_000_000..99_995_000_000 => 2,
            // From here on, cents would round to a hundred dollars.
            99_995_000_000.. => 0,
        };
        let unit = 10_u64.pow(PLACES - places);
        f.write_str("$")?;
        write_decimal(f, self.nanos.saturating_add(unit / 2) / unit, places)
    }
}

/// What was typed is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMoney {
    Empty,
    /// Not digits with at most one point or comma, and at most one dollar sign.
    NotANumber,
    /// A comma before three digits, as in `1,000`: one person's thousand is another one's one.
    ThousandOrOne,
    /// More places than are counted.
    TooFine,
    TooLarge,
}

impl fmt::Display for NotMoney {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "no amount was given",
            Self::NotANumber => "an amount is written as 0.50",
            Self::ThousandOrOne => {
                "the comma may be read in two ways; a thousand is written as 1000, one as 1.00"
            }
            Self::TooFine => "the amount has too many decimal places",
            Self::TooLarge => "the amount is too large",
        })
    }
}

impl std::error::Error for NotMoney {}

impl std::str::FromStr for Money {
    type Err = NotMoney;

    /// Reads `0.5`, `0,5`, `.5`, `$0.50` and `0,50 $`, up to [`Money::MOST_TYPED`].
    fn from_str(text: &str) -> Result<Self, NotMoney> {
        read_decimal(text, PLACES, Self::MOST_TYPED.nanos).map(|nanos| Self { nanos })
    }
}

/// Reads dollars as whole units of `10^-places`, at most `most` of them.
pub(super) fn read_decimal(text: &str, places: u32, most: u64) -> Result<u64, NotMoney> {
    let text = text.trim();
    let text = text.strip_prefix('$').or_else(|| text.strip_suffix('$')).unwrap_or(text).trim();
    if text.is_empty() {
        return Err(NotMoney::Empty);
    }
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let mut digits = whole.bytes().chain(fraction.bytes());
    if whole.len() + fraction.len() == 0 || !digits.all(|byte| byte.is_ascii_digit()) {
        return Err(NotMoney::NotANumber);
    }
    if text.contains(',') && fraction.len() == 3 && whole.bytes().any(|byte| byte != b'0') {
        return Err(NotMoney::ThousandOrOne);
    }
    let places = places as usize;
    if fraction.bytes().skip(places).any(|byte| byte != b'0') {
        return Err(NotMoney::TooFine);
    }
    let mut units: u64 = 0;
    let fraction = fraction.bytes().chain(std::iter::repeat(b'0')).take(places);
    for digit in whole.bytes().chain(fraction) {
        let next = units.checked_mul(10).and_then(|units| units.checked_add(u64::from(digit - b'0')));
        units = next.filter(|units| *units <= most).ok_or(NotMoney::TooLarge)?;
    }
    Ok(units)
}

/// Writes whole units of `10^-places`, without zeros at the end but for those of the cents.
pub(super) fn write_decimal(f: &mut fmt::Formatter<'_>, units: u64, places: u32) -> fmt::Result {
    let one = 10_u64.pow(places);
    let (mut fraction, mut width) = (units % one, places as usize);
    while width > 2 && fraction.is_multiple_of(10) {
        fraction /= 10;
        width -= 1;
    }
    let whole = units / one;
    if width == 0 { write!(f, "{whole}") } else { write!(f, "{whole}.{fraction:0width$}") }
}

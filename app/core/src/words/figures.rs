//! Figures as they stand in sentences and tables.

use super::thousands;
use crate::{
    price::{Money, Total},
    run::Millis,
};

/// "0.8 s", "41 s", "3 min 20 s".
pub fn seconds(ms: Millis) -> String {
    match ms {
        // Rounded like the rest: 9.96 s are 10.0 s.
        0..10_000 => format!("{} s", tenths(ms + 50, 1000)),
        10_000..120_000 => format!("{} s", ms / 1000),
        _ => format!("{} min {} s", ms / 60_000, ms / 1000 % 60),
    }
}

/// "1 line", "12 lines".
pub fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", thousands(n as u64)) }
}

/// "9.0 GB".
pub fn bytes(n: u64) -> String {
    match n {
        1_000_000_000.. => format!("{} GB", tenths(n + 50_000_000, 1_000_000_000)),
        1_000_000.. => format!("{} MB", (n + 500_000) / 1_000_000),
        _ => format!("{} KB", (n + 500) / 1000),
    }
}

/// `n / unit` with one decimal place, in whole numbers: what prints a float weighs 5 KB of the first load.
fn tenths(n: u64, unit: u64) -> String {
    format!("{}.{}", n / unit, n % unit / (unit / 10))
}

/// "$0.0012", "$0.0012 and one unknown", "–" where nothing is known.
pub fn cost(total: Total) -> String {
    match (total.known, total.unknown) {
        (known, 0) => known.to_string(),
        (Money::ZERO, _) => "–".into(),
        (known, 1) => format!("{known} and one unknown"),
        (known, unknown) => format!("{known} and {unknown} unknown"),
    }
}

//! Calendar days, for prices that hold until one.

/// A day by UTC, in days since 1 January 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(u32);

impl Day {
    /// The day of a moment in milliseconds since 1970, as browsers count them.
    pub const fn of_unix_ms(moment: u64) -> Self {
        Self((moment / 86_400_000) as u32)
    }

    /// A date from 1970 on, with month and day counted from 1.
    pub(super) const fn on(year: u32, month: u32, day: u32) -> Self {
        // Years that begin in March put the leap day last, so that all months before it have fixed lengths.
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let leap_days = year / 4 - year / 100 + year / 400;
        let since_year_0 = year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1;
        Self(since_year_0 - 719_468)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check((year, month, day): (u32, u32, u32), unix_seconds: u64) {
        let expect = Day::of_unix_ms(unix_seconds * 1000);
        assert_eq!(Day::on(year, month, day), expect);
        assert_eq!(Day::of_unix_ms(unix_seconds * 1000 + 86_399_999), expect, "the same day until midnight");
    }

    #[test]
    fn dates_are_the_days_of_their_moments() {
        check((1970, 1, 1), 0);
        check((2000, 2, 29), 951_782_400);
        check((2000, 3, 1), 951_868_800);
        check((2026, 11, 20), 1_795_132_800);
        check((2026, 12, 31), 1_798_675_200);
        check((2027, 1, 1), 1_798_761_600);
        check((2100, 3, 1), 4_107_542_400);
    }
}

//! Wall-clock time as the log and the dialects write it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch, comparable with `Date.now()` in a browser on the same machine.
pub fn unix_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_millis() as u64
}

/// A moment in the form `2026-11-20T08:30:00.250Z`.
pub fn rfc3339(unix_ms: u64) -> String {
    let (days, ms) = (unix_ms / 86_400_000, unix_ms % 86_400_000);
    // Years that begin in March put the leap day last, which makes month lengths a plain formula.
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1_000)
}

/// A moment in the form of HTTP headers, `Fri, 20 Nov 2026 08:30:00 GMT`; part of a second counts as a whole.
pub fn http_date(unix_ms: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let seconds = unix_ms.div_ceil(1_000);
    let date = rfc3339(seconds * 1_000);
    let weekday = DAYS[(seconds / 86_400 % 7) as usize];
    let month = date[5..7].parse::<usize>().ok().and_then(|month| MONTHS.get(month - 1)).unwrap_or(&"Jan");
    format!("{weekday}, {} {month} {} {} GMT", &date[8..10], &date[..4], &date[11..19])
}

#[cfg(test)]
mod tests {
    use super::{http_date, rfc3339};

    #[test]
    fn headers_name_the_weekday_and_round_up() {
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(1_795_162_199_001), "Fri, 20 Nov 2026 08:10:00 GMT");
    }

    #[track_caller]
    fn check(unix_ms: u64, expect: &str) {
        assert_eq!(rfc3339(unix_ms), expect);
    }

    #[test]
    fn moments_are_written_in_utc() {
        check(0, "1970-01-01T00:00:00.000Z");
        check(951_782_400_000, "2000-02-29T00:00:00.000Z");
        check(1_767_225_599_999, "2025-12-31T23:59:59.999Z");
        check(1_709_251_200_000, "2024-03-01T00:00:00.000Z");
    }
}

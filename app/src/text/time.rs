//! Durations and times in prose: few digits, a space before the unit.

use super::number::three_digits;

/// A duration with three digits: `18.2 ms`, `431 ns`, `2.50 s`; from a thousand seconds on `16 min 40 s`, `1 h 24 min`.
pub fn duration(nanos: i64) -> String {
    let (sign, nanos) = if nanos < 0 { ("-", nanos.unsigned_abs()) } else { ("", nanos.unsigned_abs()) };
    // What would be rounded to 1000 is one of the next unit.
    let (divisor, unit) = match nanos {
        0..1_000 => return format!("{sign}{nanos} ns"),
        1_000..999_500 => (1e3, "µs"),
        999_500..999_500_000 => (1e6, "ms"),
        999_500_000..999_500_000_000 => (1e9, "s"),
        _ => return format!("{sign}{}", long_duration((nanos as f64 / 1e9).round() as u64)),
    };
    format!("{sign}{} {unit}", three_digits(nanos as f64 / divisor))
}

fn long_duration(seconds: u64) -> String {
    match seconds {
        0..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

/// A time in the trace, as exact as the marks around it need: `1.204 s`, `1.204310 s`.
pub fn moment(nanos: i64, precision_nanos: i64) -> String {
    let (divisor, unit, exponent) = match precision_nanos {
        0..1_000 if nanos < 1_000_000 => (1e3, "µs", 3),
        0..1_000_000 if nanos < 1_000_000_000 => (1e6, "ms", 6),
        _ => (1e9, "s", 9),
    };
    let mut digits = exponent;
    let mut step = 1_i64;
    while digits > 0 && step.saturating_mul(10) <= precision_nanos {
        step = step.saturating_mul(10);
        digits -= 1;
    }
    format!("{:.digits$} {unit}", nanos as f64 / divisor)
}

/// A date and time: `2026-11-23 06:44 UTC`.
pub fn utc(nanos_since_1970: i64) -> String {
    let (date, second) = date_and_second(nanos_since_1970);
    format!("{date} {:02}:{:02} UTC", second / 3600, second / 60 % 60)
}

/// A time on an axis whose marks are this far apart: `06:44`, `06:44:10`, or `11-23` at the begin of a day.
pub fn clock(nanos_since_1970: i64, step_nanos: i64) -> String {
    let (date, second) = date_and_second(nanos_since_1970);
    if second == 0 || step_nanos >= SECONDS_A_DAY * 1_000_000_000 {
        return date.get(date.len().saturating_sub(5)..).unwrap_or_default().to_owned();
    }
    let (hour, minute) = (second / 3600, second / 60 % 60);
    if step_nanos % 60_000_000_000 == 0 {
        format!("{hour:02}:{minute:02}")
    } else {
        format!("{hour:02}:{minute:02}:{:02}", second % 60)
    }
}

/// Seconds in a day of UTC, where no second is a leap second.
const SECONDS_A_DAY: i64 = 86_400;

/// `2026-11-23`, and the second of that day.
fn date_and_second(nanos_since_1970: i64) -> (String, i64) {
    let seconds = nanos_since_1970.div_euclid(1_000_000_000);
    let (year, month, day) = date_of(seconds.div_euclid(SECONDS_A_DAY));
    (format!("{year:04}-{month:02}-{day:02}"), seconds.rem_euclid(SECONDS_A_DAY))
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar: counted in eras of 400 years
/// that begin on the first of March, so that the leap day is the last of a year.
fn date_of(days_since_1970: i64) -> (i64, i64, i64) {
    let days = days_since_1970 + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_on_a_clock_are_as_exact_as_they_have_to_be() {
        let nanos = 1_795_600_800_000_000_000;
        let (second, minute, day) = (1_000_000_000, 60_000_000_000, 86_400_000_000_000);
        assert_eq!([second, minute, day].map(|step| clock(nanos, step)), ["10:00:00", "10:00", "11-25"]);
        assert_eq!(clock(nanos - 10 * 60 * minute, minute), "11-25", "a day begins");
    }

    #[test]
    fn lengths_of_time_have_few_digits() {
        let texts = [0, 431, 1_500, 18_240_000, 312_000_000, 2_500_000_000, -1_500].map(duration);
        assert_eq!(texts, ["0 ns", "431 ns", "1.50 µs", "18.2 ms", "312 ms", "2.50 s", "-1.50 µs"]);
        let texts = [999_499, 999_500, 999_499_999_999, 999_500_000_000, 5_082_860_000_000].map(duration);
        assert_eq!(texts, ["999 µs", "1.00 ms", "999 s", "16 min 40 s", "1 h 24 min"]);
    }

    #[test]
    fn moments_are_as_exact_as_the_marks_around_them() {
        assert_eq!(moment(1_204_000_000, 20_000_000), "1.20 s");
        assert_eq!(moment(1_204_310_000, 10_000), "1.20431 s");
        assert_eq!(moment(204_310_000, 10_000), "204.31 ms");
        assert_eq!(moment(310_500, 100), "310.5 µs");
    }

    #[test]
    fn the_clock_on_the_wall_is_utc() {
        let texts = [0, -1, 951_782_400_000_000_000, 1_795_416_263_000_000_000].map(utc);
        let expected =
            ["1970-01-01 00:00 UTC", "1969-12-31 23:59 UTC", "2000-02-29 00:00 UTC", "2026-11-23 06:44 UTC"];
        assert_eq!(texts, expected);
    }
}

//! A line of `go test -json` (`cmd/internal/test2json`, Go 1.10 to 1.27).

use std::borrow::Cow;

use serde::Deserialize;

use super::event::{Action, TestEvent};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Line<'a> {
    #[serde(borrow, default)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    action: Cow<'a, str>,
    #[serde(borrow, default)]
    package: Cow<'a, str>,
    #[serde(borrow, default)]
    test: Cow<'a, str>,
    #[serde(default)]
    elapsed: Option<f64>,
    #[serde(borrow, default)]
    output: Cow<'a, str>,
    #[serde(borrow, default)]
    import_path: Cow<'a, str>,
    #[serde(borrow, default)]
    failed_build: Cow<'a, str>,
}

/// The event of a line; `None` if it is no event.
pub(super) fn parse(line: &str) -> Option<TestEvent<'_>> {
    if !line.starts_with('{') {
        return None;
    }
    let line: Line<'_> = serde_json::from_str(line).ok()?;
    Some(TestEvent {
        time_nanos: time_nanos(&line.time),
        action: Action::new(&line.action),
        package: line.package,
        test: line.test,
        elapsed_seconds: line.elapsed.filter(|seconds| seconds.is_finite() && *seconds >= 0.0),
        output: line.output,
        import_path: line.import_path,
        failed_build: line.failed_build,
    })
}

/// Nanoseconds since 1970 of a time as RFC 3339 writes it: `2026-11-26T02:46:19.006087405Z`.
fn time_nanos(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let (clock, offset_seconds) = split_offset(rest)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(clock, ':')?;
    let is_in_range =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 61;
    let is_year = (1678..=2261).contains(&year);
    if !is_in_range || !is_year || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.get(..9.min(fraction.len()))?;
    let nanos: i64 = if digits.is_empty() { 0 } else { format!("{digits:0<9}").parse().ok()? };
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset_seconds;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanos)
}

/// The time of day, and the seconds that it is ahead of UTC.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix('Z') {
        return Some((clock, 0));
    }
    let at = text.rfind(['+', '-'])?;
    let (clock, offset) = text.split_at(at);
    let [hours, minutes] = numbers(offset.get(1..)?, ':')?;
    let seconds = hours * 3600 + minutes * 60;
    (hours < 24 && minutes < 60).then_some((clock, if offset.starts_with('-') { -seconds } else { seconds }))
}

fn numbers<const N: usize>(text: &str, separator: char) -> Option<[i64; N]> {
    let mut words = text.split(separator);
    let mut numbers = [0; N];
    for number in &mut numbers {
        let word = words.next().filter(|word| (1..=4).contains(&word.len()))?;
        *number = word.bytes().all(|byte| byte.is_ascii_digit()).then(|| word.parse().ok())??;
    }
    words.next().is_none().then_some(numbers)
}

/// Days from 1970 to a day of the Gregorian calendar, counted in years that begin in March.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::time_nanos;

    #[test]
    fn times_are_read_to_the_nanosecond() {
        assert_eq!(time_nanos("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(time_nanos("2026-11-26T02:46:19.006087405Z"), Some(1_795_661_179_006_087_405));
        assert_eq!(time_nanos("2024-02-29T23:59:59.5+01:30"), Some(1_709_245_799_500_000_000));
        assert_eq!(time_nanos("1969-12-31T23:00:00-01:00"), Some(0));
        for wrong in
            ["", "T", "2026-13-01T00:00:00Z", "2026-01-01", "99999-01-01T00:00:00Z", "2026-01-01T00:00:00.xZ"]
        {
            assert_eq!(time_nanos(wrong), None, "{wrong}");
        }
    }
}

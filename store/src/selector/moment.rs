//! Moments and lengths of time in selectors.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use goscope_parsers::trace::rfc3339_utc;

/// The nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// The moment that a text names, in ns since 1970: RFC 3339, a date (its begin in UTC), or seconds since 1970.
pub fn moment(text: &str) -> Option<i64> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return moment.timestamp_nanos_opt();
    }
    // Without seconds, and without an offset: UTC.
    let whole = text.strip_suffix('Z').unwrap_or(text);
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"] {
        if let Ok(moment) = NaiveDateTime::parse_from_str(whole, format) {
            return moment.and_utc().timestamp_nanos_opt();
        }
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_nanos_opt();
    }
    text.parse::<i64>().ok()?.checked_mul(SECOND)
}

/// A length of time in ns: `90s`, `15m`, `1h30m`, `7d`.
pub(crate) fn length(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut sum = 0_i64;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: i64 = rest.get(..end)?.parse().ok()?;
        let mut letters = rest.get(end..)?.chars();
        let seconds = match letters.next()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        sum = sum.checked_add(number.checked_mul(seconds)?.checked_mul(SECOND)?)?;
        rest = letters.as_str();
    }
    (!text.is_empty()).then_some(sum)
}

/// What to write instead of a value that is no time.
pub(super) fn advice(key: &str, value: &str) -> String {
    if matches!(key, "from" | "to") {
        format!(
            "{value:?} is no moment; write {key}=2026-11-25T10:00:00Z, {key}=2026-11-25, or seconds since 1970"
        )
    } else {
        format!("{value:?} is no length of time; write {key}=90s, {key}=15m, {key}=1h or {key}=7d")
    }
}

/// A moment in ns since 1970 as RFC 3339 has it, in UTC, with as many digits of the second as it has.
pub fn rfc3339(nanos: i64) -> String {
    // The rest of a division by a second fits.
    rfc3339_utc(nanos.div_euclid(SECOND), nanos.rem_euclid(SECOND) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_all_their_forms() {
        let same = ["2026-11-25T10:00:00Z", "2026-11-25T10:00Z", "2026-11-25T11:00:00+01:00", "1795600800"];
        for text in same {
            assert_eq!(moment(text).map(rfc3339).as_deref(), Some("2026-11-25T10:00:00Z"), "{text}");
        }
        assert_eq!(moment("2026-11-25").map(rfc3339).as_deref(), Some("2026-11-25T00:00:00Z"));
        assert_eq!(moment("yesterday"), None);
        assert_eq!(moment("99999999999999"), None);
    }

    #[test]
    fn lengths_add_up() {
        assert_eq!(length("1h30m"), Some(5_400 * SECOND));
        assert_eq!(length("7d"), length("1w"));
        assert_eq!([length(""), length("1"), length("h"), length("1y")], [None; 4]);
    }
}

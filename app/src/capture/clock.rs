//! How far a server's clock is from ours, by the dates of its answers: pure.
//!
//! ```text
//! ours     asked ──────────────────── header is there        the server wrote its date between the two,
//! theirs            date ─── date + 1 s                      and rounds it down to the second
//!
//! offset   from  date − header        to  date + 1 s − asked
//! ```
//!
//! Each answer gives such a range. What is in all of them is narrower than a second where answers come at different
//! parts of one.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// One answer with a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dated {
    /// When it was asked, by our clock.
    pub(super) asked: SystemTime,
    /// When its header was there, by our clock.
    pub(super) header: SystemTime,
    /// The server's clock in s since 1970, rounded down.
    pub(super) date: u64,
}

/// How far a server's clock is ahead of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClockOffset {
    /// In ms; negative if it is behind.
    #[serde(rename = "clock_offset_ms")]
    pub millis: i64,
    /// By how much that may be wrong, in ms.
    #[serde(rename = "clock_offset_error_ms")]
    pub error_millis: i64,
}

/// The offset that all answers agree on; `None` without one, or if a clock was set meanwhile.
pub(super) fn clock_offset(answers: impl IntoIterator<Item = Dated>) -> Option<ClockOffset> {
    let range = |answer: Dated| {
        let date = i64::try_from(answer.date).ok()?.checked_mul(1000)?;
        // Parts of a ms are cut off: of the header's moment, that is one too early.
        let least = date.checked_sub(millis(answer.header)?)?.checked_sub(1)?;
        Some((least, date.checked_add(1000)?.checked_sub(millis(answer.asked)?)?))
    };
    let ranges = answers.into_iter().filter_map(range);
    let (least, most) = ranges.reduce(|(low, high), (least, most)| (low.max(least), high.min(most)))?;
    let width = most.checked_sub(least).filter(|width| *width >= 0)?;
    Some(ClockOffset { millis: least + width / 2, error_millis: width / 2 + 1 })
}

fn millis(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// The seconds since 1970 of a date as servers write it: `Fri, 27 Nov 2026 02:45:00 GMT`. Other forms, which no server of
/// today writes, are none.
pub(super) fn date_seconds(date: &str) -> Option<u64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = date.split(' ').collect();
    let [_, day, month, year, time, "GMT"] = words.as_slice() else { return None };
    let month = MONTHS.iter().position(|name| name == month)? + 1;
    let parts: Vec<u64> = time.split(':').filter_map(|part| part.parse().ok()).collect();
    let [hour @ 0..=23, minute @ 0..=59, second @ 0..=60] = parts[..] else { return None };
    let (day, year): (u64, u64) = (day.parse().ok()?, year.parse().ok()?);
    if !(1970..=9999).contains(&year) || !(1..=31).contains(&day) {
        return None;
    }
    // Days since 1970, by the usual rule that lets years begin in March.
    let (shifted_year, shifted_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = shifted_year * 365 + shifted_year / 4 - shifted_year / 100
        + shifted_year / 400
        + (shifted_month as u64 * 153 + 2) / 5
        + day
        - 1
        - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_read_as_servers_write_them() {
        for (date, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Thu, 29 Feb 2024 23:59:59 GMT", Some(1_709_251_199)),
            ("Fri, 27 Nov 2026 07:11:11 GMT", Some(1_795_763_471)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
            ("Fri, 27 Nov 2026 25:11:11 GMT", None),
            ("Fri, 27 Nov 1026 07:11:11 GMT", None),
            ("", None),
        ] {
            assert_eq!(date_seconds(date), seconds, "{date}");
        }
    }

    fn at(millis: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(millis)
    }

    #[test]
    fn several_answers_tell_more_than_a_second() {
        // A server that is 300 ms ahead, asked at different parts of a second; each answer takes 10 ms.
        let answer =
            |asked: u64| Dated { asked: at(asked), header: at(asked + 10), date: (asked + 305) / 1000 };
        let one = clock_offset([answer(1_000_000)]).expect("an offset");
        assert!(one.error_millis > 400, "{one:?}");
        let all = clock_offset((0..20).map(|at| answer(1_000_000 + at * 150))).expect("an offset");
        assert!(all.error_millis < 70 && (all.millis - 300).abs() <= all.error_millis, "{all:?}");
        assert_eq!(clock_offset([]), None);
        // A clock that was set by an hour has two offsets.
        let set = Dated { date: 5000, ..answer(1_000_000) };
        assert_eq!(clock_offset([answer(1_000_000), set]), None);
    }

    proptest! {
        #[test]
        fn the_offset_lies_in_what_is_said(
            offset in -5_000_000_i64..5_000_000,
            asks in proptest::collection::vec((0_u64..100_000, 0_u64..3000, 0.0..1.0_f64), 1..20),
        ) {
            let answers = asks.iter().map(|&(asked, takes, part)| {
                let asked = 1_000_000_000 + asked;
                let written = asked + (takes as f64 * part) as u64;
                let date = written.checked_add_signed(offset).expect("after 1970") / 1000;
                Dated { asked: at(asked), header: at(asked + takes), date }
            });
            let found = clock_offset(answers).expect("an offset");
            prop_assert!((found.millis - offset).abs() <= found.error_millis, "{found:?} for {offset}");
        }
    }
}

//! Times as users type them: `1.2s`, `1.2s..1.4s`, `..500us`. They count from the first event of the trace.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use goscope_parsers::trace::Time;

/// The longest duration that is read: above this an f64 is not an exact number of nanoseconds. No trace takes a hundred
/// days.
pub const MOST_EXACT_NANOS: i64 = 9_000_000_000_000_000;

/// A part of a trace, in nanoseconds from its first event; without an end: to its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Times {
    /// Where it begins.
    pub begin_nanos: i64,
    /// Where it ends.
    pub end_nanos: Option<i64>,
}

impl Times {
    /// The range on the clock of a trace whose first event is at `first`.
    pub fn after(self, first: Time) -> Range<Time> {
        let end = self.end_nanos.map_or(Time::MAX, |end| first.saturating_add(end));
        first.saturating_add(self.begin_nanos)..end
    }

    /// Whether it is a moment and no stretch of time.
    pub fn is_moment(self) -> bool {
        self.end_nanos == Some(self.begin_nanos.saturating_add(1))
    }
}

impl FromStr for Times {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((begin, end)) = text.split_once("..") else {
            return Err("a range is written as 1.2s..1.4s; either side may be left out".to_owned());
        };
        let side = |text: &str| if text.is_empty() { Ok(None) } else { duration_nanos(text).map(Some) };
        let (begin_nanos, end_nanos) = (side(begin)?.unwrap_or(0), side(end)?);
        if end_nanos.is_some_and(|end| end <= begin_nanos) {
            return Err("the end of the range is not after its begin".to_owned());
        }
        Ok(Self { begin_nanos, end_nanos })
    }
}

/// As it is typed, exactly: `1200000000ns..1400000000ns`.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ns", self.begin_nanos)?;
        match self.end_nanos {
            _ if self.is_moment() => Ok(()),
            Some(end) => write!(f, "..{end}ns"),
            None => f.write_str(".."),
        }
    }
}

/// The moment that is so long after the first event.
///
/// # Errors
/// If the text is no duration with its unit.
pub fn moment(text: &str) -> Result<Times, String> {
    let begin_nanos = duration_nanos(text)?;
    Ok(Times { begin_nanos, end_nanos: Some(begin_nanos + 1) })
}

/// A duration with its unit.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn duration_nanos(text: &str) -> Result<i64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ns" => 1.0,
        "us" | "µs" | "μs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        _ => return Err(format!("{text:?} needs a unit: ns, us, ms, s or m")),
    };
    let number: f64 = number.parse().map_err(|error| format!("{text:?} is no duration: {error}"))?;
    Ok((number * factor).round().min(MOST_EXACT_NANOS as f64) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        let nanos = ["1ns", "1.5us", "2µs", "10ms", "0.25s", "2m"].map(duration_nanos);
        assert_eq!(nanos, [Ok(1), Ok(1500), Ok(2000), Ok(10_000_000), Ok(250_000_000), Ok(120_000_000_000)]);
        assert_eq!(duration_nanos("12").unwrap_err(), "\"12\" needs a unit: ns, us, ms, s or m");
        assert!(duration_nanos("1.2.3s").is_err() && duration_nanos("ms").is_err());
    }

    #[test]
    fn a_range_may_leave_out_a_side() {
        let range = |text: &str| text.parse::<Times>().map(|range| range.after(1000));
        assert_eq!(range("1us..2us"), Ok(2000..3000));
        assert_eq!(range("..2us"), Ok(1000..3000));
        assert_eq!(range("1us.."), Ok(2000..Time::MAX));
        assert!(range("2us..1us").is_err() && range("1us").is_err() && range("1..2").is_err());
    }
}

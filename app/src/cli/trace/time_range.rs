//! The part of a trace that a report covers: as the user types it (`1.2s..1.4s`, `..500us`), as times of the
//! trace, and as text.

use std::ops::Range;
use std::str::FromStr;

use goscope_analysis::trace::entry::entry_frame;
use goscope_parsers::trace::{StackId, Tables, Time};

use crate::text::column;

/// A part of a trace, in nanoseconds from its first event; without an end: to its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeRange {
    begin_nanos: i64,
    end_nanos: Option<i64>,
}

impl TimeRange {
    /// The range on the clock of a trace whose first event is at `first`.
    pub(super) fn after(self, first: Time) -> Range<Time> {
        let end = self.end_nanos.map_or(Time::MAX, |end| first.saturating_add(end));
        first.saturating_add(self.begin_nanos)..end
    }
}

impl FromStr for TimeRange {
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

/// A duration with its unit.
pub(super) fn duration_nanos(text: &str) -> Result<i64, String> {
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
    // Above this an f64 is not an exact number of nanoseconds; no trace takes a hundred days.
    Ok((number * factor).round().min(9e15) as i64)
}

/// The time of a trace, and the part of it that a report covers.
#[derive(Clone, Debug)]
pub(super) struct TracePart {
    /// From the first event to the last.
    pub(super) trace: Range<Time>,
    /// The part of `--range`; all of it without.
    pub(super) range: Range<Time>,
}

impl TracePart {
    /// The part of a trace in a range; `None` if it is empty.
    pub(super) fn new(trace: Range<Time>, wanted: Option<TimeRange>) -> Option<Self> {
        let wanted = wanted.map_or(trace.clone(), |wanted| wanted.after(trace.start));
        let range = wanted.start.max(trace.start)..wanted.end.min(trace.end);
        (!range.is_empty()).then_some(Self { trace, range })
    }

    /// Nanoseconds since the first event.
    pub(super) fn since_start(&self, time: Time) -> i64 {
        time.saturating_sub(self.trace.start)
    }

    /// The length of the range.
    pub(super) fn range_nanos(&self) -> u64 {
        self.range.end.abs_diff(self.range.start)
    }

    /// `3.60s` or `200ms of 3.60s`.
    pub(super) fn range_text(&self) -> String {
        let whole = column::duration(self.trace.end.abs_diff(self.trace.start));
        if self.range == self.trace {
            whole
        } else {
            format!("{} of {whole}", column::duration(self.range_nanos()))
        }
    }
}

/// The name of a function, or what to say where there is none.
pub(super) fn named(function: String) -> String {
    if function.is_empty() { "(no stack was seen)".to_owned() } else { function }
}

/// The function that names a goroutine with this stack, as in all reports.
pub(super) fn start_function(tables: &Tables, stack: StackId) -> String {
    let function = entry_frame(tables, stack).map(|frame| tables.frame(frame).function);
    function.map_or(String::new(), |function| tables.string_lossy(function).into_owned())
}

/// The functions of a stack, innermost first.
pub(super) fn functions_of(tables: &Tables, stack: StackId) -> Vec<String> {
    let frames = tables.stack(stack).iter().map(|&frame| tables.frame(frame).function);
    frames.map(|function| tables.string_lossy(function).into_owned()).collect()
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
        let range = |text: &str| text.parse::<TimeRange>().map(|range| range.after(1000));
        assert_eq!(range("1us..2us"), Ok(2000..3000));
        assert_eq!(range("..2us"), Ok(1000..3000));
        assert_eq!(range("1us.."), Ok(2000..Time::MAX));
        assert!(range("2us..1us").is_err() && range("1us").is_err() && range("1..2").is_err());
    }
}

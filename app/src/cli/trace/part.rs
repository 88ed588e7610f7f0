//! The part of a trace that a report is about, and how reports put it into words.

use std::ops::Range;

use goscope_analysis::value::ValueFormat;
use goscope_parsers::trace::{Problem, StackId, Tables, Time};

use super::range::TimeRange;
use super::warn_of;

/// The time of a trace, and what of it is looked at.
#[derive(Clone, Debug)]
pub(super) struct TracePart {
    /// From the first event to the last.
    pub(super) trace: Range<Time>,
    /// The part that was asked for; all of it without `--range`.
    pub(super) range: Range<Time>,
}

impl TracePart {
    /// The part of a trace that was asked for; `None` if there is nothing of it.
    pub(super) fn new(trace: Range<Time>, wanted: Option<TimeRange>) -> Option<Self> {
        let wanted = wanted.map_or(trace.clone(), |wanted| wanted.after(trace.start));
        let range = wanted.start.max(trace.start)..wanted.end.min(trace.end);
        (!range.is_empty()).then_some(Self { trace, range })
    }

    /// Nanoseconds since the first event.
    pub(super) fn since_start(&self, time: Time) -> i64 {
        time.saturating_sub(self.trace.start)
    }

    /// The length of the part that was asked for.
    pub(super) fn range_nanos(&self) -> u64 {
        self.range.end.abs_diff(self.range.start)
    }

    /// `3.60s` or `200ms of 3.60s`.
    pub(super) fn range_text(&self) -> String {
        let whole = duration_text(self.trace.end.abs_diff(self.trace.start));
        if self.range == self.trace {
            whole
        } else {
            format!("{} of {whole}", duration_text(self.range_nanos()))
        }
    }
}

/// A duration in the unit that suits it.
pub(super) fn duration_text(nanos: u64) -> String {
    ValueFormat::auto("nanoseconds").text(nanos.cast_signed())
}

/// A sum of durations.
pub(super) fn sum_text(nanos: u128) -> String {
    duration_text(u64::try_from(nanos).unwrap_or(i64::MAX.cast_unsigned()))
}

/// A moment, in seconds since the first event.
pub(super) fn moment_text(nanos: i64) -> String {
    format!("{:.6}s", nanos as f64 / 1e9)
}

/// A share as percentage.
pub(super) fn percent_text(part: u128, whole: u128) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.1}%", part as f64 / whole as f64 * 100.0) }
}

/// The name of a function, or what to say where there is none.
pub(super) fn named(function: String) -> String {
    if function.is_empty() { "(no stack was seen)".to_owned() } else { function }
}

/// `1 goroutine`, `2 goroutines`.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The functions of a stack, innermost first.
pub(super) fn functions_of(tables: &Tables, stack: StackId) -> Vec<String> {
    let frames = tables.stack(stack).iter().map(|&frame| tables.frame(frame).function);
    frames.map(|function| tables.string_lossy(function).into_owned()).collect()
}

/// Says what is wrong with a trace, after what could be read has been printed.
pub(super) fn warn_of_loss(problems: &[Problem], lost_share: f64) {
    warn_of(problems);
    if lost_share > 0.0 {
        let percent = lost_share * 100.0;
        super::super::warn(&[format!("{percent:.1} % of the trace are lost; the numbers are of the rest")]);
    }
}

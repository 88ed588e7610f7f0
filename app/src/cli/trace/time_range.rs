//! The part of a trace that a report covers, as times of the trace and as text.

use std::ops::Range;

use goscope_analysis::trace::entry::entry_frame;
use goscope_parsers::trace::{StackId, Tables, Time};

use crate::query::trace::times::Times;
use crate::text::column;

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
    pub(super) fn new(trace: Range<Time>, wanted: Option<Times>) -> Option<Self> {
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

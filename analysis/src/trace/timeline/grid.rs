//! Columns of a picture, and rows of spans to be looked up for them.

use std::ops::Range;

use goscope_parsers::trace::{GoId, ProcId, ThreadId, Time};

use crate::trace::store::data::SpanId;
use crate::trace::store::spans::partition_point;
use crate::trace::words::cause::CauseId;
use crate::trace::words::class::SpanClass;

/// Whose time a lane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LaneOwner {
    /// All spans of a goroutine.
    Goroutine(GoId),
    /// The running spans of goroutines on a P.
    Proc(ProcId),
    /// The running spans of goroutines on a thread.
    Thread(ThreadId),
}

/// Columns of equal length: those from `first` on, counted from time 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grid {
    /// Length of a column; at least 1.
    pub column_nanos: i64,
    /// The first column.
    pub first: i64,
    /// The number of columns.
    pub len: u32,
}

impl Grid {
    /// From the start of the first to the end of the last column.
    pub fn time(&self) -> Range<Time> {
        let start = self.first.saturating_mul(self.column_nanos);
        start..start.saturating_add(self.column_nanos.saturating_mul(i64::from(self.len)))
    }

    /// The end of the column that contains a time.
    pub(super) fn column_end(&self, time: Time) -> Time {
        time.div_euclid(self.column_nanos).saturating_add(1).saturating_mul(self.column_nanos)
    }
}

/// Time by class.
pub type ClassNanos = [u64; SpanClass::COUNT];

/// Spans in order of time, with ends not after the next begin.
pub(super) trait SpanRow {
    /// Names a span of the row.
    type Place: Copy + Eq;
    /// The last span that starts at or before `time`.
    fn last_until(&self, time: Time) -> Option<Self::Place>;
    /// The last span that starts at or before `time`, as `from` does.
    fn last_from(&self, from: Self::Place, time: Time) -> Self::Place;
    /// The first of all.
    fn first(&self) -> Option<Self::Place>;
    /// The next one.
    fn next(&self, place: Self::Place) -> Option<Self::Place>;
    /// Begin and end.
    fn time(&self, place: Self::Place) -> Range<Time>;
    /// Which span it is, its class and its cause.
    fn span(&self, place: Self::Place) -> (SpanId, SpanClass, CauseId);
    /// Number and time of the spans from one to another, both included.
    fn sum(&self, from: Self::Place, to: Self::Place) -> (u64, ClassNanos);
}

/// The number of rows from `range.start` on for which `is_before` holds, where it is likely few: as a place.
pub(super) fn gallop(range: Range<usize>, is_before: impl Fn(usize) -> bool) -> usize {
    let mut step = 1;
    let mut low = range.start;
    while low + step < range.end && is_before(low + step) {
        low += step;
        step *= 2;
    }
    partition_point(low..(low + step).min(range.end), is_before)
}

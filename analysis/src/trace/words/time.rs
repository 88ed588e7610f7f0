//! Lengths of time on the clock of a trace, and the one between two CPU samples.

use std::ops::Range;

use goscope_parsers::trace::Time;

/// What passes between two samples of the CPU profiler, unless the program asked for another rate: a trace does not say
/// which.
pub const SAMPLE_PERIOD_NANOS: u64 = 10_000_000;

/// Nanoseconds from `begin` to `end`; 0 if that is backwards.
#[inline]
pub fn nanos_between(begin: Time, end: Time) -> u64 {
    if end > begin { end.wrapping_sub(begin) as u64 } else { 0 }
}

/// Adds to a sum of what many goroutines or instances have. Those of a damaged trace, each as long as its clock says, may be
/// more than there are numbers for.
#[inline]
pub(crate) fn add_up(sum: &mut u64, more: u64) {
    *sum = sum.saturating_add(more);
}

/// The sum of all of them, as [`add_up`] makes it.
pub(crate) fn sum_up(all: impl IntoIterator<Item = u64>) -> u64 {
    all.into_iter().fold(0, u64::saturating_add)
}

/// How much two spans of time have in common.
pub(crate) fn overlap_nanos(one: Range<Time>, other: &Range<Time>) -> u64 {
    let (begin, end) = (one.start.max(other.start), one.end.min(other.end));
    if begin < end { end.abs_diff(begin) } else { 0 }
}

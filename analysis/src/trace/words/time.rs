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

/// How much two spans of time have in common.
pub(crate) fn overlap_nanos(one: Range<Time>, other: &Range<Time>) -> u64 {
    let (begin, end) = (one.start.max(other.start), one.end.min(other.end));
    if begin < end { end.abs_diff(begin) } else { 0 }
}

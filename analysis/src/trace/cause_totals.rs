//! What instances spent on each cause (state, reason and stack): the sums that flame graphs and lists of stacks are
//! made from.

use goscope_parsers::trace::{GoId, StackId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::cause::{CauseId, SpanState};
use super::instances::Instance;
use super::model::TraceModel;

/// Instances that one worker takes up at once.
pub(super) const INSTANCES_AT_ONCE: usize = 256;

/// The time of one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CauseTotal {
    /// The cause.
    pub cause: CauseId,
    /// Spans of it that lie in instances, at least in part.
    pub count: u64,
    /// The time of those parts.
    pub nanos: u64,
}

/// The totals of causes whose states are wanted, by cause.
pub fn cause_totals(
    model: &TraceModel,
    instances: &[Instance],
    is_wanted: impl Fn(SpanState) -> bool + Sync,
) -> Vec<CauseTotal> {
    let add = |mut totals: FxHashMap<CauseId, (u64, u64)>, instance: &Instance| {
        let range = instance.range();
        for span in model.spans_in(instance.goroutine, range.clone()).filter(|span| is_wanted(span.state)) {
            let total = totals.entry(span.cause).or_default();
            *total = (total.0 + 1, total.1 + span.nanos_in(&range));
        }
        totals
    };
    let parts = instances.par_iter().with_min_len(INSTANCES_AT_ONCE).fold(FxHashMap::default, add);
    let totals = parts.reduce(FxHashMap::default, |mut left, right| {
        // Sums: the order shows nowhere.
        right.into_iter().for_each(|(cause, (count, nanos))| {
            let total = left.entry(cause).or_default();
            *total = (total.0 + count, total.1 + nanos);
        });
        left
    });
    let totals = totals.into_iter();
    let mut totals: Vec<CauseTotal> =
        totals.map(|(cause, (count, nanos))| CauseTotal { cause, count, nanos }).collect();
    totals.sort_unstable_by_key(|total| total.cause);
    totals
}

/// Samples of the CPU profiler that were taken within instances, by stack: how many. A sample that lies in several
/// counts once.
pub fn sample_totals(model: &TraceModel, instances: &[Instance]) -> Vec<(StackId, u64)> {
    let mut times: Vec<(GoId, Time, Time)> =
        instances.iter().map(|instance| (instance.goroutine, instance.begin, instance.end)).collect();
    times.sort_unstable();
    let times = joined(&times);
    let is_in = |goroutine: GoId, time: Time| {
        let after = times.partition_point(|&(id, begin, _)| (id, begin) <= (goroutine, time));
        let last = after.checked_sub(1).map(|at| times[at]);
        last.is_some_and(|(id, _, end)| id == goroutine && time < end)
    };
    let mut counts: FxHashMap<StackId, u64> = FxHashMap::default();
    for sample in model.samples().iter().filter(|sample| is_in(sample.goroutine, sample.time)) {
        *counts.entry(sample.stack).or_default() += 1;
    }
    let mut counts: Vec<(StackId, u64)> = counts.into_iter().collect();
    counts.sort_unstable();
    counts
}

/// The same times without overlaps.
fn joined(times: &[(GoId, Time, Time)]) -> Vec<(GoId, Time, Time)> {
    let mut joined: Vec<(GoId, Time, Time)> = Vec::new();
    for &(id, begin, end) in times {
        match joined.last_mut() {
            Some(last) if last.0 == id && begin <= last.2 => last.2 = last.2.max(end),
            _ => joined.push((id, begin, end)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_overlap_or_lie_in_each_other_are_joined() {
        let (one, two) = (GoId(1), GoId(2));
        let times = [(one, 0, 10), (one, 2, 3), (one, 5, 12), (one, 20, 30), (two, 25, 26)];
        assert_eq!(joined(&times), [(one, 0, 12), (one, 20, 30), (two, 25, 26)]);
    }
}

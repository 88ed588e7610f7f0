//! What instances spent on each cause (state, reason and stack): the sums that flame graphs and lists of stacks are
//! made from.

use std::ops::Range;

use goscope_parsers::trace::{GoId, StackId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::trace::model::TraceModel;
use crate::trace::questions::instances::InstanceSet;
use crate::trace::questions::parallel_tally::Tally;
use crate::trace::store::walk::{Single, Sink};
pub use crate::trace::words::cause::CauseTotal;
use crate::trace::words::cause::{CauseId, SpanState};
use crate::trace::words::instance::Instance;

/// The totals of causes whose states count, by cause.
pub fn cause_totals(
    model: &TraceModel,
    instances: &InstanceSet,
    counts: impl Fn(SpanState) -> bool,
) -> Vec<CauseTotal> {
    let empty = || Totals { model, by_cause: Vec::new() };
    let sums = instances.tally(model, empty, |mut sums: Totals<'_>, digest| {
        digest.causes.iter().for_each(|total| sums.add(total.cause, total.count, total.nanos));
        sums
    });
    let totals = sums.by_cause.into_iter().enumerate().filter(|(_, (count, _))| *count > 0);
    let totals = totals.map(|(id, (count, nanos))| CauseTotal { cause: CauseId(id as u32), count, nanos });
    totals.filter(|total| counts(model.cause(total.cause).state)).collect()
}

/// What one worker has summed up.
struct Totals<'m> {
    model: &'m TraceModel,
    /// Number and time; empty until there is a span.
    by_cause: Vec<(u64, u64)>,
}

impl Totals<'_> {
    #[inline]
    fn add(&mut self, cause: CauseId, count: u64, nanos: u64) {
        if self.by_cause.is_empty() {
            self.open();
        }
        let total = &mut self.by_cause[cause.index()];
        *total = (total.0 + count, total.1.saturating_add(nanos));
    }

    #[cold]
    fn open(&mut self) {
        self.by_cause = vec![(0, 0); self.model.causes.len()];
    }
}

impl Sink for Totals<'_> {
    fn run(&mut self, number: usize, places: Range<usize>) {
        let block = &self.model.blocks[number];
        for (kind, nanos) in block.lengths(places) {
            self.add(block.dictionary[kind].cause, 1, u64::from(nanos));
        }
    }

    fn single(&mut self, span: Single) {
        self.add(self.model.blocks[span.block].kind(span.at).cause, 1, span.nanos);
    }
}

impl Tally for Totals<'_> {
    type Part = ();

    fn take_part(&mut self) {}

    fn add_part(&mut self, (): ()) {}

    fn end_instance(&mut self, _instance: &Instance) {}

    fn merge(&mut self, other: Self) {
        if self.by_cause.is_empty() {
            self.by_cause = other.by_cause;
            return;
        }
        for (sum, (count, nanos)) in self.by_cause.iter_mut().zip(other.by_cause) {
            *sum = (sum.0 + count, sum.1.saturating_add(nanos));
        }
    }
}

/// Samples of the CPU profiler that were taken within instances, by stack: how many. A sample that lies in several
/// counts once.
pub fn sample_totals(model: &TraceModel, instances: &InstanceSet) -> Vec<(StackId, u64)> {
    // Goroutines can be asked themselves; then there is no list of all of them.
    if model.samples().is_empty() {
        return Vec::new();
    }
    let goroutines = instances.covered.as_ref().filter(|covered| covered.has_goroutines());
    let listed = if goroutines.is_some() { Vec::new() } else { instances.list(model) };
    let mut times: Vec<(GoId, Time, Time)> =
        listed.iter().map(|instance| (instance.goroutine, instance.begin, instance.end)).collect();
    times.par_sort_unstable();
    let times = joined(&times);
    let is_in = |goroutine: GoId, time: Time| {
        if let Some(covered) = goroutines {
            return covered.is_in_goroutine(model, goroutine, time);
        }
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

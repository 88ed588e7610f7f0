//! Adds up the rows of the breakdown: digests as they are, the rest span by span.

use std::cmp::Reverse;
use std::ops::Range;

use rayon::prelude::*;

use crate::histogram::DurationHistogram;
use crate::histogram::OpenHistogram;
use crate::trace::digest::{GroupDigest, PieceRow};
use crate::trace::model::TraceModel;
use crate::trace::questions::instances::InstanceSet;
use crate::trace::questions::latency::row_nanos::{for_each_span, row_nanos};
use crate::trace::questions::parallel_tally::Tally;
use crate::trace::store::walk::{Single, Sink};
use crate::trace::words::breakdown_key::BreakdownKey;
use crate::trace::words::breakdown_key::RowKeys;
use crate::trace::words::cause::SpanState;
use crate::trace::words::instance::Instance;
use crate::trace::words::time::add_up;

/// What instances spent in one state for one reason.
#[derive(Clone, Debug)]
pub struct BreakdownRow {
    /// State and reason.
    pub key: BreakdownKey,
    /// Each span, cut at the bounds of its instance.
    pub spans: DurationHistogram,
    /// The sum of each instance; 0 for those that have none.
    pub per_instance: DurationHistogram,
    /// The sum of the slow instances.
    pub slow_nanos: u128,
}

/// Where the time of instances went.
#[derive(Clone, Debug, Default)]
pub struct Breakdown {
    /// How long the instances took.
    pub wall: DurationHistogram,
    /// By state and reason, most time first.
    pub rows: Vec<BreakdownRow>,
    /// Instances are slow from this length on: the 99th percentile, exactly.
    pub slow_from_nanos: u64,
    /// How long the slow ones took.
    pub slow: DurationHistogram,
}

impl Breakdown {
    /// A row.
    pub fn row(&self, key: BreakdownKey) -> Option<&BreakdownRow> {
        self.rows.iter().find(|row| row.key == key)
    }

    /// How long goroutines waited for a P, each time that they did.
    pub fn scheduler_latency(&self) -> Option<&DurationHistogram> {
        self.rows.iter().find(|row| row.key.state == SpanState::Runnable).map(|row| &row.spans)
    }
}

/// Sums up what the time of these instances went to.
pub fn breakdown(model: &TraceModel, instances: &InstanceSet) -> Breakdown {
    let wall = instances.wall().clone();
    // The 99th percentile by nearest rank: so many take as long, or longer.
    let n_slow = wall.count() + 1 - ((wall.count() as f64 * 0.99).ceil() as u64).max(1);
    let mut slow = instances.at_least(model, wall.reached_by(n_slow.max(1)));
    let slow_from_nanos = nth_longest(&slow, n_slow);
    slow.retain(|instance| instance.nanos() >= slow_from_nanos);
    let empty = || Sums::new(model, slow_from_nanos);
    let mut sums = instances.tally(model, empty, Sums::with_digest);
    let slow_covered = instances.covered_at_least(model, slow_from_nanos);
    sums.merge(slow_covered.par_iter().fold(empty, Sums::with_slow).reduce(empty, Sums::merged));
    let mut rows = sums.rows(&model.digest().rows, wall.count());
    rows.sort_by_key(|row| (Reverse(row.per_instance.total_nanos()), row.key));
    let slow = slow.iter().map(Instance::nanos).collect();
    Breakdown { wall, rows, slow_from_nanos, slow }
}

/// The length of the nth longest, from 1; 0 if there are not so many.
fn nth_longest(instances: &[Instance], n: u64) -> u64 {
    let mut lengths: Vec<u64> = instances.iter().map(Instance::nanos).collect();
    let place = usize::try_from(n).ok().and_then(|n| n.checked_sub(1)).filter(|&place| place < lengths.len());
    place.map_or(0, |place| *lengths.select_nth_unstable_by_key(place, |&nanos| Reverse(nanos)).1)
}

/// What one worker has summed up, by row.
struct Sums<'m> {
    model: &'m TraceModel,
    slow_from_nanos: u64,
    rows: Vec<RowSums>,
    /// Rows with time of the instance at hand.
    touched: Vec<u32>,
}

#[derive(Clone, Default)]
struct RowSums {
    spans: OpenHistogram,
    per_instance: OpenHistogram,
    slow_nanos: u128,
    /// Of the instance at hand.
    nanos: u64,
}

impl<'m> Sums<'m> {
    fn new(model: &'m TraceModel, slow_from_nanos: u64) -> Self {
        let rows = vec![RowSums::default(); model.digest().rows.keys.len()];
        Self { model, slow_from_nanos, rows, touched: Vec::new() }
    }

    fn with_digest(mut self, digest: &GroupDigest) -> Self {
        for row in &digest.rows {
            let sums = &mut self.rows[row.row as usize];
            sums.spans.merge_packed(&row.spans);
            sums.per_instance.merge_packed(&row.per_instance);
        }
        self
    }

    /// Adds a slow instance whose time is in a digest: that does not know who is slow.
    fn with_slow(mut self, instance: &Instance) -> Self {
        for (row, nanos) in row_nanos(self.model, instance) {
            self.rows[row as usize].slow_nanos += u128::from(nanos);
        }
        self
    }

    /// Adds a span to its row.
    #[inline]
    fn add(&mut self, row: u32, nanos: u64) {
        if nanos > 0 {
            self.rows[row as usize].spans.record(nanos);
            self.add_known(row, nanos);
        }
    }

    /// Adds what the digest has to the instance at hand.
    #[inline]
    fn add_known(&mut self, row: u32, nanos: u64) {
        let sums = &mut self.rows[row as usize];
        if sums.nanos == 0 && nanos > 0 {
            self.touched.push(row);
        }
        add_up(&mut sums.nanos, nanos);
    }

    fn row_of(&self, span: &Single) -> u32 {
        self.model.digest().kind_rows[span.block][self.model.blocks[span.block].kind_row(span.at)]
    }

    fn merged(mut self, other: Self) -> Self {
        self.merge(other);
        self
    }

    fn rows(self, keys: &RowKeys, n_instances: u64) -> Vec<BreakdownRow> {
        let rows = keys.keys.iter().zip(self.rows).filter(|(_, sums)| !sums.spans.is_empty());
        let rows = rows.map(|(&key, sums)| {
            let mut per_instance = sums.per_instance.close();
            per_instance.record_times(0, n_instances - per_instance.count());
            BreakdownRow { key, spans: sums.spans.close(), per_instance, slow_nanos: sums.slow_nanos }
        });
        rows.collect()
    }
}

impl Sink for Sums<'_> {
    fn run(&mut self, number: usize, places: Range<usize>) {
        for_each_span(self.model, number, places, |row, nanos| self.add(row, nanos));
    }

    fn single(&mut self, span: Single) {
        self.add(self.row_of(&span), span.nanos);
    }
}

impl Tally for Sums<'_> {
    /// Rows and nanoseconds.
    type Part = Vec<(u32, u64)>;

    fn run_in_digest(&mut self, number: usize, places: Range<usize>) {
        for_each_span(self.model, number, places, |row, nanos| self.add_known(row, nanos));
    }

    fn single_in_digest(&mut self, span: Single) {
        self.add_known(self.row_of(&span), span.nanos);
    }

    fn add_digest_rows(&mut self, rows: &[PieceRow]) {
        rows.iter().for_each(|row| self.add_known(row.row, row.nanos));
    }

    fn wants_digest(&self) -> bool {
        true
    }

    fn take_part(&mut self) -> Vec<(u32, u64)> {
        let rows = self.touched.drain(..);
        rows.map(|row| (row, std::mem::take(&mut self.rows[row as usize].nanos))).collect()
    }

    fn add_part(&mut self, part: Vec<(u32, u64)>) {
        part.into_iter().for_each(|(row, nanos)| self.add_known(row, nanos));
    }

    fn end_instance(&mut self, instance: &Instance) {
        let covered = self.touched.iter().map(|&row| self.rows[row as usize].nanos).sum();
        // What no span covers is in the first row.
        self.add(0, instance.nanos().saturating_sub(covered));
        let is_slow = instance.nanos() >= self.slow_from_nanos;
        for row in self.touched.drain(..) {
            let sums = &mut self.rows[row as usize];
            let nanos = std::mem::take(&mut sums.nanos);
            sums.per_instance.record(nanos);
            sums.slow_nanos += if is_slow { u128::from(nanos) } else { 0 };
        }
    }

    fn merge(&mut self, other: Self) {
        for (row, other) in self.rows.iter_mut().zip(other.rows) {
            row.spans.merge(other.spans);
            row.per_instance.merge(other.per_instance);
            row.slow_nanos += other.slow_nanos;
        }
    }
}

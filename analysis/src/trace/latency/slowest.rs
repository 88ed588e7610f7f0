//! The slowest instances: what each spent its time on, and the span that made it slow.

use std::cmp::Reverse;
use std::ops::Range;

use rayon::prelude::*;

use super::BreakdownKey;
use super::longest::longest_in;
use super::sums::for_each_span;
use crate::trace::digest::PieceRow;
use crate::trace::instances::{Instance, InstanceSet};
use crate::trace::model::{Span, TraceModel};
use crate::trace::walk::{Coverage, Single, Sink, Tally, tally_one};

/// What one instance spent its time on.
#[derive(Clone, Debug)]
pub struct InstanceBreakdown {
    /// The instance.
    pub instance: Instance,
    /// Nanoseconds by state and reason, most first.
    pub rows: Vec<(BreakdownKey, u64)>,
}

/// A slow instance, and the span that made it so.
#[derive(Clone, Debug)]
pub struct SlowInstance {
    /// The instance, and where its time went.
    pub parts: InstanceBreakdown,
    /// The longest span of the state that took most of its time; of equal ones the earliest.
    pub longest: Option<Span>,
}

/// The slowest instances, the slowest first; of equal ones the earliest, then in the order of the set.
pub fn slowest(model: &TraceModel, instances: &InstanceSet, limit: usize) -> Vec<SlowInstance> {
    let found = instances.at_least(model, instances.wall().reached_by(limit.max(1) as u64));
    let mut longest: Vec<(usize, &Instance)> = found.iter().enumerate().collect();
    let order =
        |&(at, instance): &(usize, &Instance)| (Reverse(instance.nanos()), instance.begin, instance.of, at);
    if longest.len() > limit && limit > 0 {
        longest.select_nth_unstable_by_key(limit - 1, order);
    }
    longest.truncate(limit);
    longest.sort_unstable_by_key(order);
    longest.into_par_iter().with_max_len(1).map(|(_, instance)| slow_instance(model, *instance)).collect()
}

fn slow_instance(model: &TraceModel, instance: Instance) -> SlowInstance {
    let mut by_row = row_nanos(model, &instance);
    let covered: u64 = by_row.iter().map(|row| row.1).sum();
    let uncovered = instance.nanos().saturating_sub(covered);
    match by_row.iter_mut().find(|row| row.0 == 0) {
        Some(unknown) => unknown.1 += uncovered,
        None => by_row.push((0, uncovered)),
    }
    let keys = &model.digest.rows.keys;
    by_row.retain(|row| row.1 > 0);
    by_row.sort_by_key(|&(row, nanos)| (Reverse(nanos), keys[row as usize]));
    let longest = by_row.first().and_then(|&(row, _)| longest_in(model, &instance, row));
    let rows = by_row.into_iter().map(|(row, nanos)| (keys[row as usize], nanos)).collect();
    SlowInstance { parts: InstanceBreakdown { instance, rows }, longest }
}

/// The time of an instance by row, without what no span covers.
pub(super) fn row_nanos(model: &TraceModel, instance: &Instance) -> Vec<(u32, u64)> {
    let mut sums = RowNanos { model, nanos: vec![0; model.digest.rows.keys.len()] };
    tally_one(model, instance, Coverage::Inside, &mut sums);
    let rows = sums.nanos.into_iter().enumerate().filter(|&(_, nanos)| nanos > 0);
    rows.map(|(row, nanos)| (row as u32, nanos)).collect()
}

/// The time of an instance by row.
struct RowNanos<'m> {
    model: &'m TraceModel,
    nanos: Vec<u64>,
}

impl Sink for RowNanos<'_> {
    fn run(&mut self, number: usize, places: Range<usize>) {
        let sums = &mut self.nanos;
        for_each_span(self.model, number, places, |row, nanos| sums[row as usize] += nanos);
    }

    fn single(&mut self, span: Single) {
        let kind = self.model.blocks[span.block].kinds[span.at];
        let row = self.model.digest.kind_rows[span.block][usize::from(kind)];
        self.nanos[row as usize] += span.nanos;
    }
}

impl Tally for RowNanos<'_> {
    type Part = ();

    fn known_run(&mut self, number: usize, places: Range<usize>) {
        self.run(number, places);
    }

    fn known_single(&mut self, span: Single) {
        self.single(span);
    }

    fn known_piece(&mut self, rows: &[PieceRow]) {
        rows.iter().for_each(|row| self.nanos[row.row as usize] += row.nanos);
    }

    fn wants_known(&self) -> bool {
        true
    }

    fn take_part(&mut self) {}

    fn add_part(&mut self, (): ()) {}

    fn end_instance(&mut self, _instance: &Instance) {}

    fn merge(&mut self, other: Self) {
        self.nanos.iter_mut().zip(other.nanos).for_each(|(sum, nanos)| *sum += nanos);
    }
}

//! The latency breakdown: what the wall time of instances went to, by state and reason, for all and for the slowest.
//!
//! ```text
//! instance   │ running │ waiting "sync" │ runnable │ running │      its row: running 7, sync 12, runnable 3 ns
//! rows       spans          every span by itself
//!            per instance   the sum of each instance, 0 where it has none: percentiles of all instances
//!            slow           the sums of those instances that took as long as the 99th percentile or longer
//! ```
//!
//! The rows of an instance add up to its wall time; what the goroutine's life does not cover is unknown. Everything is
//! a sum of integers or of histograms, so the number of threads shows nowhere.

use std::cmp::Reverse;
use std::ops::Range;

use goscope_parsers::trace::{StringId, Tables, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::cause::{Cause, CauseId, SpanState};
use super::cause_totals::INSTANCES_AT_ONCE;
use super::instances::Instance;
use super::model::{Span, TraceModel};
use crate::histogram::DurationHistogram;

/// What time can go to: a state, and for time blocked the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BreakdownKey {
    /// The state.
    pub state: SpanState,
    /// Why it is blocked, in the runtime's words; none for the other states.
    pub reason: StringId,
}

impl BreakdownKey {
    /// The row that a cause belongs to.
    pub fn of(cause: Cause) -> Self {
        let is_blocked = cause.state == SpanState::Waiting;
        let reason = if is_blocked { cause.reason } else { StringId::default() };
        Self { state: cause.state, reason }
    }

    /// In words: `waiting: sync`, `running`.
    pub fn text(self, tables: &Tables) -> String {
        Cause { state: self.state, reason: self.reason, ..Cause::default() }.text(tables)
    }

    const UNKNOWN: Self = Self { state: SpanState::Unknown, reason: StringId(0) };
}

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
pub fn breakdown(model: &TraceModel, instances: &[Instance]) -> Breakdown {
    let keys = RowKeys::new(model);
    let slow_from_nanos = slow_from(instances);
    let add = |mut sums: Sums, instance: &Instance| {
        sums.add(model, &keys, instance, slow_from_nanos);
        sums
    };
    let empty = || Sums::new(keys.keys.len());
    let parts = instances.par_iter().with_min_len(INSTANCES_AT_ONCE).fold(empty, add);
    let sums = parts.reduce(empty, |mut left, right| {
        left.merge(&right);
        left
    });
    let mut rows = sums.rows(&keys, instances.len() as u64);
    rows.sort_by_key(|row| (Reverse(row.per_instance.total_nanos()), row.key));
    let wall = instances.iter().map(Instance::nanos);
    let slow = wall.clone().filter(|&nanos| nanos >= slow_from_nanos).collect();
    Breakdown { wall: wall.collect(), rows, slow_from_nanos, slow }
}

/// The 99th percentile by nearest rank, exactly.
fn slow_from(instances: &[Instance]) -> u64 {
    let mut walls: Vec<u64> = instances.iter().map(Instance::nanos).collect();
    let rank = (walls.len() as f64 * 0.99).ceil() as usize;
    match rank.checked_sub(1) {
        Some(at) => *walls.select_nth_unstable(at).1,
        None => 0,
    }
}

/// The rows, and which one each cause belongs to.
struct RowKeys {
    keys: Vec<BreakdownKey>,
    of_cause: Vec<u32>,
}

impl RowKeys {
    fn new(model: &TraceModel) -> Self {
        // The first row takes what no span covers.
        let mut places = FxHashMap::from_iter([(BreakdownKey::UNKNOWN, 0_u32)]);
        let mut keys = vec![BreakdownKey::UNKNOWN];
        let mut place_of = |key| {
            *places.entry(key).or_insert_with(|| {
                keys.push(key);
                keys.len() as u32 - 1
            })
        };
        let of_cause = model.causes().iter().map(|&cause| place_of(BreakdownKey::of(cause))).collect();
        Self { keys, of_cause }
    }

    fn of(&self, cause: CauseId) -> usize {
        self.of_cause.get(cause.index()).map_or(0, |&row| row as usize)
    }
}

/// What one worker has summed up, by row.
struct Sums {
    rows: Vec<RowSums>,
    /// Of the instance at hand.
    nanos: Vec<u64>,
    touched: Vec<u32>,
}

#[derive(Clone, Default)]
struct RowSums {
    spans: DurationHistogram,
    per_instance: DurationHistogram,
    slow_nanos: u128,
}

impl Sums {
    fn new(rows: usize) -> Self {
        Self { rows: vec![RowSums::default(); rows], nanos: vec![0; rows], touched: Vec::new() }
    }

    fn add(&mut self, model: &TraceModel, keys: &RowKeys, instance: &Instance, slow_from_nanos: u64) {
        let mut uncovered = instance.nanos();
        for (key, nanos) in pieces(model, keys, instance) {
            uncovered = uncovered.saturating_sub(nanos);
            self.add_piece(key, nanos);
        }
        if uncovered > 0 {
            self.add_piece(0, uncovered);
        }
        let is_slow = instance.nanos() >= slow_from_nanos;
        for row in self.touched.drain(..) {
            let nanos = std::mem::take(&mut self.nanos[row as usize]);
            let sums = &mut self.rows[row as usize];
            sums.per_instance.record(nanos);
            sums.slow_nanos += if is_slow { u128::from(nanos) } else { 0 };
        }
    }

    fn add_piece(&mut self, row: usize, nanos: u64) {
        if nanos == 0 {
            return;
        }
        self.rows[row].spans.record(nanos);
        if self.nanos[row] == 0 {
            self.touched.push(row as u32);
        }
        self.nanos[row] += nanos;
    }

    fn merge(&mut self, other: &Self) {
        for (row, other) in self.rows.iter_mut().zip(&other.rows) {
            row.spans.merge(&other.spans);
            row.per_instance.merge(&other.per_instance);
            row.slow_nanos += other.slow_nanos;
        }
    }

    fn rows(self, keys: &RowKeys, n_instances: u64) -> Vec<BreakdownRow> {
        let rows = keys.keys.iter().zip(self.rows).filter(|(_, sums)| !sums.spans.is_empty());
        let row = |(&key, mut sums): (&BreakdownKey, RowSums)| {
            sums.per_instance.record_times(0, n_instances - sums.per_instance.count());
            let RowSums { spans, per_instance, slow_nanos } = sums;
            BreakdownRow { key, spans, per_instance, slow_nanos }
        };
        rows.map(row).collect()
    }
}

/// The spans of an instance: row and length within it.
fn pieces<'m>(
    model: &'m TraceModel,
    keys: &'m RowKeys,
    instance: &Instance,
) -> impl Iterator<Item = (usize, u64)> + 'm {
    let range = instance.range();
    let spans = model.spans_in(instance.goroutine, range.clone());
    spans.map(move |span| (keys.of(span.cause), span.nanos_in(&range)))
}

/// What one instance spent its time on.
#[derive(Clone, Debug)]
pub struct InstanceBreakdown {
    /// The instance.
    pub instance: Instance,
    /// Nanoseconds by state and reason, most first.
    pub rows: Vec<(BreakdownKey, u64)>,
}

/// The slowest instances, the slowest first; of equal ones the earliest.
pub fn slowest(model: &TraceModel, instances: &[Instance], limit: usize) -> Vec<InstanceBreakdown> {
    let keys = RowKeys::new(model);
    let mut longest: Vec<&Instance> = instances.iter().collect();
    let order = |instance: &&Instance| (Reverse(instance.nanos()), instance.begin, instance.of);
    if longest.len() > limit && limit > 0 {
        longest.select_nth_unstable_by_key(limit - 1, order);
    }
    longest.truncate(limit);
    longest.sort_unstable_by_key(order);
    longest.into_iter().map(|instance| instance_breakdown(model, &keys, *instance)).collect()
}

fn instance_breakdown(model: &TraceModel, keys: &RowKeys, instance: Instance) -> InstanceBreakdown {
    let mut sums: FxHashMap<usize, u64> = FxHashMap::default();
    let mut uncovered = instance.nanos();
    for (row, nanos) in pieces(model, keys, &instance) {
        uncovered = uncovered.saturating_sub(nanos);
        *sums.entry(row).or_default() += nanos;
    }
    *sums.entry(0).or_default() += uncovered;
    let rows = sums.into_iter().filter(|&(_, nanos)| nanos > 0);
    let mut rows: Vec<(BreakdownKey, u64)> = rows.map(|(row, nanos)| (keys.keys[row], nanos)).collect();
    rows.sort_by_key(|&(key, nanos)| (Reverse(nanos), key));
    InstanceBreakdown { instance, rows }
}

/// The longest spans of a row within instances, with their lengths there: the longest first; of equal ones the
/// earliest. A span that lies in several instances occurs once.
pub fn longest_spans(
    model: &TraceModel,
    instances: &[Instance],
    key: BreakdownKey,
    limit: usize,
) -> Vec<(Span, u64)> {
    let is_wanted: Vec<bool> = model.causes().iter().map(|&cause| BreakdownKey::of(cause) == key).collect();
    let order = |&(span, nanos): &(Span, u64)| (Reverse(nanos), span.start, span.id);
    let shorten = |mut spans: Vec<(Span, u64)>| {
        spans.sort_unstable_by_key(order);
        spans.dedup_by_key(|(span, _)| span.id);
        spans.truncate(limit);
        spans
    };
    let add = |mut longest: Vec<(Span, u64)>, instance: &Instance| {
        let range: Range<Time> = instance.range();
        let spans = model.spans_in(instance.goroutine, range.clone());
        longest.extend(
            spans
                .filter(|span| is_wanted.get(span.cause.index()).copied().unwrap_or(false))
                .map(|span| (span, span.nanos_in(&range))),
        );
        // Sorted now and then only, so that each span costs little.
        if longest.len() > 4 * limit + 1024 { shorten(longest) } else { longest }
    };
    let parts = instances.par_iter().with_min_len(INSTANCES_AT_ONCE).fold(Vec::new, add);
    shorten(parts.reduce(Vec::new, |mut left, right| {
        left.extend(right);
        left
    }))
}

//! The slowest instances: where the time of each went, and the span that made it slow.

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::trace::model::TraceModel;
use crate::trace::questions::instances::InstanceSet;
use crate::trace::questions::latency::longest::longest_in;
use crate::trace::questions::latency::row_nanos::row_nanos;
use crate::trace::store::data::Span;
use crate::trace::words::breakdown_key::BreakdownKey;
use crate::trace::words::instance::Instance;

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

/// What one instance spent its time on.
pub fn breakdown_of(model: &TraceModel, instance: Instance) -> InstanceBreakdown {
    let by_row = rows_of(model, &instance).into_iter();
    let rows = by_row.map(|(row, nanos)| (model.digest().rows.keys[row as usize], nanos)).collect();
    InstanceBreakdown { instance, rows }
}

fn slow_instance(model: &TraceModel, instance: Instance) -> SlowInstance {
    let parts = breakdown_of(model, instance);
    let row = parts.rows.first().and_then(|&(key, _)| model.digest().rows.find(key));
    let longest = row.and_then(|row| longest_in(model, &instance, row));
    SlowInstance { parts, longest }
}

/// The time of an instance by row, most first; what no span covers is unknown.
fn rows_of(model: &TraceModel, instance: &Instance) -> Vec<(u32, u64)> {
    let mut by_row = row_nanos(model, instance);
    let covered: u64 = by_row.iter().map(|row| row.1).sum();
    let uncovered = instance.nanos().saturating_sub(covered);
    match by_row.iter_mut().find(|row| row.0 == 0) {
        Some(unknown) => unknown.1 += uncovered,
        None => by_row.push((0, uncovered)),
    }
    let keys = &model.digest().rows.keys;
    by_row.retain(|row| row.1 > 0);
    by_row.sort_by_key(|&(row, nanos)| (Reverse(nanos), keys[row as usize]));
    by_row
}

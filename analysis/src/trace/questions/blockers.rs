//! Where instances were blocked longest, and the code that unblocked them.
//!
//! ```text
//! blocked at                                    unblocked by
//! sync  1.2 s  sync.(*RWMutex).RLock ← search   1.1 s  sync.(*RWMutex).Unlock ← rebuild
//!                                               0.1 s  …
//! ```
//!
//! The first pass sums up by cause, the second looks closer at the few that are shown. Of a wait that goes on past
//! its instance, only what lies in it counts.

use std::cmp::Reverse;

use goscope_parsers::trace::StackId;
use rustc_hash::FxHashMap;

use crate::histogram::DurationHistogram;
use crate::trace::model::TraceModel;
use crate::trace::questions::cause_totals::cause_totals;
use crate::trace::questions::instances::InstanceSet;
use crate::trace::store::data::Span;
use crate::trace::words::cause::{CauseId, SpanState};
use crate::trace::words::instance::Instance;

/// A place where goroutines were blocked.
#[derive(Clone, Debug)]
pub struct BlockedStack {
    /// State, reason and stack.
    pub cause: CauseId,
    /// Each time that it happened.
    pub spans: DurationHistogram,
    /// The stacks that unblocked them, most time first.
    pub freed_by: Vec<FreedBy>,
}

/// Code that set blocked goroutines free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreedBy {
    /// Where it was; the empty stack if the runtime did it (timers, the network) or the trace ended before.
    pub stack: StackId,
    /// How often.
    pub count: u64,
    /// How long those were blocked that it unblocked.
    pub nanos: u64,
}

/// The places where these instances were blocked longest, most time first.
pub fn blocked_stacks(model: &TraceModel, instances: &InstanceSet, limit: usize) -> Vec<BlockedStack> {
    let top = top_causes(model, instances, limit);
    let mut place_of = vec![u32::MAX; model.causes().len()];
    for (place, cause) in top.iter().enumerate() {
        place_of[cause.index()] = place as u32;
    }
    let empty = || vec![Closer::default(); top.len()];
    let add = |found: &mut Vec<Closer>, instance: &Instance| look_closer(model, instance, &place_of, found);
    let merge = |mut left: Vec<Closer>, right: Vec<Closer>| {
        left.iter_mut().zip(right).for_each(|(left, right)| left.merge(right));
        left
    };
    let found = instances.fold(model, empty, add, merge);
    top.into_iter().zip(found).map(|(cause, closer)| closer.into_row(cause)).collect()
}

fn is_blocked(state: SpanState) -> bool {
    matches!(state, SpanState::Waiting | SpanState::Syscall | SpanState::SyscallBlocked)
}

/// Causes by the time that instances were blocked for them, most first.
fn top_causes(model: &TraceModel, instances: &InstanceSet, limit: usize) -> Vec<CauseId> {
    let mut totals = cause_totals(model, instances, is_blocked);
    totals.retain(|total| total.nanos > 0);
    totals.sort_unstable_by_key(|total| (Reverse(total.nanos), total.cause));
    totals.truncate(limit);
    totals.into_iter().map(|total| total.cause).collect()
}

/// What the second pass finds about a cause.
#[derive(Clone, Default)]
struct Closer {
    spans: DurationHistogram,
    freed_by: FxHashMap<StackId, (u64, u64)>,
}

impl Closer {
    fn merge(&mut self, other: Self) {
        self.spans.merge(&other.spans);
        other.freed_by.into_iter().for_each(|(stack, (count, nanos))| {
            let sum = self.freed_by.entry(stack).or_default();
            *sum = (sum.0 + count, sum.1.saturating_add(nanos));
        });
    }

    fn into_row(self, cause: CauseId) -> BlockedStack {
        let freed_by = self.freed_by.into_iter();
        let mut freed_by: Vec<FreedBy> =
            freed_by.map(|(stack, (count, nanos))| FreedBy { stack, count, nanos }).collect();
        freed_by.sort_unstable_by_key(|row| (Reverse(row.nanos), Reverse(row.count), row.stack));
        BlockedStack { cause, spans: self.spans, freed_by }
    }
}

fn look_closer(model: &TraceModel, instance: &Instance, place_of: &[u32], found: &mut [Closer]) {
    let range = instance.range();
    let mut spans = model.spans_in(instance.goroutine, range.clone()).peekable();
    while let Some(span) = spans.next() {
        let place = place_of.get(span.cause.index()).copied().unwrap_or(u32::MAX);
        let Some(closer) = found.get_mut(place as usize) else { continue };
        let nanos = span.nanos_in(&range);
        if nanos == 0 {
            continue;
        }
        closer.spans.record(nanos);
        let next = spans.peek().copied().or_else(|| model.next_span(&span));
        let sum = closer.freed_by.entry(freeing_stack(model, next)).or_default();
        *sum = (sum.0 + 1, sum.1.saturating_add(nanos));
    }
}

/// Where the goroutine was that ended a wait, given the span after it.
fn freeing_stack(model: &TraceModel, next: Option<Span>) -> StackId {
    let woken = next.filter(|next| next.state == SpanState::Runnable);
    woken.map(|next| model.cause(next.cause).stack).unwrap_or_default()
}

//! Goroutines of a trace: filters, one row each, the goroutines that unblocked and created them.
//!
//! ```text
//! GoroutineFilter ─► ids ─► GoroutineRow     time by state in a range, and what it does at the end of it
//!                      └──► related          who woke it, and who woke those (Go's "related goroutines")
//!                      └──► creation_chain   who created it, and who created that …
//! ```

use std::ops::Range;

pub use crate::trace::questions::goroutine_filter::{
    GoroutineFilter, IdleGoroutines, SystemGoroutines, part_of,
};

use goscope_parsers::trace::{GoId, StringId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::trace::model::TraceModel;
use crate::trace::questions::goroutine_parts::GoroutineParts;
use crate::trace::questions::state_nanos::state_nanos;
use crate::trace::store::data::Goroutine;
use crate::trace::words::cause::{CauseId, SpanState};

impl GoroutineFilter {
    /// The goroutines that match and live in a range of time, by id.
    pub fn select(&self, model: &TraceModel, range: &Range<Time>) -> Vec<GoId> {
        let parts = GoroutineParts::new(model, self, range);
        parts.ids(model, |id| self.is_by_name() || self.matches(model, id, range))
    }
}

/// A goroutine in a range of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoroutineRow {
    /// The goroutine.
    pub goroutine: Goroutine,
    /// The name of the function that it runs; empty if it is not known.
    pub function: StringId,
    /// Its life in the range, in nanoseconds.
    pub total_nanos: u64,
    /// The same by [`SpanState::index`].
    pub state_nanos: [u64; SpanState::COUNT],
    /// What it does at the end of its life or of the range.
    pub last: CauseId,
}

impl GoroutineRow {
    /// Time in a state, in nanoseconds.
    pub fn nanos(&self, state: SpanState) -> u64 {
        self.state_nanos[state.index()]
    }

    /// Time in which it could not go on: waiting, or in a system call that has lost its P.
    pub fn blocked_nanos(&self) -> u64 {
        self.nanos(SpanState::Waiting).saturating_add(self.nanos(SpanState::SyscallBlocked))
    }
}

/// A row for each of these goroutines, in their order.
pub fn goroutine_rows(model: &TraceModel, ids: &[GoId], range: &Range<Time>) -> Vec<GoroutineRow> {
    ids.par_iter().filter_map(|&id| Some(row(model, model.goroutine(id)?, range))).collect()
}

fn row(model: &TraceModel, goroutine: Goroutine, range: &Range<Time>) -> GoroutineRow {
    let times = state_nanos(model, goroutine.id, range);
    GoroutineRow {
        goroutine,
        function: model.start_function(goroutine.id),
        total_nanos: times.total,
        state_nanos: times.nanos,
        last: times.last,
    }
}

/// The depth of Go's "related goroutines": those that unblocked it, and those that unblocked these.
pub const RELATED_DEPTH: u32 = 2;

/// The goroutines that woke this one, and those that woke these, so many steps back, over the whole trace: itself
/// first, the others by id. With [`RELATED_DEPTH`] the set of `go tool trace`'s goroutine view.
pub fn related(model: &TraceModel, id: GoId, depth: u32) -> Vec<GoId> {
    let mut known = FxHashSet::from_iter([id]);
    let mut newest = vec![id];
    for _ in 0..depth {
        let mut wakers: Vec<GoId> = newest.iter().flat_map(|&id| wakers(model, id)).collect();
        wakers.retain(|&waker| known.insert(waker));
        newest = wakers;
    }
    known.remove(&id);
    let mut found: Vec<GoId> = known.into_iter().collect();
    found.sort_unstable();
    found.insert(0, id);
    found
}

/// The goroutines that unblocked a goroutine, each once.
fn wakers(model: &TraceModel, id: GoId) -> impl Iterator<Item = GoId> + '_ {
    let mut was_waiting = false;
    model.spans(id).filter_map(move |span| {
        let woken = was_waiting && span.waker.is_some();
        was_waiting = span.state == SpanState::Waiting;
        woken.then_some(span.waker)
    })
}

/// A goroutine, its creator, the creator of that, as far as the trace knows.
pub fn creation_chain(model: &TraceModel, id: GoId) -> Vec<Goroutine> {
    let mut known = FxHashSet::default();
    let mut chain = Vec::new();
    let mut next = model.goroutine(id);
    // Only a damaged trace has a goroutine among its own ancestors.
    while let Some(goroutine) = next.filter(|goroutine| known.insert(goroutine.id)) {
        chain.push(goroutine);
        next = model.goroutine(goroutine.parent);
    }
    chain
}

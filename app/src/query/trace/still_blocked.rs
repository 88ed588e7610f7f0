//! Where goroutines are still blocked when a range of time ends: what may never go on.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use goscope_analysis::trace::cause::{CauseId, SpanState};
use goscope_analysis::trace::goroutines::{GoroutineFilter, GoroutineRow};
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::{GoId, Time};

use super::goroutines::{Goroutines, GoroutinesQuery};
use super::selection::TimeRange;
use super::subject::on_clock;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Where goroutines are blocked at the end of a range of time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StillBlockedQuery {
    /// The range of time; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// The goroutines to include.
    pub goroutines: GoroutineFilter,
}

/// Where goroutines are blocked.
#[derive(Clone, Debug, Default)]
pub struct StillBlocked {
    /// The place with the longest wait first.
    pub places: Vec<BlockedPlace>,
}

/// Goroutines that are blocked for one reason at one place in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockedPlace {
    /// Reason and stack.
    pub cause: CauseId,
    /// How many goroutines.
    pub count: u64,
    /// How long the first of them has been waiting, in ns; since the trace began, if it waited before.
    pub longest_nanos: u64,
    /// That goroutine.
    pub goroutine: GoId,
}

impl Question for StillBlockedQuery {
    type Answer = StillBlocked;
    type Input = GoroutinesQuery;

    fn input(&self) -> GoroutinesQuery {
        GoroutinesQuery { range: self.range, goroutines: self.goroutines.clone() }
    }

    fn answer(
        &self,
        documents: Documents<'_>,
        goroutines: Arc<Goroutines>,
    ) -> Result<StillBlocked, QuestionError> {
        let model = documents.model()?;
        let end = on_clock(model, self.range).end;
        let mut places: BTreeMap<CauseId, BlockedPlace> = BTreeMap::new();
        for (row, nanos) in
            goroutines.rows.iter().filter_map(|row| Some((row, blocked_nanos(model, row, end)?)))
        {
            let (cause, goroutine) = (row.last, row.goroutine.id);
            let first = BlockedPlace { cause, count: 0, longest_nanos: nanos, goroutine };
            let place = places.entry(cause).or_insert(first);
            place.count += 1;
            if nanos > place.longest_nanos {
                (place.longest_nanos, place.goroutine) = (nanos, goroutine);
            }
        }
        let mut places: Vec<BlockedPlace> = places.into_values().collect();
        places.sort_by_key(|place| (Reverse(place.longest_nanos), Reverse(place.count), place.cause));
        Ok(StillBlocked { places })
    }
}

/// How long a goroutine has been blocked at this moment; `None` if it is not.
fn blocked_nanos(model: &TraceModel, row: &GoroutineRow, end: Time) -> Option<u64> {
    let is_over = row.goroutine.is_ended && row.goroutine.end <= end;
    if is_over || model.cause(row.last).state != SpanState::Waiting {
        return None;
    }
    let span = model.span_at(row.goroutine.id, end.saturating_sub(1))?;
    Some(end.abs_diff(span.start))
}

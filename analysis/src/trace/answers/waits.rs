//! The waits that blame is about, in order of goroutine and time.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};
use rayon::prelude::*;

use super::facts::Facts;
use super::instances::AnswerInstance;
use crate::trace::model::Span;
use crate::trace::store::backward::{Backward, map_places};
use crate::trace::store::block::Kind;
use crate::trace::words::cause::{CauseId, SpanState};

/// A wait, or the part of it that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) goroutine: GoId,
    pub(super) begin: Time,
    pub(super) end: Time,
    pub(super) cause: CauseId,
}

impl Wait {
    fn of(span: &Span, range: &Range<Time>) -> Option<Self> {
        let (begin, end) = (span.start.max(range.start), span.end.min(range.end));
        let is_wait = span.state == SpanState::Waiting && begin < end;
        is_wait.then_some(Self { goroutine: span.goroutine, begin, end, cause: span.cause })
    }

    pub(super) fn nanos(&self) -> u64 {
        self.end.abs_diff(self.begin)
    }
}

/// The waits of the owners of instances while these last, cut at their bounds. What lies in several counts once.
pub(super) fn in_instances(facts: &Facts<'_>, instances: &[AnswerInstance]) -> Vec<Wait> {
    let mut ranges: Vec<(GoId, Time, Time)> =
        instances.iter().map(|it| (it.owner, it.begin, it.end)).collect();
    ranges.sort_unstable();
    let mut apart: Vec<(GoId, Time, Time)> = Vec::new();
    for (goroutine, begin, end) in ranges {
        match apart.last_mut() {
            Some(last) if last.0 == goroutine && begin <= last.2 => last.2 = last.2.max(end),
            _ => apart.push((goroutine, begin, end)),
        }
    }
    let each = apart.par_iter().with_min_len(64);
    each.flat_map_iter(|&(goroutine, begin, end)| of_goroutine(facts, goroutine, begin..end)).collect()
}

/// The waits of a goroutine in a range of time, cut at its bounds.
pub(super) fn of_goroutine<'f>(
    facts: &'f Facts<'_>,
    goroutine: GoId,
    range: Range<Time>,
) -> impl Iterator<Item = Wait> + 'f {
    let spans = facts.model.spans_in(goroutine, range.clone());
    spans.filter_map(move |span| Wait::of(&span, &range))
}

/// The waits in a range of time whose cause is wanted, each at most as long as the range, in order of goroutine and
/// time.
pub(super) fn with_causes(
    facts: &Facts<'_>,
    range: &Range<Time>,
    is_wanted: impl Fn(CauseId) -> bool + Sync,
) -> Vec<Wait> {
    let mut waits = map_with_causes(facts, range, is_wanted, |wait, _| Some(wait));
    waits.par_sort_unstable_by_key(|wait| (wait.goroutine, wait.begin, wait.end));
    waits
}

/// The same, each made something of with its place at hand, in order of the blocks that they are in.
pub(super) fn map_with_causes<T: Send>(
    facts: &Facts<'_>,
    range: &Range<Time>,
    is_wanted: impl Fn(CauseId) -> bool + Sync,
    map: impl Fn(Wait, &Backward<'_>) -> Option<T> + Sync,
) -> Vec<T> {
    let is_wait = |kind: &Kind| kind.state == SpanState::Waiting && is_wanted(kind.cause);
    map_places(facts.model.data(), is_wait, |place| map(Wait::of(&place.span(), range)?, place))
}

//! How long instances assisted the garbage collector.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::trace::model::{TraceModel, nanos_between};
use crate::trace::questions::summary::{Counting, Summarizer};
use crate::trace::store::rows::RangeKind;
use crate::trace::words::instance::Instance;

/// The mark assists of each goroutine that made some, in order of ends.
#[derive(Debug)]
pub(super) struct Assists {
    of: FxHashMap<GoId, Vec<Range<Time>>>,
}

impl Assists {
    pub(super) fn new(model: &TraceModel) -> Self {
        let assists = model.range_events().iter().filter(|row| row.kind == RangeKind::MarkAssist);
        let ids: FxHashSet<GoId> = assists.map(|row| GoId(row.scope)).filter(|id| id.is_some()).collect();
        if ids.is_empty() {
            return Self { of: FxHashMap::default() };
        }
        let summarizer = Summarizer::new(model, Counting::Sane);
        Self { of: ids.into_iter().map(|id| (id, summarizer.assists(id))).collect() }
    }

    /// The part of an instance's time that its goroutine assisted, in nanoseconds.
    pub(super) fn nanos_in(&self, instance: &Instance) -> u64 {
        let Some(assists) = self.of.get(&instance.goroutine) else { return 0 };
        let first = assists.partition_point(|assist| assist.end <= instance.begin);
        let inside = assists[first..].iter().take_while(|assist| assist.start < instance.end);
        inside
            .map(|assist| nanos_between(assist.start.max(instance.begin), assist.end.min(instance.end)))
            .sum()
    }
}

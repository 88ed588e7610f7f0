//! Who created which goroutines, and when.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::trace::model::TraceModel;

/// Goroutines by who created them, and when.
#[derive(Debug)]
pub(super) struct Children {
    /// In order of who created them and when.
    ids: Vec<GoId>,
    creations: Vec<Time>,
    /// Where those of each goroutine are.
    places: FxHashMap<GoId, Range<u32>>,
}

impl Children {
    pub(super) fn new(model: &TraceModel) -> Self {
        let all = model.goroutine_ids().filter_map(|id| model.goroutine(id));
        let created = all.filter(|it| it.is_created && it.parent.is_some());
        let mut rows: Vec<(GoId, Time, GoId)> = created.map(|it| (it.parent, it.creation, it.id)).collect();
        rows.par_sort_unstable();
        let mut places: FxHashMap<GoId, Range<u32>> = FxHashMap::default();
        for (at, &(parent, ..)) in (0_u32..).zip(&rows) {
            places.entry(parent).or_insert(at..at).end = at + 1;
        }
        let (creations, ids) = rows.into_iter().map(|(_, creation, id)| (creation, id)).unzip();
        Self { ids, creations, places }
    }

    /// The goroutines that one created since a moment and before another, in order of time.
    pub(super) fn of(&self, parent: GoId, from: Time, until: Time) -> &[GoId] {
        let Some(own) = self.places.get(&parent) else { return &[] };
        let own = own.start as usize..own.end as usize;
        let creations = &self.creations[own.clone()];
        let place = |time| creations.partition_point(|&creation| creation < time);
        self.ids[own].get(place(from)..place(until)).unwrap_or_default()
    }
}

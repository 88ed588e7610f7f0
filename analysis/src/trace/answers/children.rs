//! Who created which goroutines, and when.

use goscope_parsers::trace::{GoId, Time};
use rayon::prelude::*;

use crate::trace::model::TraceModel;

/// Goroutines by who created them, and when.
#[derive(Debug)]
pub(super) struct Children<'m> {
    model: &'m TraceModel,
    by_parent: Vec<GoId>,
}

impl<'m> Children<'m> {
    pub(super) fn new(model: &'m TraceModel) -> Self {
        let all = model.goroutine_ids().filter_map(|id| model.goroutine(id));
        let created = all.filter(|it| it.is_created && it.parent.is_some());
        let mut by_parent: Vec<GoId> = created.map(|it| it.id).collect();
        by_parent.par_sort_unstable_by_key(|&id| (key(model, id), id));
        Self { model, by_parent }
    }

    /// The goroutines that one created since a moment and before another, in order of time.
    pub(super) fn of(&self, parent: GoId, from: Time, until: Time) -> &[GoId] {
        let place = |time| self.by_parent.partition_point(|&id| key(self.model, id) < (parent, time));
        self.by_parent.get(place(from)..place(until)).unwrap_or_default()
    }
}

/// Who created a goroutine, and when: of the columns only these two.
fn key(model: &TraceModel, id: GoId) -> (GoId, Time) {
    (model.goroutines.parent[id.index()], model.goroutines.creation[id.index()])
}

//! Who created which goroutines, and when.

use goscope_parsers::trace::{GoId, Time};

use crate::trace::model::TraceModel;

/// Goroutines by who created them, and when.
#[derive(Debug)]
pub(super) struct Children {
    by_parent: Vec<(GoId, Time, GoId)>,
}

impl Children {
    pub(super) fn new(model: &TraceModel) -> Self {
        let all = model.goroutine_ids().filter_map(|id| model.goroutine(id));
        let created = all.filter(|it| it.is_created && it.parent.is_some());
        let mut by_parent: Vec<(GoId, Time, GoId)> =
            created.map(|it| (it.parent, it.creation, it.id)).collect();
        by_parent.sort_unstable();
        Self { by_parent }
    }

    /// The goroutines that one created since a moment and before another.
    pub(super) fn of(&self, parent: GoId, from: Time, until: Time) -> &[(GoId, Time, GoId)] {
        let place = |time| self.by_parent.partition_point(|&(id, at, _)| (id, at) < (parent, time));
        self.by_parent.get(place(from)..place(until)).unwrap_or_default()
    }
}

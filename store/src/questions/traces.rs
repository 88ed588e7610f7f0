//! How long things took, over many traces: their sketches added up.

use std::collections::BTreeMap;

use goscope_analysis::histogram::DurationHistogram;

use super::buckets::By;
use crate::error::StoreError;
use crate::id::Id;
use crate::selector::Selector;
use crate::store::{Store, WithWarnings};

/// What instances of one name took in the traces of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceGroup {
    /// `goroutine`, `task`, `region`, `gc` or `stw`.
    pub kind: String,
    /// The function, the type, the name.
    pub name: String,
    /// `total`, or a state.
    pub metric: String,
    /// The group of traces.
    pub group: String,
    /// All of them together: within 0.4 % of what the traces as one would give.
    pub durations: DurationHistogram,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// Traces that were added up.
    pub n_traces: usize,
    /// By kind, name, metric and group.
    pub rows: Vec<TraceGroup>,
}

impl Store {
    /// How long goroutines, tasks and regions took in all traces that are meant; of one name if one is given.
    ///
    /// # Errors
    /// If no trace is meant, or the store cannot be read.
    pub fn traces(
        &self,
        selector: &Selector,
        name: Option<&str>,
        by: &By,
    ) -> Result<WithWarnings<Traces>, StoreError> {
        let mut warnings = Vec::new();
        let rows = self.engine.summaries(selector, &mut warnings)?;
        let mut traces: Vec<Id> = rows.iter().map(|row| row.trace.id).collect();
        traces.sort_unstable();
        traces.dedup();
        if traces.is_empty() {
            let place = self.place.shown();
            return Err(StoreError::Empty(format!(
                "no trace in {place} matches {selector}; `goscope store add` sums traces up"
            )));
        }
        let mut sums: BTreeMap<(String, String, String, String), DurationHistogram> = BTreeMap::new();
        for row in rows.into_iter().filter(|row| name.is_none_or(|name| row.name == name)) {
            let group = by.group(&row.trace);
            sums.entry((row.group, row.name, row.metric, group)).or_default().merge(&row.durations);
        }
        let row =
            |((kind, name, metric, group), durations)| TraceGroup { kind, name, metric, group, durations };
        let value = Traces { n_traces: traces.len(), rows: sums.into_iter().map(row).collect() };
        Ok(WithWarnings { value, warnings })
    }
}

//! The instances that a question measures: goroutines, tasks or regions, in a range of time.

use std::ops::{Range, RangeInclusive};

use goscope_analysis::trace::goroutines::{GoroutineFilter, IdleGoroutines};
use goscope_analysis::trace::instances::{InstanceFilter, InstanceKind};
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::Time;

use super::selection::{Only, TimeRange, TraceSelection};

/// Goroutines, tasks or regions in a range of time; times count from the first event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Subject {
    /// Their kind.
    pub kind: InstanceKind,
    /// The range of time that they must overlap; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// The goroutines that they must be on.
    pub goroutines: GoroutineFilter,
    /// Their duration, in ns.
    pub nanos: Option<RangeInclusive<u64>>,
}

impl Subject {
    /// The range on the clock of a trace.
    pub fn filter(&self, model: &TraceModel) -> InstanceFilter {
        InstanceFilter {
            kind: self.kind.clone(),
            range: Some(on_clock(model, self.range)),
            goroutines: self.goroutines.clone(),
            nanos: self.nanos.clone(),
        }
    }
}

impl From<&TraceSelection> for Subject {
    fn from(selection: &TraceSelection) -> Self {
        let idle = if selection.with_idle { IdleGoroutines::Included } else { IdleGoroutines::WhenNamed };
        let goroutines = GoroutineFilter { idle, ..Only::filter(selection.only.as_ref()) };
        let nanos = selection.length.map(|(from, to)| from..=to);
        Self { kind: selection.about.clone(), range: selection.range, goroutines, nanos }
    }
}

/// A range of time on the clock of a trace, cut at its ends; all of the trace without one.
pub(super) fn on_clock(model: &TraceModel, range: Option<TimeRange>) -> Range<Time> {
    let whole = model.range();
    let Some(range) = range else { return whole };
    let time = |nanos: i64| whole.start.saturating_add(nanos).clamp(whole.start, whole.end);
    time(range.start_nanos)..time(range.end_nanos)
}

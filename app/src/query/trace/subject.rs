//! Whose time a question is about: which goroutines, tasks or regions, and when.

use std::ops::{Range, RangeInclusive};

use goscope_analysis::trace::goroutines::GoroutineFilter;
use goscope_analysis::trace::instances::{InstanceFilter, InstanceKind};
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::Time;

use super::selection::{Only, TimeRange, TraceSelection};

/// Which goroutines, tasks or regions, and when; moments count from the first event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Subject {
    /// What they are.
    pub kind: InstanceKind,
    /// The time that they must overlap; `None` for all of it.
    pub range: Option<TimeRange>,
    /// The goroutines that they must be on.
    pub goroutines: GoroutineFilter,
    /// How long they took, in ns.
    pub nanos: Option<RangeInclusive<u64>>,
}

impl Subject {
    /// The same on the clock of a trace.
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
        let goroutines = match &selection.only {
            None => GoroutineFilter::default(),
            Some(Only::Function(name)) => {
                GoroutineFilter { function: Some(name.clone()), ..GoroutineFilter::default() }
            }
            Some(Only::Goroutine(goid)) => {
                GoroutineFilter { goid: Some(*goid), ..GoroutineFilter::default() }
            }
        };
        let nanos = selection.length.map(|(from, to)| from..=to);
        Self { kind: selection.about.kind(), range: selection.range, goroutines, nanos }
    }
}

/// A range of time on the clock of a trace, cut at its ends; all of the trace without one.
pub(super) fn on_clock(model: &TraceModel, range: Option<TimeRange>) -> Range<Time> {
    let whole = model.range();
    let Some(range) = range else { return whole };
    let time = |nanos: i64| whole.start.saturating_add(nanos).clamp(whole.start, whole.end);
    time(range.start_nanos)..time(range.end_nanos)
}

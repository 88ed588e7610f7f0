//! User regions, one by one.

use std::ops::RangeInclusive;

use goscope_analysis::trace::goroutines::GoroutineFilter;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::regions::RegionFilter;

use super::selection::TimeRange;
use super::subject::on_clock;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// The regions that overlap a range of time and match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RegionsQuery {
    /// The range of time; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// Only those with this name.
    pub name: Option<String>,
    /// Only complete ones (start and end in the trace), or only incomplete ones.
    pub is_complete: Option<bool>,
    /// Only those with a duration in this range, in ns.
    pub nanos: Option<RangeInclusive<u64>>,
    /// Only those on these goroutines.
    pub goroutines: Option<GoroutineFilter>,
}

/// Regions.
#[derive(Clone, Debug, Default)]
pub struct Regions {
    /// Their rows among the regions of the model, in order.
    pub rows: Vec<usize>,
}

impl Question for RegionsQuery {
    type Answer = Regions;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Regions, QuestionError> {
        Ok(self.of(documents.model()?))
    }
}

impl RegionsQuery {
    /// The regions of a trace.
    pub(super) fn of(&self, model: &TraceModel) -> Regions {
        let goroutines = self.goroutines.as_ref();
        let filter = RegionFilter {
            name: self.name.clone(),
            nanos: self.nanos.clone(),
            is_complete: self.is_complete,
            goroutines: goroutines.map(|goroutines| goroutines.select(model, &model.range())),
            range: Some(on_clock(model, self.range)),
        };
        Regions { rows: filter.select(model) }
    }
}

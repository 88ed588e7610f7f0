//! Goroutines, one row each: time alive in a range, and time by state.

use goscope_analysis::trace::goroutines::{GoroutineFilter, GoroutineRow, goroutine_rows};
use goscope_analysis::trace::model::TraceModel;

use super::selection::TimeRange;
use super::subject::on_clock;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// The goroutines that live in a range of time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GoroutinesQuery {
    /// The range of time; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// The goroutines to include.
    pub goroutines: GoroutineFilter,
}

/// One row per goroutine.
#[derive(Clone, Debug, Default)]
pub struct Goroutines {
    /// The rows, by id.
    pub rows: Vec<GoroutineRow>,
}

impl Question for GoroutinesQuery {
    type Answer = Goroutines;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Goroutines, QuestionError> {
        Ok(self.of(documents.model()?))
    }
}

impl GoroutinesQuery {
    /// The rows of a trace.
    pub(super) fn of(&self, model: &TraceModel) -> Goroutines {
        let range = on_clock(model, self.range);
        let ids = self.goroutines.select(model, &range);
        Goroutines { rows: goroutine_rows(model, &ids, &range) }
    }
}

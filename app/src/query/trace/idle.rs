//! How many goroutines of the program did next to nothing during the whole trace: what flame graph and breakdown leave out.

use goscope_analysis::trace::goroutines::{GoroutineFilter, IdleGoroutines};
use goscope_analysis::trace::model::TraceModel;

use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Asks for their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IdleQuery;

impl Question for IdleQuery {
    type Answer = usize;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<usize, QuestionError> {
        Ok(count_idle(documents.model()?))
    }
}

/// Their number, without the runtime's own.
pub fn count_idle(model: &TraceModel) -> usize {
    let count =
        |idle| GoroutineFilter { idle, ..GoroutineFilter::default() }.select(model, &model.range()).len();
    count(IdleGoroutines::Included) - count(IdleGoroutines::WhenNamed)
}

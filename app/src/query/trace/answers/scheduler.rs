//! What goroutines that could run waited for, and who had the Ps meanwhile.

use goscope_analysis::trace::answers::scheduler::scheduler;
pub use goscope_analysis::trace::answers::scheduler::{Scheduler, SchedulerVerdict};

use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::selection::TimeRange;
use crate::query::trace::subject::on_clock;

/// Asks what the scheduler did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SchedulerQuery {
    /// When; `None` for the whole trace.
    pub range: Option<TimeRange>,
}

impl Question for SchedulerQuery {
    type Answer = Scheduler;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Scheduler, QuestionError> {
        let model = documents.model()?;
        let range = self.range.map(|range| on_clock(model, Some(range)));
        Ok(scheduler(model, range.as_ref()))
    }
}

//! What stands out in a trace.

use goscope_analysis::trace::answers::findings::findings;
pub use goscope_analysis::trace::answers::findings::{About, Example, Finding, FindingId, Severity};

use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::selection::TimeRange;
use crate::query::trace::subject::on_clock;

/// Asks what stands out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FindingsQuery {
    /// The range of time; `None` for the whole trace.
    pub range: Option<TimeRange>,
}

impl Question for FindingsQuery {
    type Answer = Vec<Finding>;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Vec<Finding>, QuestionError> {
        let model = documents.model()?;
        let range = self.range.map(|range| on_clock(model, Some(range)));
        Ok(findings(model, range.as_ref()))
    }
}

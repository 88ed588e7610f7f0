//! Where the goroutines of each start function spent their time, by Go's measures.

use goscope_analysis::trace::goroutines::GoroutineFilter;
use goscope_analysis::trace::groups::{Group, groups};
use goscope_analysis::trace::summary::{Counting, Summarizer};

use super::selection::TimeRange;
use super::subject::on_clock;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Asks where goroutines spent their time, one group per start function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SummaryQuery {
    /// The range of time; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// The goroutines to include.
    pub goroutines: GoroutineFilter,
    /// Whether to count like Go where Go's rules are odd.
    pub counting: Counting,
}

/// Goroutines by start function.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Most time first.
    pub groups: Vec<Group>,
}

impl Question for SummaryQuery {
    type Answer = Summary;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Summary, QuestionError> {
        let model = documents.model()?;
        let range = on_clock(model, self.range);
        let ids = self.goroutines.select(model, &range);
        let summarizer = Summarizer::new(model, self.counting);
        let part = (range != model.range()).then_some(&range);
        Ok(Summary { groups: groups(&summarizer, &ids, part) })
    }
}

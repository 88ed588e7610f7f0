//! What the goroutines of each start function spent their time on, by Go's measures.

use goscope_analysis::trace::goroutines::GoroutineFilter;
use goscope_analysis::trace::groups::{Group, groups};
use goscope_analysis::trace::summary::{Counting, Summarizer};

use super::selection::TimeRange;
use super::subject::on_clock;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// What goroutines spent their time on, one group a start function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SummaryQuery {
    /// The time; `None` for all of it.
    pub range: Option<TimeRange>,
    /// Which goroutines.
    pub goroutines: GoroutineFilter,
    /// By whose rules time is counted where Go's are odd.
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

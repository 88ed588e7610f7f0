//! What slow instances have in common that typical ones do not.

pub use goscope_analysis::trace::answers::cohort::{Cohort, Feature, FeatureRow};
use goscope_analysis::trace::answers::cohort::{CohortQuestion, cohort};
use goscope_analysis::trace::answers::population::Population;

use super::why::SlowChoice;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::selection::TimeRange;
use crate::query::trace::subject::on_clock;

/// Asks what they have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CohortQuery {
    /// The instances; `None` for what the trace has: tasks, else regions, else requests.
    pub population: Option<Population>,
    /// The time that they must overlap; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// Which of them are slow.
    pub slow: SlowChoice,
}

/// What they have in common.
#[derive(Clone, Debug)]
pub struct CohortAnswer {
    /// The instances that were looked at; `None` if the trace has none of any kind.
    pub population: Option<Population>,
    /// The answer.
    pub cohort: Cohort,
}

impl Question for CohortQuery {
    type Answer = CohortAnswer;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<CohortAnswer, QuestionError> {
        let model = documents.model()?;
        let Some(population) = self.population.clone().or_else(|| Population::of_trace(model)) else {
            return Ok(CohortAnswer { population: None, cohort: Cohort::default() });
        };
        let range = self.range.map(|range| on_clock(model, Some(range)));
        let question = CohortQuestion { population: population.clone(), range, slow: self.slow.into() };
        Ok(CohortAnswer { cohort: cohort(model, &question), population: Some(population) })
    }
}

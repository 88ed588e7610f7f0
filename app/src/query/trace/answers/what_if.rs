//! What would become of instances if a function took less time.

use goscope_analysis::trace::answers::population::Population;
pub use goscope_analysis::trace::answers::what_if::WhatIf;
use goscope_analysis::trace::answers::what_if::{WhatIfQuestion, what_if};

use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::selection::TimeRange;
use crate::query::trace::subject::on_clock;

/// Asks what would become of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WhatIfQuery {
    /// The instances; `None` for what the trace has: tasks, else regions, else requests.
    pub population: Option<Population>,
    /// The time that they must overlap; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// The function that takes less.
    pub function: String,
    /// How much less, in percent.
    pub percent: u8,
}

/// What would become of them.
#[derive(Clone, Debug)]
pub struct WhatIfAnswer {
    /// The instances that were looked at; `None` if the trace has none of any kind.
    pub population: Option<Population>,
    /// The answer.
    pub what_if: WhatIf,
}

impl Question for WhatIfQuery {
    type Answer = WhatIfAnswer;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<WhatIfAnswer, QuestionError> {
        let model = documents.model()?;
        let Some(population) = self.population.clone().or_else(|| Population::of_trace(model)) else {
            return Ok(WhatIfAnswer { population: None, what_if: WhatIf::default() });
        };
        let range = self.range.map(|range| on_clock(model, Some(range)));
        let (function, percent) = (self.function.clone(), self.percent);
        let question = WhatIfQuestion { population: population.clone(), range, function, percent };
        Ok(WhatIfAnswer { what_if: what_if(model, &question), population: Some(population) })
    }
}

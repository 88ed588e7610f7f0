//! Why instances are slow: their critical paths, summed up.

use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::answers::slow::SlowRule;
pub use goscope_analysis::trace::answers::why::{Answer, Why};
use goscope_analysis::trace::answers::why::{WhyQuestion, why};
use serde::{Deserialize, Serialize};

use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::selection::TimeRange;
use crate::query::trace::subject::on_clock;

/// Which instances count as slow, as it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SlowChoice {
    /// What stands out.
    #[default]
    Auto,
    /// At or above a quantile, in ten-thousandths.
    Quantile(u16),
    /// At least so many nanoseconds.
    Nanos(u64),
}

impl From<SlowChoice> for SlowRule {
    fn from(choice: SlowChoice) -> Self {
        match choice {
            SlowChoice::Auto => Self::Auto,
            SlowChoice::Quantile(parts) => Self::Quantile(f64::from(parts) / 10_000.0),
            SlowChoice::Nanos(nanos) => Self::Nanos(nanos),
        }
    }
}

/// Asks why instances are slow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WhyQuery {
    /// The instances; `None` for what the trace has: tasks, else regions, else requests.
    pub population: Option<Population>,
    /// The time that they must overlap; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// Which of them are slow.
    pub slow: SlowChoice,
    /// How many of the slowest to list with their paths.
    pub limit: usize,
}

/// Why they are slow.
#[derive(Clone, Debug)]
pub struct WhyAnswer {
    /// The instances that were looked at; `None` if the trace has none of any kind.
    pub population: Option<Population>,
    /// The answer.
    pub why: Why,
}

impl Question for WhyQuery {
    type Answer = WhyAnswer;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<WhyAnswer, QuestionError> {
        let model = documents.model()?;
        let Some(population) = self.population.clone().or_else(|| Population::of_trace(model)) else {
            return Ok(WhyAnswer { population: None, why: Why::default() });
        };
        let range = self.range.map(|range| on_clock(model, Some(range)));
        let question =
            WhyQuestion { population: population.clone(), range, slow: self.slow.into(), limit: self.limit };
        Ok(WhyAnswer { why: why(model, &question), population: Some(population) })
    }
}

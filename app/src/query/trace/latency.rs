//! Where the time of selected goroutines, tasks or regions went, and which of them were slowest.

pub use goscope_analysis::histogram::LengthBar;
use goscope_analysis::histogram::LengthBars;
use goscope_analysis::trace::instances::{InstanceSet, instances};
pub use goscope_analysis::trace::latency::SlowInstance;
use goscope_analysis::trace::latency::{Breakdown, breakdown, slowest};
use goscope_analysis::trace::model::TraceModel;

use super::selection::TraceSelection;
use super::subject::Subject;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// How many instances and spans the window lists.
pub(super) const LISTED: usize = 200;

/// Asks where the time of selected goroutines, tasks or regions went.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LatencyQuery {
    /// The instances to measure.
    pub subject: Subject,
    /// How many of the slowest to list.
    pub n_slowest: usize,
}

impl LatencyQuery {
    /// The question of the window about its selection.
    pub fn of_selection(selection: &TraceSelection) -> Self {
        Self { subject: selection.into(), n_slowest: LISTED }
    }
}

/// Where the time of the selected instances went.
#[derive(Debug, Default)]
pub struct Latency {
    /// By state and reason.
    pub breakdown: Breakdown,
    /// The histogram of durations, from the shortest to the longest without a gap.
    pub bars: Vec<LengthBar>,
    /// The slowest, slowest first.
    pub slowest: Vec<SlowInstance>,
    /// All of them.
    pub(super) instances: InstanceSet,
}

impl Question for LatencyQuery {
    type Answer = Latency;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Latency, QuestionError> {
        Ok(latency(documents.model()?, self))
    }
}

fn latency(model: &TraceModel, query: &LatencyQuery) -> Latency {
    let instances = instances(model, &query.subject.filter(model));
    let (breakdown, slowest) = (breakdown(model, &instances), slowest(model, &instances, query.n_slowest));
    let bars = instances.wall().length_bars();
    let bars = LengthBars::with_counts(&instances.count_by(model, |nanos| bars.index_of(nanos)));
    Latency { bars, breakdown, slowest, instances }
}

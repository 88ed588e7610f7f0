//! What explains a benchmark: the figures of its sides, rows, notes and the answer.

use std::sync::Arc;

use super::answer::Answer;
use super::iterations::Iterations;
use super::key::BenchmarkKey;
use super::notes::ExplainNote;
use super::rows::{Change, Cost, Row};
use super::wall::Wall;

/// What one side of a benchmark came to.
#[derive(Clone, Debug, PartialEq)]
pub struct SideFigures {
    /// The names of its results, each once.
    pub names: Vec<Arc<str>>,
    /// Samples of the operation.
    pub samples: f64,
    /// Profiles that they are from.
    pub n_profiles: usize,
    /// How many operations they stand for.
    pub iterations: Iterations,
    /// CPU time of an operation, if iterations are known.
    pub cpu_per_op: Option<Cost>,
    /// The printed ns/op; `None` if there is none.
    pub wall: Option<Wall>,
    /// Samples of set-up.
    pub setup_samples: f64,
    /// Whether a timer was stopped in the operation: that is hidden from ns/op and not from the profile.
    pub has_timer: bool,
    /// How many times as much as by sampling alone the profiles differ, as variance; 1 if that is not known.
    pub dispersion: f64,
    /// Wall time that the results stand for and that the profiles do, in ns; 0 if not known.
    pub(super) seconds: [f64; 2],
    /// What a value in ns of the profiles is multiplied with to be ns per operation, on both sides in the same way: CPU
    /// time if [`Explanation::is_exact`], else the printed ns/op by shares. `None` if neither is known.
    pub per_op_factor: Option<f64>,
    /// How the N of results is spread over their names.
    pub(super) mix: Vec<f64>,
}

/// What a benchmark's time went to, and what changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Which benchmark it is.
    pub key: BenchmarkKey,
    /// The answer, said in a sentence by [`Explanation::line`].
    pub answer: Answer,
    /// The base; `None` if there is only one side.
    pub base: Option<SideFigures>,
    /// The head, or the only side.
    pub head: SideFigures,
    /// Whether iterations of all sides are known. If not, times are ns/op split by shares of samples.
    pub is_exact: bool,
    /// The change of an operation: of its CPU time, or, if that is not known, of its wall time.
    pub change: Option<Change>,
    /// Functions of the operation, those that changed most first, then what is beside it.
    pub rows: Vec<Row>,
    /// What is to be known about it.
    pub notes: Vec<ExplainNote>,
    /// Whether the profiles hold no other benchmark, so that what is beside is this one's.
    pub is_alone: bool,
}

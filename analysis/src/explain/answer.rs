//! What made a benchmark slower or faster, or why that cannot be told.

use std::sync::Arc;

use super::rows::Change;

/// A function that a change is put down to.
#[derive(Clone, Debug, PartialEq)]
pub struct Culprit {
    /// Its name.
    pub function: Arc<str>,
    /// By how much it changed, with the library functions that it calls.
    pub change: Change,
    /// The one of those that makes most of it, if one does.
    pub library: Option<Arc<str>>,
}

/// Why nothing can be told.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// No result has its name.
    NotInResults {
        /// `base`, `head`, or empty if there is one side only.
        side: &'static str,
    },
    /// No sample is of it.
    NotInProfile {
        /// As above.
        side: &'static str,
    },
    /// Neither iterations nor times are known.
    NoTime,
    /// So few samples that even twice the time would hardly show.
    FewSamples {
        /// As above.
        side: &'static str,
        /// How many.
        samples: f64,
    },
    /// Sub-benchmarks share a function, and ran in other proportions on the other side.
    Mixed,
}

/// What explains a benchmark.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// One side alone: what it costs.
    Costs,
    /// It is slower or faster, and these functions are why, the largest first.
    Changed {
        /// At least one.
        culprits: Vec<Culprit>,
    },
    /// It changed, and no function by itself did beyond chance.
    InNoFunction,
    /// It changed, and all functions alike: so does a machine that is slower, or one that is shared.
    Alike,
    /// CPU time did not change beyond chance; these functions did, in opposite ways.
    Same {
        /// None, mostly.
        shifted: Vec<Culprit>,
    },
    /// The clock differs clearly, CPU time does not: it waited.
    Waits,
    /// Nothing.
    CannotTell(Reason),
}

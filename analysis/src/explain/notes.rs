//! What is to be known about an explanation.

use std::sync::Arc;

use super::rows::Change;

/// Something to be known.
#[derive(Clone, Debug, PartialEq)]
pub enum ExplainNote {
    /// Several results have one function, and cannot be told apart in a profile.
    Shared {
        /// Their names.
        names: Vec<Arc<str>>,
    },
    /// Iterations are not known.
    Approximate,
    /// CPU time is much less than wall time.
    Waited {
        /// `base`, `head`, or empty if there is one side only.
        side: &'static str,
        /// CPU time by wall time.
        ratio: f64,
    },
    /// CPU time is much more than wall time.
    Parallel {
        /// As above.
        side: &'static str,
        /// Cores at once.
        ratio: f64,
    },
    /// The runtime in the background changed beyond two standard errors.
    Background {
        /// By so much.
        change: Change,
    },
    /// The printed ns/op do not differ beyond chance, or the other way.
    ClockDisagrees {
        /// How they differ.
        delta: f64,
        /// Whether the other way.
        is_opposite: bool,
    },
    /// A timer is stopped in the operation.
    Timer,
    /// Much of the profile is set-up, which is not counted to the operation.
    Setup {
        /// As above.
        side: &'static str,
        /// Its part of the benchmark's samples.
        share: f64,
    },
    /// The results stand for more time than the profiles.
    LongerThanProfile {
        /// As above.
        side: &'static str,
        /// Times, in ns.
        results: f64,
        /// And of the profiles.
        profiles: f64,
    },
    /// Runs differ by more than sampling does; errors are made wider.
    Dispersed {
        /// As above.
        side: &'static str,
        /// Factor of errors.
        factor: f64,
    },
}

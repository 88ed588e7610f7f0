//! What the clock says of a benchmark: the printed ns/op.

use std::collections::BTreeMap;

use goscope_parsers::bench::OutputResult;

use crate::statistics::rank::mann_whitney;
use crate::statistics::welch::mean_and_variance;

/// Chance of a difference from which on it counts as clear.
const CLEAR: f64 = 0.05;

/// Where there are too few runs for a test: so many times as long is clear if no run of the one side is as any of the
/// other.
const CLEAR_RATIO: f64 = 1.25;

/// Wall time per operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wall {
    /// Of each run, in ns; of sub-benchmarks that cannot be told apart, of each round of them.
    pub values: Vec<f64>,
    /// Of all iterations, in ns.
    pub mean: f64,
}

/// The n-th results of all names.
#[derive(Clone, Copy, Debug, Default)]
struct Round {
    iterations: f64,
    nanos: f64,
}

impl Wall {
    /// `None` if no result has a time.
    pub(super) fn of(results: &[&OutputResult]) -> Option<Self> {
        let mut rounds: Vec<Round> = Vec::new();
        let mut runs_of: BTreeMap<&str, usize> = BTreeMap::new();
        for result in results {
            let time = result.values.iter().find(|(_, unit)| **unit == *"sec/op" || **unit == *"ns/op");
            let Some(nanos) = time.map(|(seconds, _)| seconds * 1e9).filter(|nanos| nanos.is_finite()) else {
                continue;
            };
            let run = runs_of.entry(&result.name).or_default();
            if *run == rounds.len() {
                rounds.push(Round::default());
            }
            let iterations = result.iterations.max(1) as f64;
            rounds[*run].iterations += iterations;
            rounds[*run].nanos += nanos * iterations;
            *run += 1;
        }
        let iterations: f64 = rounds.iter().map(|round| round.iterations).sum();
        let nanos: f64 = rounds.iter().map(|round| round.nanos).sum();
        let values = rounds.iter().map(|round| round.nanos / round.iterations).collect();
        (iterations > 0.0).then(|| Self { values, mean: nanos / iterations })
    }

    /// Standard error of the mean of the runs; 0 if there is one only.
    pub(super) fn error(&self) -> f64 {
        let n = self.values.len() as f64;
        mean_and_variance(&self.values).map_or(0.0, |(_, variance)| (variance / n).sqrt())
    }

    /// Whether two sides differ by more than chance.
    pub(super) fn is_clearly_other(&self, other: &Self) -> bool {
        let test = mann_whitney(&self.values, &other.values);
        if test.is_some_and(|test| test.p_less.min(test.p_greater) * 2.0 <= CLEAR) {
            return true;
        }
        let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
        let is_apart = |below: &[f64], above: &[f64]| least(above) > most(below) * CLEAR_RATIO;
        is_apart(&self.values, &other.values) || is_apart(&other.values, &self.values)
    }
}

//! Whether traces may be compared at all, and in which order.

use std::cmp::Ordering;

use super::trace_run::{GroupTimes, TraceRun};
use crate::verdict::incomparable::Incomparable;
use crate::verdict::run::RunInfo;
use crate::verdict::runs::{ComparedRun, df_runs, ordered, same_runs};

/// The runs of both sides, those of the base first, each side in an order that does not depend on that of the files.
#[derive(Debug)]
pub(super) struct Sides<'r> {
    pub(super) runs: Vec<&'r TraceRun>,
    pub(super) n_base: usize,
    /// Pairs of runs with the same numbers of which nothing says that they are one.
    pub(super) same_numbers: Vec<(String, String)>,
}

impl<'r> Sides<'r> {
    pub(super) fn new(base: Vec<&'r TraceRun>, head: Vec<&'r TraceRun>) -> Result<Self, Incomparable> {
        let (runs, n_base) = ordered(base, head)?;
        let same_numbers = same_runs(&runs)?;
        Ok(Self { runs, n_base, same_numbers })
    }

    /// Runs of base and head.
    pub(super) fn n_runs(&self) -> [usize; 2] {
        [self.n_base, self.runs.len() - self.n_base]
    }
}

/// Whether runs are so few that nothing is known of how much they differ.
pub(super) fn is_within(n_runs: [usize; 2]) -> bool {
    df_runs(n_runs) == 0.0
}

impl ComparedRun for TraceRun {
    fn info(&self) -> &RunInfo {
        &self.info
    }

    fn compare_numbers(&self, other: &Self) -> Ordering {
        let groups = self.groups.iter().zip(&other.groups).map(|(x, y)| compare_groups(x, y));
        groups
            .into_iter()
            .find(|order| order.is_ne())
            .unwrap_or_else(|| self.groups.len().cmp(&other.groups.len()))
    }

    fn is_nothing(&self) -> bool {
        self.is_empty()
    }
}

fn compare_groups(a: &GroupTimes, b: &GroupTimes) -> Ordering {
    let numbers = |group: &GroupTimes| -> Vec<(String, u128, Vec<u64>)> {
        let measures = group.measures.iter();
        measures
            .map(|(measured, times)| {
                let quantiles = times.quantiles.iter().map(|quantile| quantile.nanos).collect();
                (measured.text(), times.total_nanos, quantiles)
            })
            .collect()
    };
    (a.group.cmp(&b.group)).then_with(|| a.count.cmp(&b.count)).then_with(|| numbers(a).cmp(&numbers(b)))
}

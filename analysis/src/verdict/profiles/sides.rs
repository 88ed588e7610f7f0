//! Whether runs may be compared at all, in which order, in which unit, and by what they are divided.

use std::cmp::Ordering;

use super::counted::Counted;
use super::run_counts::RunCounts;
use crate::statistics::allocations::Estimate;
use crate::value::{are_compatible, conversion_ratio};
use crate::verdict::incomparable::Incomparable;
use crate::verdict::options::Normalization;
use crate::verdict::run::RunInfo;
use crate::verdict::runs::{ComparedRun, ordered, same_runs};

/// The runs of both sides, those of the base first, each side in an order that does not depend on that of the files.
#[derive(Debug)]
pub(super) struct Sides<'r> {
    pub(super) runs: Vec<&'r RunCounts>,
    pub(super) n_base: usize,
    /// The finest unit of all.
    pub(super) unit: String,
    /// What brings the values of each run to that unit.
    pub(super) unit_ratios: Vec<f64>,
    /// Pairs of runs with the same numbers of which nothing says that they are one.
    pub(super) same_numbers: Vec<(String, String)>,
}

impl<'r> Sides<'r> {
    pub(super) fn new(base: Vec<&'r RunCounts>, head: Vec<&'r RunCounts>) -> Result<Self, Incomparable> {
        let (runs, n_base) = ordered(base, head)?;
        let unit = finest_unit(&runs)?;
        let ratio = |run: &&RunCounts| conversion_ratio(run.unit(), &unit).unwrap_or(1.0);
        let unit_ratios = runs.iter().map(ratio).collect();
        let same_numbers = same_runs(&runs)?;
        Ok(Self { runs, n_base, unit, unit_ratios, same_numbers })
    }

    /// What each run counts; the weakest if they differ.
    pub(super) fn counted(&self) -> Counted {
        let first = self.runs[0].columns.counted;
        let is_known = |run: &&RunCounts| run.columns.counted == first && run.columns.has_counts();
        let is_sampled = matches!(
            first,
            Counted::Samples | Counted::SamplesByPeriod | Counted::Allocations | Counted::Snapshot
        );
        if is_sampled && !self.runs.iter().all(is_known) { Counted::Values } else { first }
    }

    /// The total of each run, in the common unit.
    pub(super) fn totals(&self) -> Vec<Estimate> {
        let in_unit = |(run, &ratio): (&&RunCounts, &f64)| super::table::in_unit(run.total, ratio);
        self.runs.iter().zip(&self.unit_ratios).map(in_unit).collect()
    }

    /// What each run is divided by, where that is not its total.
    pub(super) fn rate_exposure(&self, normalization: &Normalization) -> Result<Vec<f64>, Incomparable> {
        let (lacks, of): (_, fn(&RunCounts) -> Option<f64>) = match normalization {
            Normalization::Share => ("its total", |run| Some(run.total.value)),
            Normalization::PerUnit { .. } => ("how many units of work it did", |run| run.info.context.units),
            Normalization::PerSecond => ("how long it ran", |run| Some(run.info.duration_nanos as f64 / 1e9)),
            Normalization::PerCpuSecond => ("how much CPU time it used", |run| run.info.context.cpu_seconds),
        };
        let exposure = |run: &&RunCounts| {
            of(run).filter(|exposure| *exposure > 0.0 && exposure.is_finite()).ok_or_else(|| {
                Incomparable::NoExposure { normalization: normalization.text(), run: name(run), lacks }
            })
        };
        self.runs.iter().map(exposure).collect()
    }
}

fn name(run: &RunCounts) -> String {
    run.info.context.name.clone()
}

impl ComparedRun for RunCounts {
    fn info(&self) -> &RunInfo {
        &self.info
    }

    fn compare_numbers(&self, other: &Self) -> Ordering {
        let functions = || {
            let mut rows = self.seen().zip(other.seen()).map(|(x, y)| compare_functions(self, other, &x, &y));
            rows.find(|order| order.is_ne()).unwrap_or_else(|| self.seen().count().cmp(&other.seen().count()))
        };
        compare_estimates(self.total, other.total).then_with(functions)
    }

    fn is_nothing(&self) -> bool {
        self.total.value == 0.0
    }
}

fn compare_estimates(a: Estimate, b: Estimate) -> Ordering {
    a.value.total_cmp(&b.value).then_with(|| a.sampled.total_cmp(&b.sampled))
}

fn compare_functions(a: &RunCounts, b: &RunCounts, &x: &usize, &y: &usize) -> Ordering {
    (a.functions.name(x).cmp(b.functions.name(y)))
        .then_with(|| compare_estimates(a.cum[x], b.cum[y]))
        .then_with(|| compare_estimates(a.flat[x], b.flat[y]))
}

impl RunCounts {
    /// The functions that samples hold, in the order of their names.
    fn seen(&self) -> impl Iterator<Item = usize> {
        (0..self.functions.len()).filter(|&function| self.cum[function].value > 0.0)
    }
}

/// The finest of all units; an error if a run has values of another kind than the first.
fn finest_unit(runs: &[&RunCounts]) -> Result<String, Incomparable> {
    let first = runs[0];
    let mut finest = first.unit();
    for run in runs {
        if kind(run) != kind(first) || !are_compatible(run.unit(), first.unit()) {
            let text = |run: &RunCounts| format!("{}/{}", run.kind(), run.unit());
            return Err(Incomparable::DifferentTypes {
                first: text(first),
                first_run: name(first),
                other: text(run),
                other_run: name(run),
            });
        }
        if conversion_ratio(finest, run.unit()).is_some_and(|ratio| ratio > 1.0) {
            finest = run.unit();
        }
    }
    Ok(finest.to_owned())
}

/// The name of a sample type as far as it tells types apart: producers differ in a plural and in `inuse_`.
fn kind(run: &RunCounts) -> &str {
    let kind = run.kind();
    let kind = kind.strip_prefix("inuse_").unwrap_or(kind);
    kind.strip_suffix('s').unwrap_or(kind)
}

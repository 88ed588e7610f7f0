//! The numbers of all runs in one table: a row a function, flat and cum, a column a run.

use rayon::prelude::*;

use super::matching::{Function, Functions, matched};
use super::run_counts::RunCounts;
use crate::statistics::allocations::Estimate;
use crate::verdict::options::By;

/// Functions whose rows a thread fills at once.
const FUNCTIONS_AT_ONCE: usize = 1 << 10;

/// All runs, those of the base first.
#[derive(Debug)]
pub(super) struct Table<'r> {
    pub(super) runs: Vec<&'r RunCounts>,
    pub(super) n_base: usize,
    /// The number of each function of each run.
    pub(super) of_run: Vec<Vec<u32>>,
    pub(super) functions: Vec<Function>,
    /// Mean depth of each function in stacks.
    pub(super) depth: Vec<f64>,
    /// By row and run.
    cells: Vec<Estimate>,
}

/// A row: a function, by flat or cum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RowId(pub(super) u32);

impl RowId {
    pub(super) fn new(function: usize, by: By) -> Self {
        // Functions are numbered by u32, and there are far fewer than half of that.
        Self(u32::try_from(function * 2 + usize::from(by == By::Flat)).expect("functions have u32 ids"))
    }

    pub(super) const fn function(self) -> usize {
        self.0 as usize / 2
    }

    pub(super) const fn by(self) -> By {
        if self.0.is_multiple_of(2) { By::Cum } else { By::Flat }
    }
}

impl<'r> Table<'r> {
    /// Puts the runs side by side; those of the base are the first `n_base`. `unit_ratios` brings the values of each run
    /// to the common unit.
    pub(super) fn new(runs: Vec<&'r RunCounts>, n_base: usize, unit_ratios: &[f64], min_share: f64) -> Self {
        let Functions { functions, of_run } = matched(&runs, n_base, min_share);
        let n_runs = runs.len();
        let mut cells = vec![Estimate::default(); functions.len() * 2 * n_runs];
        let mut depth = vec![0.0; functions.len()];
        let by_function: Vec<Vec<(u32, u32)>> = of_run.par_iter().map(|of_run| by_function(of_run)).collect();
        (cells.par_chunks_mut(FUNCTIONS_AT_ONCE * 2 * n_runs))
            .zip(depth.par_chunks_mut(FUNCTIONS_AT_ONCE))
            .enumerate()
            .for_each(|(chunk, (cells, depth))| {
                fill(chunk * FUNCTIONS_AT_ONCE, cells, depth, &runs, &by_function);
            });
        for (at, run) in runs.iter().enumerate() {
            for (function, twice) in counted_twice(run, &of_run[at]) {
                cells[RowId::new(function as usize, By::Cum).0 as usize * n_runs + at] -= twice;
            }
        }
        for (at, &ratio) in unit_ratios.iter().enumerate().filter(|&(_, &ratio)| ratio != 1.0) {
            cells.iter_mut().skip(at).step_by(n_runs).for_each(|cell| *cell = in_unit(*cell, ratio));
        }
        Self { runs, n_base, of_run, functions, depth, cells }
    }

    pub(super) fn n_runs(&self) -> usize {
        self.runs.len()
    }

    /// Makes the stacks of all runs, on all cores.
    pub(super) fn make_stacks(&self) {
        self.runs.par_iter().for_each(|run| {
            run.stacks();
        });
    }

    /// All rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = RowId> + use<> {
        (0..u32::try_from(self.functions.len() * 2).expect("functions have u32 ids")).map(RowId)
    }

    /// The numbers of a row, one a run.
    pub(super) fn row(&self, row: RowId) -> &[Estimate] {
        let n_runs = self.n_runs();
        &self.cells[row.0 as usize * n_runs..][..n_runs]
    }
}

/// The functions of a run by their numbers in the table, each with its place in the run.
fn by_function(of_run: &[u32]) -> Vec<(u32, u32)> {
    let mut pairs: Vec<(u32, u32)> = of_run.iter().copied().zip(0..).collect();
    // Sorted but for functions that have another name in the table.
    pairs.sort();
    pairs
}

/// Fills the cells and mean depths of the functions from `first` on.
fn fill(
    first: usize,
    cells: &mut [Estimate],
    depth: &mut [f64],
    runs: &[&RunCounts],
    by_function: &[Vec<(u32, u32)>],
) {
    let n_runs = runs.len();
    let mut weight = vec![0.0; depth.len()];
    for (at, (run, by_function)) in runs.iter().zip(by_function).enumerate() {
        let place = |function: usize| by_function.partition_point(|pair| (pair.0 as usize) < function);
        for &(function, local) in &by_function[place(first)..place(first + depth.len())] {
            let (function, local) = (function as usize - first, local as usize);
            let cell = |by: By| RowId::new(function, by).0 as usize * n_runs + at;
            let cum = run.cum[local];
            cells[cell(By::Cum)] += cum;
            cells[cell(By::Flat)] += run.flat[local];
            depth[function] += run.depth[local];
            weight[function] += if run.columns.has_counts() { cum.sampled } else { cum.value };
        }
    }
    depth.iter_mut().zip(&weight).for_each(|(depth, &weight)| *depth /= weight.max(f64::MIN_POSITIVE));
}

/// The estimate with its value in another unit.
pub(super) fn in_unit(estimate: Estimate, ratio: f64) -> Estimate {
    Estimate {
        sampled: estimate.sampled,
        value: estimate.value * ratio,
        variance: estimate.variance * ratio * ratio,
        compound_variance: estimate.compound_variance * ratio * ratio,
    }
}

/// Where several names of a run became one function, what stacks that hold more than one of them add too often.
fn counted_twice(run: &RunCounts, of_run: &[u32]) -> Vec<(u32, Estimate)> {
    let mut sorted = of_run.to_vec();
    sorted.sort_unstable();
    let mut merged: Vec<u32> =
        sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    merged.dedup();
    let mut twice = Vec::new();
    for function in merged {
        let mut seen: Vec<u32> = Vec::new();
        let stacks = run.stacks();
        for row in 0..stacks.len() {
            seen.clear();
            seen.extend(stacks.stack(row).iter().filter(|&&local| of_run[local as usize] == function));
            seen.sort_unstable();
            seen.dedup();
            let extra = seen.len().saturating_sub(1);
            twice.extend(std::iter::repeat_n((function, stacks.value(row)), extra));
        }
    }
    twice
}

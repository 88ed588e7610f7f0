//! What moves all functions of a run at once.
//!
//! A run that got more of the machine has more samples per second, and one whose caches were disturbed has more for each
//! request, in *all* functions. How much that differs from run to run is one number a run, however many functions show it:
//! it must not be taken for well known because a hundred functions agree on it. What most functions have in common is
//! taken away, as the sizes of libraries are from counts of genes (Robinson and Oshlack 2010): each run is divided by the
//! exposure on which its median function is the same as in all other runs.

use crate::statistics::allocations::Estimate;

/// The exposures on which the median function does not change. `rows` are functions of different samples, by run.
pub(super) fn levels<'r>(rows: impl Iterator<Item = &'r [Estimate]>, exposure: &[f64]) -> Vec<f64> {
    let log = |(run, &exposure): (&Estimate, &f64)| (run.sampled / exposure).ln();
    let centered = |row: &'r [Estimate]| -> Option<Vec<f64>> {
        let logs: Vec<f64> = row.iter().zip(exposure).map(log).collect();
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        // A run without any says nothing of how much it has.
        mean.is_finite().then(|| logs.iter().map(|log| log - mean).collect())
    };
    let rows: Vec<Vec<f64>> = rows.filter_map(centered).collect();
    let level = |(run, &exposure): (usize, &f64)| {
        let mut logs: Vec<f64> = rows.iter().map(|row| row[run]).collect();
        logs.sort_unstable_by(f64::total_cmp);
        let middle = logs.len() / 2;
        let median = match logs.len() {
            0 => 0.0,
            n if n.is_multiple_of(2) => f64::midpoint(logs[middle - 1], logs[middle]),
            _ => logs[middle],
        };
        exposure * median.exp()
    };
    exposure.iter().enumerate().map(level).collect()
}

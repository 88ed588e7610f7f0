//! Runs of two sides, of whatever kind: their order, and whether one is there twice.

use std::cmp::Ordering;

use super::incomparable::Incomparable;
use super::run::RunInfo;

/// A run that can be compared with others.
pub(super) trait ComparedRun {
    /// What the run is.
    fn info(&self) -> &RunInfo;
    /// Compares all that two runs hold.
    fn compare_numbers(&self, other: &Self) -> Ordering;
    /// Whether it holds nothing: then it is not the same as another that holds nothing.
    fn is_nothing(&self) -> bool;
}

/// The runs of both sides, those of the base first, each side in an order that does not depend on that of the files; and
/// how many are the base's.
pub(super) fn ordered<'r, R: ComparedRun>(
    mut base: Vec<&'r R>,
    mut head: Vec<&'r R>,
) -> Result<(Vec<&'r R>, usize), Incomparable> {
    for (side, runs) in [("base", &base), ("head", &head)] {
        if runs.is_empty() {
            return Err(Incomparable::NoRun { side });
        }
    }
    base.sort_by(|a, b| canonical(*a, *b));
    head.sort_by(|a, b| canonical(*a, *b));
    let n_base = base.len();
    base.append(&mut head);
    Ok((base, n_base))
}

/// The order of runs of a side: by time; of the same time, by all that they hold.
fn canonical<R: ComparedRun>(a: &R, b: &R) -> Ordering {
    let (x, y) = (a.info(), b.info());
    (x.time_nanos, x.duration_nanos)
        .cmp(&(y.time_nanos, y.duration_nanos))
        .then_with(|| a.compare_numbers(b))
        .then_with(|| x.context.units.partial_cmp(&y.context.units).unwrap_or(Ordering::Equal))
        .then_with(|| x.context.name.cmp(&y.context.name))
}

/// Pairs of runs with the same numbers of which nothing says that they are one: without a time, equal numbers are no proof.
///
/// # Errors
/// A run is there twice.
pub(super) fn same_runs<R: ComparedRun>(runs: &[&R]) -> Result<Vec<(String, String)>, Incomparable> {
    let mut same = Vec::new();
    for (at, a) in runs.iter().enumerate() {
        for b in &runs[at + 1..] {
            let (x, y) = (a.info(), b.info());
            let is_same_time = (x.time_nanos, x.duration_nanos) == (y.time_nanos, y.duration_nanos);
            if !is_same_time || a.is_nothing() || a.compare_numbers(b).is_ne() {
                continue;
            }
            let (first, other) = (x.context.name.clone(), y.context.name.clone());
            if x.time_nanos != 0 {
                return Err(Incomparable::SameRun { first, other });
            }
            same.push((first, other));
        }
    }
    Ok(same)
}

/// Degrees of freedom of the spread between the runs of both sides; 0 if there are too few.
pub(super) fn df_runs([base, head]: [usize; 2]) -> f64 {
    match [base.min(head), base.max(head)] {
        [1, many] if many >= 3 => (many - 1) as f64,
        [few, many] if few >= 2 => (few + many - 2) as f64,
        _ => 0.0,
    }
}

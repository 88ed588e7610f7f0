//! Whether traces may be compared at all, and in which order.

use std::cmp::Ordering;

use super::trace_run::{GroupTimes, TraceRun};
use crate::verdict::incomparable::Incomparable;

/// The runs of both sides, those of the base first, each side in an order that does not depend on that of the files.
#[derive(Debug)]
pub(super) struct Sides<'r> {
    pub(super) runs: Vec<&'r TraceRun>,
    pub(super) n_base: usize,
    /// Pairs of runs with the same numbers of which nothing says that they are one.
    pub(super) same_numbers: Vec<(String, String)>,
}

impl<'r> Sides<'r> {
    pub(super) fn new(
        mut base: Vec<&'r TraceRun>,
        mut head: Vec<&'r TraceRun>,
    ) -> Result<Self, Incomparable> {
        for (side, runs) in [("base", &base), ("head", &head)] {
            if runs.is_empty() {
                return Err(Incomparable::NoRun { side });
            }
        }
        base.sort_by(|a, b| canonical(a, b));
        head.sort_by(|a, b| canonical(a, b));
        let n_base = base.len();
        base.append(&mut head);
        let same_numbers = same_runs(&base)?;
        Ok(Self { runs: base, n_base, same_numbers })
    }

    /// Runs of base and head.
    pub(super) fn n_runs(&self) -> [usize; 2] {
        [self.n_base, self.runs.len() - self.n_base]
    }
}

/// Degrees of freedom of the spread between runs; 0 if there are too few.
pub(super) fn df_runs([base, head]: [usize; 2]) -> f64 {
    match [base.min(head), base.max(head)] {
        [1, many] if many >= 3 => (many - 1) as f64,
        [few, many] if few >= 2 => (few + many - 2) as f64,
        _ => 0.0,
    }
}

/// Whether runs are so few that nothing is known of how much they differ.
pub(super) fn is_within(n_runs: [usize; 2]) -> bool {
    df_runs(n_runs) == 0.0
}

/// The order of runs of a side: by time; of the same time, by all that they hold.
fn canonical(a: &TraceRun, b: &TraceRun) -> Ordering {
    let (x, y) = (&a.info, &b.info);
    (x.time_nanos, x.duration_nanos)
        .cmp(&(y.time_nanos, y.duration_nanos))
        .then_with(|| compare_numbers(a, b))
        .then_with(|| x.context.name.cmp(&y.context.name))
}

fn compare_numbers(a: &TraceRun, b: &TraceRun) -> Ordering {
    let groups = a.groups.iter().zip(&b.groups).map(|(x, y)| compare_groups(x, y));
    groups.into_iter().find(|order| order.is_ne()).unwrap_or_else(|| a.groups.len().cmp(&b.groups.len()))
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

/// Finds runs that are there twice. Without a time, equal numbers are no proof.
fn same_runs(runs: &[&TraceRun]) -> Result<Vec<(String, String)>, Incomparable> {
    let mut same = Vec::new();
    for (at, a) in runs.iter().enumerate() {
        for b in &runs[at + 1..] {
            let is_same_time =
                (a.info.time_nanos, a.info.duration_nanos) == (b.info.time_nanos, b.info.duration_nanos);
            if !is_same_time || a.is_empty() || compare_numbers(a, b).is_ne() {
                continue;
            }
            let (first, other) = (a.info.context.name.clone(), b.info.context.name.clone());
            if a.info.time_nanos != 0 {
                return Err(Incomparable::SameRun { first, other });
            }
            same.push((first, other));
        }
    }
    Ok(same)
}

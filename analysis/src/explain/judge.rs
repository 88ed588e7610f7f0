//! Finds what made a benchmark slower or faster, from figures and rows.

use std::sync::Arc;

use super::answer::{Answer, Culprit, Reason};
use super::explanation::{Explanation, SideFigures};
use super::owner::Part;
use super::rows::{BEYOND, FEW_SAMPLES, Row};
use crate::statistics::special::t_quantile;

/// Chance that a function is named of which nothing changed, over all functions of a benchmark.
const FALSE_NAMES: f64 = 0.05;

/// A function with this part of an operation is most of it: that all else stayed the same says nothing then.
const NEARLY_ALL: f64 = 0.9;

/// Functions that are named, at most.
const MOST_NAMED: usize = 3;

/// A library function that makes this part of a change is named with the function that calls it.
const MOST_OF: f64 = 0.5;

/// The answer from figures and rows. Nothing is missing.
pub(super) fn answer(explanation: &Explanation) -> Answer {
    let Some(base) = &explanation.base else {
        return match few_samples(&explanation.head, "") {
            Some(reason) => Answer::CannotTell(reason),
            None => Answer::Costs,
        };
    };
    let head = &explanation.head;
    if is_mixed(base, head) {
        return Answer::CannotTell(Reason::Mixed);
    }
    if let Some(reason) = few_samples(base, "base").or_else(|| few_samples(head, "head")) {
        return Answer::CannotTell(reason);
    }
    let Some(change) = explanation.change else { return Answer::CannotTell(Reason::NoTime) };
    let is_wall_other =
        base.wall.as_ref().zip(head.wall.as_ref()).is_some_and(|(base, head)| base.is_clearly_other(head));
    let is_changed = if explanation.is_exact { change.is_clear() } else { is_wall_other };
    let culprits = culprits(&explanation.rows);
    if !is_changed {
        return if is_wall_other { Answer::Waits } else { Answer::Same { shifted: culprits } };
    }
    if is_alike(explanation, base) {
        return Answer::Alike;
    }
    let is_along = |culprit: &Culprit| culprit.change.delta.signum() == change.delta.signum();
    let mut culprits: Vec<Culprit> = culprits.into_iter().filter(is_along).collect();
    culprits.truncate(MOST_NAMED);
    if culprits.is_empty() { Answer::InNoFunction } else { Answer::Changed { culprits } }
}

fn few_samples(side: &SideFigures, name: &'static str) -> Option<Reason> {
    let samples = side.samples;
    (samples < FEW_SAMPLES).then_some(Reason::FewSamples { side: name, samples })
}

/// Whether sub-benchmarks that cannot be told apart ran in other proportions.
fn is_mixed(base: &SideFigures, head: &SideFigures) -> bool {
    let is_same = base.names == head.names
        && base.mix.iter().zip(&head.mix).all(|(before, after)| (before - after).abs() < 0.01);
    (base.names.len() > 1 || head.names.len() > 1) && !is_same
}

/// Functions that changed by more than chance would have any do, the largest change first.
fn culprits(rows: &[Row]) -> Vec<Culprit> {
    let rows = || rows.iter().filter(|row| row.part == Part::Operation);
    let limit = limit(rows().filter(|row| !row.is_faint()).count());
    let is_one = |row: &&Row| row.is_clear() && row.change.is_some_and(|it| it.errors().abs() > limit);
    rows().filter(is_one).filter_map(culprit).collect()
}

fn culprit(row: &Row) -> Option<Culprit> {
    let change = row.change?;
    let part = row
        .library
        .first()
        .filter(|part| part.change.is_some_and(|it| it.delta / change.delta >= MOST_OF && it.is_clear()));
    let library = part.map(|part| Arc::clone(&part.function));
    Some(Culprit { function: Arc::clone(&row.function), change, library })
}

/// Standard errors that none of so many functions is beyond by chance.
fn limit(n_functions: usize) -> f64 {
    t_quantile(FALSE_NAMES / 2.0 / n_functions.max(1) as f64, f64::INFINITY).max(BEYOND)
}

/// Whether all functions have the same part of the operation as before.
fn is_alike(explanation: &Explanation, base: &SideFigures) -> bool {
    let head = &explanation.head;
    let rows: Vec<&Row> =
        explanation.rows.iter().filter(|row| row.part == Part::Operation && !row.is_faint()).collect();
    let limit = limit(rows.len());
    let dispersion = base.dispersion.max(head.dispersion);
    let is_same_share = |row: &&Row| {
        let count = row.base.map_or(0.0, |base| base.samples);
        let both = (count + row.head.samples) / (base.samples + head.samples);
        let variance = both * (1.0 - both) * (1.0 / base.samples + 1.0 / head.samples) * dispersion;
        let shift = row.head.samples / head.samples - count / base.samples;
        both < NEARLY_ALL && shift.abs() <= limit * variance.sqrt()
    };
    rows.len() > 1 && rows.iter().all(is_same_share)
}

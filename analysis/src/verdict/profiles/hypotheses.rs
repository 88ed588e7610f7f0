//! Which rows are tested: large enough, not filtered away, and each set of samples once.

use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};

use super::table::{RowId, Table};
use crate::regex_dialect;
use crate::statistics::allocations::Estimate;
use crate::verdict::incomparable::Incomparable;
use crate::verdict::options::{By, Gate};
use crate::verdict::row::Untested;
use regex::bytes::Regex;

/// A share above which a change cannot be told: all else is less than the noise.
pub(super) const NEARLY_ALL: f64 = 0.98;
/// Fewest events of both sides.
const MIN_EVENTS: f64 = 10.0;

/// The filters of a gate, compiled.
#[derive(Debug)]
pub(in crate::verdict) struct Patterns {
    pub(in crate::verdict) focus: Option<Regex>,
    pub(in crate::verdict) ignore: Option<Regex>,
    pub(in crate::verdict) allow: Option<Regex>,
    pub(in crate::verdict) own: Option<Regex>,
}

impl Patterns {
    pub(in crate::verdict) fn compile(gate: &Gate) -> Result<Self, Incomparable> {
        let compile = |option: &'static str, pattern: &Option<String>| match pattern.as_deref() {
            None | Some("") => Ok(None),
            Some(pattern) => regex_dialect::compile(pattern)
                .map(Some)
                .map_err(|reason| Incomparable::Pattern { option, pattern: pattern.to_owned(), reason }),
        };
        Ok(Self {
            focus: compile("focus", &gate.focus)?,
            ignore: compile("ignore", &gate.ignore)?,
            allow: compile("allow", &gate.allow)?,
            own: compile("own", &gate.own)?,
        })
    }

    /// Whether a function is judged.
    pub(in crate::verdict) fn has(&self, name: &str) -> bool {
        self.focus.as_ref().is_none_or(|focus| focus.is_match(name.as_bytes()))
            && !self.ignore.as_ref().is_some_and(|ignore| ignore.is_match(name.as_bytes()))
    }

    /// Whether a function is known to grow.
    pub(in crate::verdict) fn allows(&self, name: &str) -> bool {
        self.allow.as_ref().is_some_and(|allow| allow.is_match(name.as_bytes()))
    }
}

/// What is tested.
#[derive(Debug, Default)]
pub(super) struct Hypotheses {
    /// The row that is shown for each hypothesis.
    pub(super) shown: Vec<RowId>,
    /// The hypothesis of each row, or why it has none.
    pub(super) of_row: Vec<Result<u32, Untested>>,
    /// One row of each set of samples that is large enough, also of those that are filtered away.
    pub(super) large: Vec<RowId>,
}

/// How the size of a row is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes<'a> {
    /// The totals of all runs.
    pub(super) totals: &'a [Estimate],
    /// Whether events are known.
    pub(super) has_counts: bool,
    /// Whether shares are parts of the events, not of the values.
    pub(super) is_counted_plainly: bool,
}

impl Sizes<'_> {
    /// What a set of runs weighs.
    pub(super) fn weight(&self, runs: &[Estimate]) -> f64 {
        let weight = |run: &Estimate| if self.is_counted_plainly { run.sampled } else { run.value };
        runs.iter().map(weight).sum()
    }
}

/// Chooses what is tested.
pub(super) fn hypotheses(
    table: &Table<'_>,
    sizes: Sizes<'_>,
    gate: &Gate,
    patterns: &Patterns,
) -> Hypotheses {
    let total = sizes.weight(sizes.totals);
    let is_judged: Vec<bool> = table.functions.iter().map(|function| patterns.has(&function.name)).collect();
    let reason = |row: RowId| -> Option<Untested> {
        let runs = table.row(row);
        let share = if total > 0.0 { sizes.weight(runs) / total } else { 0.0 };
        let events: f64 = runs.iter().map(|run| run.sampled).sum();
        if share < gate.min_share.0 || share == 0.0 {
            Some(Untested::Small)
        } else if share > NEARLY_ALL {
            Some(Untested::NearlyAll)
        } else if sizes.has_counts && events < MIN_EVENTS {
            Some(Untested::Rare)
        } else if !is_judged[row.function()] {
            Some(Untested::Excluded)
        } else {
            None
        }
    };
    let mut groups: FxHashMap<Vec<u64>, u32> = FxHashMap::default();
    let mut found = Hypotheses::default();
    let mut seen: FxHashSet<Vec<u64>> = FxHashSet::default();
    for row in table.rows() {
        let reason = reason(row);
        if matches!(reason, None | Some(Untested::Excluded)) && seen.insert(key(table.row(row))) {
            found.large.push(row);
        }
        if let Some(reason) = reason {
            found.of_row.push(Err(reason));
            continue;
        }
        let new = u32::try_from(found.shown.len()).expect("rows have u32 ids");
        let id = *groups.entry(key(table.row(row))).or_insert(new);
        if id == new {
            found.shown.push(row);
        } else {
            let shown = &mut found.shown[id as usize];
            *shown = (*shown).max_by_key_of(row, |row| preference(table, row, gate.by));
        }
        found.of_row.push(Ok(id));
    }
    found
}

impl RowId {
    fn max_by_key_of<K: Ord>(self, other: Self, key: impl Fn(Self) -> K) -> Self {
        if key(other) > key(self) { other } else { self }
    }
}

/// Own code first, then the innermost; its value that the gate decides by; then the first by name.
fn preference(table: &Table<'_>, row: RowId, by: By) -> (bool, u64, bool, Reverse<u32>) {
    let function = row.function();
    // Depths are positive, so that their bits are in their order.
    (table.functions[function].is_own, table.depth[function].to_bits(), row.by() == by, Reverse(row.0))
}

/// Rows of the same numbers in all runs hold the same samples.
fn key(runs: &[Estimate]) -> Vec<u64> {
    runs.iter().flat_map(|run| [run.sampled.to_bits(), run.value.to_bits()]).collect()
}

//! The rows of a table of benchmarks, in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use goscope_analysis::verdict::{Measure, Row, Significance};
use serde::{Deserialize, Serialize};

use super::bench_verdict::{BenchJudgedQuery, BenchSide, BenchSummaryQuery};
use crate::query::documents::Documents;
use crate::query::judged::Judged;
use crate::query::question::{Question, QuestionError};

/// What benchmarks are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BenchColumn {
    /// As they stand in the file.
    Name,
    /// The unit.
    Unit,
    /// The value of the base, or the only one.
    Base,
    /// The value of the head.
    Head,
    /// The change: what got worse first, by how clear it is.
    Change,
}

impl BenchColumn {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Name, Self::Unit, Self::Base, Self::Head, Self::Change];
}

/// The order of benchmarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BenchSort {
    /// By what.
    pub column: BenchColumn,
    /// Largest first.
    pub is_descending: bool,
}

impl Default for BenchSort {
    fn default() -> Self {
        Self { column: BenchColumn::Change, is_descending: true }
    }
}

/// Which rows, and their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BenchOrder {
    /// The order.
    pub sort: BenchSort,
    /// What names contain.
    pub containing: String,
    /// Only this unit; `None` for all.
    pub unit: Option<String>,
}

/// The places of rows, and the units that there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BenchRows<T> {
    /// What the rows are of.
    pub of: Arc<T>,
    /// Their places there, in order.
    pub order: Vec<usize>,
    /// All units, in order of first appearance.
    pub units: Vec<String>,
    /// Where in the order a benchmark is, by name and unit; of several packages the first.
    pub place_of: BTreeMap<(String, String), usize>,
}

/// Asks for the rows of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ComparedRowsQuery {
    /// What is judged.
    pub judged: BenchJudgedQuery,
    /// Which rows.
    pub order: BenchOrder,
}

impl Question for ComparedRowsQuery {
    type Answer = BenchRows<Judged>;
    type Input = BenchJudgedQuery;

    fn input(&self) -> BenchJudgedQuery {
        self.judged.clone()
    }

    fn answer(&self, _: Documents<'_>, judged: Arc<Judged>) -> Result<BenchRows<Judged>, QuestionError> {
        let rows = &judged.verdict.rows;
        let units = distinct(rows.iter().map(unit_of));
        let is_shown = |at: &usize| self.order.shows(&rows[*at].name, unit_of(&rows[*at]));
        let mut order: Vec<usize> = (0..rows.len()).filter(is_shown).collect();
        order.sort_by(|&a, &b| {
            let (a, b) = (&rows[a], &rows[b]);
            let order = match self.order.sort.column {
                BenchColumn::Name => b.name.cmp(&a.name),
                BenchColumn::Unit => unit_of(b).cmp(unit_of(a)),
                BenchColumn::Base => a.base.normalized.total_cmp(&b.base.normalized),
                BenchColumn::Head => a.head.normalized.total_cmp(&b.head.normalized),
                BenchColumn::Change => weight(a).total_cmp(&weight(b)),
            };
            if self.order.sort.is_descending { order.reverse() } else { order }
        });
        let place_of = places(&order, |at| (&rows[at].name, unit_of(&rows[at])));
        Ok(BenchRows { of: Arc::clone(&judged), order, units, place_of })
    }
}

/// How much there is to look at: what fails, what got worse, what got better, what cannot be told; of each the largest change.
fn weight(row: &Row) -> f64 {
    let rank = match row.significance {
        Significance::Regressed => 4.0,
        Significance::Grew => 3.0,
        Significance::Fell => 2.0,
        Significance::Unclear => 1.0,
        Significance::Untested(_) => 0.0,
    };
    let change = row.ratio.ln().abs();
    // Below the distance of two ranks.
    rank * 100.0 + if change.is_finite() { change.min(99.0) } else { 99.0 }
}

/// The unit of a row.
pub fn unit_of(row: &Row) -> &str {
    match &row.measure {
        Measure::Unit { unit, .. } => unit,
        _ => "",
    }
}

/// Where in the order each benchmark is.
fn places<'r>(
    order: &[usize],
    name_and_unit: impl Fn(usize) -> (&'r str, &'r str),
) -> BTreeMap<(String, String), usize> {
    let mut places = BTreeMap::new();
    for (place, &at) in order.iter().enumerate() {
        let (name, unit) = name_and_unit(at);
        places.entry((name.to_owned(), unit.to_owned())).or_insert(place);
    }
    places
}

/// Asks for the rows of one side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SideRowsQuery {
    /// Which rows.
    pub order: BenchOrder,
}

impl Question for SideRowsQuery {
    type Answer = BenchRows<BenchSide>;
    type Input = BenchSummaryQuery;

    fn input(&self) -> BenchSummaryQuery {
        BenchSummaryQuery
    }

    fn answer(&self, _: Documents<'_>, side: Arc<BenchSide>) -> Result<BenchRows<BenchSide>, QuestionError> {
        let all = &side.benchmarks;
        let units = distinct(all.iter().map(|it| &*it.unit));
        let is_shown = |at: &usize| {
            let it = &all[*at];
            self.order.shows(&it.name, &it.unit) || self.order.shows(&it.package, &it.unit)
        };
        let mut order: Vec<usize> = (0..all.len()).filter(is_shown).collect();
        let sort = self.order.sort;
        order.sort_by(|&a, &b| {
            let (a, b) = (&all[a], &all[b]);
            let order = match sort.column {
                // The sort is stable: without a change to show they stay as they are in the file.
                BenchColumn::Change => return std::cmp::Ordering::Equal,
                BenchColumn::Name => b.name.cmp(&a.name),
                BenchColumn::Unit => b.unit.cmp(&a.unit),
                BenchColumn::Base | BenchColumn::Head => a.center.total_cmp(&b.center),
            };
            if sort.is_descending { order.reverse() } else { order }
        });
        let place_of = places(&order, |at| (&all[at].name, &all[at].unit));
        Ok(BenchRows { of: Arc::clone(&side), order, units, place_of })
    }
}

impl BenchOrder {
    fn shows(&self, name: &str, unit: &str) -> bool {
        let words = self.containing.to_lowercase();
        (words.is_empty() || name.to_lowercase().contains(&words))
            && self.unit.as_deref().is_none_or(|wanted| wanted == unit)
    }
}

fn distinct<'a>(units: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for unit in units {
        if !found.iter().any(|known| known == unit) {
            found.push(unit.to_owned());
        }
    }
    found
}

//! Tables of cells: results of one unit and configuration, by row and column.

use goscope_parsers::bench::UnitClass;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::go_math::geometric_mean;
use super::projection::{KeyId, NamedKeys, Projection};
use super::record::Record;
use super::sample::{Assumption, Comparison, Summary, sort};
use super::words::{Word, Words};

/// How results are put into cells.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) table: Projection,
    pub(super) row: Projection,
    pub(super) column: Projection,
    pub(super) residue: Projection,
    pub(super) named: NamedKeys,
}

/// Values of a cell while they come in.
#[derive(Debug, Default)]
struct Values {
    values: Vec<f64>,
    residues: Vec<KeyId>,
}

/// Values of a table's cells, by row and column.
type PlacedValues = Vec<((KeyId, KeyId), Values)>;

/// Collects results.
#[derive(Debug)]
pub(super) struct TableBuilder {
    layout: Layout,
    cells: FxHashMap<(KeyId, KeyId, KeyId), Values>,
}

impl TableBuilder {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout, cells: FxHashMap::default() }
    }

    pub(super) fn add(&mut self, record: &Record<'_>, words: &mut Words) {
        let Layout { table, row, column, residue, named } = &mut self.layout;
        let tables = table.project_values(record, named, words);
        let row = row.project(record, named, words);
        let column = column.project(record, named, words);
        let residue = residue.project(record, named, words);
        for (table, value) in tables.into_iter().zip(&record.values) {
            let cell = self.cells.entry((table, row, column)).or_default();
            cell.values.push(value.value);
            // Most follow others of their kind.
            if cell.residues.last() != Some(&residue) {
                cell.residues.push(residue);
            }
        }
    }

    /// The tables, in order.
    pub(super) fn finish(self, words: Words, rules: &TableRules) -> Tables {
        let Self { layout, cells } = self;
        let mut by_table: FxHashMap<KeyId, PlacedValues> = FxHashMap::default();
        let mut in_order: Vec<_> = cells.into_iter().collect();
        in_order.sort_unstable_by_key(|(key, _)| *key);
        for ((table, row, column), values) in in_order {
            by_table.entry(table).or_default().push(((row, column), values));
        }
        let mut keys: Vec<KeyId> = by_table.keys().copied().collect();
        layout.table.sort(&mut keys, &words);
        let tables = keys.into_iter().map(|key| {
            let cells = by_table.remove(&key).unwrap_or_default();
            Table::new(key, cells, &layout, (&words, rules))
        });
        let tables = tables.collect();
        Tables { tables, layout, words }
    }
}

/// How cells are judged.
#[derive(Debug)]
pub(super) struct TableRules {
    pub(super) confidence: f64,
    pub(super) alpha: f64,
    /// Units whose values are exact.
    pub(super) exact: FxHashSet<Word>,
}

/// The values of a benchmark on a side.
#[derive(Clone, Debug)]
pub struct Cell {
    /// In order.
    pub(super) values: Vec<f64>,
    pub(super) summary: Summary,
    /// What the summary is made of that is not told apart.
    pub(super) mixed: Option<Vec<u8>>,
    /// Against the first column, if that has the row.
    pub(super) comparison: Option<(f64, Comparison)>,
}

/// What the cells of a column have in common.
#[derive(Clone, Debug, Default)]
pub struct ColumnSummary {
    /// The geometric mean of their centers.
    pub(super) mean: Option<f64>,
    /// The geometric mean of their ratios to the first column.
    pub(super) ratio: Option<f64>,
    pub(super) warnings: Vec<&'static str>,
}

/// Results of one unit and configuration.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) key: KeyId,
    pub(super) unit: Word,
    pub(super) class: UnitClass,
    pub(super) rows: Vec<KeyId>,
    pub(super) columns: Vec<KeyId>,
    cells: FxHashMap<(KeyId, KeyId), Cell>,
    /// Of each column.
    pub(super) summaries: Vec<ColumnSummary>,
}

impl Table {
    fn new(key: KeyId, values: PlacedValues, layout: &Layout, (words, rules): (&Words, &TableRules)) -> Self {
        let unit = layout.table.unit(key);
        let assumption = if rules.exact.contains(&unit) { Assumption::Exact } else { Assumption::Nothing };
        let distinct = |keys: FxHashSet<KeyId>, projection: &Projection| {
            let mut keys: Vec<KeyId> = keys.into_iter().collect();
            keys.sort_unstable();
            projection.sort(&mut keys, words);
            keys
        };
        let rows = distinct(values.iter().map(|((row, _), _)| *row).collect(), &layout.row);
        let columns = distinct(values.iter().map(|((_, column), _)| *column).collect(), &layout.column);
        let summarized = values.into_par_iter().map(|(place, Values { mut values, residues })| {
            sort(&mut values);
            let summary = Summary::new(&values, assumption, rules.confidence);
            let mixed = mixed_text(&residues, layout, words);
            (place, Cell { values, summary, mixed, comparison: None })
        });
        let summarized: Vec<((KeyId, KeyId), Cell)> = summarized.collect();
        let mut table = Self {
            key,
            unit,
            class: UnitClass::of(words.bytes(unit)),
            rows,
            columns,
            cells: summarized.into_iter().collect(),
            summaries: Vec::new(),
        };
        table.compare(assumption, rules.alpha);
        table.summaries = (0..table.columns.len()).map(|column| table.summarized(column)).collect();
        table
    }

    /// Compares the cells of each row with its first column's.
    fn compare(&mut self, assumption: Assumption, alpha: f64) {
        let first = self.columns[0];
        let cells = &self.cells;
        let others = self.rows.par_iter().flat_map_iter(|row| {
            self.columns[1..].iter().filter_map(move |column| {
                let base = cells.get(&(*row, first))?;
                let head = cells.get(&(*row, *column))?;
                let comparison = Comparison::new(&base.values, &head.values, assumption, alpha);
                Some(((*row, *column), (base.summary.center, comparison)))
            })
        });
        let compared: Vec<_> = others.collect();
        for (place, comparison) in compared {
            if let Some(cell) = self.cells.get_mut(&place) {
                cell.comparison = Some(comparison);
            }
        }
    }

    /// The cell of a row and column, by their places.
    pub(super) fn cell(&self, row: usize, column: usize) -> Option<&Cell> {
        self.cells.get(&(self.rows[row], self.columns[column]))
    }

    fn summarized(&self, column: usize) -> ColumnSummary {
        let cells = || (0..self.rows.len()).filter_map(move |row| self.cell(row, column));
        let centers: Vec<f64> = cells().map(|cell| cell.summary.center).collect();
        let mut summary = ColumnSummary { mean: geometric_mean(&centers), ..ColumnSummary::default() };
        let compared = || cells().filter_map(|cell| Some((cell.comparison.as_ref()?.0, cell.summary.center)));
        let bases = (0..self.rows.len()).filter(|row| self.cell(*row, 0).is_some()).count();
        let is_base = column == 0;
        if !is_base && compared().count() != bases {
            summary.warnings.push("benchmark set differs from baseline; geomeans may not be comparable");
        }
        if summary.mean.is_none() {
            summary.warnings.push("summaries must be >0 to compute geomean");
        }
        if is_base || compared().any(|(base, head)| base == 0.0 && head != 0.0) {
            return summary;
        }
        let ratio = |(base, head): (f64, f64)| if base == head { 1.0 } else { head / base };
        let ratios: Vec<f64> = compared().map(ratio).collect();
        summary.ratio = geometric_mean(&ratios);
        if summary.ratio.is_none() {
            summary.warnings.push("ratios must be >0 to compute geomean");
        }
        summary
    }
}

/// Says in which keys the results of a cell differ that the tables do not show.
fn mixed_text(residues: &[KeyId], layout: &Layout, words: &Words) -> Option<Vec<u8>> {
    let columns = layout.residue.differing(residues);
    let names: Vec<&[u8]> = columns.iter().map(|column| words.bytes(layout.residue.name(*column))).collect();
    (!names.is_empty()).then(|| [b"benchmarks vary in ", &names.join(&b", "[..])[..]].concat())
}

/// Tables of benchmarks, with the names in them.
#[derive(Debug)]
pub struct Tables {
    pub(super) tables: Vec<Table>,
    pub(super) layout: Layout,
    pub(super) words: Words,
}

impl Tables {
    /// What a table is of: the keys that differ from the table before, `key: value` each.
    pub(super) fn headings(&self, table: usize) -> Vec<Vec<u8>> {
        let projection = &self.layout.table;
        let key = self.tables[table].key;
        let before = table.checked_sub(1).map(|before| self.tables[before].key);
        let is_new = |column: &usize| {
            before.is_none_or(|before| projection.value(before, *column) != projection.value(key, *column))
        };
        let heading = |column: usize| {
            let value = self.words.bytes(projection.value(key, column));
            [self.words.bytes(projection.name(column)), b": ", value].concat()
        };
        projection.columns().into_iter().filter(is_new).map(heading).collect()
    }

    /// The values of a row's keys.
    pub(super) fn row_label(&self, row: KeyId) -> Vec<u8> {
        let projection = &self.layout.row;
        let values =
            projection.columns().into_iter().map(|column| self.words.bytes(projection.value(row, column)));
        values.filter(|value| !value.is_empty()).collect::<Vec<_>>().join(&b' ')
    }

    /// The value of a column's key.
    pub(super) fn column_value(&self, column: KeyId, field: usize) -> &[u8] {
        self.words.bytes(self.layout.column.value(column, field))
    }
}

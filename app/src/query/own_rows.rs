//! Own code on both sides of a comparison: what each function costs with the library functions below it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use goscope_analysis::profile::diff::{BothSides, DiffScale, compare};
use goscope_analysis::profile::diff_own::{OwnTable, own_table};
use goscope_analysis::profile::frame::FrameId;
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::value::common_unit;
use goscope_analysis::verdict::Verdict;
use goscope_analysis::verdict::profiles::compared_name;

use super::documents::Documents;
use super::question::{Question, QuestionError};
use super::rows::{RowKey, RowOrder, sorted_rows};
use super::values::smallest_value;
use super::verdict::VerdictQuery;

/// Leaves of a function that are listed below it.
const MOST_LEAVES: usize = 4;
/// A leaf whose part of its function's values is smaller than this is not listed.
const SMALL_LEAF: f64 = 0.02;

/// What own code costs. What is own code is what the verdict takes for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OwnTableQuery {
    /// The stacks to read.
    pub stacks: StackQuery,
    /// How to compare the sides.
    pub scale: DiffScale,
    /// The verdict.
    pub verdict: VerdictQuery,
}

/// Own code on both sides.
#[derive(Debug)]
pub struct Own {
    /// The functions.
    pub table: OwnTable,
    /// The unit to print all values in.
    pub shown_unit: String,
}

impl Question for OwnTableQuery {
    type Answer = Own;
    type Input = VerdictQuery;

    fn input(&self) -> VerdictQuery {
        self.verdict.clone()
    }

    fn answer(&self, documents: Documents<'_>, verdict: Arc<Verdict>) -> Result<Own, QuestionError> {
        let own = verdict.rows.iter().filter(|row| row.is_own);
        let own: HashSet<&str> =
            own.flat_map(|row| [Some(&*row.name), row.base_name.as_deref()]).flatten().collect();
        let (base, head) = documents.stacks_of_sides(&self.stacks)?;
        let comparison = compare(&base, &head, self.scale)?;
        let table = own_table(&comparison, |frame| own.contains(&*compared_name(&frame.name)));
        let (total, head_total) = comparison.totals();
        let values = table.rows.iter().map(|row| (row.value.base, row.value.head));
        let shown_unit = common_unit(smallest_value(values), total.max(head_total), &table.unit);
        Ok(Own { table, shown_unit })
    }
}

/// The rows of own code, filtered and sorted, the largest leaves of each below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OwnRowsQuery {
    /// The table.
    pub table: OwnTableQuery,
    /// The rows to show, and their order.
    pub order: RowOrder,
}

/// A row: a function, or a leaf of the function above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnLine {
    /// The function, or the leaf.
    pub frame: FrameId,
    /// Whether it is a leaf.
    pub is_leaf: bool,
    /// Its value.
    pub value: BothSides,
}

/// The rows of own code.
#[derive(Debug)]
pub struct OwnRows {
    /// What the rows are of.
    pub own: Arc<Own>,
    /// The rows from above.
    pub lines: Vec<OwnLine>,
    /// How many of them are functions.
    pub n_functions: usize,
    /// Where a function stands; where it is only a leaf, the first place.
    place_of_frame: HashMap<FrameId, usize>,
}

impl OwnRows {
    /// The row of a function: as a function, if it is own code, else where it is first a leaf.
    pub fn place(&self, frame: FrameId) -> Option<usize> {
        self.place_of_frame.get(&frame).copied()
    }
}

impl Question for OwnRowsQuery {
    type Answer = OwnRows;
    type Input = OwnTableQuery;

    fn input(&self) -> OwnTableQuery {
        self.table.clone()
    }

    fn answer(&self, _: Documents<'_>, own: Arc<Own>) -> Result<OwnRows, QuestionError> {
        let rows = &own.table.rows;
        let value = |index: u32| {
            let value = rows[index as usize].value;
            match self.order.by {
                RowKey::Name | RowKey::DeltaFlat | RowKey::DeltaCum => value.change(),
                RowKey::Flat | RowKey::Cum => value.head,
                RowKey::BaseFlat | RowKey::BaseCum => value.base,
            }
        };
        let name = |index: u32| own.table.frames.frame(rows[index as usize].frame).printable_name();
        let order = sorted_rows(rows.len(), &self.order, name, value);
        let mut lines = Vec::new();
        for &index in &order {
            let row = &rows[index as usize];
            lines.push(OwnLine { frame: row.frame, is_leaf: false, value: row.value });
            let size = |value: BothSides| value.base.unsigned_abs().max(value.head.unsigned_abs()) as f64;
            let is_listed = |&&(leaf, value): &&(FrameId, BothSides)| {
                leaf != row.frame && size(value) >= SMALL_LEAF * size(row.value)
            };
            let leaves = row.leaves.iter().filter(is_listed).take(MOST_LEAVES);
            lines.extend(leaves.map(|&(frame, value)| OwnLine { frame, is_leaf: true, value }));
        }
        let mut place_of_frame = HashMap::new();
        for is_leaf in [false, true] {
            for (place, line) in lines.iter().enumerate().filter(|(_, line)| line.is_leaf == is_leaf) {
                place_of_frame.entry(line.frame).or_insert(place);
            }
        }
        Ok(OwnRows { own, lines, n_functions: order.len(), place_of_frame })
    }
}

#[cfg(test)]
mod tests {
    use goscope_parsers::Progress;

    use super::*;
    use crate::document::{Document, Source};
    use crate::query::answer;
    use crate::samples::PAIR;

    #[test]
    fn library_functions_stand_below_the_own_function_that_calls_them() {
        let [base, head] = PAIR.map(|sample| {
            let source = Source::Sample(sample.name.to_owned());
            vec![Arc::new(Document::load(&source, &Progress::new()).expect("a sample"))]
        });
        let table = OwnTableQuery {
            stacks: StackQuery::default(),
            scale: DiffScale::Totals,
            verdict: VerdictQuery::default(),
        };
        let order = RowOrder { by: RowKey::DeltaFlat, is_descending: true, containing: String::new() };
        let rows = answer(&OwnRowsQuery { table, order }, Documents::sides(&base, &head)).expect("rows");
        let name = |line: &OwnLine| rows.own.table.frames.frame(line.frame).name.clone();
        assert!(!rows.lines[0].is_leaf && rows.lines.iter().any(|line| line.is_leaf));
        let functions = rows.lines.iter().filter(|line| !line.is_leaf);
        assert!(functions.clone().all(|line| !name(line).starts_with("runtime.")));
        assert_eq!(functions.count(), rows.n_functions);
    }
}

//! The table of a comparison: one row per frame of either side.

use goscope_analysis::profile::diff::{DiffScale, DiffTable, compare, diff_rows};
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::value::common_unit;

use super::documents::Documents;
use super::question::{Question, QuestionError};
use super::values::{smallest_value, warnings_of_sides};

/// The table of a comparison, largest change of flat first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DiffTableQuery {
    /// The stacks to read.
    pub stacks: StackQuery,
    /// How to compare the sides.
    pub scale: DiffScale,
}

/// One row per frame of either side, with the units to print values in.
#[derive(Debug)]
pub struct Diff {
    /// The rows.
    pub table: DiffTable,
    /// Name of the sample type.
    pub sample_type: String,
    /// The unit to print all values in.
    pub shown_unit: String,
    /// Filters that matched nothing on a side, one sentence each; of the first profile that has any.
    pub warnings: Vec<String>,
}

impl Question for DiffTableQuery {
    type Answer = Diff;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Diff, QuestionError> {
        let (base, head) = documents.stacks_of_sides(&self.stacks)?;
        let table = diff_rows(&compare(&base, &head, self.scale)?);
        let sides =
            table.rows.iter().flat_map(|row| [(row.base_flat, row.base_cum), (row.head_flat, row.head_cum)]);
        let largest = table.base_total.max(table.head_total);
        let shown_unit = common_unit(smallest_value(sides), largest, &table.unit);
        let warnings = warnings_of_sides(&base, &head);
        let sample_type = base.first().map(|stacks| stacks.kind().to_owned()).unwrap_or_default();
        Ok(Diff { table, sample_type, shown_unit, warnings })
    }
}

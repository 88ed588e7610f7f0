//! One row a frame of either of two sides.

use goscope_analysis::profile::diff::{DiffScale, DiffTable, compare, diff_rows};
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::value::common_unit;

use super::documents::Documents;
use super::question::{Question, QuestionError};
use super::values::{smallest_value, warnings_of_sides};

/// One row a frame of base or head, by change of flat.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DiffTableQuery {
    /// Of which stacks.
    pub stacks: StackQuery,
    /// How the sides are compared.
    pub scale: DiffScale,
}

/// One row a frame of either side, with what is needed to print values.
#[derive(Debug)]
pub struct Diff {
    /// The rows.
    pub table: DiffTable,
    /// Name of the sample type.
    pub sample_type: String,
    /// The unit to print values in, the same for all.
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

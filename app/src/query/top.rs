//! The table of functions: one row per frame.

use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::profile::top::{TopOptions, TopTable, top_with};
use goscope_analysis::value::common_unit;

use super::documents::Documents;
use super::question::{Question, QuestionError};
use super::values::smallest_value;

/// One row per frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopQuery {
    /// The stacks to read.
    pub stacks: StackQuery,
    /// Which rows, in which order; all by flat, unless it says otherwise.
    pub rows: TopOptions,
}

/// One row per frame, with the units to print values in.
#[derive(Debug)]
pub struct Top {
    /// The rows.
    pub table: TopTable,
    /// Name of the sample type.
    pub sample_type: String,
    /// Unit of all values.
    pub unit: String,
    /// The unit to print all values in, so that a column can be compared at a glance.
    pub shown_unit: String,
    /// Filters that matched nothing, one sentence each.
    pub warnings: Vec<String>,
}

impl Question for TopQuery {
    type Answer = Top;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Top, QuestionError> {
        let stacks = documents.stacks(&self.stacks)?;
        let (table, unit) = (top_with(&stacks, &self.rows), stacks.unit().to_owned());
        let smallest = smallest_value(table.rows.iter().map(|row| (row.flat, row.cum)));
        let shown_unit = common_unit(smallest, table.total, &unit);
        let (sample_type, warnings) = (stacks.kind().to_owned(), stacks.warnings().to_vec());
        Ok(Top { table, sample_type, unit, shown_unit, warnings })
    }
}

//! The rows of a comparison, filtered and sorted.

use std::sync::Arc;

use goscope_analysis::profile::diff::DiffScale;
use goscope_analysis::profile::query::StackQuery;

use super::diff_table::{Diff, DiffTableQuery};
use super::documents::Documents;
use super::question::{Question, QuestionError};
use super::rows::{RowKey, RowOrder, Rows, sorted_rows};

/// The rows of a comparison, filtered and sorted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DiffRowsQuery {
    /// The stacks to read.
    pub stacks: StackQuery,
    /// How to compare the sides.
    pub scale: DiffScale,
    /// The rows to show, and their order.
    pub order: RowOrder,
}

impl Question for DiffRowsQuery {
    type Answer = Rows<Diff>;
    type Input = DiffTableQuery;

    fn input(&self) -> DiffTableQuery {
        DiffTableQuery { stacks: self.stacks.clone(), scale: self.scale }
    }

    fn answer(&self, _: Documents<'_>, diff: Arc<Diff>) -> Result<Rows<Diff>, QuestionError> {
        let table = &diff.table;
        let value = |index: u32| {
            let row = &table.rows[index as usize];
            match self.order.by {
                RowKey::Name | RowKey::DeltaFlat => row.head_flat.wrapping_sub(row.base_flat),
                RowKey::DeltaCum => row.head_cum.wrapping_sub(row.base_cum),
                RowKey::Flat => row.head_flat,
                RowKey::Cum => row.head_cum,
                RowKey::BaseFlat => row.base_flat,
                RowKey::BaseCum => row.base_cum,
            }
        };
        let frame = |index: u32| table.rows[index as usize].frame;
        let name = |index| table.frames.frame(frame(index)).printable_name();
        let order = sorted_rows(table.rows.len(), &self.order, name, value);
        Ok(Rows::new(&diff, order, table.frames.len(), frame))
    }
}

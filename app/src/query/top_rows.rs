//! The rows of the table of functions, filtered and sorted.

use std::sync::Arc;

use goscope_analysis::profile::query::StackQuery;

use super::documents::Documents;
use super::question::{Question, QuestionError};
use super::rows::{RowKey, RowOrder, Rows, sorted_rows};
use super::top::{Top, TopQuery};

/// The rows of the function table, filtered and sorted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TopRowsQuery {
    /// The stacks to read.
    pub stacks: StackQuery,
    /// The rows to show, and their order.
    pub order: RowOrder,
}

impl Question for TopRowsQuery {
    type Answer = Rows<Top>;
    type Input = TopQuery;

    fn input(&self) -> TopQuery {
        TopQuery { stacks: self.stacks.clone(), ..TopQuery::default() }
    }

    fn answer(&self, _: Documents<'_>, top: Arc<Top>) -> Result<Rows<Top>, QuestionError> {
        let table = &top.table;
        let value = |index: u32| {
            let row = &table.rows[index as usize];
            match self.order.by {
                RowKey::Cum | RowKey::BaseCum | RowKey::DeltaCum => row.cum,
                RowKey::Name | RowKey::Flat | RowKey::BaseFlat | RowKey::DeltaFlat => row.flat,
            }
        };
        let frame = |index: u32| table.rows[index as usize].frame;
        let name = |index| table.frames.frame(frame(index)).printable_name();
        let order = sorted_rows(table.rows.len(), &self.order, name, value);
        Ok(Rows::new(&top, order, table.frames.len(), frame))
    }
}

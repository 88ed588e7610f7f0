//! In which order `Sample` has its fields: nothing says so, but wire types do.
//!
//! ```text
//!             1            2                 3                 4              5
//! 1.8, 1.9    stack_index  values            attribute_indices link_index     timestamps
//! 1.10        stack_index  attribute_indices link_index        values         timestamps
//!                          both lists        list │ number     number │ list
//! ```

use super::fields::{Fields, Value};
use crate::error::ParseError;

/// The order of the fields of `Sample`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// 1.8 and 1.9.
    Old,
    /// 1.10 and later.
    New,
}

/// What the samples of a file say of their order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hints {
    old: u64,
    new: u64,
    /// Whether what would be attributes are rows of the table wherever they stand.
    rows_fit: bool,
    /// Whether each sample has a value or a time, if its second field is no value.
    has_measure: bool,
}

impl Default for Hints {
    fn default() -> Self {
        Self { old: 0, new: 0, rows_fit: true, has_measure: true }
    }
}

impl Hints {
    /// Notes a field that only the old messages have.
    pub(super) fn note_old(&mut self) {
        self.old += 1;
    }

    /// Looks at a sample; there are so many attributes.
    pub(super) fn note(&mut self, sample: Fields<'_>, n_attributes: usize) -> Result<(), ParseError> {
        let mut has_measure = false;
        for field in sample {
            match field? {
                (2, value) => value.each_integer(|row| self.rows_fit &= row < n_attributes as u64),
                (3, Value::Bytes(_)) | (4, Value::Varint(_)) => self.old += 1,
                (4, Value::Bytes(_)) | (3, Value::Varint(_)) => {
                    self.new += 1;
                    has_measure = true;
                }
                (5, _) => has_measure = true,
                _ => {}
            }
        }
        self.has_measure &= has_measure;
        Ok(())
    }

    /// The order of all samples.
    pub(super) fn layout(&self) -> Layout {
        let is_old = match (self.old, self.new) {
            (0, 0) => !self.rows_fit || !self.has_measure,
            (old, new) => old > new,
        };
        if is_old { Layout::Old } else { Layout::New }
    }
}

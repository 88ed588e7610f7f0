//! Lists and maps of texts of all rows of a column, to be written.

use crate::column::coded::Interner;
use crate::column::write::{Column, Values};

/// Lists of texts.
#[derive(Debug, Default)]
pub(super) struct TextLists {
    texts: Interner<String>,
    codes: Vec<u32>,
    ends: Vec<usize>,
}

impl TextLists {
    /// The lists of these rows.
    pub(super) fn of<'a, L>(rows: impl IntoIterator<Item = L>) -> Self
    where
        L: IntoIterator<Item = &'a String>,
    {
        let mut lists = Self::default();
        for row in rows {
            for text in row {
                let code = lists.texts.code(text);
                lists.codes.push(code);
            }
            lists.ends.push(lists.codes.len());
        }
        lists
    }

    /// The column.
    pub(super) fn column(&self) -> Column<'_> {
        Column { values: Values::Text(&self.codes, self.texts.values()), ends: Some(&self.ends) }
    }
}

/// A text a row.
#[derive(Debug, Default)]
pub(super) struct Texts {
    texts: Interner<String>,
    codes: Vec<u32>,
}

impl Texts {
    /// The texts of these rows.
    pub(super) fn of<'a>(rows: impl IntoIterator<Item = &'a String>) -> Self {
        let mut texts = Self::default();
        for text in rows {
            let code = texts.texts.code(text);
            texts.codes.push(code);
        }
        texts
    }

    /// The column.
    pub(super) fn column(&self) -> Column<'_> {
        Values::Text(&self.codes, self.texts.values()).into()
    }
}

//! Values that repeat: a code a row, and a dictionary.

use std::collections::HashMap;
use std::hash::Hash;

use crate::id::Id;

/// Gives equal values equal codes, counted from 0. Its keys come from files, hence std's keyed hash.
#[derive(Clone, Debug)]
pub(crate) struct Interner<T> {
    codes: HashMap<T, u32>,
    values: Vec<T>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { codes: HashMap::new(), values: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> Interner<T> {
    /// The code of a value.
    pub(crate) fn code(&mut self, value: &T) -> u32 {
        if let Some(&code) = self.codes.get(value) {
            return code;
        }
        let code = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.codes.insert(value.clone(), code);
        self.values.push(value.clone());
        code
    }

    /// The code of a value that has one.
    pub(crate) fn get(&self, value: &T) -> Option<u32> {
        self.codes.get(value).copied()
    }

    /// All values, by code.
    pub(crate) fn values(&self) -> &[T] {
        &self.values
    }

    /// All values, by code.
    pub(crate) fn into_values(self) -> Vec<T> {
        self.values
    }
}

/// A column of values that repeat.
#[derive(Clone, Debug)]
pub(crate) struct Coded<T> {
    /// A code a row.
    pub(crate) codes: Vec<u32>,
    /// The values by code.
    pub(crate) dictionary: Vec<T>,
}

impl<T> Default for Coded<T> {
    fn default() -> Self {
        Self { codes: Vec::new(), dictionary: Vec::new() }
    }
}

impl<T: Default> Coded<T> {
    /// So many rows of the empty value.
    pub(crate) fn empty_rows(n_rows: usize) -> Self {
        Self { codes: vec![0; n_rows], dictionary: vec![T::default()] }
    }
}

impl<T> Coded<T> {
    /// The value of a row.
    pub(crate) fn value(&self, row: usize) -> Option<&T> {
        self.dictionary.get(*self.codes.get(row)? as usize)
    }
}

impl Coded<String> {
    /// The text of a row; empty where there is none.
    pub(crate) fn text(&self, row: usize) -> &str {
        self.value(row).map_or("", String::as_str)
    }
}

impl Coded<Id> {
    /// The id of a row.
    pub(crate) fn id(&self, row: usize) -> Id {
        self.value(row).copied().unwrap_or_default()
    }
}

/// A list or map a row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nested<T> {
    /// Where the list of each row ends in `items`.
    pub(crate) ends: Vec<usize>,
    /// The items of all rows.
    pub(crate) items: T,
}

impl<T> Nested<T> {
    /// Where the items of a row are.
    pub(crate) fn range(&self, row: usize) -> std::ops::Range<usize> {
        let end = self.ends.get(row).copied().unwrap_or(0);
        let start = row.checked_sub(1).and_then(|row| self.ends.get(row)).copied().unwrap_or(0);
        start.min(end)..end
    }
}

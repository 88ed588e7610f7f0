//! Ids of the file (any `u64`) to rows of a table (`u32`), without a lookup on the way that Go writes them.
//!
//! References are read before the table they point into is known. So each is kept at once as a `u32` that stands
//! for its id:
//!
//! ```text
//! id 1 ..= 2^31   →  id - 1            the row itself, if the table holds ids 1, 2, 3 … in order (Go does)
//! any other id    →  2^31 + n          n-th id of that kind, in `wide`
//! ```
//!
//! and once the table is there, either nothing is left to do or one pass replaces what stands for ids by rows.

use std::collections::HashMap;

/// Stand-ins from here on name an entry of `wide`.
const FIRST_WIDE: u32 = 1 << 31;

/// Collects references to one table as stand-ins.
#[derive(Debug, Default)]
pub(super) struct References {
    /// One more than the highest stand-in below [`FIRST_WIDE`].
    narrow_end: u32,
    /// Ids that do not fit, in order of appearance. Keyed by untrusted numbers, hence std's keyed hash.
    wide: Vec<u64>,
    wide_rows: HashMap<u64, u32>,
}

impl References {
    /// What stands for `id` until [`Rows`] are known.
    #[inline]
    pub(super) fn stand_in(&mut self, id: u64) -> u32 {
        let index = id.wrapping_sub(1);
        if self.note_narrow(index) { index as u32 } else { self.wide_stand_in(id) }
    }

    /// Takes note of stand-ins up to `index`, one less than the highest of some ids (0 wraps around to be the
    /// highest). `false` if that id does not fit.
    #[inline]
    pub(super) fn note_narrow(&mut self, index: u64) -> bool {
        let is_narrow = index < u64::from(FIRST_WIDE);
        if is_narrow {
            self.narrow_end = self.narrow_end.max(index as u32 + 1);
        }
        is_narrow
    }

    #[cold]
    fn wide_stand_in(&mut self, id: u64) -> u32 {
        *self.wide_rows.entry(id).or_insert_with(|| {
            self.wide.push(id);
            let row = u32::try_from(self.wide.len() - 1).unwrap_or(u32::MAX);
            FIRST_WIDE.saturating_add(row)
        })
    }

    /// The id that a stand-in stands for.
    pub(super) fn id(&self, stand_in: u32) -> u64 {
        match stand_in.checked_sub(FIRST_WIDE) {
            None => u64::from(stand_in) + 1,
            Some(row) => self.wide.get(row as usize).copied().unwrap_or(0),
        }
    }

    /// Memory taken, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.wide.len() * 32
    }

    /// Finds the rows of these references in a table with the given ids.
    ///
    /// # Errors
    /// The first id that appears twice.
    pub(super) fn rows(&self, ids: &[u64]) -> Result<Rows, DuplicateId> {
        if ids.iter().zip(1u64..).all(|(&id, row)| id == row) {
            if self.wide.is_empty() && self.narrow_end as usize <= ids.len() {
                return Ok(Rows::Same);
            }
            let n_rows = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            return Ok(
                self.table(n_rows, |id| if id <= u64::from(n_rows) { id.checked_sub(1) } else { None })
            );
        }
        let mut row_of = HashMap::with_capacity(ids.len());
        for (&id, row) in ids.iter().zip(0u64..) {
            if row_of.insert(id, row).is_some() {
                return Err(DuplicateId);
            }
        }
        if u64::from(self.narrow_end) > 8 * ids.len() as u64 + 1024 {
            // Far apart ids: a table by id would be larger than the file.
            let narrow = ids.iter().zip(0u32..).map(|(&id, row)| (id, row)).collect();
            let wide = self.wide.iter().map(|id| row_of.get(id).map_or(NO_ROW, |&row| row as u32)).collect();
            return Ok(Rows::Sparse { narrow, wide });
        }
        Ok(self.table(self.narrow_end, |id| row_of.get(&id).copied()))
    }

    /// A table of at most `narrow_rows` stand-ins; those after it have no row.
    fn table(&self, narrow_rows: u32, row_of: impl Fn(u64) -> Option<u64>) -> Rows {
        let row = |id| row_of(id).and_then(|row| u32::try_from(row).ok()).unwrap_or(NO_ROW);
        let narrow = (0..self.narrow_end.min(narrow_rows)).map(|index| row(u64::from(index) + 1)).collect();
        let wide = self.wide.iter().map(|&id| row(id)).collect();
        Rows::Dense { narrow, wide }
    }
}

/// Two rows of a table have the same id.
#[derive(Debug)]
pub(super) struct DuplicateId;

/// Stands for an id that is in no row.
const NO_ROW: u32 = u32::MAX;

/// Stand-ins to rows.
#[derive(Debug)]
pub(super) enum Rows {
    /// Every stand-in is the row.
    Same,
    /// A table by stand-in.
    Dense { narrow: Vec<u32>, wide: Vec<u32> },
    /// The same where ids are far apart.
    Sparse { narrow: HashMap<u64, u32>, wide: Vec<u32> },
}

impl Rows {
    /// The row that a stand-in stands for, if its id is in the table.
    #[inline]
    pub(super) fn row(&self, stand_in: u32) -> Option<u32> {
        let row = match (self, stand_in.checked_sub(FIRST_WIDE)) {
            (Self::Same, _) => return Some(stand_in),
            (Self::Dense { narrow, .. }, None) => narrow.get(stand_in as usize),
            (Self::Sparse { narrow, .. }, None) => narrow.get(&(u64::from(stand_in) + 1)),
            (Self::Dense { wide, .. } | Self::Sparse { wide, .. }, Some(row)) => wide.get(row as usize),
        };
        row.copied().filter(|&row| row != NO_ROW)
    }

    /// Replaces stand-ins by rows; `false` if an id is in no row.
    pub(super) fn replace<'a>(&self, stand_ins: impl IntoIterator<Item = &'a mut u32>) -> bool {
        if matches!(self, Self::Same) {
            return true;
        }
        let mut are_all_known = true;
        for stand_in in stand_ins {
            match self.row(*stand_in) {
                Some(row) => *stand_in = row,
                None => are_all_known = false,
            }
        }
        are_all_known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows_of(references: &[u64], ids: &[u64]) -> Vec<Option<u32>> {
        let mut collected = References::default();
        let stand_ins: Vec<u32> = references.iter().map(|&id| collected.stand_in(id)).collect();
        for (&stand_in, &id) in stand_ins.iter().zip(references) {
            assert_eq!(collected.id(stand_in), id);
        }
        let rows = collected.rows(ids).unwrap();
        stand_ins.iter().map(|&stand_in| rows.row(stand_in)).collect()
    }

    #[test]
    fn ids_in_order_need_no_table() {
        let mut references = References::default();
        references.stand_in(3);
        assert!(matches!(references.rows(&[1, 2, 3]), Ok(Rows::Same)));
        assert_eq!(rows_of(&[3, 1], &[1, 2, 3]), [Some(2), Some(0)]);
    }

    #[test]
    fn any_id_finds_its_row_and_an_unknown_one_finds_none() {
        let far = u64::MAX;
        assert_eq!(rows_of(&[4, 1, 0, far], &[1, 2, 3]), [None, Some(0), None, None]);
        assert_eq!(rows_of(&[7, far, 5, 0], &[5, far, 7]), [Some(2), Some(1), Some(0), None]);
        assert_eq!(rows_of(&[1 << 31, (1 << 31) + 1, 9], &[9, 1 << 31]), [Some(1), None, Some(0)]);
        assert_eq!(rows_of(&[100_000, 2], &[2, 100_000]), [Some(1), Some(0)]);
    }

    #[test]
    fn an_id_that_appears_twice_is_an_error() {
        assert!(References::default().rows(&[1, 2, 1]).is_err());
    }
}

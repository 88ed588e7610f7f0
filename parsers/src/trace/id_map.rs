//! The hash tables for the ids of a trace.
//!
//! [`NumberMap`] finds a `u32` by a 64-bit number (a goid, a pc, a string id of the file); [`Interner`] finds the id of
//! equal content that lives elsewhere. Both are hashbrown's tables with a seed of their own, so that no file can aim at
//! one bucket; nothing ever walks them, so the seed shows nowhere.

use std::hash::{BuildHasher as _, Hasher as _};

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

/// A map from 64-bit numbers to `u32`.
#[derive(Debug, Default)]
pub(crate) struct NumberMap(HashMap<u64, u32>);

impl NumberMap {
    /// What is stored for `key`.
    #[inline]
    pub(crate) fn get(&self, key: u64) -> Option<u32> {
        self.0.get(&key).copied()
    }

    /// Stores `value` for `key`, replacing what was there.
    #[inline]
    pub(crate) fn insert(&mut self, key: u64, value: u32) {
        self.0.insert(key, value);
    }

    /// Removes `key`.
    #[inline]
    pub(crate) fn remove(&mut self, key: u64) {
        self.0.remove(&key);
    }
}

/// A set of ids of things that live in a table elsewhere, found by their content.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    ids: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Interner {
    /// The hash of a string of bytes.
    pub(crate) fn hash_bytes(&self, bytes: &[u8]) -> u64 {
        self.hasher.hash_one(bytes)
    }

    /// The hash of a sequence of numbers.
    pub(crate) fn hash_numbers(&self, numbers: impl IntoIterator<Item = u64>) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        numbers.into_iter().for_each(|number| hasher.write_u64(number));
        hasher.finish()
    }

    /// The id with this hash for which `is_equal` holds.
    pub(crate) fn find(&self, hash: u64, mut is_equal: impl FnMut(u32) -> bool) -> Option<u32> {
        self.ids.find(hash, |&id| is_equal(id)).copied()
    }

    /// Adds an id that [`find`](Self::find) did not find; `hash_of` gives the hash of an earlier id when the
    /// table has to grow.
    pub(crate) fn insert(&mut self, hash: u64, id: u32, hash_of: impl Fn(&Self, u32) -> u64) {
        // The closure reads the hasher while the table is written to.
        let mut ids = std::mem::take(&mut self.ids);
        ids.insert_unique(hash, id, |&id| hash_of(self, id));
        self.ids = ids;
    }
}

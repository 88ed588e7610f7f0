//! Two small hash tables for the ids of a trace.
//!
//! [`NumberMap`] finds a `u32` by a 64-bit number (a goid, a pc, a string id of the file) and can forget it
//! again; [`Interner`] finds the id of equal content that lives elsewhere. Both use linear probing and a seed
//! drawn per table, so that no file can aim at one bucket; nothing ever walks them, so the seed shows nowhere.
//!
//! ```text
//! NumberMap slots  | key 17 → 3 | – | key 4 → 0 | key 20 → 1 | – |
//! ```

use std::hash::{BuildHasher as _, RandomState};

/// Mark of an empty slot; no table of a trace gets this long.
const EMPTY: u32 = u32::MAX;

fn seed() -> u64 {
    RandomState::new().hash_one(0_u8) | 1
}

/// Mixes all bits of `value` into the low bits of the result.
#[inline(always)]
fn mix(value: u64, seed: u64) -> u64 {
    let product = u128::from(value ^ seed) * u128::from(0x9e37_79b9_7f4a_7c15 ^ seed.rotate_left(32));
    (product as u64) ^ ((product >> 64) as u64)
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    key: u64,
    value: u32,
}

const EMPTY_SLOT: Slot = Slot { key: 0, value: EMPTY };

/// A map from 64-bit numbers to `u32` (not `u32::MAX`).
#[derive(Debug)]
pub(crate) struct NumberMap {
    slots: Vec<Slot>,
    len: usize,
    seed: u64,
}

impl Default for NumberMap {
    fn default() -> Self {
        Self { slots: vec![EMPTY_SLOT; 16], len: 0, seed: seed() }
    }
}

impl NumberMap {
    #[inline(always)]
    fn home(&self, key: u64) -> usize {
        (mix(key, self.seed) as usize) & (self.slots.len() - 1)
    }

    /// The slot that holds `key`, or the empty one where it would go.
    #[inline(always)]
    fn probe(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = self.home(key);
        loop {
            let slot = self.slots[at];
            if slot.value == EMPTY || slot.key == key {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    /// What is stored for `key`.
    #[inline]
    pub(crate) fn get(&self, key: u64) -> Option<u32> {
        let value = self.slots[self.probe(key)].value;
        (value != EMPTY).then_some(value)
    }

    /// Stores `value` for `key`, replacing what was there.
    pub(crate) fn insert(&mut self, key: u64, value: u32) {
        debug_assert_ne!(value, EMPTY);
        if (self.len + 1) * 3 > self.slots.len() * 2 {
            self.grow();
        }
        let at = self.probe(key);
        if self.slots[at].value == EMPTY {
            self.len += 1;
        }
        self.slots[at] = Slot { key, value };
    }

    /// Forgets `key`, moving back what was displaced behind it.
    pub(crate) fn remove(&mut self, key: u64) {
        let mask = self.slots.len() - 1;
        let mut hole = self.probe(key);
        if self.slots[hole].value == EMPTY {
            return;
        }
        self.len -= 1;
        let mut at = (hole + 1) & mask;
        while self.slots[at].value != EMPTY {
            let home = self.home(self.slots[at].key);
            // The entry may fill the hole when its home is not between the hole and where it is now.
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(hole) & mask {
                self.slots[hole] = self.slots[at];
                hole = at;
            }
            at = (at + 1) & mask;
        }
        self.slots[hole] = EMPTY_SLOT;
    }

    fn grow(&mut self) {
        let bigger = vec![EMPTY_SLOT; self.slots.len() * 2];
        let old = std::mem::replace(&mut self.slots, bigger);
        for slot in old {
            if slot.value != EMPTY {
                let at = self.probe(slot.key);
                self.slots[at] = slot;
            }
        }
    }
}

/// A set of ids of things that live in a table elsewhere, found by their content.
#[derive(Debug)]
pub(crate) struct Interner {
    /// Hash and id: the hash is kept, because growing would otherwise have to read all content again.
    slots: Vec<(u32, u32)>,
    len: usize,
    seed: u64,
}

impl Default for Interner {
    fn default() -> Self {
        Self { slots: vec![(0, EMPTY); 16], len: 0, seed: seed() }
    }
}

impl Interner {
    /// The hash of a string of bytes.
    pub(crate) fn hash_bytes(&self, bytes: &[u8]) -> u64 {
        let mut hash = mix(bytes.len() as u64, self.seed);
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            hash = mix(u64::from_le_bytes(word) ^ hash, self.seed);
        }
        let mut word = [0; 8];
        word[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
        mix(u64::from_le_bytes(word) ^ hash, self.seed)
    }

    /// The hash of a sequence of numbers.
    pub(crate) fn hash_numbers(&self, numbers: impl IntoIterator<Item = u64>) -> u64 {
        numbers.into_iter().fold(self.seed, |hash, number| mix(number ^ hash.rotate_left(5), self.seed))
    }

    /// The id with this hash for which `is_equal` holds.
    pub(crate) fn find(&self, hash: u64, mut is_equal: impl FnMut(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let tag = (hash >> 32) as u32;
        let mut at = (hash as usize) & mask;
        loop {
            let (slot_tag, id) = self.slots[at];
            if id == EMPTY {
                return None;
            }
            if slot_tag == tag && is_equal(id) {
                return Some(id);
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds an id that [`find`](Self::find) did not find; `hash_of` gives the hash of an earlier id when the
    /// table has to grow.
    pub(crate) fn insert(&mut self, hash: u64, id: u32, mut hash_of: impl FnMut(&Self, u32) -> u64) {
        debug_assert_ne!(id, EMPTY);
        if (self.len + 1) * 3 > self.slots.len() * 2 {
            let bigger = vec![(0, EMPTY); self.slots.len() * 2];
            let old = std::mem::replace(&mut self.slots, bigger);
            for (_, id) in old.into_iter().filter(|&(_, id)| id != EMPTY) {
                let hash = hash_of(self, id);
                self.place(hash, id);
            }
        }
        self.place(hash, id);
        self.len += 1;
    }

    fn place(&mut self, hash: u64, id: u32) {
        let mask = self.slots.len() - 1;
        let mut at = (hash as usize) & mask;
        while self.slots[at].1 != EMPTY {
            at = (at + 1) & mask;
        }
        self.slots[at] = ((hash >> 32) as u32, id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn number_map_behaves_like_a_hash_map(steps in prop::collection::vec((0_u64..40, 0_u32..3), 0..400)) {
            let mut ours = NumberMap::default();
            let mut model = HashMap::new();
            for (at, &(key, action)) in steps.iter().enumerate() {
                let key = key.wrapping_mul(0x1234_5678_9abc_def1);
                if action == 0 {
                    ours.remove(key);
                    model.remove(&key);
                } else {
                    ours.insert(key, at as u32);
                    model.insert(key, at as u32);
                }
                for probe in 0..40_u64 {
                    let probe = probe.wrapping_mul(0x1234_5678_9abc_def1);
                    prop_assert_eq!(ours.get(probe), model.get(&probe).copied());
                }
            }
        }
    }
}

//! The stacks of a run, as short as questions about callers and callees allow: functions that are rare in the run are left
//! out, stacks that then are the same are one.

use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::hash::{Hash as _, Hasher as _};

use crate::statistics::allocations::Estimate;

/// Functions below this part of a run are left out of its stacks: a tenth of what is judged by default.
pub(super) const RARE: f64 = 0.001;

/// Different stacks with what they add up to, outermost function first. The innermost one is the leaf, however rare.
#[derive(Clone, Debug, Default)]
pub(super) struct HotStacks {
    functions: Vec<u32>,
    ends: Vec<u32>,
    values: Vec<Estimate>,
    rows: HashTable<u32>,
}

fn hash_of(stack: &[u32]) -> u64 {
    let mut hasher = FxHasher::default();
    stack.hash(&mut hasher);
    hasher.finish()
}

impl HotStacks {
    /// Number of different stacks.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A stack, outermost function first.
    pub(super) fn stack(&self, row: usize) -> &[u32] {
        stack_of(&self.functions, &self.ends, row)
    }

    /// What the samples of a stack add up to.
    pub(super) fn value(&self, row: usize) -> Estimate {
        self.values[row]
    }

    /// Adds a sample.
    pub(super) fn add(&mut self, stack: &[u32], value: Estimate) {
        let hash = hash_of(stack);
        let Self { functions, ends, values, rows } = self;
        let is_same = |&row: &u32| stack_of(functions, ends, row as usize) == stack;
        if let Some(&row) = rows.find(hash, is_same) {
            values[row as usize] += value;
            return;
        }
        // A run of 2^32 frames in different stacks fits into no memory.
        let row = u32::try_from(ends.len()).expect("fewer than 2^32 stacks");
        functions.extend_from_slice(stack);
        ends.push(u32::try_from(functions.len()).expect("fewer than 2^32 frames"));
        values.push(value);
        rows.insert_unique(hash, row, |&row| hash_of(stack_of(functions, ends, row as usize)));
    }

    /// Gives back what only adding needs.
    pub(super) fn finish(&mut self) {
        self.rows = HashTable::new();
        self.functions.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.values.shrink_to_fit();
    }
}

fn stack_of<'s>(functions: &'s [u32], ends: &[u32], row: usize) -> &'s [u32] {
    let start = row.checked_sub(1).map_or(0, |before| ends[before] as usize);
    &functions[start..ends[row] as usize]
}

//! The stacks of a run, as short as questions about callers and callees allow: functions that are rare in the run are left
//! out, stacks that then are the same are one.

use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::hash::{Hash as _, Hasher as _};

use super::counted::Columns;
use super::walk::Walk;
use crate::statistics::allocations::Estimate;

/// Functions below this part of a run are left out of its stacks: a tenth of what is judged by default.
pub(super) const RARE: f64 = 0.001;

/// Different stacks with what they add up to, outermost function first. The innermost one is the leaf, however rare.
#[derive(Clone, Debug, Default)]
pub(super) struct HotStacks {
    functions: Vec<u32>,
    ends: Vec<u32>,
    values: Vec<Estimate>,
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

    /// Makes the stacks of a run, from the functions of which it is known whether they are rare.
    pub(super) fn of(walk: &Walk<'_>, columns: &Columns, is_hot: &[bool]) -> Self {
        let mut stacks = Self::default();
        // Rows by their stacks; the hash beside each saves to make it again when the table grows.
        let mut rows: HashTable<(u64, u32)> = HashTable::new();
        let mut hot: Vec<u32> = Vec::new();
        for sample in 0..walk.profile.samples.len() {
            let Some(value) = columns.estimate(walk.profile, sample).filter(|value| !value.is_nothing())
            else {
                continue;
            };
            hot.clear();
            let mut push = |function: usize| {
                let function = function as u32;
                if hot.last() != Some(&function) {
                    hot.push(function);
                }
            };
            let leaf = walk.each(sample, |_, function| {
                if is_hot[function] {
                    push(function);
                }
            });
            leaf.into_iter().for_each(push);
            stacks.add(&mut rows, &hot, value);
        }
        stacks.functions.shrink_to_fit();
        stacks.ends.shrink_to_fit();
        stacks.values.shrink_to_fit();
        stacks
    }

    fn add(&mut self, rows: &mut HashTable<(u64, u32)>, stack: &[u32], value: Estimate) {
        let hash = hash_of(stack);
        let Self { functions, ends, values } = self;
        let is_same =
            |&(other, row): &(u64, u32)| other == hash && stack_of(functions, ends, row as usize) == stack;
        if let Some(&(_, row)) = rows.find(hash, is_same) {
            values[row as usize] += value;
            return;
        }
        // A run of 2^32 frames in different stacks fits into no memory.
        let row = u32::try_from(ends.len()).expect("fewer than 2^32 stacks");
        functions.extend_from_slice(stack);
        ends.push(u32::try_from(functions.len()).expect("fewer than 2^32 frames"));
        values.push(value);
        rows.insert_unique(hash, (hash, row), |&(hash, _)| hash);
    }
}

fn stack_of<'s>(functions: &'s [u32], ends: &[u32], row: usize) -> &'s [u32] {
    let start = row.checked_sub(1).map_or(0, |before| ends[before] as usize);
    &functions[start..ends[row] as usize]
}

//! The sums of values by stack and labels.

use rustc_hash::FxHashMap;

use super::selection::Selection;
use crate::column::coded::Interner;
use crate::id::Id;
use crate::rows::LabelSet;
use crate::selector::Selector;
use crate::table::samples::SampleColumns;

/// What a sum is of, in codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SumKey {
    /// A profile of the selection; 0 where all are added up.
    pub(crate) profile: u32,
    pub(crate) stack: u32,
    pub(crate) labels: u32,
}

/// The sums.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) stacks: Interner<Id>,
    pub(crate) labels: Interner<LabelSet>,
    /// What each is of.
    pub(crate) keys: Vec<SumKey>,
    /// One value a type, row by row.
    pub(crate) values: Vec<i64>,
    pub(crate) n_types: usize,
    rows: FxHashMap<SumKey, usize>,
}

impl Sums {
    /// No sums yet, of so many types.
    pub(crate) fn new(n_types: usize) -> Self {
        Self { n_types, ..Self::default() }
    }

    /// Adds a value.
    pub(crate) fn add(&mut self, key: SumKey, kind: usize, value: i64) {
        let row = *self.rows.entry(key).or_insert_with(|| {
            self.keys.push(key);
            self.values.resize(self.values.len() + self.n_types, 0);
            self.keys.len() - 1
        });
        if let Some(sum) = self.values.get_mut(row * self.n_types + kind) {
            *sum = sum.wrapping_add(value);
        }
    }

    /// Adds the sums of another part of the samples.
    pub(crate) fn merge(&mut self, other: &Self) {
        let stacks: Vec<u32> = other.stacks.values().iter().map(|id| self.stacks.code(id)).collect();
        let labels: Vec<u32> = other.labels.values().iter().map(|set| self.labels.code(set)).collect();
        for (row, key) in other.keys.iter().enumerate() {
            let key = SumKey {
                profile: key.profile,
                stack: stacks[key.stack as usize],
                labels: labels[key.labels as usize],
            };
            for (kind, &value) in other.values(row).iter().enumerate() {
                if value != 0 {
                    self.add(key, kind, value);
                }
            }
        }
    }

    /// The values of a sum, one a type.
    pub(crate) fn values(&self, row: usize) -> &[i64] {
        self.values.get(row * self.n_types..(row + 1) * self.n_types).unwrap_or(&[])
    }

    /// Adds up the rows of samples that are meant. `own` gives the place of a profile in the selection, if its samples are
    /// to be taken from these rows.
    pub(crate) fn add_rows(
        &mut self,
        rows: &SampleColumns,
        selector: &Selector,
        selection: &Selection,
        by_profile: bool,
        own: &dyn Fn(&Id) -> Option<u32>,
    ) {
        let profiles: Vec<Option<u32>> = rows.profiles.dictionary.iter().map(own).collect();
        let kind_of = |name: &String| selection.types.iter().position(|known| known == name);
        let kinds: Vec<Option<usize>> = rows.types.dictionary.iter().map(kind_of).collect();
        let mut stacks: Vec<Option<u32>> = vec![None; rows.stacks.dictionary.len()];
        let labels: Vec<u32> = rows.labels.dictionary.iter().map(|set| self.labels.code(set)).collect();
        let asks_labels = selector.asks_labels();
        let mut is_meant: FxHashMap<(u32, u32), bool> = FxHashMap::default();
        for (row, &value) in rows.values.iter().enumerate() {
            let code = |codes: &[u32]| codes.get(row).copied().unwrap_or(0) as usize;
            let (Some(&Some(profile)), Some(&Some(kind))) =
                (profiles.get(code(&rows.profiles.codes)), kinds.get(code(&rows.types.codes)))
            else {
                continue;
            };
            let set = code(&rows.labels.codes);
            if asks_labels
                && !*is_meant.entry((profile, set as u32)).or_insert_with(|| {
                    let labels = rows.labels.dictionary.get(set);
                    labels.is_none_or(|labels| {
                        selector.is_sample(&selection.profiles[profile as usize], labels)
                    })
                })
            {
                continue;
            }
            let stack = code(&rows.stacks.codes);
            let stack = match stacks.get(stack) {
                Some(&Some(code)) => code,
                _ => {
                    let code = self.stacks.code(&rows.stacks.dictionary[stack]);
                    stacks[stack] = Some(code);
                    code
                }
            };
            let key = SumKey { profile: if by_profile { profile } else { 0 }, stack, labels: labels[set] };
            self.add(key, kind, value);
        }
    }
}

//! What each profile of a selection spends on a function: what most questions are made of.

use crate::engine::Warnings;
use crate::engine::selection::{Selection, list};
use crate::engine::sums::Sums;
use crate::error::StoreError;
use crate::rows::{Dictionary, ProfileRow};
use crate::selector::Selector;
use crate::store::Store;

/// The sums of a selection, by profile, with the frames of their stacks.
pub(crate) struct Summed {
    pub(crate) selection: Selection,
    pub(crate) sums: Sums,
    pub(crate) dictionary: Dictionary,
    /// The sample type that is asked about.
    pub(crate) kind: usize,
    pub(crate) warnings: Warnings,
}

/// Adds up what is meant.
pub(crate) fn summed(store: &Store, selector: &Selector, by_profile: bool) -> Result<Summed, StoreError> {
    let mut warnings = Vec::new();
    let (selection, sums) = store.sums(selector, by_profile, &mut warnings)?;
    let dictionary = store.engine.dictionary(sums.stacks.values(), &mut warnings)?;
    let kind = shown_type(&selection);
    Ok(Summed { selection, sums, dictionary, kind, warnings })
}

/// The type that is shown first: the one that the profiles wish, or the last, as pprof has it.
pub(crate) fn shown_type(selection: &Selection) -> usize {
    let wish = selection.profiles.iter().map(|row| row.default_type.as_str()).find(|name| !name.is_empty());
    let is_wish = |name: &String| wish.is_some_and(|wish| name.split('/').next() == Some(wish));
    selection.types.iter().position(is_wish).unwrap_or(selection.types.len().saturating_sub(1))
}

/// What a profile spends on a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// In the function and in what it calls.
    pub value: i64,
    /// In all.
    pub total: i64,
}

impl Spent {
    /// The part of the whole; 0 of nothing.
    pub fn share(&self) -> f64 {
        if self.total == 0 { 0.0 } else { self.value as f64 / self.total as f64 }
    }

    /// Adds what others spent.
    pub fn add(&mut self, other: Self) {
        self.value = self.value.saturating_add(other.value);
        self.total = self.total.saturating_add(other.total);
    }
}

impl Summed {
    /// The name of the type that is asked about.
    pub(crate) fn type_name(&self) -> String {
        self.selection.types.get(self.kind).cloned().unwrap_or_default()
    }

    /// What each profile with a value spends on a function, in their order.
    ///
    /// # Errors
    /// If no stack holds a function of this name.
    pub(crate) fn spent_on(&self, function: &str) -> Result<Vec<(&ProfileRow, Spent)>, StoreError> {
        if !self.dictionary.frames.iter().any(|frame| frame.function == function) {
            return Err(StoreError::Empty(self.no_function(function)));
        }
        Ok(self.spent_on_any(function))
    }

    /// The same where the function may be missing: nothing is spent on it then.
    pub(crate) fn spent_on_any(&self, function: &str) -> Vec<(&ProfileRow, Spent)> {
        let holds = self.stacks_with(function);
        let mut spent = vec![Spent::default(); self.selection.profiles.len()];
        let mut has_rows = vec![false; spent.len()];
        for (row, key) in self.sums.keys.iter().enumerate() {
            let total = self.sums.values(row).get(self.kind).copied().unwrap_or(0);
            let value = if holds[key.stack as usize] { total } else { 0 };
            spent[key.profile as usize].add(Spent { value, total });
            has_rows[key.profile as usize] |= total != 0;
        }
        let rows = self.selection.profiles.iter().zip(spent).zip(has_rows);
        rows.filter(|(_, has_rows)| *has_rows).map(|(row, _)| row).collect()
    }

    /// Which stacks hold a function.
    fn stacks_with(&self, function: &str) -> Vec<bool> {
        let is_meant: Vec<bool> =
            self.dictionary.frames.iter().map(|frame| frame.function == function).collect();
        self.dictionary
            .stacks
            .iter()
            .map(|frames| frames.iter().any(|&frame| is_meant[frame as usize]))
            .collect()
    }

    fn no_function(&self, function: &str) -> String {
        let lower = function.to_lowercase();
        let mut near: Vec<&str> = self
            .dictionary
            .frames
            .iter()
            .map(|frame| frame.function.as_str())
            .filter(|name| name.to_lowercase().contains(&lower))
            .collect();
        near.sort_unstable();
        near.dedup();
        let n_profiles = self.selection.profiles.len();
        let sentence = format!("no function in these {n_profiles} profiles is called {function:?}");
        if near.is_empty() { sentence } else { format!("{sentence}; there is {}", list(near)) }
    }
}

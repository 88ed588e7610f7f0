//! The functions that take most, by time, version or label.

use std::collections::{BTreeMap, HashMap};

use crate::error::StoreError;
use crate::selector::Selector;
use crate::store::{Store, WithWarnings};

use super::buckets::By;
use super::shares::summed;

/// The functions of a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopGroup {
    /// The group.
    pub group: String,
    /// Profiles in it.
    pub n_profiles: usize,
    /// The sum of all values.
    pub total: i64,
    /// Functions in all.
    pub n_functions: usize,
    /// Those that take most by themselves, the largest first.
    pub functions: Vec<TopFunction>,
}

/// A function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopFunction {
    /// Its name.
    pub function: String,
    /// In the function itself.
    pub flat: i64,
    /// In it and in what it calls.
    pub cum: i64,
}

/// The answer, and the type of its values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Top {
    /// As `cpu/nanoseconds`.
    pub sample_type: String,
    /// By group, in order.
    pub groups: Vec<TopGroup>,
}

impl Store {
    /// The functions that take most in each group, at most `limit` of each.
    ///
    /// # Errors
    /// If nothing is meant, or the store cannot be read.
    pub fn top(&self, selector: &Selector, by: &By, limit: usize) -> Result<WithWarnings<Top>, StoreError> {
        let summed = summed(self, selector, *by != By::All)?;
        let names = summed.dictionary.function_names();
        let mut groups: BTreeMap<String, (TopGroup, HashMap<&str, TopFunction>)> = BTreeMap::new();
        let group_of: Vec<String> = summed.selection.profiles.iter().map(|row| by.group(row)).collect();
        for group in &group_of {
            groups.entry(group.clone()).or_default().0.n_profiles += 1;
        }
        for (row, key) in summed.sums.keys.iter().enumerate() {
            let value = summed.sums.values(row).get(summed.kind).copied().unwrap_or(0);
            let Some((group, functions)) = groups.get_mut(&group_of[key.profile as usize]) else { continue };
            group.total = group.total.saturating_add(value);
            if value == 0 {
                continue;
            }
            for (at, &name) in names[key.stack as usize].iter().enumerate() {
                let function = functions.entry(name).or_default();
                function.cum = function.cum.saturating_add(value);
                if at == 0 {
                    function.flat = function.flat.saturating_add(value);
                }
            }
        }
        let sample_type = summed.type_name();
        let groups = groups
            .into_iter()
            .map(|(name, (group, functions))| finish(name, &group, functions, limit))
            .collect();
        Ok(WithWarnings { value: Top { sample_type, groups }, warnings: summed.warnings })
    }
}

fn finish(
    group: String,
    counted: &TopGroup,
    functions: HashMap<&str, TopFunction>,
    limit: usize,
) -> TopGroup {
    let mut rows: Vec<TopFunction> =
        functions.into_iter().map(|(name, row)| TopFunction { function: name.to_owned(), ..row }).collect();
    rows.sort_unstable_by(|a, b| (b.flat, b.cum, &a.function).cmp(&(a.flat, a.cum, &b.function)));
    let n_functions = rows.len();
    rows.truncate(limit);
    TopGroup { group, n_profiles: counted.n_profiles, total: counted.total, n_functions, functions: rows }
}

//! The profiles that hold a function.

use crate::error::StoreError;
use crate::rows::ProfileRow;
use crate::selector::Selector;
use crate::store::{Store, WithWarnings};

use super::shares::{Spent, summed};

/// A profile that holds the function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundProfile {
    /// The profile.
    pub row: ProfileRow,
    /// What it spends on the function.
    pub spent: Spent,
}

/// The answer, and the type of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundProfiles {
    /// As `cpu/nanoseconds`.
    pub sample_type: String,
    /// Profiles that were looked at.
    pub n_profiles: usize,
    /// Those that hold it, the largest value first.
    pub found: Vec<FoundProfile>,
}

impl Store {
    /// The profiles that hold a function.
    ///
    /// # Errors
    /// If nothing is meant, no function is called so, or the store cannot be read.
    pub fn find(
        &self,
        selector: &Selector,
        function: &str,
    ) -> Result<WithWarnings<FoundProfiles>, StoreError> {
        let summed = summed(self, selector, true)?;
        let spent = summed.spent_on(function)?;
        let n_profiles = spent.len();
        let held = spent.into_iter().filter(|(_, spent)| spent.value != 0);
        let mut found: Vec<FoundProfile> =
            held.map(|(row, spent)| FoundProfile { row: row.clone(), spent }).collect();
        found.sort_by(|a, b| (b.spent.value, a.row.id).cmp(&(a.spent.value, b.row.id)));
        let value = FoundProfiles { sample_type: summed.type_name(), n_profiles, found };
        Ok(WithWarnings { value, warnings: summed.warnings })
    }
}

//! Which instances of a service spend more on a function than before.

use std::collections::BTreeMap;

use crate::error::StoreError;
use crate::selector::Selector;
use crate::store::{Store, WithWarnings};

use super::shares::{Spent, summed};

/// An instance before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceChange {
    /// Its name: the value of the label.
    pub instance: String,
    /// Before.
    pub base: Spent,
    /// After.
    pub head: Spent,
}

impl InstanceChange {
    /// By how much the share grew; negative if it fell.
    pub fn growth(&self) -> f64 {
        self.head.share() - self.base.share()
    }
}

/// The answer, and the type of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceChanges {
    /// As `cpu/nanoseconds`.
    pub sample_type: String,
    /// Instances that are on both sides, the largest growth first.
    pub changes: Vec<InstanceChange>,
    /// Instances that are on one side alone: of the base, of the head.
    pub n_alone: [usize; 2],
}

impl Store {
    /// What each instance (a label of profiles, as `pod`) spends on a function in two selections.
    ///
    /// # Errors
    /// If nothing is meant on a side, no function is called so, or the store cannot be read.
    pub fn instances(
        &self,
        [base, head]: [&Selector; 2],
        function: &str,
        label: &str,
    ) -> Result<WithWarnings<InstanceChanges>, StoreError> {
        let mut sides: BTreeMap<String, [Option<Spent>; 2]> = BTreeMap::new();
        let (mut sample_type, mut warnings) = (String::new(), Vec::new());
        for (side, selector) in [base, head].into_iter().enumerate() {
            let mut summed = summed(self, selector, true)?;
            sample_type = summed.type_name();
            // A function that is new has no share before; one that is nowhere is a slip of the pen.
            let spent = if side == 0 { summed.spent_on_any(function) } else { summed.spent_on(function)? };
            for (row, spent) in spent {
                let Some(instance) = row.label(label) else { continue };
                sides.entry(instance.to_owned()).or_default()[side].get_or_insert_default().add(spent);
            }
            warnings.append(&mut summed.warnings);
        }
        let mut value = InstanceChanges { sample_type, ..InstanceChanges::default() };
        for (instance, [base, head]) in sides {
            match (base, head) {
                (Some(base), Some(head)) => value.changes.push(InstanceChange { instance, base, head }),
                (Some(_), None) => value.n_alone[0] += 1,
                _ => value.n_alone[1] += 1,
            }
        }
        value
            .changes
            .sort_by(|a, b| b.growth().total_cmp(&a.growth()).then_with(|| a.instance.cmp(&b.instance)));
        Ok(WithWarnings { value, warnings })
    }
}

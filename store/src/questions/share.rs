//! The share of a function in each profile, by time, version or label.

use std::collections::BTreeMap;

use crate::error::StoreError;
use crate::selector::Selector;
use crate::store::{Store, WithWarnings};

use super::buckets::By;
use super::shares::{Spent, summed};

/// The share of a function in the profiles of a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShareGroup {
    /// The group.
    pub group: String,
    /// Profiles with values.
    pub n_profiles: usize,
    /// In all of them together.
    pub spent: Spent,
    /// Half of the profiles have no more than this share.
    pub p50: f64,
    /// 95 % of the profiles have no more than this share.
    pub p95: f64,
}

/// The answer, and the type of its values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shares {
    /// As `cpu/nanoseconds`.
    pub sample_type: String,
    /// By group, in order.
    pub groups: Vec<ShareGroup>,
}

impl Store {
    /// The share of a function (with what it calls) in each group.
    ///
    /// # Errors
    /// If nothing is meant, no function is called so, or the store cannot be read.
    pub fn share(
        &self,
        selector: &Selector,
        function: &str,
        by: &By,
    ) -> Result<WithWarnings<Shares>, StoreError> {
        let summed = summed(self, selector, true)?;
        let mut groups: BTreeMap<String, (Spent, Vec<f64>)> = BTreeMap::new();
        for (row, spent) in summed.spent_on(function)? {
            let (sum, shares) = groups.entry(by.group(row)).or_default();
            sum.add(spent);
            shares.push(spent.share());
        }
        let group = |(group, (spent, mut shares)): (String, (Spent, Vec<f64>))| {
            shares.sort_unstable_by(f64::total_cmp);
            let (p50, p95) = (quantile(&shares, 0.5), quantile(&shares, 0.95));
            ShareGroup { group, n_profiles: shares.len(), spent, p50, p95 }
        };
        let groups = groups.into_iter().map(group).collect();
        Ok(WithWarnings {
            value: Shares { sample_type: summed.type_name(), groups },
            warnings: summed.warnings,
        })
    }
}

/// A quantile of sorted numbers, between the two nearest: DuckDB's `quantile_cont`, ClickHouse's `quantileExactInclusive`.
fn quantile(sorted: &[f64], quantile: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = quantile * last as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

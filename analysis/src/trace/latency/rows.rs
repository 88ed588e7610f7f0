//! The rows of the breakdown: one for each state and reason that occurs, and which one each cause belongs to.

use rustc_hash::FxHashMap;

use super::BreakdownKey;
use crate::trace::cause::{Cause, CauseId};

/// The rows; the first takes what no span covers.
#[derive(Debug, Default)]
pub(crate) struct RowKeys {
    pub(crate) keys: Vec<BreakdownKey>,
    of_cause: Vec<u32>,
}

impl RowKeys {
    pub(crate) fn new(causes: &[Cause]) -> Self {
        let mut places = FxHashMap::from_iter([(BreakdownKey::UNKNOWN, 0_u32)]);
        let mut keys = vec![BreakdownKey::UNKNOWN];
        let mut place_of = |key| {
            *places.entry(key).or_insert_with(|| {
                keys.push(key);
                keys.len() as u32 - 1
            })
        };
        let of_cause = causes.iter().map(|&cause| place_of(BreakdownKey::of(cause))).collect();
        Self { keys, of_cause }
    }

    pub(crate) fn of(&self, cause: CauseId) -> u32 {
        self.of_cause.get(cause.index()).copied().unwrap_or(0)
    }

    pub(super) fn find(&self, key: BreakdownKey) -> Option<u32> {
        self.keys.iter().position(|&it| it == key).map(|row| row as u32)
    }
}

//! What time can go to: the rows of the breakdown, one for each state and reason that occurs, and which one each cause
//! belongs to.

use goscope_parsers::trace::{StringId, Tables};
use rustc_hash::FxHashMap;

use crate::trace::words::cause::{Cause, CauseId, SpanState};

/// What time can go to: a state, and for time blocked the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BreakdownKey {
    /// The state.
    pub state: SpanState,
    /// Why it is blocked, in the runtime's words; none for the other states.
    pub reason: StringId,
}

impl BreakdownKey {
    /// The row that a cause belongs to.
    pub fn of(cause: Cause) -> Self {
        let is_blocked = cause.state == SpanState::Waiting;
        let reason = if is_blocked { cause.reason } else { StringId::default() };
        Self { state: cause.state, reason }
    }

    /// In words: `waiting: sync`, `running`.
    pub fn text(self, tables: &Tables) -> String {
        Cause { state: self.state, reason: self.reason, ..Cause::default() }.text(tables)
    }

    const UNKNOWN: Self = Self { state: SpanState::Unknown, reason: StringId(0) };
}

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

    pub(crate) fn find(&self, key: BreakdownKey) -> Option<u32> {
        self.keys.iter().position(|&it| it == key).map(|row| row as u32)
    }
}

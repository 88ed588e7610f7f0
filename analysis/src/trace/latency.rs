//! The latency breakdown: what the wall time of instances went to, by state and reason, for all and for the slowest.
//!
//! ```text
//! instance   │ running │ waiting "sync" │ runnable │ running │      its row: running 7, sync 12, runnable 3 ns
//! rows       spans          every span by itself
//!            per instance   the sum of each instance, 0 where it has none: percentiles of all instances
//!            slow           the sums of those instances that took as long as the 99th percentile or longer
//! ```
//!
//! The rows of an instance add up to its wall time; what the goroutine's life does not cover is unknown. Everything is
//! a sum of integers or of histograms, so the number of threads shows nowhere.

mod longest;
mod rows;
mod slowest;
mod sums;

use goscope_parsers::trace::{StringId, Tables};

pub use self::longest::longest_spans;
pub(crate) use self::rows::RowKeys;
pub use self::slowest::{InstanceBreakdown, SlowInstance, slowest};
pub use self::sums::breakdown;
use super::cause::{Cause, SpanState};
use crate::histogram::DurationHistogram;

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

/// What instances spent in one state for one reason.
#[derive(Clone, Debug)]
pub struct BreakdownRow {
    /// State and reason.
    pub key: BreakdownKey,
    /// Each span, cut at the bounds of its instance.
    pub spans: DurationHistogram,
    /// The sum of each instance; 0 for those that have none.
    pub per_instance: DurationHistogram,
    /// The sum of the slow instances.
    pub slow_nanos: u128,
}

/// Where the time of instances went.
#[derive(Clone, Debug, Default)]
pub struct Breakdown {
    /// How long the instances took.
    pub wall: DurationHistogram,
    /// By state and reason, most time first.
    pub rows: Vec<BreakdownRow>,
    /// Instances are slow from this length on: the 99th percentile, exactly.
    pub slow_from_nanos: u64,
    /// How long the slow ones took.
    pub slow: DurationHistogram,
}

impl Breakdown {
    /// A row.
    pub fn row(&self, key: BreakdownKey) -> Option<&BreakdownRow> {
        self.rows.iter().find(|row| row.key == key)
    }

    /// How long goroutines waited for a P, each time that they did.
    pub fn scheduler_latency(&self) -> Option<&DurationHistogram> {
        self.rows.iter().find(|row| row.key.state == SpanState::Runnable).map(|row| &row.spans)
    }
}

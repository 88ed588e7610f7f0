//! The latency breakdown: where the wall time of instances went, by state and reason, for all and for the slowest.
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

mod breakdown;
mod longest;
mod row_nanos;
mod slowest;

pub use self::breakdown::{Breakdown, BreakdownRow, breakdown};
pub use self::longest::longest_spans;
pub use self::slowest::{InstanceBreakdown, SlowInstance, breakdown_of, slowest};
pub use crate::trace::words::breakdown_key::BreakdownKey;

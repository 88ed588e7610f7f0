//! From several traces a side to a verdict.
//!
//! ```text
//! TraceModel ─► TraceRun          quantiles by group and measure; the model can be dropped       (each run by itself)
//! runs       ─► sides             may they be compared; their order
//!            ─► table             the quantiles of both sides; which are tested
//!            ─► judge             several runs a side: moderated t of the logarithms, by how much runs differ
//!                                 one a side: by how much the time windows of a recording differ
//!            ─► compare           rows, regressions, outcome, notes
//! ```
//!
//! | notion | what it is |
//! |---|---|
//! | group | all tasks of a type, all regions of a name, all goroutines that run a function |
//! | instance | one of them that begins and ends in the trace |
//! | measure | what an instance's time went to: latency (all of it), running, scheduler wait, blocked by reason, … |
//! | quantile | p50, p90, p99 of a measure over the instances of a group: what is tested |
//!
//! Between runs is everything: the median of a request moves by a factor of 2 with the load of the machine. So one trace a
//! side says only what holds within the two recordings, and fails no gate.

mod assists;
mod compare;
mod group;
mod judge;
mod names;
mod rows;
mod sides;
mod table;
#[cfg(test)]
mod tests;
mod times;
mod trace_run;

pub use compare::compare;
pub use trace_run::TraceRun;

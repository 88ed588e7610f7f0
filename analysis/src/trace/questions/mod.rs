//! Questions to the model of a trace: pure functions, one file a question.

pub mod blockers;
pub mod cause_totals;
mod covered;
pub mod goroutine_filter;
mod goroutine_parts;
pub mod goroutine_times;
pub mod goroutines;
pub mod group_areas;
pub mod groups;
pub mod instances;
pub mod lane_filter;
pub mod lane_groups;
pub mod latency;
pub mod only;
mod parallel_tally;
pub mod profile;
pub mod regions;
pub mod sketches;
pub(crate) mod state_nanos;
pub mod summary;
pub mod task_labels;
pub mod tasks;

//! The questions to a trace.

pub mod answers;
pub mod blocked_stacks;
pub mod counters;
mod csv;
pub mod flame_profile;
pub mod goroutines;
pub mod instance_names;
mod lane_list;
pub mod latency;
pub mod long_spans;
pub mod mmu;
pub mod overview;
pub mod region_types;
pub mod regions;
pub mod relations;
pub mod selection;
mod series;
pub mod span_facts;
pub mod still_blocked;
pub mod subject;
pub mod summary;
pub mod table;
pub mod table_columns;
pub mod table_rows;
pub mod task_facts;
pub mod task_types;
pub mod tasks;

//! Questions about execution traces: one columnar model, and what can be read off it.
//!
//! What needs every event and little memory is a fold beside the model: `event(&Event, &Tables)` for each event of
//! the reader's one pass, then an answer, or a compact log that answers many.

mod block;
pub mod blockers;
pub mod build;
pub mod cause;
pub mod cause_totals;
pub mod class;
mod digest;
pub mod entry;
pub mod gc;
mod goroutine_parts;
pub mod goroutines;
pub mod groups;
pub mod instances;
pub mod latency;
pub mod load;
pub mod mmu;
pub mod model;
mod mud;
pub mod mutator_log;
pub mod names;
mod open_regions;
pub mod profile;
pub mod questions;
pub mod regions;
pub mod rows;
pub mod spans;
pub mod stw;
pub mod summary;
pub mod tasks;
pub mod timeline;
pub mod utilization;
mod walk;
pub mod words;

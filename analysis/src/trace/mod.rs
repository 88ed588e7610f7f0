//! Questions about execution traces: one columnar model, and what can be read off it.
//!
//! ```text
//! answers     why it was slow: what follows from many questions at once
//! questions   pure functions over the model, one file each
//! model       data + indexes; load makes it of a file
//! timeline    what drawing lanes needs          digest   spans summed up ahead of every question
//! proc_time   what was in the way of runnable goroutines
//! facts       what frames and causes are, and who may have held which lock
//! store       what the trace says, in columns: data, spans, and the builder that makes them of events
//! words       plain types that all share: cause, class, instance, breakdown key
//! folds       beside the model: answers from the events as they go by
//! ```
//!
//! A file imports files of its own folder or of lower ones. The modules are also found here under their own names.

pub mod answers;
mod digest;
mod facts;
pub mod folds;
pub mod load;
pub mod model;
pub mod proc_time;
pub mod questions;
pub mod store;
pub mod timeline;
pub mod words;

pub use self::folds::{gc, mmu, mutator_log, stw, utilization};
pub use self::questions::{
    blockers, cause_totals, goroutine_times, goroutines, groups, instances, latency, profile, regions,
    summary, task_labels, tasks,
};
pub use self::store::{build, entry, names, rows};
pub use self::words::{cause, class};

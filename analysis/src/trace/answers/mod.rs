//! Answers: why something was slow, who is to blame, what would help. Pure functions over the model, one file each.
//!
//! ```text
//! findings                               all of it, ranked, in sentences
//! critical_path ─► why                   what the time of instances went to, across goroutines
//! scheduler   cpu_widths                 what was in the way of goroutines that could run, and where they ran
//! gc_bill     signals                    who pays for the collector and causes it; latency, traffic, errors, saturation
//! population ─► instances                what is looked at: tasks, regions, requests, goroutines of a function
//! ```

pub mod blame;
mod children;
pub mod cohort;
pub mod cpu_widths;
pub mod critical_path;
mod descent;
mod facts;
pub mod findings;
pub mod flame;
pub mod gaps;
pub mod gc_bill;
mod instance;
pub mod instances;
pub mod matrix;
mod one;
pub mod population;
pub mod requests;
pub mod runnable;
pub mod scheduler;
pub mod signals;
pub mod slow;
mod waits;
pub mod what_if;
pub mod why;

//! Answers: why something was slow, who is to blame, what would help. Pure functions over the model, one file each.
//!
//! ```text
//! findings                               all of it, ranked, in sentences
//! critical_path ─► why                   what the time of instances went to, across goroutines
//! population ─► instances                what is looked at: tasks, regions, requests, goroutines of a function
//! ```

pub mod blame;
pub mod cohort;
pub mod critical_path;
mod descent;
mod facts;
pub mod findings;
pub mod instances;
pub mod population;
pub mod requests;
pub mod slow;
mod waits;
pub mod what_if;
pub mod why;

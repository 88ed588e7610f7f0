//! Keeps thousands of profiles, and gives any set of them back as one profile.
//!
//! ```text
//! files ──► shred: frames, stacks, samples as rows ──► batch ──► files of Parquet ──► folder, or ClickHouse
//!
//! selector ──► profiles ──► sums by stack and labels ──► dictionary ──► rebuild ──► Profile
//! ```
//!
//! A store is one more source of a profile: every report, filter and comparison works on what comes out of it as on a file.
//! The tables are a promise to other programs (`schema.rs`); what is made of them is the same code for every
//! engine.
//!
//! A crate of its own, because its Parquet is built by nothing but the app, and because nothing else keeps files.

mod add;
mod address;
mod batch;
mod column;
mod engine;
mod error;
mod folder;
mod id;
mod one_profile;
mod questions;
mod rebuild;
mod rows;
mod schema;
mod selector;
mod shred;
mod sql;
mod store;
mod summarize;
mod table;

pub use add::{AddOptions, Added, Input, Writer};
pub use address::Place;
pub use engine::Compacted;
pub use error::StoreError;
pub use folder::marker::MARKER;
pub use id::{Id, profile_id, trace_id};
pub use one_profile::write_parquet;
pub use questions::buckets::{By, group_nanos};
pub use questions::find::{FoundProfile, FoundProfiles};
pub use questions::instances::{InstanceChange, InstanceChanges};
pub use questions::share::{ShareGroup, Shares};
pub use questions::shares::Spent;
pub use questions::top::{Top, TopFunction, TopGroup};
pub use questions::traces::{TraceGroup, Traces};
pub use rows::{ProfileRow, SummaryRow};
pub use selector::{Selector, moment, rfc3339, terms};
pub use sql::Dialect;
pub use store::{Run, Store, WithWarnings};

//! Coverage of Go programs: text profiles (`go test -coverprofile`) and the binary files of `GOCOVERDIR`.
//!
//! ```text
//! cover.out ───────────────────► read_text_profile ─┐
//! covmeta.HASH ────► read_meta ──┐                  ├─► CoverageProfile: files, blocks, counts
//! covcounters.HASH… read_counters┴► CounterSums ────┘
//! ```
//!
//! Both end in the same [`CoverageProfile`]: each file once, each block of it once.

mod binary;
mod counters;
mod meta;
mod profile;
mod sums;
mod text;

pub use counters::{CounterEntry, CoverageCounters, read_counters};
pub use meta::{CoverageMeta, MetaFunction, MetaPackage, MetaUnit, read_meta};
pub use profile::{Block, CoverageProfile, FileCoverage, MergeError, Mode, Position};
pub use sums::CounterSums;
pub use text::read_text_profile;

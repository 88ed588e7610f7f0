//! Goroutine dumps: groups of equal goroutines, who waits for whom, and what a dump or several of one program say.
//!
//! ```text
//! Dump ─► filter ─► groups ──────────────► Group
//!      ─► waits ─► holders ─► wait_graph ─┐
//! Dump … (snapshots) ─► growth ───────────┴─► findings ─► Finding: kind, certainty, one sentence
//! ```
//!
//! A dump says who waits for which lock and never who holds it: holders are concluded, and each finding says how sure it
//! is ([`Certainty`]).

mod cycles;
mod filter;
mod finding;
mod findings;
mod frames;
mod groups;
mod growth;
mod holders;
mod lock_findings;
mod locks;
mod profile;
mod snapshot;
mod snapshots;
#[cfg(test)]
mod tests;
mod wait_graph;
mod waits;

pub use filter::{DumpFilter, LabelTest, select};
pub use finding::{Certainty, Finding, FindingKind};
pub use findings::{DumpFacts, findings};
pub use frames::{call_site, is_parking, user_frame};
pub use groups::{Group, Grouping, Minutes, groups};
pub use growth::{Growth, growth};
pub use locks::{LockFacts, locks};
pub use profile::{OuterFrame, stacks_profile};
pub use snapshot::Snapshot;
pub use snapshots::{SnapshotFindings, snapshot_findings};

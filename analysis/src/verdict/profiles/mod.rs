//! From several profiles a side to a verdict.
//!
//! ```text
//! Profile ─► RunCounts            numbers by function; short stacks, once they are asked for      (each run by itself)
//! runs    ─► sides                may they be compared; order, unit, exposure
//!         ─► table                functions of both sides matched by name and place
//!         ─► hypotheses           large enough, each set of samples once
//!         ─► judge                dispersion, prior, chance and interval of each; Holm, BH
//!         ─► culprits             smallest own-code subtree that explains the largest change; the same without it
//!         ─► compare              rows, outcome, notes
//! ```
//!
//! Every sum is made in the order of runs by time and of functions by name, so that the answer does not depend on the order
//! of files and threads.

mod build_facts;
mod compare;
mod counted;
mod culprits;
mod hot_stacks;
pub(super) mod hypotheses;
mod judge;
mod kept_functions;
mod levels;
mod matching;
pub(super) mod names;
mod raw;
mod rest;
mod rows;
mod run_counts;
mod run_functions;
mod sides;
mod sums;
mod table;
#[cfg(test)]
mod tests;
mod union;
mod walk;
pub(super) mod warnings;

pub(super) use compare::check;
pub use compare::compare;
pub use names::compared_name;
pub use run_counts::RunCounts;

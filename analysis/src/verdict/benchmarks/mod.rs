//! From benchmark outputs of two sides to a verdict.
//!
//! ```text
//! BenchOutput ─► table     a line for each benchmark and unit; which are tested            samples of a side together
//!             ─► judge     exact rank test, Holm and BH over all lines; ratio and interval by pairs
//!             ─► compare   rows, regressions, outcome, notes
//! ```
//!
//! The runs of a benchmark are the values of its lines (`-count 10`), in one file or several. Nothing is assumed of how
//! they are distributed: ranks are compared (Mann and Whitney), and the change is the median of all ratios of a head's
//! value to a base's (Hodges and Lehmann), with the interval that the same test gives. A unit that is the same in each run
//! of a side, as allocations are, needs no test: each difference counts.
//!
//! What benchstat has wrong is right here: values of 0 stay with their unit, chances lie between 0 and 1 and are adjusted
//! for the number of lines, `better=higher` is heeded, and what is on one side alone is listed and never averaged.

mod compare;
mod judge;
mod pairs;
mod table;
#[cfg(test)]
mod tests;

pub use compare::compare;

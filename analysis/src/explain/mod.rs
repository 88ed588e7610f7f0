//! Which function made a benchmark slower: outputs of `go test -bench` and the CPU profiles of the same runs, per
//! operation.
//!
//! ```text
//! outputs ─┐            ┌─► owner        which benchmark a sample belongs to, and which part of its run
//!          ├► Recording ┼─► setup        lines that run once and not once an operation
//! profiles ┘            ├─► iterations   how many operations all samples stand for
//!                       └─► costs        samples by function ─► rows with ± ─► judge ─► explanation ─► one sentence
//!                                                          folded ─► a profile of the operations alone
//! ```
//!
//! A profile holds the whole process: each benchmark, each `-count`, all runs that only find out how often to loop. So
//! samples are told apart by their stacks, and divided by all iterations that they are of:
//!
//! | benchmark | iterations in the profile |
//! |---|---|
//! | `b.Loop()` | the sum of the printed N: one run, its ramp inside |
//! | `b.N` with `-benchtime=Kx` | the sum of N + 1: a first run with N = 1 |
//! | `b.N` for a time | not known: then the printed ns/op is split by shares of samples, and marked `≈` |
//!
//! Source: `testing/benchmark.go` of Go 1.22 to 1.27. A profile is CPU time, ns/op is wall time: both are told.

mod answer;
mod assemble;
mod costs;
mod explanation;
mod folded;
mod iterations;
mod judge;
mod key;
mod notes;
mod owner;
mod read_profile;
mod recording;
mod remarks;
mod results;
mod rows;
mod setup;
mod wall;
mod words;

#[cfg(test)]
mod tests;

pub use answer::{Answer, Culprit, Reason};
pub use assemble::explain;
pub use explanation::{Explanation, SideFigures};
pub use iterations::Iterations;
pub use key::BenchmarkKey;
pub use notes::ExplainNote;
pub use owner::Part;
pub use recording::{Benchmark, Recording};
pub use rows::{Change, Cost, LibraryPart, Row};
pub use wall::Wall;
pub use words::PerOpUnit;

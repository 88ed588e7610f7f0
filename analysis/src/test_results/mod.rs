//! What a test run came to: packages, tests, how often and how long each ran, what failed and what it printed.
//!
//! ```text
//! TestEvent … ─► Collector ─► TestRun: packages ─► tests ─► runs
//! ```
//!
//! A test runs several times with `-count`, `-cpu` and when it is run again: passed once and failed once is flaky.

mod collector;
mod kept_output;
mod outcome;
mod place;
mod run;
#[cfg(test)]
mod tests;

pub use collector::Collector;
pub use kept_output::KeptOutput;
pub use outcome::{Counts, Outcome};
pub use place::{NamedPlace, place_in};
pub use run::{PackageRun, TestCase, TestOutcome, TestRun, TestRunOnce};

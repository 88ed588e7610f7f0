//! Answers questions about Go profiles and traces: pure functions over what the parsers read.
//!
//! No I/O, no clock, no randomness: the same input gives the same output, whatever the number of threads.
//!
//! | question | where |
//! |---|---|
//! | which stacks, at what granularity | [`profile::query`] → [`profile::stacks::select`] |
//! | where does the value go | [`profile::top`], [`profile::call_tree`], [`profile::peek`], [`profile::labels`] |
//! | what changed | [`profile::diff`] |
//! | what is this file | [`profile::info`] |
//! | what does a trace say | [`trace::load::trace_model`] → [`trace::model::TraceModel`] |
//! | the same as pprof's text | [`report`] |
//! | the same as benchstat's tables | [`mod@bench`] |
//! | which function made a benchmark slower | [`mod@explain`] |
//! | what tests ran, and what they came to | [`coverage`], [`test_results`] |
//! | how long things took | [`histogram`] |

pub mod bench;
pub mod coverage;
pub mod dump;
pub mod explain;
pub mod histogram;
pub mod order;
pub mod profile;
pub mod regex_dialect;
pub mod report;
pub mod statistics;
pub mod symbol;
pub mod test_results;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod trace;
pub mod value;
pub mod verdict;

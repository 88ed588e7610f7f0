//! Answers questions about Go profiles and traces: pure functions over what the parsers read.
//!
//! No I/O, no clock, no randomness: the same input gives the same output, whatever the number of threads.

pub mod profile;

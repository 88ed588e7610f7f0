//! The questions about what `go test` writes: results, coverage, benchmarks.

pub mod bench_rows;
pub mod bench_verdict;
pub mod changed;
pub mod code;
mod code_place;
pub mod coverage;
pub mod coverage_rows;
pub mod explained;
pub mod hot_uncovered;
pub mod profiles_near;
pub mod test_answer;
pub mod test_facts;
pub mod test_rows;

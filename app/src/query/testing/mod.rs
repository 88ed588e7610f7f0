//! The questions about what `go test` writes: results and coverage.

pub mod code;
pub mod coverage;
pub mod coverage_rows;
pub mod test_answer;
pub mod test_facts;
pub mod test_rows;

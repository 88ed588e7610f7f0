//! The questions about results of tests.

pub mod code;
pub mod test_answer;
pub mod test_facts;
pub mod test_rows;

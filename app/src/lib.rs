//! goscope for its user: the window and the command line, two faces over the same queries.

pub mod allocator;
pub mod bundle;
pub mod capture;
pub mod cli;
pub mod coverage_input;
pub mod derived;
pub mod document;
pub mod dump_input;
pub mod export;
pub mod file_mark;
pub mod git_changes;
#[cfg(feature = "window")]
pub mod gui;
pub mod input_bytes;
pub mod jobs;
pub mod live;
pub mod memory_limit;
pub mod query;
pub mod report;
pub mod run_notes;
pub mod samples;
pub mod session;
pub mod source;
pub mod store_input;
pub mod text;
pub mod whole_file;

//! What a trace says, in columns: no index, no question.

pub(crate) mod block;
pub mod build;
pub mod data;
pub mod entry;
pub mod names;
pub mod rows;
pub mod spans;
pub(crate) mod walk;

//! Questions about execution traces: one columnar model, and what can be read off it.

mod block;
pub mod build;
pub mod cause;
pub mod load;
pub mod model;
pub mod rows;
pub mod spans;

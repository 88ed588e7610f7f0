//! What a trace says, in columns: no index, no question.

pub(crate) mod backward;
pub(crate) mod block;
mod block_ids;
pub mod build;
pub mod data;
mod disorder;
pub mod entry;
pub(crate) mod idle;
pub mod names;
pub(crate) mod packed;
pub mod rows;
pub mod spans;
mod wakers;
pub(crate) mod walk;

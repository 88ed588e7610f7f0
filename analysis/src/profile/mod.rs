//! Questions about profiles.

pub mod call_tree;
pub mod diff;
pub mod frame;

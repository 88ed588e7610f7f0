//! Questions about profiles.

pub mod call_tree;
pub mod diff;
mod filter;
pub mod frame;
pub mod info;
mod inline_marks;
pub mod labels;
mod location_frames;
pub mod merge;
pub mod peek;
pub mod query;
mod sample_type;
pub mod search;
pub mod stacks;
mod sums;
mod tag_filter;
pub mod top;
mod tree;

pub use sample_type::sample_type_index;

//! Questions about profiles.

pub mod annotate;
pub mod call_graph;
pub mod call_tree;
pub mod diff;
pub mod diff_own;
pub mod diff_peek;
pub mod direction;
pub(crate) mod filter;
pub(crate) mod filtered;
pub mod frame;
pub mod function_name;
pub(crate) mod graph;
pub mod info;
mod inline_marks;
mod key_filter;
pub(crate) mod label_frames;
pub mod label_pivot;
pub mod labels;
pub(crate) mod location_frames;
pub mod merge;
mod own_code;
pub mod part;
pub mod peek;
pub mod query;
pub mod sample_type;
pub mod sandwich;
pub mod search;
pub(crate) mod source_paths;
pub mod stacks;
pub mod starting_points;
mod sums;
pub(crate) mod tag_filter;
pub mod top;
mod tree;

pub use sample_type::sample_type_index;

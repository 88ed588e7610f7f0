//! Questions to the model of a trace.

pub mod lane_filter;
pub mod lane_groups;
pub mod only;
pub mod profile;

//! The picture of the lanes of a trace as data: which rows there are, what of each lane is seen and where, and who
//! unblocked whom. Colors, texts and the pointer are the view's.
//!
//! ```text
//! Rows      all rows of open groups and unfolded lanes, without a list of them
//!   │ those that are seen
//! Tiles     spans and sums of spans of a lane with regions, logs and samples, kept by zoom, made within the budget of a frame
//!   │ with GC cycles and pauses on top
//! LaneLayout   rows and items of the last frame, laid out again only when something about them changes
//! ```
//!
//! It reads the model of the trace in the frame: what that costs depends on the room, never on the trace
//! (`docs/decisions/0010-lanes-read-the-model-in-the-frame.md`).

pub(crate) mod chosen;
pub(crate) mod flows;
pub(crate) mod input;
pub(crate) mod items;
pub(crate) mod layout;
pub(crate) mod names;
pub(crate) mod rows;
pub(crate) mod scroll;
pub(crate) mod sub_lanes;
pub(crate) mod tile;
pub(crate) mod tiles;

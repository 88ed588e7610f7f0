//! Two profiles side by side: the values of both for every call path and every function.

use super::call_tree::TreeShape;
use super::frame::FrameTable;

/// A tree that holds every call path of either side. Children are sorted by base + head, largest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffTree {
    /// What frame ids of `shape` mean, for both sides.
    pub frames: FrameTable,
    /// Who calls whom, on either side.
    pub shape: TreeShape,
    /// Flat of the base profile, per node; 0 where it lacks the path.
    pub base_flat: Vec<i64>,
    /// Cum of the base profile, per node.
    pub base_cum: Vec<i64>,
    /// Flat of the head profile, per node, in the unit (and rate) of the base.
    pub head_flat: Vec<i64>,
    /// Cum of the head profile, per node.
    pub head_cum: Vec<i64>,
}

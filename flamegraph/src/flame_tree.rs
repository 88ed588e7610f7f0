//! What a tree must tell to be drawn: its shape and one additive weight per node.
//!
//! A box can only lie on its caller if no child is wider than its parent, so widths are magnitudes, never signed
//! sums. Call trees and diff trees bring such a weight along as long as their values have one sign; for all others
//! (diffs subtracted into one profile, one side of a diff) [`Weights`] adds up the magnitudes of the flat values.

use std::cmp::Ordering;

use goscope_analysis::profile::call_tree::{CallTree, NodeId, TreeShape};
use goscope_analysis::profile::diff::DiffTree;
use goscope_analysis::profile::frame::{Frame, FrameTable};

/// A tree with a width for each node.
pub trait FlameTree {
    /// Who calls whom.
    fn shape(&self) -> &TreeShape;

    /// What the frame ids of the shape mean.
    fn frames(&self) -> &FrameTable;

    /// Width of a node in units of its own: at least the sum of its children's.
    fn weight(&self, node: NodeId) -> u64;

    /// The part of [`Self::weight`] that is the node's own, not its children's.
    fn self_weight(&self, node: NodeId) -> u64;

    /// The node at a row of `shape().children(…)`, such that weights never grow from one row to the next.
    /// Trees that are stored in this order need not say anything.
    #[inline]
    fn child_at(&self, row: usize) -> NodeId {
        node_id(row)
    }
}

/// Weight is |cum|. Right while all values have the same sign ([`has_mixed_signs`]).
impl FlameTree for CallTree {
    fn shape(&self) -> &TreeShape {
        &self.shape
    }

    fn frames(&self) -> &FrameTable {
        &self.frames
    }

    #[inline]
    fn weight(&self, node: NodeId) -> u64 {
        self.cum[node.index()].unsigned_abs()
    }

    #[inline]
    fn self_weight(&self, node: NodeId) -> u64 {
        self.flat[node.index()].unsigned_abs()
    }
}

/// Weight is |base| + |head|: what either side has is seen. Right while each side has values of one sign.
/// The largest change of a box of a comparison, below the root: what the colors of all boxes are measured by.
pub fn largest_change(tree: &DiffTree) -> u64 {
    let changes = tree.base_cum.iter().zip(&tree.head_cum).skip(1);
    changes.map(|(base, head)| base.abs_diff(*head)).max().unwrap_or(0)
}

/// The change of a box as a part of the largest one: −1 … 1.
pub fn change_part(tree: &DiffTree, node: NodeId, largest: u64) -> f64 {
    let (base, head) = (tree.base_cum[node.index()], tree.head_cum[node.index()]);
    if largest == 0 { 0.0 } else { (head as f64 - base as f64) / largest as f64 }
}

impl FlameTree for DiffTree {
    fn shape(&self) -> &TreeShape {
        &self.shape
    }

    fn frames(&self) -> &FrameTable {
        &self.frames
    }

    #[inline]
    fn weight(&self, node: NodeId) -> u64 {
        sum_of_magnitudes(self.base_cum[node.index()], self.head_cum[node.index()])
    }

    #[inline]
    fn self_weight(&self, node: NodeId) -> u64 {
        sum_of_magnitudes(self.base_flat[node.index()], self.head_flat[node.index()])
    }
}

fn sum_of_magnitudes(base: i64, head: i64) -> u64 {
    base.unsigned_abs().saturating_add(head.unsigned_abs())
}

/// Whether values add up to less than their magnitudes do, so that |cum| cannot be a width.
pub fn has_mixed_signs(flat: &[i64]) -> bool {
    flat.iter().any(|&value| value > 0) && flat.iter().any(|&value| value < 0)
}

/// Which side of a diff gives the width of a box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DiffWidth {
    /// Base plus head: every frame of either side has a box.
    #[default]
    Both,
    /// The head's value; frames that only the base has get no box.
    Head,
    /// The base's value; frames that only the head has get no box.
    Base,
}

/// Widths made from the magnitudes of flat values, with the order of siblings that goes with them.
///
/// Twenty bytes a node: made only where the tree's own numbers do not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    /// Magnitude of each node alone.
    own: Vec<u64>,
    /// Magnitude of each node and all below it.
    total: Vec<u64>,
    /// Rows of siblings, heaviest first: a permutation within each range of children.
    order: Vec<u32>,
}

impl Weights {
    /// Adds up the nodes' own magnitudes from the leaves to the root.
    pub fn new(shape: &TreeShape, own: Vec<u64>) -> Self {
        let mut total = own.clone();
        for row in (1..shape.len()).rev() {
            let parent = shape.parent(node_id(row)).map_or(0, NodeId::index);
            total[parent] = total[parent].saturating_add(total[row]);
        }
        let mut order: Vec<u32> = (0..shape.len()).map(|row| node_id(row).0).collect();
        for row in 0..shape.len() {
            let siblings = &mut order[shape.children(node_id(row))];
            siblings.sort_by_key(|&child| (std::cmp::Reverse(total[child as usize]), child));
        }
        Self { own, total, order }
    }

    /// Widths of a tree whose values have both signs.
    pub fn of_magnitudes(tree: &CallTree) -> Self {
        Self::new(&tree.shape, tree.flat.iter().map(|flat| flat.unsigned_abs()).collect())
    }

    /// Widths of a diff by one side or both.
    pub fn of_diff(tree: &DiffTree, width: DiffWidth) -> Self {
        let sides = tree.base_flat.iter().zip(&tree.head_flat);
        let own = sides.map(|(&base, &head)| match width {
            DiffWidth::Both => sum_of_magnitudes(base, head),
            DiffWidth::Head => head.unsigned_abs(),
            DiffWidth::Base => base.unsigned_abs(),
        });
        Self::new(&tree.shape, own.collect())
    }

    /// The tree with these widths instead of its own.
    pub fn on<'a>(&'a self, tree: &'a impl FlameTree) -> Reweighted<'a> {
        Reweighted { shape: tree.shape(), frames: tree.frames(), weights: self }
    }
}

/// A tree drawn with other widths than its own; node ids stay the same.
#[derive(Clone, Copy, Debug)]
pub struct Reweighted<'a> {
    shape: &'a TreeShape,
    frames: &'a FrameTable,
    weights: &'a Weights,
}

impl FlameTree for Reweighted<'_> {
    fn shape(&self) -> &TreeShape {
        self.shape
    }

    fn frames(&self) -> &FrameTable {
        self.frames
    }

    #[inline]
    fn weight(&self, node: NodeId) -> u64 {
        self.weights.total[node.index()]
    }

    #[inline]
    fn self_weight(&self, node: NodeId) -> u64 {
        self.weights.own[node.index()]
    }

    #[inline]
    fn child_at(&self, row: usize) -> NodeId {
        NodeId(self.weights.order[row])
    }
}

/// How many levels lie below each node: what a scroll bar needs at every zoom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepthTable {
    levels_below: Vec<u32>,
}

impl DepthTable {
    /// One backward pass: children come after their parents.
    pub fn new(shape: &TreeShape) -> Self {
        let mut levels_below = vec![0_u32; shape.len()];
        for row in (1..shape.len()).rev() {
            let parent = shape.parent(node_id(row)).map_or(0, NodeId::index);
            levels_below[parent] = levels_below[parent].max(levels_below[row] + 1);
        }
        Self { levels_below }
    }

    /// Levels below the node; 0 for a leaf.
    pub fn levels_below(&self, node: NodeId) -> u32 {
        self.levels_below[node.index()]
    }

    /// Rows of the picture zoomed to the node: its ancestors, itself and all below.
    pub fn n_rows(&self, shape: &TreeShape, zoom: NodeId) -> u32 {
        level_of(shape, zoom) + 1 + self.levels_below(zoom)
    }
}

/// How many callers a node has above it; 0 for the root.
pub fn level_of(shape: &TreeShape, node: NodeId) -> u32 {
    let mut level = 0;
    let mut current = node;
    while let Some(parent) = shape.parent(current) {
        level += 1;
        current = parent;
    }
    level
}

/// The id of a row.
#[inline]
pub(crate) fn node_id(row: usize) -> NodeId {
    NodeId(u32::try_from(row).expect("rows are u32 ids"))
}

/// Order of frames by name, then by what else tells them apart: the same in every run and every tree.
pub(crate) fn compare_frames(a: &Frame, b: &Frame) -> Ordering {
    let key = |frame: &Frame| (frame.line, frame.column, frame.address);
    a.name
        .cmp(&b.name)
        .then_with(|| a.file.cmp(&b.file))
        .then_with(|| key(a).cmp(&key(b)))
        .then_with(|| a.object.cmp(&b.object))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{call_tree, diff_tree};

    #[test]
    fn magnitudes_hold_children_that_cancel_each_other() {
        let tree = call_tree("main;gain 5\nmain;loss -5\nmain;other 1");
        let main = NodeId(1);
        assert!(has_mixed_signs(&tree.flat));
        assert_eq!(tree.weight(main), 1, "|cum| is narrower than a child");

        let weights = Weights::of_magnitudes(&tree);
        let tree = weights.on(&tree);
        assert_eq!(tree.weight(main), 11);
        let children: Vec<u64> =
            tree.shape().children(main).map(|row| tree.weight(tree.child_at(row))).collect();
        assert_eq!(children, [5, 5, 1]);
    }

    #[test]
    fn one_side_of_a_diff_has_its_own_order() {
        let diff = diff_tree("main;shrunk 9 1\nmain;grown 2 4\nmain;gone 3 0");
        let names = |width| {
            let weights = Weights::of_diff(&diff, width);
            let tree = weights.on(&diff);
            let line = |row: usize| {
                let node = tree.child_at(row);
                let frame = tree.shape().frame(node).unwrap();
                format!("{} {}", tree.frames().frame(frame).name, tree.weight(node))
            };
            tree.shape().children(NodeId(1)).map(line).collect::<Vec<_>>().join(", ")
        };
        insta::assert_snapshot!(names(DiffWidth::Both), @"shrunk 10, grown 6, gone 3");
        insta::assert_snapshot!(names(DiffWidth::Head), @"grown 4, shrunk 1, gone 0");
        insta::assert_snapshot!(names(DiffWidth::Base), @"shrunk 9, gone 3, grown 2");
    }

    #[test]
    fn depth_counts_ancestors_and_the_longest_stack_below() {
        let tree = call_tree("main;a;b;c 1\nmain;d 5");
        let depths = DepthTable::new(&tree.shape);
        assert_eq!(depths.levels_below(NodeId::ROOT), 4);
        let d = NodeId(2);
        assert_eq!((depths.levels_below(d), depths.n_rows(&tree.shape, d)), (0, 3));
        let a = NodeId(3);
        assert_eq!((depths.levels_below(a), depths.n_rows(&tree.shape, a)), (2, 5));
    }
}

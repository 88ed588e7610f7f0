//! A tree of call paths as columns: its shape, and values beside it.

use std::ops::Range;

use crate::profile::frame::FrameId;

/// A row of a `CallTree` or a `DiffTree`; 0 is the root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The node above all stacks; it has no frame.
    pub const ROOT: Self = Self(0);

    /// The row that this id names.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The shape of a tree without values, shared by call trees and diff trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeShape {
    /// The frame of each node; meaningless for the root.
    pub(crate) frame: Vec<FrameId>,
    /// The parent of each node; the root is its own.
    pub(crate) parent: Vec<NodeId>,
    /// Where the children of each node begin; one entry more than nodes.
    pub(crate) first_child: Vec<u32>,
}

impl TreeShape {
    /// A tree from the parent of each node, row 0 being the root and its own parent. Rows must be in the order
    /// of the picture above: level by level, siblings side by side.
    ///
    /// # Panics
    /// If the columns differ in length, are empty, or are not in that order.
    pub fn from_parents(frame: Vec<FrameId>, parent: Vec<NodeId>) -> Self {
        assert_eq!(frame.len(), parent.len(), "one frame and one parent per node");
        assert_eq!(parent.first(), Some(&NodeId::ROOT), "row 0 is the root");
        let is_level_order = parent.iter().enumerate().skip(1).all(|(row, parent)| parent.index() < row);
        assert!(
            is_level_order && parent.is_sorted(),
            "nodes are numbered level by level, siblings side by side"
        );
        let mut first_child = vec![0_u32; parent.len() + 1];
        for parent in &parent[1..] {
            first_child[parent.index() + 1] += 1;
        }
        first_child[0] = 1;
        for row in 1..first_child.len() {
            first_child[row] += first_child[row - 1];
        }
        Self { frame, parent, first_child }
    }

    /// Number of nodes, the root included.
    pub fn len(&self) -> usize {
        self.frame.len()
    }

    /// Never: there is always a root.
    pub fn is_empty(&self) -> bool {
        self.frame.is_empty()
    }

    /// The frame of a node; `None` for the root.
    #[inline]
    pub fn frame(&self, node: NodeId) -> Option<FrameId> {
        (node != NodeId::ROOT).then(|| self.frame[node.index()])
    }

    /// The parent of a node; `None` for the root.
    #[inline]
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        (node != NodeId::ROOT).then(|| self.parent[node.index()])
    }

    /// The rows of a node's children.
    #[inline]
    pub fn children(&self, node: NodeId) -> Range<usize> {
        self.first_child[node.index()] as usize..self.first_child[node.index() + 1] as usize
    }

    /// The frames from the outermost caller down to the node: the node's identity in every tree.
    pub fn path(&self, node: NodeId) -> Vec<FrameId> {
        let mut path = Vec::new();
        let mut current = node;
        while let Some(frame) = self.frame(current) {
            path.push(frame);
            current = self.parent[current.index()];
        }
        path.reverse();
        path
    }

    /// The node at the end of a path of frames, if there is one.
    pub fn find(&self, path: &[FrameId]) -> Option<NodeId> {
        path.iter().try_fold(NodeId::ROOT, |node, &frame| {
            let row = self.children(node).find(|&row| self.frame[row] == frame)?;
            Some(NodeId(u32::try_from(row).expect("rows are u32 ids")))
        })
    }
}

/// A tree with `N` values a node and kind: one for a call tree, two for a difference.
pub(in crate::profile) struct Tree<const N: usize> {
    pub(in crate::profile) shape: TreeShape,
    pub(in crate::profile) flat: [Vec<i64>; N],
    pub(in crate::profile) cum: [Vec<i64>; N],
}

//! The call tree: one node per call path, as an arena of columns.
//!
//! ```text
//! samples (root first)      nodes, level by level           first_child (one longer than nodes)
//!   main;serve;read  5        0 (root)  flat 0 cum 9           [1, 2, 4, 4, 4]
//!   main;serve       3        1 main    flat 0 cum 9            │  │  └──┴── leaves
//!   main;parse       1        2 serve …                         │  └ children of 1 are 2..4
//!                                                               └ children of 0 are 1..2
//! ```
//!
//! Nodes are numbered level by level, so parents come before children, the children of a node are
//! neighbors, and `first_child` alone says where they are. Sums over subtrees are one backward pass, and
//! a view that shows only wide nodes never touches the narrow ones: children are sorted by |cum|,
//! largest first, ties by frame name.

use std::ops::Range;

use super::frame::{FrameId, FrameTable};

/// A row of a [`CallTree`] or a `DiffTree`; 0 is the root.
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

/// One node per call path, with its own value (flat) and that of its subtree (cum).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallTree {
    /// What frame ids of `shape` mean.
    pub frames: FrameTable,
    /// Who calls whom.
    pub shape: TreeShape,
    /// Value of the samples that end at each node.
    pub flat: Vec<i64>,
    /// Value of the samples that pass through each node; `cum[0]` is the value of all.
    pub cum: Vec<i64>,
}

//! Searches a tree for a text: how much of it matches, and the boxes to step through.

use std::sync::Arc;

use goscope_analysis::profile::call_tree::NodeId;
use goscope_analysis::profile::frame::FrameId;
use goscope_analysis::profile::search::{FrameMask, SearchText, matching_frames};

use super::documents::Documents;
use super::question::{Question, QuestionError};
use super::tree::{Tree, TreeQuery};

/// Searches a tree; `/…/` is a regular expression, anything else is literal text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SearchQuery {
    /// The tree to search.
    pub tree: TreeQuery,
    /// The text.
    pub text: String,
}

/// The matches of a search.
#[derive(Debug)]
pub struct Found {
    /// The tree that was searched, to which frame and node ids refer.
    pub tree: Arc<Tree>,
    /// The frames that match.
    pub mask: FrameMask,
    /// Value of the samples with at least one of them, each counted once; of the head in a diff.
    pub matched: i64,
    /// The total.
    pub total: i64,
    /// The outermost boxes that match, from left to right; only the widest if there are very many.
    pub nodes: Vec<NodeId>,
}

/// The most outermost matches to keep.
const MAX_FOUND_NODES: usize = 10_000;

impl Question for SearchQuery {
    type Answer = Found;
    type Input = TreeQuery;

    fn input(&self) -> TreeQuery {
        self.tree.clone()
    }

    fn answer(&self, _: Documents<'_>, tree: Arc<Tree>) -> Result<Found, QuestionError> {
        let wanted = match self.text.strip_prefix('/') {
            Some(pattern) => SearchText::Pattern(pattern.strip_suffix('/').unwrap_or(pattern)),
            None => SearchText::Literal(&self.text),
        };
        let mask = matching_frames(tree.frames(), wanted)?;
        let nodes = outermost_matches(&tree, &mask);
        let matched = nodes.iter().fold(0_i64, |sum, &node| sum.wrapping_add(tree.cum(node)));
        let nodes = from_left_to_right(&tree, nodes);
        let total = tree.cum(NodeId::ROOT);
        Ok(Found { tree, mask, matched, total, nodes })
    }
}

/// The nodes that match and have no caller that does; parents come before children, so one pass is enough.
fn outermost_matches(tree: &Tree, mask: &FrameMask) -> Vec<NodeId> {
    let shape = tree.shape();
    let mut is_covered = vec![false; shape.len()];
    let mut nodes = Vec::new();
    for row in 1..shape.len() {
        let node = NodeId(u32::try_from(row).expect("nodes are u32 ids"));
        let parent = shape.parent(node).map_or(0, NodeId::index);
        if is_covered[parent] {
            is_covered[row] = true;
        } else if shape.frame(node).is_some_and(|frame: FrameId| mask.contains(frame)) {
            is_covered[row] = true;
            nodes.push(node);
        }
    }
    nodes
}

/// Orders nodes as they lie in the picture; of very many only the widest are kept.
fn from_left_to_right(tree: &Tree, mut nodes: Vec<NodeId>) -> Vec<NodeId> {
    tree.with_widths(|widths| {
        if nodes.len() > MAX_FOUND_NODES {
            nodes.select_nth_unstable_by_key(MAX_FOUND_NODES, |&node| std::cmp::Reverse(widths.weight(node)));
            nodes.truncate(MAX_FOUND_NODES);
        }
        // Siblings lie in row order, so the rows on the way down to a node say what is left of what.
        let shape = widths.shape();
        nodes.sort_by_cached_key(|&node| {
            let mut rows = Vec::new();
            let mut current = node;
            while let Some(parent) = shape.parent(current) {
                rows.push(current.0);
                current = parent;
            }
            rows.reverse();
            rows
        });
    });
    nodes
}

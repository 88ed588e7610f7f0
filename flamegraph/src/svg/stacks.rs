//! What inferno is given: the stacks of the nodes that are wide enough, as numbers.
//!
//! ```text
//! all 9 ─┬─ main.serve 8 ─┬─ http.read 6       0;1 6
//!        │                └─ (own) 2           0 2
//!        └─ too narrow 1                       rest 1
//! ```
//!
//! A node's own value and what its too narrow children weigh become one line that ends at the node, so that every
//! box keeps its true width.

use goscope_analysis::profile::call_tree::NodeId;

use crate::flame_tree::FlameTree;

/// Folded lines whose frames are rows of `nodes`.
pub(super) struct NumberedStacks {
    /// `0;1;2 weight` lines, from left to right.
    pub(super) lines: String,
    /// The node of each number.
    pub(super) nodes: Vec<NodeId>,
    /// Whether nodes with a weight were too narrow.
    pub(super) is_pruned: bool,
}

/// Frame of the line for what lies on the root alone: inferno skips lines without a frame.
pub(super) const REST: &str = "rest";

/// A step of the walk: a child to enter, or the end of a node whose remaining weight is written.
enum Step {
    Enter { node: NodeId, path_len: usize },
    Leave { rest: u64, path_len: usize },
}

/// The nodes of at least `min_weight`, heaviest siblings first, a node's rest after its children.
pub(super) fn numbered_stacks<T: FlameTree>(tree: &T, min_weight: f64) -> NumberedStacks {
    let mut stacks = NumberedStacks { lines: String::new(), nodes: Vec::new(), is_pruned: false };
    let mut path = String::new();
    let mut steps = vec![];
    stacks.is_pruned |= push_children(tree, NodeId::ROOT, min_weight, 0, &mut steps);
    while let Some(step) = steps.pop() {
        match step {
            Step::Enter { node, path_len } => {
                path.truncate(path_len);
                if !path.is_empty() {
                    path.push(';');
                }
                path += &stacks.nodes.len().to_string();
                stacks.nodes.push(node);
                stacks.is_pruned |= push_children(tree, node, min_weight, path.len(), &mut steps);
            }
            Step::Leave { rest, path_len } => {
                path.truncate(path_len);
                let stack = if path.is_empty() { REST } else { path.as_str() };
                stacks.lines += &format!("{stack} {rest}\n");
            }
        }
    }
    stacks
}

/// Whether there are children too narrow.
fn push_children<T: FlameTree>(
    tree: &T,
    parent: NodeId,
    min_weight: f64,
    path_len: usize,
    steps: &mut Vec<Step>,
) -> bool {
    let mut rest = tree.weight(parent);
    let mut is_pruned = false;
    let first = steps.len();
    for row in tree.shape().children(parent) {
        let node = tree.child_at(row);
        let weight = tree.weight(node);
        // Siblings come heaviest first: all after it are too narrow as well.
        if weight == 0 || (weight as f64) < min_weight {
            is_pruned = weight > 0;
            break;
        }
        steps.push(Step::Enter { node, path_len });
        rest = rest.saturating_sub(weight);
    }
    if rest > 0 {
        steps.push(Step::Leave { rest, path_len });
    }
    // Last in, first out.
    steps[first..].reverse();
    is_pruned
}

//! The call graph as pprof's reports see it: frames with their values, and who calls whom.
//!
//! ```text
//! nodes    | main | serve | read | …     all frames, or all call paths; values are raw sums
//! shown    | 1 | 0 |                     rows of `nodes` that are left after trimming, sorted
//! edges    | 0→1 | 1→2 | …               calls; `callers` and `callees` list them by node
//! ```
//!
//! Which nodes stay is decided by their values alone (`trim`), and cutting nodes off does not change the values of
//! others, so for most reports the calls are added up once, between the nodes that are left, in one pass (`edges`).

mod edges;
mod layout;
mod order;
mod redundant;
mod tags;
mod tree;
mod trim;

pub(crate) use layout::{Layout, Shape, Trim};
pub(crate) use order::{sorted_edges, sorted_rows};
pub(crate) use tags::{NodeTags, Tag, quotable};
pub(crate) use trim::{GraphOptions, full_graph, trimmed_graph};

use super::frame::FrameId;
use super::stacks::mean;

/// A frame, or a call path, with its values.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Node {
    pub(crate) frame: FrameId,
    /// Sum of the samples that end here.
    pub(crate) flat: i64,
    /// Sum of the samples that hold it.
    pub(crate) cum: i64,
    /// What these two are divided by in a mean; else 0.
    pub(crate) flat_divisor: i64,
    pub(crate) cum_divisor: i64,
    /// In a tree of call paths, the node that stands for its function as a whole under the same caller.
    pub(crate) function: u32,
}

impl Node {
    /// The flat value as it is printed.
    pub(crate) fn flat_value(&self) -> i64 {
        mean((self.flat, self.flat_divisor))
    }

    /// The cum value as it is printed.
    pub(crate) fn cum_value(&self) -> i64 {
        mean((self.cum, self.cum_divisor))
    }
}

/// Calls of one node by another, added up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) caller: u32,
    pub(crate) callee: u32,
    /// Sum of the samples that hold such a call.
    pub(crate) weight: i64,
    /// What it is divided by in a mean; else 0.
    pub(crate) divisor: i64,
    /// Whether nodes between the two have been cut off.
    pub(crate) is_residual: bool,
    /// Whether every one of these calls was inlined.
    pub(crate) is_inlined: bool,
}

impl Edge {
    /// The weight divided, as graphs (but not trees) print it.
    pub(crate) fn value(&self) -> i64 {
        mean((self.weight, self.divisor))
    }
}

/// A trimmed and sorted graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    /// Rows of `nodes` that are shown, in order.
    pub(crate) shown: Vec<u32>,
    /// All calls that are left, those with nodes that are not shown (because their values cancel) included.
    pub(crate) edges: Vec<Edge>,
    /// Whether nodes are call paths.
    pub(crate) is_tree: bool,
    /// Labels by row of `nodes`; empty unless they are asked for.
    pub(crate) tags: Vec<NodeTags>,
    /// Nodes that were cut off because their cum is too small.
    pub(crate) n_dropped_nodes: usize,
    /// Calls that were cut off because their weight is too small.
    pub(crate) n_dropped_edges: usize,
    /// Shown nodes before their number was limited.
    pub(crate) n_before_limit: usize,
}

impl Graph {
    /// The shown nodes, in order.
    pub(crate) fn shown_nodes(&self) -> impl Iterator<Item = &Node> {
        self.shown.iter().map(|&row| &self.nodes[row as usize])
    }

    /// Sum of the printed flat values.
    pub(crate) fn flat_total(&self) -> i64 {
        self.shown_nodes().fold(0, |sum, node| sum.wrapping_add(node.flat_value()))
    }

    /// The edges of every node, by callee.
    pub(crate) fn by_callee(&self) -> EdgeLists {
        EdgeLists::new(self.nodes.len(), &self.edges, |edge| edge.callee)
    }

    /// The edges of every node, by caller.
    pub(crate) fn by_caller(&self) -> EdgeLists {
        EdgeLists::new(self.nodes.len(), &self.edges, |edge| edge.caller)
    }
}

/// Rows of edges, grouped by node.
#[derive(Debug)]
pub(crate) struct EdgeLists {
    starts: Vec<u32>,
    edges: Vec<u32>,
}

impl EdgeLists {
    fn new(n_nodes: usize, edges: &[Edge], node_of: impl Fn(&Edge) -> u32) -> Self {
        let mut starts = vec![0_u32; n_nodes + 1];
        edges.iter().for_each(|edge| starts[node_of(edge) as usize + 1] += 1);
        for node in 0..n_nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut rows = vec![0_u32; edges.len()];
        for (row, edge) in (0_u32..).zip(edges) {
            let at = &mut next[node_of(edge) as usize];
            rows[*at as usize] = row;
            *at += 1;
        }
        Self { starts, edges: rows }
    }

    /// The rows of the edges of a node.
    pub(crate) fn of(&self, node: u32) -> &[u32] {
        &self.edges[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }
}

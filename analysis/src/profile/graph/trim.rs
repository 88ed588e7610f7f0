//! Which nodes and edges of a graph are shown: pprof's `-nodefraction`, `-nodecount` and `-edgefraction`.
//!
//! The cutoffs are shares of the signed sum of all flat values after filters; in a difference that is the net change
//! (an oddity of pprof). Source: google/pprof `internal/report`, `newTrimmedGraph`.

use super::edges::edges;
use super::layout::{Layout, Shape, Trim};
use super::order::{sort_by_entropy, sort_by_value};
use super::redundant::remove_redundant_edges;
use super::tags::{count_tags, node_tags, trim_tags};
use super::tree::{call_tree_graph, remove_nodes};
use super::{Graph, Node};
use crate::profile::frame::FrameId;
use crate::profile::stacks::Stacks;
use crate::profile::sums::{Sums, divisor_sums, sums};
use crate::profile::top::{SortOrder, cutoff};

/// What a graph is built for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GraphOptions {
    pub(crate) trim: Trim,
    pub(crate) sort: SortOrder,
    pub(crate) layout: Layout,
    pub(crate) shape: Shape,
    /// pprof's `-drop_negative`: nodes that became smaller are not shown.
    pub(crate) drops_negative: bool,
}

/// Builds, trims and sorts the graph of some stacks.
pub(crate) fn trimmed_graph(stacks: &Stacks<'_>, options: &GraphOptions) -> Graph {
    match options.shape {
        Shape::Frames => Builder { stacks, options }.frames(),
        Shape::CallTree => Builder { stacks, options }.call_tree(),
    }
}

/// All nodes with a value, in no order, without edges.
pub(crate) fn full_graph(stacks: &Stacks<'_>, drops_negative: bool) -> Graph {
    let mut graph = Graph { nodes: nodes(stacks), ..Graph::default() };
    show_valued(&mut graph, drops_negative);
    graph
}

/// The values of all frames; the row is the frame.
fn nodes(stacks: &Stacks<'_>) -> Vec<Node> {
    let Sums { flat, cum, .. } = sums(stacks);
    let values = (0..).map(FrameId).zip(flat.into_iter().zip(cum));
    let mut nodes: Vec<Node> = values
        .map(|(frame, (flat, cum))| Node { frame, flat, cum, function: frame.0, ..Node::default() })
        .collect();
    if stacks.is_mean() {
        let Sums { flat, cum, .. } = divisor_sums(stacks);
        for (node, (flat, cum)) in nodes.iter_mut().zip(flat.into_iter().zip(cum)) {
            node.flat_divisor = flat;
            node.cum_divisor = cum;
        }
    }
    nodes
}

fn show_valued(graph: &mut Graph, drops_negative: bool) {
    let is_negative = |node: &Node| node.flat < 0 || node.flat == 0 && node.cum < 0;
    let is_shown = |node: &Node| (node.flat != 0 || node.cum != 0) && !(drops_negative && is_negative(node));
    graph.shown = (0..).zip(&graph.nodes).filter(|(_, node)| is_shown(node)).map(|(row, _)| row).collect();
}

/// The cutoffs of nodes and edges.
#[derive(Clone, Copy)]
struct Cutoffs {
    node: i64,
    edge: i64,
}

struct Builder<'a, 'p> {
    stacks: &'a Stacks<'p>,
    options: &'a GraphOptions,
}

impl Builder<'_, '_> {
    fn cutoffs(&self, graph: &Graph) -> Cutoffs {
        let flat_sum = graph.shown_nodes().fold(0_i64, |sum, node| sum.wrapping_add(node.flat));
        let trim = &self.options.trim;
        Cutoffs { node: cutoff(flat_sum, trim.node_fraction), edge: cutoff(flat_sum, trim.edge_fraction) }
    }

    fn frames(&self) -> Graph {
        let mut graph = full_graph(self.stacks, self.options.drops_negative);
        let cutoffs = self.cutoffs(&graph);
        let mut is_cut = cut_nodes(&mut graph, cutoffs);
        let limit = self.options.trim.node_count;
        if self.options.layout == Layout::Rows {
            sort_by_value(&mut graph, self.options.sort, self.stacks.frames());
            if limit > 0 && limit < graph.shown.len() {
                graph.shown.truncate(limit);
                is_cut = true;
            }
            graph.edges = edges(self.stacks, is_cut.then_some(&graph.shown));
            trim_edges(&mut graph, cutoffs.edge);
            return graph;
        }
        graph.edges = edges(self.stacks, is_cut.then_some(&graph.shown));
        sort_by_entropy(&mut graph, self.stacks.frames());
        // Labels decide how many nodes fit, not which: those of nodes beyond the limit are never looked at.
        let n_candidates = if limit > 0 { limit.min(graph.shown.len()) } else { graph.shown.len() };
        graph.tags = node_tags(self.stacks, graph.nodes.len(), &graph.shown[..n_candidates]);
        if limit > 0 {
            trim_tags(&mut graph.tags, cutoffs.node);
            trim_edges(&mut graph, cutoffs.edge);
            let n_selected = n_selected(&graph, limit);
            if n_selected < graph.shown.len() {
                graph.shown.truncate(n_selected);
                graph.edges = edges(self.stacks, Some(&graph.shown));
                sort_by_entropy(&mut graph, self.stacks.frames());
            }
        }
        self.finish_picture(graph, cutoffs)
    }

    fn call_tree(&self) -> Graph {
        let mut graph = call_tree_graph(self.stacks, self.options.layout);
        show_valued(&mut graph, self.options.drops_negative);
        let cutoffs = self.cutoffs(&graph);
        let all = graph.shown.clone();
        if cut_nodes(&mut graph, cutoffs) {
            remove_nodes(&mut graph, &all);
        }
        self.sort(&mut graph);
        let limit = self.options.trim.node_count;
        if limit > 0 {
            trim_tags(&mut graph.tags, cutoffs.node);
            trim_edges(&mut graph, cutoffs.edge);
            let n_selected =
                if self.options.layout == Layout::Picture { n_selected(&graph, limit) } else { limit };
            if n_selected < graph.shown.len() {
                let all = graph.shown.clone();
                graph.shown.truncate(n_selected);
                remove_nodes(&mut graph, &all);
                self.sort(&mut graph);
            }
        }
        self.finish_picture(graph, cutoffs)
    }

    fn sort(&self, graph: &mut Graph) {
        match self.options.layout {
            Layout::Rows => sort_by_value(graph, self.options.sort, self.stacks.frames()),
            Layout::Picture => sort_by_entropy(graph, self.stacks.frames()),
        }
    }

    fn finish_picture(&self, mut graph: Graph, cutoffs: Cutoffs) -> Graph {
        trim_tags(&mut graph.tags, cutoffs.node);
        graph.n_dropped_edges = trim_edges(&mut graph, cutoffs.edge);
        if self.options.layout == Layout::Picture {
            remove_redundant_edges(&mut graph, self.stacks.frames());
        }
        graph
    }
}

/// Takes nodes below the cutoff off the list; whether there were any.
fn cut_nodes(graph: &mut Graph, cutoffs: Cutoffs) -> bool {
    let n_all = graph.shown.len();
    if cutoffs.node > 0 {
        let nodes = &graph.nodes;
        graph.shown.retain(|&row| nodes[row as usize].cum.wrapping_abs() >= cutoffs.node);
    }
    graph.n_dropped_nodes = n_all - graph.shown.len();
    graph.n_before_limit = graph.shown.len();
    graph.n_dropped_nodes > 0
}

/// Takes light edges to shown nodes away; says how many.
fn trim_edges(graph: &mut Graph, edge_cutoff: i64) -> usize {
    let mut is_shown = vec![false; graph.nodes.len()];
    graph.shown.iter().for_each(|&row| is_shown[row as usize] = true);
    let n_before = graph.edges.len();
    graph.edges.retain(|edge| !is_shown[edge.callee as usize] || edge.weight.wrapping_abs() >= edge_cutoff);
    n_before - graph.edges.len()
}

/// How many nodes fit into a picture of `limit` boxes: labels are boxes, too, up to four a node.
fn n_selected(graph: &Graph, limit: usize) -> usize {
    let mut n_boxes = 0;
    for (index, &row) in graph.shown.iter().enumerate() {
        n_boxes += 1 + graph.tags.get(row as usize).map_or(0, |tags| count_tags(tags).min(4));
        if n_boxes >= limit {
            return index + 1;
        }
    }
    graph.shown.len().min(limit)
}

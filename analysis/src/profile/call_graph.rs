//! The call graph as a picture shows it: the functions that tell most, and the calls between them, as pprof's `-dot`
//! chooses them. Where they stand is `flamegraph`'s business.

use goscope_parsers::pprof::Profile;

use super::frame::Frame;
use super::graph::{Graph, GraphOptions, Layout, Shape, Trim, trimmed_graph};
use super::query::{QueryError, StackQuery};
use super::stacks::{Stacks, select};
use super::top::SortOrder;

/// How much of a call graph is shown: pprof's options of these names, with its defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GraphLimits {
    /// `nodecount`: at most so many functions; 0 for all. Labels of samples count as functions, as in pprof.
    pub node_count: usize,
    /// `nodefraction`: functions with a cum below this share go.
    pub node_fraction: f64,
    /// `edgefraction`: calls below this share go.
    pub edge_fraction: f64,
}

impl Default for GraphLimits {
    fn default() -> Self {
        Self { node_count: 80, node_fraction: 0.005, edge_fraction: 0.001 }
    }
}

/// Functions and calls.
#[derive(Clone, Debug, PartialEq)]
pub struct CallGraph {
    /// The functions, those that tell most first.
    pub nodes: Vec<GraphNode>,
    /// The calls between them, by caller, then callee.
    pub calls: Vec<GraphCall>,
    /// Functions that were left out.
    pub n_left_out: usize,
    /// The value that is 100 %.
    pub total: i64,
    /// Unit of all values.
    pub unit: String,
}

/// A function of the graph.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphNode {
    /// What it is.
    pub frame: Frame,
    /// Value of the samples that end in it.
    pub flat: i64,
    /// Value of the samples that hold it.
    pub cum: i64,
}

/// Calls of one function by another, added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphCall {
    /// Index of the caller.
    pub caller: usize,
    /// Index of the callee.
    pub callee: usize,
    /// Value of the samples that hold such a call.
    pub weight: i64,
    /// Whether functions between the two were left out.
    pub is_residual: bool,
    /// Whether every one of these calls was inlined.
    pub is_inlined: bool,
}

/// The graph of the stacks that a query asks for.
///
/// # Errors
/// A filter that is no regular expression, or a sample type that the profile does not have.
pub fn call_graph(
    profile: &Profile,
    query: &StackQuery,
    limits: &GraphLimits,
) -> Result<CallGraph, QueryError> {
    let stacks = select(profile, query)?;
    let GraphLimits { node_count, node_fraction, edge_fraction } = *limits;
    let graph = trimmed_graph(
        &stacks,
        &GraphOptions {
            trim: Trim { node_count, node_fraction, edge_fraction },
            sort: SortOrder::Cum,
            layout: Layout::Picture,
            shape: Shape::Frames,
            drops_negative: false,
        },
    );
    Ok(picture(&stacks, &graph))
}

fn picture(stacks: &Stacks<'_>, graph: &Graph) -> CallGraph {
    let mut index_of = vec![None; graph.nodes.len()];
    for (index, &row) in graph.shown.iter().enumerate() {
        index_of[row as usize] = Some(index);
    }
    let nodes = graph.shown_nodes().map(|node| GraphNode {
        frame: stacks.frames().frame(node.frame).clone(),
        flat: node.flat_value(),
        cum: node.cum_value(),
    });
    let calls = graph.edges.iter().filter_map(|edge| {
        Some(GraphCall {
            caller: index_of[edge.caller as usize]?,
            callee: index_of[edge.callee as usize]?,
            weight: edge.value(),
            is_residual: edge.is_residual,
            is_inlined: edge.is_inlined,
        })
    });
    let mut calls: Vec<GraphCall> = calls.collect();
    calls.sort_by_key(|call| (call.caller, call.callee));
    CallGraph {
        n_left_out: graph.n_dropped_nodes + graph.n_before_limit - graph.shown.len(),
        nodes: nodes.collect(),
        calls,
        total: stacks.total(),
        unit: stacks.unit().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use insta::assert_snapshot;

    use super::*;
    use crate::testing::profile;

    fn text(samples: &str, node_count: usize) -> String {
        let limits = GraphLimits { node_count, ..GraphLimits::default() };
        let graph = call_graph(&profile(samples), &StackQuery::default(), &limits).expect("a sound query");
        let mut text = String::new();
        for node in &graph.nodes {
            writeln!(text, "{} {} {}", node.frame.name, node.flat, node.cum).expect("text");
        }
        for call in &graph.calls {
            let [from, to] = [call.caller, call.callee].map(|index| &graph.nodes[index].frame.name);
            let arrow = if call.is_residual { "..>" } else { "->" };
            writeln!(text, "{from} {arrow} {to} {}", call.weight).expect("text");
        }
        text + &format!("{} left out of {}{}", graph.n_left_out, graph.total, graph.unit)
    }

    #[test]
    fn what_is_left_out_leaves_a_call_across_it() {
        assert_snapshot!(text("main;a;b;hot 90\nmain;a;cold 10\nmain;rare 1", 3), @r"
        hot 90 90
        main 0 101
        a 0 100
        main -> a 100
        a ..> hot 90
        3 left out of 101count
        ");
    }

    #[test]
    fn a_profile_without_samples_is_an_empty_graph() {
        assert_snapshot!(text("types: cpu/nanoseconds", 80), @"0 left out of 0nanoseconds");
    }
}

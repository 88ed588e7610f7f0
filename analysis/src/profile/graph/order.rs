//! In which order nodes and edges stand: pprof's orders, and where it leaves them to chance, by identity.

use std::cmp::Reverse;

use super::{Edge, EdgeLists, Graph};
use crate::profile::frame::FrameTable;
use crate::profile::top::SortOrder;

/// Sorts rows of nodes by flat or cum.
pub(super) fn sort_by_value(graph: &mut Graph, order: SortOrder, frames: &FrameTable) {
    let nodes = &graph.nodes;
    let score = |row: u32| {
        let node = &nodes[row as usize];
        match order {
            SortOrder::Flat => (node.flat, node.cum),
            SortOrder::Cum => (node.cum, node.flat),
        }
    };
    sort_by(&mut graph.shown, |row| nodes[row as usize].frame.index(), score, frames);
}

/// Sorts rows of nodes by how much a picture gains from showing them: nodes that only pass values on from one caller
/// to one callee score low.
pub(super) fn sort_by_entropy(graph: &mut Graph, frames: &FrameTable) {
    let (by_callee, by_caller) = (graph.by_callee(), graph.by_caller());
    let scores: Vec<i64> =
        (0..).take(graph.nodes.len()).map(|row| score(graph, &by_callee, &by_caller, row)).collect();
    let nodes = &graph.nodes;
    let score = |row: u32| (scores[row as usize], nodes[row as usize].flat);
    sort_by(&mut graph.shown, |row| nodes[row as usize].frame.index(), score, frames);
}

fn sort_by(
    rows: &mut [u32],
    frame_of: impl Fn(u32) -> usize,
    score: impl Fn(u32) -> (i64, i64),
    frames: &FrameTable,
) {
    let (names, unique) = (frames.name_ranks(), frames.unique_ranks());
    rows.sort_unstable_by_key(|&row| {
        let (first, last) = score(row);
        let frame = frame_of(row);
        // Wrapping: the least integer counts as negative, as in Go.
        (Reverse(first.wrapping_abs()), names[frame], Reverse(last.wrapping_abs()), unique[frame], row)
    });
}

fn score(graph: &Graph, by_callee: &EdgeLists, by_caller: &EdgeLists, row: u32) -> i64 {
    let node = &graph.nodes[row as usize];
    let part = |edges: &[u32], own: i64| {
        if edges.is_empty() {
            1.0
        } else {
            entropy(edges.iter().map(|&edge| &graph.edges[edge as usize]), own)
        }
    };
    let score = part(by_callee.of(row), 0) + part(by_caller.of(row), node.flat);
    go_integer(score * node.cum as f64).wrapping_add(node.flat)
}

/// A number as Go cuts it on amd64: what is no integer of 64 bits, such as the entropy of calls whose values cancel,
/// becomes the least one.
fn go_integer(number: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) { number as i64 } else { i64::MIN }
}

/// How evenly a value is spread over edges and the node's own part.
fn entropy<'e>(edges: impl Iterator<Item = &'e Edge> + Clone, own: i64) -> f64 {
    let positive = edges.clone().filter(|edge| edge.weight > 0);
    let total = positive.fold(own, |sum, edge| sum.wrapping_add(edge.weight));
    if total == 0 {
        return 0.0;
    }
    let term = |value: i64| {
        let share = value.wrapping_abs() as f64 / total as f64;
        -share * share.log2()
    };
    let spread: f64 = edges.map(|edge| term(edge.weight)).sum();
    if own > 0 { spread + term(own) } else { spread }
}

/// Edges of one node, heaviest first.
pub(crate) fn sorted_edges<'g>(graph: &'g Graph, rows: &[u32], frames: &FrameTable) -> Vec<&'g Edge> {
    sorted_rows(graph, rows.to_vec(), frames).into_iter().map(|row| &graph.edges[row as usize]).collect()
}

/// Rows of edges, heaviest first, ties by the names of caller and callee. pprof leaves edges of equal magnitude and
/// opposite sign to chance.
pub(crate) fn sorted_rows(graph: &Graph, mut rows: Vec<u32>, frames: &FrameTable) -> Vec<u32> {
    let (names, unique) = (frames.name_ranks(), frames.unique_ranks());
    rows.sort_by_key(|&row| {
        let edge = &graph.edges[row as usize];
        let frame = |node: u32| graph.nodes[node as usize].frame.index();
        let (caller, callee) = (frame(edge.caller), frame(edge.callee));
        (
            Reverse(edge.weight.wrapping_abs()),
            names[caller],
            names[callee],
            unique[caller],
            unique[callee],
            (edge.caller, edge.callee),
        )
    });
    rows
}

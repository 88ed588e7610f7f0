//! The graph of call paths: pprof's `-call_tree`. Every node has one caller; recursion nests.

use rustc_hash::FxHashMap;

use super::layout::Layout;
use super::tags::{Part, TagSums};
use super::{Edge, Graph, Node};
use crate::profile::frame::FrameId;
use crate::profile::stacks::Stacks;

const NO_CALLER: u32 = u32::MAX;

/// All call paths, in order of first appearance; labels only for pictures.
pub(super) fn call_tree_graph(stacks: &Stacks<'_>, layout: Layout) -> Graph {
    let mut graph = Graph { is_tree: true, ..Graph::default() };
    let functions = function_of_frames(stacks);
    let mut rows: FxHashMap<(u32, FrameId), u32> = FxHashMap::default();
    let mut function_rows: FxHashMap<(u32, u32), u32> = FxHashMap::default();
    let mut callers: Vec<Edge> = Vec::new();
    let has_tags = layout == Layout::Picture && stacks.profile().samples.has_labels();
    let mut tags = has_tags.then(|| TagSums::new(stacks.profile()));
    for index in 0..stacks.len() {
        let (weight, divisor) = (stacks.weight(index), stacks.divisor(index));
        if weight == 0 && divisor == 0 {
            continue;
        }
        let set = tags.as_mut().map_or(0, |tags| tags.set(stacks.shown_labels(index)));
        let mut caller = NO_CALLER;
        for &location in stacks.locations(index).iter().rev() {
            for (depth, &frame) in stacks.location_frames.of(location).iter().enumerate() {
                let next = u32::try_from(graph.nodes.len()).expect("fewer than 2^32 call paths");
                let row = *rows.entry((caller, frame)).or_insert(next);
                if row == next {
                    let function = *function_rows.entry((caller, functions[frame.index()])).or_insert(row);
                    graph.nodes.push(Node { frame, function, ..Node::default() });
                    callers.push(Edge {
                        caller,
                        callee: row,
                        weight: 0,
                        divisor: 0,
                        is_residual: false,
                        is_inlined: true,
                    });
                }
                let (node, edge) = (&mut graph.nodes[row as usize], &mut callers[row as usize]);
                node.cum = node.cum.wrapping_add(weight);
                node.cum_divisor = node.cum_divisor.wrapping_add(divisor);
                edge.weight = node.cum;
                edge.divisor = node.cum_divisor;
                edge.is_inlined &= depth > 0;
                if let Some(tags) = &mut tags {
                    tags.add(row, set, (weight, divisor), Part::Cum);
                }
                caller = row;
            }
        }
        if caller != NO_CALLER {
            let leaf = &mut graph.nodes[caller as usize];
            leaf.flat = leaf.flat.wrapping_add(weight);
            leaf.flat_divisor = leaf.flat_divisor.wrapping_add(divisor);
            if let Some(tags) = &mut tags {
                tags.add(caller, set, (weight, divisor), Part::Flat);
            }
        }
    }
    callers.retain(|edge| edge.caller != NO_CALLER);
    graph.edges = callers;
    graph.tags = tags.map_or_else(Vec::new, |tags| tags.finish(graph.nodes.len()));
    graph
}

/// For every frame the first one of the same function: equal but for line, column and address.
fn function_of_frames(stacks: &Stacks<'_>) -> Vec<u32> {
    let mut known = FxHashMap::default();
    let mut functions = Vec::new();
    for (id, frame) in stacks.frames().iter() {
        let key = (&frame.name, &frame.file, &frame.object, frame.start_line);
        functions.push(*known.entry(key).or_insert(id.0));
    }
    functions
}

/// Takes nodes that are no longer shown out of the tree; `before` are those that were. Their callees become callees
/// of the nearest caller that is left.
pub(super) fn remove_nodes(graph: &mut Graph, before: &[u32]) {
    let mut is_removed = vec![false; graph.nodes.len()];
    before.iter().for_each(|&row| is_removed[row as usize] = true);
    graph.shown.iter().for_each(|&row| is_removed[row as usize] = false);
    let mut edge_to = vec![None; graph.nodes.len()];
    graph.edges.iter().for_each(|edge| edge_to[edge.callee as usize] = Some(*edge));
    let attach = |edge: &Edge| -> Option<Edge> {
        let mut attached = *edge;
        while is_removed[attached.caller as usize] {
            let above = edge_to[attached.caller as usize]?;
            attached.caller = above.caller;
            attached.is_inlined &= above.is_inlined;
            attached.is_residual = true;
        }
        Some(attached)
    };
    let stays = graph.edges.iter().filter(|edge| !is_removed[edge.callee as usize]);
    graph.edges = stays.filter_map(attach).collect();
}

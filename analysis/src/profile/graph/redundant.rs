//! Takes edges away that a picture does not need: residual ones whose callee is reached from the caller another way.

use super::order::sorted_rows;
use super::{Edge, EdgeLists, Graph};
use crate::profile::frame::FrameTable;

/// Goes through nodes and edges from the least important one, as pprof does, so that those are taken away first.
pub(super) fn remove_redundant_edges(graph: &mut Graph, frames: &FrameTable) {
    if !graph.edges.iter().any(|edge| edge.is_residual) {
        return;
    }
    let by_callee = graph.by_callee();
    let mut is_alive = vec![true; graph.edges.len()];
    let mut search = Search { seen: vec![0; graph.nodes.len()], stamp: 0, queue: Vec::new() };
    for &row in graph.shown.iter().rev() {
        for at in sorted_rows(graph, by_callee.of(row).to_vec(), frames).into_iter().rev() {
            // Nothing heavier than a direct call goes: that would confuse.
            if !graph.edges[at as usize].is_residual {
                break;
            }
            if search.has_other_path(graph, &by_callee, &is_alive, at) {
                is_alive[at as usize] = false;
            }
        }
    }
    let mut alive = is_alive.into_iter();
    graph.edges.retain(|_| alive.next().unwrap_or(true));
}

struct Search {
    /// The last search that saw the node.
    seen: Vec<u32>,
    stamp: u32,
    queue: Vec<u32>,
}

impl Search {
    /// Whether the callee of an edge is reached from its caller without it.
    fn has_other_path(&mut self, graph: &Graph, by_callee: &EdgeLists, is_alive: &[bool], edge: u32) -> bool {
        let Edge { caller, callee, .. } = graph.edges[edge as usize];
        self.stamp += 1;
        self.seen[callee as usize] = self.stamp;
        self.queue.clear();
        self.queue.push(callee);
        while let Some(node) = self.queue.pop() {
            for &at in by_callee.of(node).iter().filter(|&&at| at != edge && is_alive[at as usize]) {
                let source = graph.edges[at as usize].caller;
                if self.seen[source as usize] == self.stamp {
                    continue;
                }
                if source == caller {
                    return true;
                }
                self.seen[source as usize] = self.stamp;
                self.queue.push(source);
            }
        }
        false
    }
}

//! Lays the nodes out level by level: the pieces of a level, levels of blocks and of forests, side by side.
//!
//! ```text
//! level 4   | block 1, level 0 | forest 0, level 0 | block 2, level 0 |
//! level 5   | block 1, level 1 | forest 0, level 1 | block 2, level 1 |     the children of each piece, in the same order
//! ```
//!
//! Where every piece goes is known from the lengths alone, so all pieces are written at once, in parallel.

use rayon::prelude::*;

use super::block::{Node, index};
use super::forest::Forest;
use super::key::Coder;
use super::partition::{Branch, Crown};
use super::shape::{NodeId, Tree, TreeShape};
use crate::profile::frame::FrameId;

/// Rows whose children learn their parent at once.
const CHUNK: usize = 1 << 16;

/// Nodes that stand side by side in the result.
#[derive(Clone, Copy)]
struct Piece<'n, const N: usize> {
    nodes: &'n [Node<N>],
    source: Source,
    /// Row of the first child of its first node.
    first_child: u32,
}

#[derive(Clone, Copy)]
enum Source {
    Block { block: usize, level: usize },
    Forest { forest: usize, level: usize },
}

/// The finished tree.
pub(super) fn assemble<const N: usize>(crown: &Crown<N>, forests: Vec<Forest<N>>, coder: &Coder) -> Tree<N> {
    let pieces = arrange(crown, &forests);
    let n_nodes = pieces.iter().map(|piece| piece.nodes.len()).sum();
    let mut frame = vec![FrameId(0); n_nodes];
    let mut first_child = vec![0; n_nodes + 1];
    let mut flat: [Vec<i64>; N] = std::array::from_fn(|_| vec![0; n_nodes]);
    let mut cum: [Vec<i64>; N] = std::array::from_fn(|_| vec![0; n_nodes]);
    first_child[n_nodes] = index(n_nodes);
    let mut rest = Slices {
        frame: &mut frame,
        first_child: &mut first_child[..n_nodes],
        flat: flat.each_mut().map(Vec::as_mut_slice),
        cum: cum.each_mut().map(Vec::as_mut_slice),
    };
    let slices: Vec<_> = pieces.iter().map(|piece| rest.take(piece.nodes.len())).collect();
    pieces.par_iter().zip(slices).for_each(|(piece, slices)| slices.write(piece, coder));
    drop(pieces);
    drop(forests);
    let parent = parents(&first_child);
    Tree { shape: TreeShape { frame, parent, first_child }, flat, cum }
}

/// All pieces in the order of their nodes.
fn arrange<'n, const N: usize>(crown: &'n Crown<N>, forests: &'n [Forest<N>]) -> Vec<Piece<'n, N>> {
    let mut pieces: Vec<Piece<'n, N>> = Vec::new();
    let mut end = 0_u32;
    let place = |pieces: &mut Vec<Piece<'n, N>>, end: &mut u32, source: Source| {
        let nodes = match source {
            Source::Block { block, level } => {
                crown.blocks[block].levels.get(level).map_or(&[][..], Vec::as_slice)
            }
            Source::Forest { forest, level } => forests[forest].level(level),
        };
        if !nodes.is_empty() {
            pieces.push(Piece { nodes, source, first_child: 0 });
            *end = end.checked_add(index(nodes.len())).expect("fewer than 2^32 call paths fit into memory");
        }
    };
    place(&mut pieces, &mut end, Source::Block { block: 0, level: 0 });
    let mut at = 0;
    while let Some(piece) = pieces.get_mut(at) {
        piece.first_child = end;
        match piece.source {
            Source::Forest { forest, level } => {
                place(&mut pieces, &mut end, Source::Forest { forest, level: level + 1 });
            }
            Source::Block { block, level } if level + 1 < crown.blocks[block].levels.len() => {
                place(&mut pieces, &mut end, Source::Block { block, level: level + 1 });
            }
            Source::Block { block, .. } => {
                for &branch in &crown.blocks[block].branches {
                    let source = match branch {
                        Branch::Block(block) => Source::Block { block, level: 0 },
                        Branch::Task(forest) => Source::Forest { forest, level: 0 },
                    };
                    place(&mut pieces, &mut end, source);
                }
            }
        }
        at += 1;
    }
    pieces
}

impl<const N: usize> Forest<N> {
    /// The nodes of a level; none below the last one.
    fn level(&self, level: usize) -> &[Node<N>] {
        match self.levels.get(level..level + 2) {
            Some(&[start, end]) => &self.nodes[start as usize..end as usize],
            _ => &[],
        }
    }
}

/// The rows of one piece in every column.
struct Slices<'c, const N: usize> {
    frame: &'c mut [FrameId],
    first_child: &'c mut [u32],
    flat: [&'c mut [i64]; N],
    cum: [&'c mut [i64]; N],
}

fn take<'c, T>(rest: &mut &'c mut [T], len: usize) -> &'c mut [T] {
    rest.split_off_mut(..len).expect("the pieces cover the columns")
}

impl<const N: usize> Slices<'_, N> {
    /// Splits the first rows off.
    fn take(&mut self, len: usize) -> Self {
        Slices {
            frame: take(&mut self.frame, len),
            first_child: take(&mut self.first_child, len),
            flat: self.flat.each_mut().map(|column| take(column, len)),
            cum: self.cum.each_mut().map(|column| take(column, len)),
        }
    }

    fn write(self, piece: &Piece<'_, N>, coder: &Coder) {
        let Slices { frame, first_child, flat, cum } = self;
        let mut next_child = piece.first_child;
        for (row, node) in piece.nodes.iter().enumerate() {
            frame[row] = coder.frame(node.code);
            first_child[row] = next_child;
            next_child += node.n_children;
            for column in 0..N {
                flat[column][row] = node.flat[column];
                cum[column][row] = node.cum[column];
            }
        }
    }
}

/// The parent of every node: children are neighbors, so a chunk of rows names the parents of a chunk of rows.
fn parents(first_child: &[u32]) -> Vec<NodeId> {
    let n_nodes = first_child.len() - 1;
    let mut parents = vec![NodeId::ROOT; n_nodes];
    let chunks: Vec<std::ops::Range<usize>> =
        (0..n_nodes).step_by(CHUNK).map(|start| start..n_nodes.min(start + CHUNK)).collect();
    let mut rest = &mut parents[1..];
    let slices: Vec<&mut [NodeId]> = chunks
        .iter()
        .map(|rows| take(&mut rest, (first_child[rows.end] - first_child[rows.start]) as usize))
        .collect();
    chunks.into_par_iter().zip(slices).for_each(|(rows, slice)| {
        let mut children = slice.iter_mut();
        for row in rows {
            let n_children = first_child[row + 1] - first_child[row];
            children.by_ref().take(n_children as usize).for_each(|child| *child = NodeId(index(row)));
        }
    });
    parents
}

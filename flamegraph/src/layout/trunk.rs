//! Trunks: chains of calls that pass on all they get, drawn as one row, so that a picture spends its rows on what
//! differs.
//!
//! ```text
//! serve ────────────────────────│        serve ────────────────────────│
//! ServeHTTP ────────────────────│        ▸ 4 frames ServeHTTP … answer ─│
//! caught ───────────────────────│        encode ──────│ search ────────│
//! counted ──────────────────────│
//! answer ───────────────────────│
//! encode ──────│ search ────────│
//! ```
//!
//! Only boxes that are wide enough to say so are folded: a narrow one would lose its color and win nothing.

use goscope_analysis::profile::call_tree::NodeId;

use crate::flame_tree::FlameTree;

/// Shorter chains stay as they are.
const LEAST_FRAMES: u32 = 4;
/// The part of its caller that a box of a trunk has at least, and what it may have for itself at most, in percent.
const PASSED_ON_PERCENT: u128 = 99;
const OWN_PERCENT: u128 = 1;
/// Narrower boxes are not folded, in pixels.
const LEAST_WIDTH_PX: f64 = 120.0;

/// What is folded.
#[derive(Clone, Copy)]
pub struct Folding<'a> {
    /// Nodes that have a row of their own whatever they pass on: what is chosen, found, or was unfolded.
    pub is_kept: &'a dyn Fn(NodeId) -> bool,
}

/// A chain that is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trunk {
    /// The innermost frame of it, whose callees lie under the row.
    pub(super) last: NodeId,
    /// How many frames it has.
    pub(super) n_frames: u32,
}

impl Folding<'_> {
    /// The least weight of a box that is folded.
    pub(super) fn least_weight(weight_per_px: f64) -> f64 {
        LEAST_WIDTH_PX * weight_per_px
    }

    /// The trunk that begins with a node.
    pub(super) fn trunk<T: FlameTree + ?Sized>(&self, tree: &T, first: NodeId) -> Option<Trunk> {
        if !self.is_foldable(tree, first) {
            return None;
        }
        let mut trunk = Trunk { last: first, n_frames: 1 };
        while let Some(next) = heaviest_child(tree, trunk.last) {
            let is_passed_on = percent_of(tree.weight(next), tree.weight(trunk.last)) >= PASSED_ON_PERCENT;
            if !is_passed_on || !self.is_foldable(tree, next) {
                break;
            }
            trunk = Trunk { last: next, n_frames: trunk.n_frames + 1 };
        }
        (trunk.n_frames >= LEAST_FRAMES).then_some(trunk)
    }

    /// Where time is spent is never folded away.
    fn is_foldable<T: FlameTree + ?Sized>(&self, tree: &T, node: NodeId) -> bool {
        let own = u128::from(tree.self_weight(node)) * 100;
        own < OWN_PERCENT * u128::from(tree.weight(node)) && !(self.is_kept)(node)
    }
}

fn heaviest_child<T: FlameTree + ?Sized>(tree: &T, node: NodeId) -> Option<NodeId> {
    let rows = tree.shape().children(node);
    (!rows.is_empty()).then(|| tree.child_at(rows.start))
}

fn percent_of(part: u64, whole: u64) -> u128 {
    if whole == 0 { 0 } else { u128::from(part) * 100 / u128::from(whole) }
}

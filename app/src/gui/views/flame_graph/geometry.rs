//! Where nodes lie in the picture: from a zoomed node and a part of its width to other such pairs.
//!
//! ```text
//! caller   │··········├────── zoom ──────┤····│   place of `zoom` in its caller: 0.43 … 0.85
//! range               ├──[ seen ]────────┤        0.13 … 0.44 of `zoom` = 0.48 … 0.62 of the caller
//! ```

use std::sync::Arc;

use goscope_analysis::profile::call_tree::NodeId;

use crate::query::tree::Tree;

/// What of a tree is seen.
#[derive(Clone, Debug)]
pub(super) struct Geometry {
    /// The tree.
    pub(super) tree: Arc<Tree>,
    /// The node that counts as full width.
    pub(super) zoom: NodeId,
    /// The part of its width that is seen.
    pub(super) range: (f64, f64),
}

/// The narrowest part that one can zoom into.
const MIN_RANGE: f64 = 1e-9;

impl Geometry {
    /// The same picture seen from the caller of the zoomed node; `None` at the root.
    fn in_parent(&self) -> Option<Self> {
        let parent = self.tree.shape().parent(self.zoom)?;
        let (start, width) = self.place_in_parent()?;
        let range = (start + self.range.0 * width, start + self.range.1 * width);
        Some(Self { tree: Arc::clone(&self.tree), zoom: parent, range })
    }

    /// Where the zoomed node begins in its caller and how wide it is, as parts of the caller's width.
    fn place_in_parent(&self) -> Option<(f64, f64)> {
        let parent = self.tree.shape().parent(self.zoom)?;
        self.tree.with_widths(|tree| {
            let total = tree.weight(parent) as f64;
            let mut start = 0_u64;
            for row in tree.shape().children(parent) {
                let child = tree.child_at(row);
                if child == self.zoom {
                    return Some((start as f64 / total, tree.weight(child) as f64 / total));
                }
                start = start.saturating_add(tree.weight(child));
            }
            None
        })
    }

    /// The picture with another part of the width, seen from a caller if the part reaches beyond the zoomed node.
    pub(super) fn with_range(&self, range: (f64, f64)) -> Self {
        let mut wanted = Self { range, ..self.clone() };
        while wanted.range.0 < -MIN_RANGE || wanted.range.1 > 1.0 + MIN_RANGE {
            match wanted.in_parent() {
                Some(outer) => wanted = outer,
                None => break,
            }
        }
        wanted.range = clamped(wanted.range);
        wanted
    }

    /// Zoomed by a factor around a part of what is seen.
    pub(super) fn zoomed(&self, factor: f64, anchor: f64) -> Self {
        let (start, end) = self.range;
        let at = start + (end - start) * anchor;
        let width = ((end - start) / factor).max(MIN_RANGE);
        let new_start = at - width * anchor;
        self.with_range((new_start, new_start + width))
    }

    /// Moved by a part of what is seen.
    pub(super) fn panned(&self, part: f64) -> Self {
        let (start, end) = self.range;
        let by = (end - start) * part;
        self.with_range((start + by, end + by))
    }
}

/// A range of the same width inside of 0..1.
fn clamped((start, end): (f64, f64)) -> (f64, f64) {
    let width = (end - start).clamp(MIN_RANGE, 1.0);
    let start = start.clamp(0.0, 1.0 - width);
    (start, start + width)
}

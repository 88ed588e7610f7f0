//! Where the boxes of a flame graph are: pure data for a viewport, and which box is under a point.
//!
//! ```text
//! row 0  │ all ─────────────────────────────────────────────────│   ancestors of the zoomed node: full width
//! row 1  │ main.serve ──────────────────────────────────────────│   the zoomed node: x from 0 to 1
//! row 2  │ http.read ──────────────│ json.Marshal ─│▒12▒│ (self) │   children, heaviest first, then the merged
//! row 3  │ syscall.Read ──│▒▒│     │ …             │    │        │   tail, then what the parent has for itself
//! ```
//!
//! Siblings are sorted by weight: once one of them is too narrow to draw, so are all after it, and they become one
//! [`BoxKind::Merged`] box without being looked at. The work is therefore in the boxes that can be seen (plus the
//! siblings left of the window that would be wide enough to draw), never in the size of the tree.
//! Starts are whole numbers until the last division, so that neighbors share their edge exactly.
//! Drawing, colors and input belong to others.

use std::ops::Range;

use goscope_analysis::profile::call_tree::NodeId;

use crate::flame_tree::{FlameTree, compare_frames, level_of};

/// The part of a flame graph that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Viewport {
    /// The node that spans x 0 to 1; its ancestors lie above it (in rows), as wide as the window.
    pub zoom: NodeId,
    /// The visible part of 0..1: a narrower window is a magnified picture.
    pub window: Range<f64>,
    /// Width on screen of `window`, in pixels.
    pub width_px: f64,
    /// Visible rows, counted from the root.
    pub rows: Range<u32>,
    /// Boxes narrower than this merge.
    pub min_box_px: f64,
    /// Left-to-right order of siblings.
    pub order: SiblingOrder,
}

impl Viewport {
    /// All rows and the whole width of a node.
    pub fn zoomed_to(zoom: NodeId, width_px: f64) -> Self {
        Self {
            zoom,
            window: 0.0..1.0,
            width_px,
            rows: 0..u32::MAX,
            min_box_px: 1.0,
            order: SiblingOrder::Weight,
        }
    }

    /// Distance in pixels from the left edge of the window.
    pub fn px_from_x(&self, x: f64) -> f64 {
        (x - self.window.start) / self.window_len() * self.width_px
    }

    /// The x under a pixel of the window.
    pub fn x_from_px(&self, px: f64) -> f64 {
        self.window.start + px / self.width_px.max(f64::MIN_POSITIVE) * self.window_len()
    }

    fn window_len(&self) -> f64 {
        (self.window.end - self.window.start).max(f64::MIN_POSITIVE)
    }
}

/// Left-to-right order of siblings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SiblingOrder {
    /// Heaviest first.
    #[default]
    Weight,
    /// By name, so that pictures of two profiles can be laid side by side; merged boxes come last.
    Name,
}

/// Whether stacks grow upwards or downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Orientation {
    /// The root is at the bottom.
    #[default]
    Flame,
    /// The root is at the top.
    Icicle,
}

impl Orientation {
    /// The row from the top on screen for a row counted from the root, and back: the mapping is its own inverse.
    pub fn screen_row_from_row(self, row: u32, n_rows: u32) -> u32 {
        match self {
            Self::Flame => n_rows.saturating_sub(1).saturating_sub(row),
            Self::Icicle => row,
        }
    }
}

/// A rectangle one row high.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlameBox {
    /// The node; of a merged box the heaviest of its nodes.
    pub node: NodeId,
    /// Row counted from the root.
    pub row: u32,
    /// Left edge, where the zoomed node spans 0 to 1.
    pub x0: f64,
    /// Right edge.
    pub x1: f64,
    /// What the box stands for.
    pub kind: BoxKind,
}

/// What a [`FlameBox`] stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoxKind {
    /// One node.
    Node,
    /// Siblings that are each too narrow; nothing is drawn below them.
    Merged {
        /// How many.
        count: u32,
        /// What they weigh together.
        weight: u64,
    },
}

/// A box in weights instead of x, on its way to the next row.
#[derive(Clone, Copy, Debug)]
struct Placed {
    node: NodeId,
    start: u64,
    weight: u64,
    /// How many nodes it stands for if merged; 0 for a node.
    merged: u32,
}

/// The viewport in weights.
struct Scale {
    /// Weight of the zoomed node.
    total: u64,
    /// What is lighter is too narrow.
    min_weight: f64,
    /// Visible part of 0..total.
    window: Range<f64>,
    order: SiblingOrder,
}

impl Scale {
    fn new<T: FlameTree + ?Sized>(tree: &T, viewport: &Viewport) -> Self {
        let total = tree.weight(viewport.zoom);
        let width = total as f64;
        let weight_per_px = viewport.window_len() * width / viewport.width_px.max(f64::MIN_POSITIVE);
        Self {
            total,
            min_weight: viewport.min_box_px * weight_per_px,
            window: viewport.window.start * width..viewport.window.end * width,
            order: viewport.order,
        }
    }

    fn is_visible(&self, placed: &Placed) -> bool {
        let end = placed.start.saturating_add(placed.weight);
        (placed.start as f64) < self.window.end && (end as f64) > self.window.start
    }

    fn flame_box(&self, placed: &Placed, row: u32) -> FlameBox {
        let x_from_weight = |weight: u64| weight as f64 / self.total as f64;
        let kind = match placed.merged {
            0 => BoxKind::Node,
            count => BoxKind::Merged { count, weight: placed.weight },
        };
        let end = placed.start.saturating_add(placed.weight);
        FlameBox { node: placed.node, row, x0: x_from_weight(placed.start), x1: x_from_weight(end), kind }
    }
}

/// The boxes that the viewport shows, row by row from the root and from left to right within a row.
///
/// A zoomed node without weight has nothing below it.
pub fn visible_boxes<T: FlameTree + ?Sized>(tree: &T, viewport: &Viewport) -> Vec<FlameBox> {
    let mut boxes = ancestor_boxes(tree, viewport);
    let scale = Scale::new(tree, viewport);
    if scale.total == 0 {
        return boxes;
    }
    let zoom_row = level_of(tree.shape(), viewport.zoom);
    let mut current = Vec::new();
    let mut next = vec![Placed { node: viewport.zoom, start: 0, weight: scale.total, merged: 0 }];
    for row in zoom_row..viewport.rows.end {
        std::mem::swap(&mut current, &mut next);
        if current.is_empty() {
            break;
        }
        // The zoomed node itself is among the full-width boxes.
        if row > zoom_row && viewport.rows.contains(&row) {
            boxes.extend(current.iter().map(|placed| scale.flame_box(placed, row)));
        }
        next.clear();
        for parent in current.iter().filter(|placed| placed.merged == 0) {
            place_children(tree, &scale, parent, &mut next);
        }
    }
    boxes
}

/// The zoomed node and all above it, as wide as the window.
fn ancestor_boxes<T: FlameTree + ?Sized>(tree: &T, viewport: &Viewport) -> Vec<FlameBox> {
    let shape = tree.shape();
    let mut row = level_of(shape, viewport.zoom);
    let mut node = viewport.zoom;
    let mut boxes = Vec::new();
    loop {
        if viewport.rows.contains(&row) {
            boxes.push(FlameBox { node, row, x0: 0.0, x1: 1.0, kind: BoxKind::Node });
        }
        let Some(parent) = shape.parent(node) else { break };
        node = parent;
        row -= 1;
    }
    boxes.reverse();
    boxes
}

/// Appends what of a node's children the window shows, from left to right.
fn place_children<T: FlameTree + ?Sized>(tree: &T, scale: &Scale, parent: &Placed, out: &mut Vec<Placed>) {
    let first = out.len();
    let tail = place_wide_children(tree, scale, parent, out);
    if let Some(Tail { rows, start, weight }) = tail {
        let merged = u32::try_from(rows.len()).expect("nodes are u32 ids");
        let tail = Placed { node: tree.child_at(rows.start), start, weight, merged };
        if weight > 0 {
            out.push(tail);
        }
    }
    let mut kept = first;
    for index in first..out.len() {
        if scale.is_visible(&out[index]) {
            out[kept] = out[index];
            kept += 1;
        }
    }
    out.truncate(kept);
}

/// The children of a node that are too narrow.
struct Tail {
    rows: Range<usize>,
    start: u64,
    weight: u64,
}

/// Appends the children that are wide enough, whether inside the window or left of it; the rest is returned, if
/// the window reaches that far.
fn place_wide_children<T: FlameTree + ?Sized>(
    tree: &T,
    scale: &Scale,
    parent: &Placed,
    out: &mut Vec<Placed>,
) -> Option<Tail> {
    let rows = tree.shape().children(parent.node);
    let first = out.len();
    let mut start = parent.start;
    let mut left = parent.weight.saturating_sub(tree.self_weight(parent.node));
    let mut tail_rows = rows.end..rows.end;
    for row in rows {
        let node = tree.child_at(row);
        let weight = tree.weight(node);
        if weight == 0 || (weight as f64) < scale.min_weight {
            tail_rows.start = row;
            break;
        }
        if scale.order == SiblingOrder::Weight && start as f64 >= scale.window.end {
            return None;
        }
        out.push(Placed { node, start, weight, merged: 0 });
        start = start.saturating_add(weight);
        left = left.saturating_sub(weight);
    }
    if scale.order == SiblingOrder::Name {
        sort_by_name(tree, parent.start, &mut out[first..]);
    }
    (!tail_rows.is_empty()).then_some(Tail { rows: tail_rows, start, weight: left })
}

fn sort_by_name<T: FlameTree + ?Sized>(tree: &T, start: u64, siblings: &mut [Placed]) {
    let frame = |placed: &Placed| tree.shape().frame(placed.node).map(|frame| tree.frames().frame(frame));
    siblings.sort_by(|a, b| match (frame(a), frame(b)) {
        (Some(a), Some(b)) => compare_frames(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    });
    let mut start = start;
    for sibling in siblings {
        sibling.start = start;
        start = start.saturating_add(sibling.weight);
    }
}

/// The box of [`visible_boxes`] under a point, by binary search.
pub fn box_at(boxes: &[FlameBox], x: f64, row: u32) -> Option<&FlameBox> {
    let after = boxes.partition_point(|candidate| (candidate.row, candidate.x0) <= (row, x));
    let candidate = boxes.get(after.checked_sub(1)?)?;
    (candidate.row == row && x < candidate.x1).then_some(candidate)
}

/// The node under a point, also where boxes merge: what the picture would show if it were wide enough.
/// `None` beside the boxes. Costs as much as the siblings on the way down.
pub fn node_at<T: FlameTree + ?Sized>(tree: &T, viewport: &Viewport, x: f64, row: u32) -> Option<NodeId> {
    if !(0.0..1.0).contains(&x) {
        return None;
    }
    let shape = tree.shape();
    let zoom_row = level_of(shape, viewport.zoom);
    if row <= zoom_row {
        return (row..zoom_row).try_fold(viewport.zoom, |node, _| shape.parent(node));
    }
    // Without a window: what is left of it decides what is in it.
    let scale = Scale { window: 0.0..f64::INFINITY, ..Scale::new(tree, viewport) };
    let at = (x * scale.total as f64) as u64;
    let mut placed = Placed { node: viewport.zoom, start: 0, weight: scale.total, merged: 0 };
    for _ in zoom_row..row {
        placed = child_under(tree, &scale, &placed, at)?;
    }
    Some(placed.node)
}

fn child_under<T: FlameTree + ?Sized>(tree: &T, scale: &Scale, parent: &Placed, at: u64) -> Option<Placed> {
    let is_under = |placed: &Placed| placed.start <= at && at < placed.start.saturating_add(placed.weight);
    let mut wide = Vec::new();
    let tail = place_wide_children(tree, scale, parent, &mut wide);
    if let Some(child) = wide.into_iter().find(is_under) {
        return Some(child);
    }
    let Tail { rows, mut start, .. } = tail?;
    rows.map(|row| {
        let node = tree.child_at(row);
        let placed = Placed { node, start, weight: tree.weight(node), merged: 0 };
        start = start.saturating_add(placed.weight);
        placed
    })
    .find(is_under)
}

#[cfg(test)]
mod tests;

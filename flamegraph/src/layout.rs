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

mod trunk;

use std::ops::Range;

use goscope_analysis::profile::call_tree::NodeId;

pub use self::trunk::Folding;
use self::trunk::Trunk;
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
    /// Row counted from the root; a trunk is one row.
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
    /// A chain of frames that pass on all they get, as one row; `node` is the outermost of them.
    Trunk {
        /// The innermost of them: what is called by it lies under the row.
        last: NodeId,
        /// How many there are.
        count: u32,
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
    /// The trunk that begins with it.
    trunk: Option<Trunk>,
}

impl Placed {
    const fn node(node: NodeId, start: u64, weight: u64) -> Self {
        Self { node, start, weight, merged: 0, trunk: None }
    }

    /// The node whose callees lie under it.
    fn last(&self) -> NodeId {
        self.trunk.map_or(self.node, |trunk| trunk.last)
    }
}

/// The viewport in weights.
struct Scale {
    /// Weight of the zoomed node.
    total: u64,
    /// What is lighter is too narrow.
    min_weight: f64,
    /// What is lighter is too narrow to be folded.
    least_trunk: f64,
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
            least_trunk: Folding::least_weight(weight_per_px),
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
        let kind = match (placed.merged, placed.trunk) {
            (0, None) => BoxKind::Node,
            (0, Some(Trunk { last, n_frames })) => BoxKind::Trunk { last, count: n_frames },
            (count, _) => BoxKind::Merged { count, weight: placed.weight },
        };
        let end = placed.start.saturating_add(placed.weight);
        FlameBox { node: placed.node, row, x0: x_from_weight(placed.start), x1: x_from_weight(end), kind }
    }
}

/// The boxes that the viewport shows, row by row from the root and from left to right within a row.
///
/// A zoomed node without weight has nothing below it.
pub fn visible_boxes<T: FlameTree + ?Sized>(tree: &T, viewport: &Viewport) -> Vec<FlameBox> {
    folded_boxes(tree, viewport, None)
}

/// The same with trunks as one row each.
pub fn folded_boxes<T: FlameTree + ?Sized>(
    tree: &T,
    viewport: &Viewport,
    folding: Option<Folding<'_>>,
) -> Vec<FlameBox> {
    let mut boxes = ancestor_boxes(tree, viewport.zoom, folding);
    let zoom_row = last_row(&boxes);
    boxes.retain(|flame_box| viewport.rows.contains(&flame_box.row));
    let scale = Scale::new(tree, viewport);
    for_each_row(tree, (&scale, viewport.zoom), folding, |row, placed| {
        let row = zoom_row.saturating_add(row);
        if viewport.rows.contains(&row) {
            boxes.extend(placed.iter().map(|placed| scale.flame_box(placed, row)));
        }
        row.saturating_add(1) < viewport.rows.end
    });
    boxes
}

/// How many rows the picture has in all, whatever of them is in view: those of the boxes that are wide enough to be
/// drawn, with trunks as one row each.
pub fn n_folded_rows<T: FlameTree + ?Sized>(tree: &T, viewport: &Viewport, folding: Folding<'_>) -> u32 {
    let folding = Some(folding);
    let mut last = last_row(&ancestor_boxes(tree, viewport.zoom, folding));
    let scale = Scale::new(tree, viewport);
    for_each_row(tree, (&scale, viewport.zoom), folding, |_, _| {
        last += 1;
        true
    });
    last + 1
}

/// The row of a node in a picture with trunks, if that node is kept; of one that is not in the picture, where it would
/// be.
pub fn folded_row<T: FlameTree + ?Sized>(
    tree: &T,
    viewport: &Viewport,
    folding: Folding<'_>,
    node: NodeId,
) -> u32 {
    let is_kept = |other: NodeId| other == node || (folding.is_kept)(other);
    let folding = Folding { is_kept: &is_kept };
    let path = path_from_root(tree, node);
    let Some(at) = path.iter().position(|&other| other == viewport.zoom) else {
        // Above the zoomed node, or beside it.
        return last_row(&ancestor_boxes(tree, node, Some(folding)));
    };
    let scale = Scale::new(tree, viewport);
    let zoom_row = last_row(&ancestor_boxes(tree, viewport.zoom, Some(folding)));
    let is_wide = |node: NodeId| tree.weight(node) as f64 >= scale.least_trunk;
    zoom_row + folded_path(tree, &path[at + 1..], folding, is_wide).len() as u32
}

fn last_row(boxes: &[FlameBox]) -> u32 {
    boxes.last().map_or(0, |flame_box| flame_box.row)
}

/// Tells the boxes below the zoomed node row by row, from 1 on, until there are none or it is told to stop.
fn for_each_row<T: FlameTree + ?Sized>(
    tree: &T,
    (scale, zoom): (&Scale, NodeId),
    folding: Option<Folding<'_>>,
    mut on_row: impl FnMut(u32, &[Placed]) -> bool,
) {
    if scale.total == 0 {
        return;
    }
    let mut current = Vec::new();
    let mut next = vec![Placed::node(zoom, 0, scale.total)];
    for row in 0_u32.. {
        std::mem::swap(&mut current, &mut next);
        // The zoomed node itself is among its ancestors, as wide as the window.
        if current.is_empty() || (row > 0 && !on_row(row, &current)) {
            break;
        }
        next.clear();
        for parent in current.iter().filter(|placed| placed.merged == 0) {
            place_children(tree, scale, parent, &mut next);
        }
        if let Some(folding) = folding {
            let is_wide =
                |placed: &&mut Placed| placed.merged == 0 && placed.weight as f64 >= scale.least_trunk;
            for placed in next.iter_mut().filter(is_wide) {
                placed.trunk = folding.trunk(tree, placed.node);
            }
        }
    }
}

/// The zoomed node and all above it, as wide as the window.
fn ancestor_boxes<T: FlameTree + ?Sized>(
    tree: &T,
    zoom: NodeId,
    folding: Option<Folding<'_>>,
) -> Vec<FlameBox> {
    let path = path_from_root(tree, zoom);
    let steps: Vec<(NodeId, Option<Trunk>)> = match folding {
        None => path.into_iter().map(|node| (node, None)).collect(),
        Some(folding) => {
            let is_kept = |node: NodeId| node == zoom || node == NodeId::ROOT || (folding.is_kept)(node);
            folded_path(tree, &path, Folding { is_kept: &is_kept }, |_| true)
        }
    };
    let flame_box = |(row, (node, trunk)): (usize, (NodeId, Option<Trunk>))| {
        let kind =
            trunk.map_or(BoxKind::Node, |Trunk { last, n_frames }| BoxKind::Trunk { last, count: n_frames });
        FlameBox { node, row: u32::try_from(row).unwrap_or(u32::MAX), x0: 0.0, x1: 1.0, kind }
    };
    steps.into_iter().enumerate().map(flame_box).collect()
}

/// The nodes from the root down to one.
fn path_from_root<T: FlameTree + ?Sized>(tree: &T, node: NodeId) -> Vec<NodeId> {
    let mut path: Vec<NodeId> =
        std::iter::successors(Some(node), |&node| tree.shape().parent(node)).collect();
    path.reverse();
    path
}

/// The steps of a path, with trunks as one step each.
fn folded_path<T: FlameTree + ?Sized>(
    tree: &T,
    path: &[NodeId],
    folding: Folding<'_>,
    is_wide: impl Fn(NodeId) -> bool,
) -> Vec<(NodeId, Option<Trunk>)> {
    let mut steps = Vec::new();
    let mut at = 0;
    while let Some(&node) = path.get(at) {
        let trunk = if is_wide(node) { folding.trunk(tree, node) } else { None };
        // A trunk may leave the path, where it goes on into another callee than the heaviest.
        let trunk = trunk.filter(|trunk| path.get(at + trunk.n_frames as usize - 1) == Some(&trunk.last));
        at += trunk.map_or(1, |trunk| trunk.n_frames as usize);
        steps.push((node, trunk));
    }
    steps
}

/// Appends what of a node's children the window shows, from left to right.
fn place_children<T: FlameTree + ?Sized>(tree: &T, scale: &Scale, parent: &Placed, out: &mut Vec<Placed>) {
    let first = out.len();
    let tail = place_wide_children(tree, scale, parent, out);
    if let Some(Tail { rows, start, weight }) = tail {
        let merged = u32::try_from(rows.len()).expect("nodes are u32 ids");
        let tail = Placed { merged, ..Placed::node(tree.child_at(rows.start), start, weight) };
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
    let caller = parent.last();
    let rows = tree.shape().children(caller);
    let first = out.len();
    let mut start = parent.start;
    let mut left = tree.weight(caller).saturating_sub(tree.self_weight(caller));
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
        out.push(Placed::node(node, start, weight));
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
    let mut placed = Placed::node(viewport.zoom, 0, scale.total);
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
        let placed = Placed::node(node, start, tree.weight(node));
        start = start.saturating_add(placed.weight);
        placed
    })
    .find(is_under)
}

#[cfg(test)]
mod tests;

//! Steps in the flame graph: from "to the left" or "the next match" to a zoom or a selection.

use goscope_analysis::profile::call_tree::NodeId;

use super::geometry::Geometry;
use super::layout::FlameState;
use crate::gui::command::{Command, Motion};
use crate::gui::selection::{Item, path_of};
use crate::gui::view::ViewContext;
use crate::gui::workspace::Zoom;
use crate::query::search::Found;
use crate::query::tree::Tree;

/// Factor of one press of a key.
const KEY_ZOOM: f64 = 1.6;
/// Part of the width of one press of a key.
const KEY_PAN: f64 = 0.2;
/// A match is brought to at least this part of the width.
const MIN_MATCH_PART: f64 = 0.04;

/// Zooms around a part of the width.
pub(super) fn zoom(ctx: &ViewContext<'_>, geometry: &Geometry, factor: f64, anchor: f64) {
    send_smoothly(ctx, geometry, &geometry.zoomed(factor, anchor));
}

/// Moves by a part of the width.
pub(super) fn pan(ctx: &ViewContext<'_>, geometry: &Geometry, part: f64) {
    if part != 0.0 {
        send_smoothly(ctx, geometry, &geometry.panned(part));
    }
}

fn send_smoothly(ctx: &ViewContext<'_>, before: &Geometry, after: &Geometry) {
    if (before.zoom, before.range) != (after.zoom, after.range) {
        let path = path_of(after.tree.shape(), after.tree.frames(), after.zoom);
        ctx.send(Command::ZoomSmoothly(Zoom { path, range: after.range }));
    }
}

/// Carries out one step.
pub(super) fn apply(
    ctx: &ViewContext<'_>,
    geometry: &Geometry,
    selected: Option<NodeId>,
    found: Option<&Found>,
    (state, motion): (&mut FlameState, Motion),
) {
    let tree = &geometry.tree;
    let neighbor = |step: isize| sibling(tree, selected?, step);
    let target = match motion {
        Motion::ZoomIn => return zoom(ctx, geometry, KEY_ZOOM, 0.5),
        Motion::ZoomOut => return zoom(ctx, geometry, 1.0 / KEY_ZOOM, 0.5),
        Motion::PanLeft => return pan(ctx, geometry, -KEY_PAN),
        Motion::PanRight => return pan(ctx, geometry, KEY_PAN),
        Motion::FitSelection => return fit(ctx, tree, selected),
        Motion::SelectParent => selected.and_then(|node| tree.shape().parent(node)),
        Motion::SelectChild => widest_child(tree, selected.unwrap_or(geometry.zoom)),
        Motion::SelectLeft => neighbor(-1),
        Motion::SelectRight => neighbor(1),
        Motion::ToUnblocker | Motion::ToggleLane => return,
        Motion::NextMatch => found.and_then(|found| neighbor_match(found, selected, 1)),
        Motion::PreviousMatch => found.and_then(|found| neighbor_match(found, selected, -1)),
    };
    if let Some(target) = target {
        show(ctx, geometry, target, state);
    }
}

/// Chooses a node, and zooms to where it is wide enough to be seen.
pub(super) fn show(ctx: &ViewContext<'_>, geometry: &Geometry, target: NodeId, state: &mut FlameState) {
    let tree = &geometry.tree;
    state.reveal(target);
    let item = Item::CallPath(path_of(tree.shape(), tree.frames(), target));
    if is_in_sight(geometry, target) {
        ctx.send(Command::Select(item));
    } else {
        let around = ancestor_to_see(tree, target);
        ctx.send(Command::SelectAndZoom(item, Zoom::to(path_of(tree.shape(), tree.frames(), around))));
    }
}

/// Gives the selected box the full width; of a function, its widest box.
fn fit(ctx: &ViewContext<'_>, tree: &Tree, selected: Option<NodeId>) {
    let node = selected.or_else(|| {
        let frame = ctx.lens().selection.as_ref()?.frame()?;
        widest_box(tree, tree.frames().find(&frame.frame())?)
    });
    if let Some(node) = node {
        ctx.send(Command::ZoomTo(Zoom::to(path_of(tree.shape(), tree.frames(), node))));
    }
}

fn widest_box(tree: &Tree, frame: goscope_analysis::profile::frame::FrameId) -> Option<NodeId> {
    tree.with_widths(|widths| {
        let shape = widths.shape();
        let nodes = (1..shape.len()).filter_map(|row| Some(NodeId(u32::try_from(row).ok()?)));
        nodes
            .filter(|&node| shape.frame(node) == Some(frame))
            .max_by_key(|&node| (widths.weight(node), std::cmp::Reverse(node)))
    })
}

pub(super) fn widest_child(tree: &Tree, node: NodeId) -> Option<NodeId> {
    let rows = tree.shape().children(node);
    tree.with_widths(|widths| (!rows.is_empty()).then(|| widths.child_at(rows.start)))
}

fn sibling(tree: &Tree, node: NodeId, step: isize) -> Option<NodeId> {
    let parent = tree.shape().parent(node)?;
    tree.with_widths(|widths| {
        let rows = widths.shape().children(parent);
        let here = rows.clone().find(|&row| widths.child_at(row) == node)?;
        let there = here.checked_add_signed(step).filter(|row| rows.contains(row))?;
        Some(widths.child_at(there))
    })
}

/// The match after or before the chosen box; from nowhere, the first or the last.
fn neighbor_match(found: &Found, selected: Option<NodeId>, step: isize) -> Option<NodeId> {
    let n_found = found.nodes.len().cast_signed();
    if n_found == 0 {
        return None;
    }
    let here = selected.and_then(|node| found.nodes.iter().position(|&other| other == node));
    let there = match here {
        Some(index) => (index.cast_signed() + step).rem_euclid(n_found),
        None if step > 0 => 0,
        None => n_found - 1,
    };
    Some(found.nodes[there.cast_unsigned()])
}

/// Whether a node lies in what is seen and is wide enough to be seen there.
fn is_in_sight(geometry: &Geometry, node: NodeId) -> bool {
    let tree = &geometry.tree;
    tree.with_widths(|widths| {
        let shape = widths.shape();
        let total = widths.weight(geometry.zoom).max(1) as f64;
        let width = widths.weight(node) as f64 / total;
        let mut start = 0_u64;
        let mut current = node;
        while current != geometry.zoom {
            let Some(parent) = shape.parent(current) else {
                // Not below the zoomed node: in sight only as one of its callers.
                return false;
            };
            let rows = shape.children(parent);
            let left = rows.map(|row| widths.child_at(row)).take_while(|&sibling| sibling != current);
            start = start.saturating_add(left.map(|sibling| widths.weight(sibling)).sum());
            current = parent;
        }
        let start = start as f64 / total;
        let (from, to) = geometry.range;
        let seen = (start + width).min(to) - start.max(from);
        seen >= MIN_MATCH_PART * (to - from)
    })
}

/// The outermost caller in whose picture a node is wide enough.
fn ancestor_to_see(tree: &Tree, node: NodeId) -> NodeId {
    tree.with_widths(|widths| {
        let weight = widths.weight(node) as f64;
        let mut around = node;
        while let Some(parent) = widths.shape().parent(around) {
            if weight < MIN_MATCH_PART * widths.weight(parent) as f64 {
                break;
            }
            around = parent;
        }
        around
    })
}

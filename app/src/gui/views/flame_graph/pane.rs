//! A tree on a canvas: places its boxes, draws them, and turns what the pointer does into commands.

use std::sync::Arc;

use eframe::egui::{
    Context, EventFilter, Id, Popup, Rect, Response, SetOpenCommand, Stroke, StrokeKind, Ui, UiBuilder,
};
use goscope_analysis::profile::call_tree::NodeId;
use goscope_analysis::profile::frame::FrameId;
use goscope_flamegraph::layout::{BoxKind, FlameBox};

use super::geometry::Geometry;
use super::layout::{FlameState, Shown};
use super::{header, hover, motion};
use crate::gui::command::{Command, Motion};
use crate::gui::parts::frame_menu::frame_menu_ui;
use crate::gui::selection::{FrameKey, Item, node_of, path_of};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::flame_canvas::{CanvasEvents, Picture, flame_canvas_ui};
use crate::gui::workspace::{ContentKind, Zoom};
use crate::query::search::{Found, SearchQuery};
use crate::query::side_format::SideFormat;
use crate::query::tree::{Tree, TreeQuery};

/// A tree as it is to be drawn.
pub(super) struct Pane<'a> {
    /// What screen readers call the canvas.
    pub(super) name: &'static str,
    /// The tree, and what is seen of it.
    pub(super) geometry: Geometry,
    /// How its values are printed.
    pub(super) format: &'a SideFormat,
    /// What the search found in it.
    pub(super) found: Option<Arc<Found>>,
    /// The chosen node.
    pub(super) selected: Option<NodeId>,
    /// The row nearest to the root that is drawn.
    pub(super) first_row: u32,
    /// Whether boxes grow upward.
    pub(super) is_root_below: bool,
    /// Whether chains of frames that pass on all they get are one row.
    pub(super) is_folded: bool,
}

/// Draws the pane into a part of the view.
pub(super) fn pane_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    pane: &Pane<'_>,
    rect: Rect,
    state: &mut FlameState,
) {
    let Pane { geometry, format, .. } = pane;
    let tree = &geometry.tree;
    let shown = Shown {
        geometry,
        found: pane.found.as_ref(),
        selected: pane.selected,
        first_row: pane.first_row,
        is_folded: pane.is_folded,
        whole: &header::whole_text(tree, format),
    };
    state.lay_out(&shown, (rect.size(), theme::flame_theme(ui)));
    let related = related_frame(ctx, tree);
    let named: Vec<&str> = ctx.lens().notes.iter().filter_map(|note| note.on.function()).collect();
    let is_noted =
        |node: u32| tree.frame(NodeId(node)).is_some_and(|frame| named.contains(&frame.name.as_str()));
    let picture = Picture {
        boxes: state.boxes(),
        n_rows: state.n_rows(),
        scroll: state.scroll(),
        is_root_below: pane.is_root_below,
        selected: pane.selected.map(|node| node.0),
        related: &|node| related.is_some() && tree.shape().frame(NodeId(node)) == related,
        noted: if named.is_empty() { None } else { Some(&is_noted) },
        describe: &|node| hover::spoken_text(tree, format, NodeId(node)),
    };
    let builder = UiBuilder::new().max_rect(rect);
    let (response, events) = ui.scope_builder(builder, |ui| flame_canvas_ui(ui, pane.name, &picture)).inner;
    take_keyboard(ui, &response);
    let boxes = state.flame_boxes();
    if let Some(index) = events.hovered
        && !Popup::is_any_open(ui.ctx())
    {
        hover::tooltip_ui(ui, &response, (tree, format), &boxes[index]);
    }
    if let Some(index) = events.secondary_clicked {
        ctx.send(Command::Select(Item::CallPath(path_at(tree, &boxes[index]))));
    }
    let clicked = events.clicked.map(|index| boxes[index]);
    if let Some(hit) = &clicked {
        click(ctx, tree, hit, state, events.is_double_click);
    }
    apply_wheel_and_drag(ctx, pane, &events, state, response.rect);
    // Opened by hand: a box that screen readers know takes the click in place of the canvas.
    let open = events.secondary_clicked.map(|_| SetOpenCommand::Bool(true));
    Popup::menu(&response).open_memory(open).at_pointer_fixed().show(|ui| frame_menu_ui(ui, ctx));
}

/// A click chooses, a double click zooms; what is merged or folded is looked into by the first.
fn click(ctx: &ViewContext<'_>, tree: &Tree, hit: &FlameBox, state: &mut FlameState, is_double: bool) {
    let path = path_at(tree, hit);
    match hit.kind {
        BoxKind::Trunk { last, .. } if !is_double => state.open_trunk(tree, (hit.node, last)),
        BoxKind::Node if !is_double => ctx.send(Command::Select(Item::CallPath(path))),
        _ => ctx.send(Command::SelectAndZoom(Item::CallPath(path.clone()), Zoom::to(path))),
    }
}

/// While the canvas has the focus, the arrows move in it and not to the next button.
fn take_keyboard(ui: &Ui, response: &Response) {
    // Of two canvases, the one with the focus; without any, one is as good as the other.
    let focused = ui.memory(eframe::egui::Memory::focused);
    let is_other_focused = focused.is_some() && focused == canvas_id(ui.ctx()) && !response.has_focus();
    if !is_other_focused {
        ui.data_mut(|data| data.insert_temp(Id::unique(CANVAS), response.id));
    }
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let stroke = Stroke::new(1.0, theme::tokens(ui).accent);
        ui.painter().rect_stroke(response.rect, 0.0, stroke, StrokeKind::Inside);
    }
}

/// Where the id of the canvas of the last frame is kept.
const CANVAS: &str = "flame graph canvas";

/// The id of the canvas, as of the last frame.
pub fn canvas_id(ctx: &Context) -> Option<Id> {
    ctx.data(|data| data.get_temp(Id::unique(CANVAS)))
}

/// The frames down to what a box means: of a merged box, down to the caller of what is merged.
fn path_at(tree: &Tree, hit: &FlameBox) -> Vec<FrameKey> {
    let node = match hit.kind {
        BoxKind::Node | BoxKind::Trunk { .. } => hit.node,
        BoxKind::Merged { .. } => tree.shape().parent(hit.node).unwrap_or(NodeId::ROOT),
    };
    path_of(tree.shape(), tree.frames(), node)
}

/// The node of a chosen place; `None` if a function is chosen, or nothing.
pub(super) fn selected_node(ctx: &ViewContext<'_>, tree: &Tree) -> Option<NodeId> {
    let Some(Item::CallPath(path)) = &ctx.lens().selection else { return None };
    let node = node_of(tree.shape(), tree.frames(), path);
    let is_there = tree.frame(node).map(FrameKey::of).as_ref() == path.last();
    is_there.then_some(node)
}

/// The frame whose other boxes are marked.
fn related_frame(ctx: &ViewContext<'_>, tree: &Tree) -> Option<FrameId> {
    let frame = ctx.lens().selection.as_ref()?.frame()?;
    tree.frames().find(&frame.frame())
}

fn apply_wheel_and_drag(
    ctx: &ViewContext<'_>,
    pane: &Pane<'_>,
    events: &CanvasEvents,
    state: &mut FlameState,
    rect: Rect,
) {
    // Content follows the hand; with the root below, scrolling counts from the bottom.
    let up = if pane.is_root_below { 1.0 } else { -1.0 };
    let moved = events.dragged + events.scrolled;
    state.scroll_by(up * moved.y);
    motion::pan(ctx, &pane.geometry, f64::from(-moved.x / rect.width()));
    if let Some((factor, anchor)) = events.zoomed {
        motion::zoom(ctx, &pane.geometry, f64::from(factor), f64::from(anchor));
    }
}

/// The steps that are for the flame graph: of a trace, the lanes take those that move in time.
pub(super) fn take_motions(ctx: &ViewContext<'_>) -> Vec<Motion> {
    let mut motions = ctx.motions.borrow_mut();
    if ctx.tab.content.kind() != ContentKind::Trace {
        return std::mem::take(&mut motions);
    }
    let (in_time, ours) = motions.drain(..).partition(|motion: &Motion| motion.is_about_time());
    *motions = in_time;
    ours
}

/// What the search of this tab found in a tree, if there is one.
pub(super) fn found(
    ctx: &ViewContext<'_>,
    place: &'static str,
    tree_query: &TreeQuery,
    tree: &Arc<Tree>,
) -> Option<Arc<Found>> {
    if ctx.lens().search.is_empty() {
        return None;
    }
    let question = SearchQuery { tree: tree_query.clone(), text: ctx.lens().search.clone() };
    ctx.ask(place, &question).answer.filter(|found| Arc::ptr_eq(&found.tree, tree))
}

//! A function between its callers and its callees: two panes in one scale, the function's box between them.
//!
//! ```text
//!   callers    grow upward; the root, which is the function, is not drawn
//!   function   the one child of the root of the callees
//!   callees    hang below
//! ```
//!
//! One zoom at a time: a zoomed half leaves the other one as wide as the function.

use std::sync::Arc;

use eframe::egui::{Button, Rect, RichText, Sense, Ui, pos2, vec2};
use goscope_analysis::profile::call_tree::NodeId;
use goscope_analysis::profile::direction::Direction;

use super::geometry::Geometry;
use super::header::{copy_command_ui, crumb_ui, flame_kind_ui, legend_ui};
use super::layout::{FlameState, short_title};
use super::motion;
use super::pane::{Pane, found, pane_ui, take_motions};
use crate::derived::Status;
use crate::gui::command::{Command, Motion};
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::selection::{FrameKey, Item, node_of};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::bar_inside_ui;
use crate::gui::workspace::Zoom;
use crate::query::side_format::SideFormat;
use crate::query::tree::{Tree, TreeQuery};
use crate::text;

/// How much room there must be for more than the name of the function, in points.
const LEAST_FOR_WORDS: f32 = 320.0;

/// The boxes of the last frame, of both halves.
#[derive(Debug, Default)]
pub(super) struct HalfStates {
    callers: FlameState,
    callees: FlameState,
}

/// One half with what was asked for it.
struct Half {
    question: TreeQuery,
    tree: Arc<Tree>,
    format: SideFormat,
    status: Status,
}

/// Shows callers and callees of a function.
pub(super) fn sandwich_ui(ui: &mut Ui, ctx: &ViewContext<'_>, around: &FrameKey, states: &mut HalfStates) {
    let callers = half(ctx, around, ("flame graph callers", Direction::Inverted));
    let callees = half(ctx, around, ("flame graph callees", Direction::TopDown));
    let (callers, callees) = match (callers, callees) {
        (Ok(callers), Ok(callees)) => (callers, callees),
        (Err(status), _) | (_, Err(status)) => {
            header_ui(ui, ctx, around, None);
            nothing_yet_ui(ui, &status, "Looking for callers and callees");
            return;
        }
    };
    header_ui(ui, ctx, around, Some(&callees));
    if callees.tree.shape().len() <= 1 {
        sentence_ui(ui, "No sample that is left passes through it.");
        return;
    }
    let is_of_callees = |path: &[FrameKey]| path.first() == Some(around);
    let upper = pane(ctx, &callers, ("Callers", "search callers"), &|path| !is_of_callees(path));
    let lower = pane(ctx, &callees, ("Callees", "search callees"), &is_of_callees);
    let motions = take_motions(ctx);
    let rect = ui.available_rect_before_wrap();
    let [above, below] = split(rect, [&callers, &callees].map(|half| half.n_rows()));
    pane_ui(ui, ctx, &upper, above, &mut states.callers);
    pane_ui(ui, ctx, &lower, below, &mut states.callees);
    for motion in motions {
        apply(ctx, (&upper, &lower), states, motion);
    }
}

fn half(
    ctx: &ViewContext<'_>,
    around: &FrameKey,
    (place, direction): (&'static str, Direction),
) -> Result<Half, Status> {
    let (question, scale) = ctx.half_query(around, direction)?;
    let shown = ctx.ask(place, &question);
    let tree = shown.answer.ok_or_else(|| shown.status.clone())?;
    let format = scale.format(tree.format(), &tree.unit);
    Ok(Half { question, tree, format, status: shown.status })
}

impl Half {
    /// Rows below the root.
    fn n_rows(&self) -> u32 {
        self.tree.depths.n_rows(self.tree.shape(), NodeId::ROOT).saturating_sub(1)
    }
}

/// A half as it is drawn; `holds` says whether a path is one of its.
fn pane<'a>(
    ctx: &ViewContext<'_>,
    half: &'a Half,
    (name, search): (&'static str, &'static str),
    holds: &dyn Fn(&[FrameKey]) -> bool,
) -> Pane<'a> {
    let Half { question, tree, format, .. } = half;
    let lens = ctx.lens();
    let node = |path: &[FrameKey]| {
        let node = node_of(tree.shape(), tree.frames(), path);
        (tree.frame(node).map(FrameKey::of).as_ref() == path.last()).then_some(node)
    };
    let path = &lens.zoom.path;
    // Without a path it is about both.
    let zoom = node(path).filter(|_| path.is_empty() || holds(path));
    let selected = match &lens.selection {
        Some(Item::CallPath(path)) if !path.is_empty() && holds(path) => node(path),
        _ => None,
    };
    let geometry = Geometry {
        tree: Arc::clone(tree),
        zoom: zoom.unwrap_or(NodeId::ROOT),
        range: if zoom.is_some() { lens.zoom.range } else { (0.0, 1.0) },
    };
    let found = found(ctx, search, question, tree);
    Pane {
        name,
        geometry,
        format,
        found,
        selected,
        first_row: 1,
        is_root_below: tree.direction == Direction::Inverted,
        // What is looked for here are the callers one by one.
        is_folded: false,
    }
}

/// Where the halves stand: each gets what it needs, and half of the room if both need more. At least one row is left for
/// the callers, so that the function does not jump where it has none.
fn split(rect: Rect, n_rows: [u32; 2]) -> [Rect; 2] {
    let [callers, callees] = n_rows.map(|rows| rows.max(1) as f32 * theme::FLAME_ROW_HEIGHT);
    let height = callers.min((rect.height() / 2.0).max(rect.height() - callees)).floor();
    let middle = rect.top() + height;
    [
        Rect::from_min_max(rect.min, pos2(rect.right(), middle)),
        Rect::from_min_max(pos2(rect.left(), middle), rect.max),
    ]
}

/// The function, the way down to the zoomed frame, and the way back to whole stacks.
fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, around: &FrameKey, half: Option<&Half>) {
    let (rect, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::VIEW_HEADER_HEIGHT), Sense::hover());
    let left = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        flame_kind_ui(ui, ctx);
        if ui.available_width() > LEAST_FOR_WORDS {
            ui.label(RichText::new("callers and callees of").color(theme::tokens(ui).text_quiet));
        }
        breadcrumbs_ui(ui, ctx, around, half);
        if half.is_some_and(|half| half.status == Status::Computing) {
            computing_mark_ui(ui);
        }
    };
    let right = |ui: &mut Ui| {
        if let Some(half) = half.filter(|half| half.tree.base(NodeId::ROOT).is_some()) {
            legend_ui(ui, &half.tree.unit);
        }
        copy_command_ui(ui, ctx);
        let back = ui.add(Button::new("Whole stacks").small());
        if back.on_hover_text("Shows whole stacks again (B)").clicked() {
            ctx.send(Command::ShowAround(None));
        }
    };
    bar_inside_ui(ui, rect.shrink2(vec2(theme::GAP, 2.0)), left, right);
}

fn breadcrumbs_ui(ui: &mut Ui, ctx: &ViewContext<'_>, around: &FrameKey, half: Option<&Half>) {
    let path = &ctx.lens().zoom.path;
    let title = around.title();
    let cum = half.map(|half| {
        let (tree, cum) = (&half.tree, half.tree.cum(NodeId::ROOT));
        match tree.base(NodeId::ROOT) {
            None => format!(" {}, {}", half.format.text(cum), text::share(cum, tree.total)),
            Some((_, base)) => {
                let change = text::change(base, cum);
                format!(" {} → {}, {change}", half.format.text(base), half.format.text(cum))
            }
        }
    });
    let text = format!("{}{}", short_title(&title), cum.unwrap_or_default());
    if crumb_ui(ui, &text, &title, path.is_empty()) {
        ctx.send(Command::ZoomTo(Zoom::default()));
    }
    let is_of_callees = path.first() == Some(around);
    let Some(last) = path.last().filter(|_| path.len() > usize::from(is_of_callees)) else { return };
    // Callers stand above, callees below.
    let arrow = if is_of_callees { "›" } else { "‹" };
    ui.label(RichText::new(arrow).color(theme::tokens(ui).text_faint));
    crumb_ui(ui, &short_title(&last.title()), &last.title(), true);
}

/// Carries out one step: up is to the callers, down to the callees.
fn apply(
    ctx: &ViewContext<'_>,
    (upper, lower): (&Pane<'_>, &Pane<'_>),
    states: &mut HalfStates,
    motion: Motion,
) {
    let is_among_callers =
        upper.selected.is_some() || (lower.selected.is_none() && upper.geometry.zoom != NodeId::ROOT);
    let below_root = |pane: &Pane<'_>| motion::widest_child(&pane.geometry.tree, NodeId::ROOT);
    let parent = |pane: &Pane<'_>, node| pane.geometry.tree.shape().parent(node);
    match (motion, upper.selected, lower.selected) {
        (Motion::SelectParent, Some(caller), _) => {
            let outer = motion::widest_child(&upper.geometry.tree, caller);
            show(ctx, upper, outer, &mut states.callers);
        }
        (Motion::SelectChild, Some(caller), _) => match parent(upper, caller) {
            None | Some(NodeId::ROOT) => show(ctx, lower, below_root(lower), &mut states.callees),
            callee => show(ctx, upper, callee, &mut states.callers),
        },
        (Motion::SelectParent, None, Some(callee)) if parent(lower, callee) == Some(NodeId::ROOT) => {
            show(ctx, upper, below_root(upper), &mut states.callers);
        }
        (Motion::NextMatch | Motion::PreviousMatch, ..) => to_match(ctx, (upper, lower), states, motion),
        _ if is_among_callers => {
            motion::apply(ctx, &upper.geometry, upper.selected, None, (&mut states.callers, motion));
        }
        _ => motion::apply(ctx, &lower.geometry, lower.selected, None, (&mut states.callees, motion)),
    }
}

fn show(ctx: &ViewContext<'_>, pane: &Pane<'_>, node: Option<NodeId>, state: &mut FlameState) {
    if let Some(node) = node {
        motion::show(ctx, &pane.geometry, node, state);
    }
}

/// To the next match or the one before: those among the callers come first.
fn to_match(
    ctx: &ViewContext<'_>,
    (upper, lower): (&Pane<'_>, &Pane<'_>),
    states: &mut HalfStates,
    motion: Motion,
) {
    let matches = |pane: &Pane<'_>| pane.found.as_ref().map_or_else(Vec::new, |found| found.nodes.clone());
    let (above, below) = (matches(upper), matches(lower));
    let n_matches = (above.len() + below.len()).cast_signed();
    if n_matches == 0 {
        return;
    }
    let place = |nodes: &[NodeId], node| nodes.iter().position(|&other| Some(other) == node);
    let here = place(&above, upper.selected)
        .or_else(|| place(&below, lower.selected).map(|place| above.len() + place));
    let is_next = motion == Motion::NextMatch;
    let there = match here.map(usize::cast_signed) {
        Some(here) => (here + if is_next { 1 } else { -1 }).rem_euclid(n_matches),
        None if is_next => 0,
        None => n_matches - 1,
    }
    .cast_unsigned();
    match above.get(there) {
        Some(&node) => motion::show(ctx, &upper.geometry, node, &mut states.callers),
        None => motion::show(ctx, &lower.geometry, below[there - above.len()], &mut states.callees),
    }
}
